"""One story, and what its author does with it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import publicly
from accounts.keeping import typed_for
from accounts.models import Membership
from stories.cards import Card
from stories.desk import desk_item, give_back_typed, messages_about, usual_wait
from stories.forms import StoryForm, fields_of
from stories.models import Overtaken, Refused, Story
from stories.views import public
from stories.views.composer import composer_page, thanks
from stories.views.pages import team_page
from stories.wall import pressed_by


@publicly(public.story)
@require_safe
def story(request: HttpRequest, membership: Membership, pk: int) -> HttpResponse:
    visible = Story.objects.visible_to(membership).with_author_and_team()
    story = get_object_or_404(visible, pk=pk)
    mine = story.author_id == membership.user_id
    context: dict[str, object] = {"story": story, "mine": mine, "may_edit": story.may_be_edited_by(membership)}
    if story.is_published:
        pressed = pressed_by(membership.user_id, [pk])[pk]
        context["card"] = Card.of(story, membership.team.slug).draw(pressed, timezone.now(), alone=True)
    if mine:
        context |= {"said": messages_about([story])[story.pk], "usual_wait": usual_wait(membership.team)}
        if story.is_editable:
            edit = reverse("edit", kwargs={"team": membership.team.slug, "pk": pk})
            if typed_for(request, {edit}):
                return redirect(edit)
            context |= {
                "form": StoryForm.of(story),
                "editable": True,
                "read_first": story.is_read_first(membership),
            }
    if membership.may_moderate:
        context["item"] = shown = desk_item(membership, story)
        give_back_typed(request, membership, shown)
    return team_page(request, membership, "stories/story.html", context)


@require_POST
def submit(request: HttpRequest, membership: Membership, pk: int) -> HttpResponse:
    story = get_authored(membership, pk)
    form = StoryForm({**fields_of(story), "revision": story.revision}, submitting=True)
    if story.is_editable and not form.is_valid():
        return composer_page(request, membership, form, story, status=422)
    try:
        if story.submit(by=membership):
            messages.success(request, thanks(story))
    except Overtaken as overtaken:
        messages.warning(
            request, _("This story is %(state)s already.") % {"state": overtaken.story.get_state_display()}
        )
    return redirect(story)


@require_POST
def withdraw(request: HttpRequest, membership: Membership, pk: int) -> HttpResponse:
    story = get_authored(membership, pk)
    try:
        if story.withdraw(by=membership):
            messages.success(request, _("Taken back. It is a draft again, and only you can see it."))
    except Overtaken as overtaken:
        messages.warning(
            request, _("It was %(state)s a moment before.") % {"state": overtaken.story.get_state_display()}
        )
    return redirect(story)


def get_authored(membership: Membership, pk: int) -> Story:
    """404 for what this person cannot see, 403 for what is somebody else's."""
    story = get_object_or_404(Story.objects.visible_to(membership).with_author_and_team(), pk=pk)
    if story.author_id != membership.user_id:
        raise Refused(_("Only its author can do that."))
    return story

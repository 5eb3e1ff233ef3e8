"""Writing a story: a draft from the first keystroke, and nothing typed is ever lost."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import replace_url

from accounts.keeping import take_typed
from accounts.models import Membership
from kindwall.htmx import is_htmx
from stories.desk import messages_about, promise, usual_wait
from stories.forms import StoryForm
from stories.models import Overtaken, Story
from stories.views.pages import team_page

WRITTEN_BEFORE = gettext_lazy("Here is what you wrote before you signed in. It is kept as a draft.")
TOO_LONG = gettext_lazy("Not saved: this is far longer than a note can be.")


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def share(request: HttpRequest, membership: Membership) -> HttpResponse:
    if request.method == "POST":
        return compose(request, membership, StoryForm(request.POST, submitting=wants_to_submit(request)))
    if typed := take_typed(request, {request.path}):
        return give_back(request, membership, StoryForm(typed.fields))
    return composer_page(request, membership, StoryForm.blank())


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def edit(request: HttpRequest, membership: Membership, pk: int) -> HttpResponse:
    story = get_object_or_404(Story.objects.written_by(membership).with_author_and_team(), pk=pk)
    if request.method == "POST":
        if story.is_published and is_autosave(request):
            # Its composer saves nothing by itself: this is of the draft that it was.
            return overtaken_page(request, membership, StoryForm(request.POST), story)
        # What is published stays whole while its author changes it.
        submitting = wants_to_submit(request) or story.is_published
        return compose(request, membership, StoryForm(request.POST, submitting=submitting), story)
    if typed := take_typed(request, {request.path}, {str(story.composer), str(story.saved_from)}):
        return give_back(request, membership, StoryForm(typed.fields), story)
    if not story.may_be_edited_by(membership):
        return redirect(story)
    return composer_page(request, membership, StoryForm.of(story), story)


def compose(request: HttpRequest, membership: Membership, form: StoryForm, story: Story | None = None) -> HttpResponse:
    """Keep what was typed first, whatever else is wrong with it; then do what was asked."""
    published = story is not None and story.is_published
    complete = form.is_valid()
    if is_htmx(request) and not form.submitting and not form.can_be_kept:
        return render(request, "stories/composer.html#saved", {"unsaved": TOO_LONG}, status=422)
    if not form.can_be_kept or (published and not complete):
        return composer_page(request, membership, form, story, status=422)
    try:
        story = keep(form, membership, story)
    except Overtaken as overtaken:
        return overtaken_page(request, membership, form, overtaken.story)
    if published:
        messages.success(request, _("Changed, on every open wall."))
        return redirect(story)
    if not form.submitting:
        return saved(request, membership, story)
    if not complete:
        return composer_page(request, membership, form, story, status=422)
    return submitted(request, membership, story)


def keep(form: StoryForm, membership: Membership, story: Story | None = None) -> Story:
    """The draft with what was typed in it. Raises Overtaken."""
    form.is_valid()
    composer = form.cleaned_data.get("composer") or uuid.uuid4()
    turn = form.cleaned_data.get("turn") or 0
    text = form.kept()
    if story is None:
        story, begun = Story.begin(by=membership, composer=composer, turn=turn, **text)
        if begun:
            return story
        if story.is_published:
            # A composer left open elsewhere must not write half a sentence onto the wall.
            raise Overtaken(story)
    revision = form.cleaned_data.get("revision") or 0
    story.revise(by=membership, revision=revision, composer=composer, turn=turn, **text)
    return story


def give_back(
    request: HttpRequest, membership: Membership, form: StoryForm, story: Story | None = None
) -> HttpResponse:
    """What was typed while signed out: in its own story where it still fits, else in a draft of its own."""
    if not form.can_be_kept or (story and story.is_published and story.may_be_edited_by(membership)):
        return composer_page(request, membership, form, story)
    try:
        story = keep(form, membership, story)
    except Overtaken as overtaken:
        if overtaken.story.text == tuple(form.kept().values()):
            return redirect(overtaken.story)
        story, _begun = Story.begin(by=membership, composer=uuid.uuid4(), **form.kept())
    messages.info(request, WRITTEN_BEFORE)
    address = reverse("edit", kwargs={"team": membership.team.slug, "pk": story.pk})
    if address == request.path:
        return composer_page(request, membership, StoryForm.of(story), story)
    return redirect(address)


def saved(request: HttpRequest, membership: Membership, story: Story) -> HttpResponse:
    address = reverse("edit", kwargs={"team": membership.team.slug, "pk": story.pk})
    if is_htmx(request):
        response = render(request, "stories/composer.html#saved", {"story": story, "saved": True})
        return replace_url(response, address)
    messages.success(request, _("Kept as a draft. Only you can see it."))
    return redirect(address)


def submitted(request: HttpRequest, membership: Membership, story: Story) -> HttpResponse:
    try:
        if story.submit(by=membership):
            messages.success(request, thanks(story))
    except Overtaken:
        pass  # sent a moment ago from another tab: the story's page tells where it stands
    return redirect(story)


def thanks(story: Story) -> str:
    if story.is_published:
        return _("Thank you. Your story hangs now, on every open wall.")
    return " ".join([_("Thank you. Your story is with the moderators now."), promise(story.team)]).strip()


def overtaken_page(request: HttpRequest, membership: Membership, form: StoryForm, current: Story) -> HttpResponse:
    """The story went on elsewhere. The typed text stays; the other one is shown beside it."""
    if tuple(form.kept().values()) == current.text and form.submitting:
        return redirect(current)  # the same press twice
    context = {"story": current, "current": current, "editable": current.may_be_edited_by(membership)}
    if is_htmx(request) and not form.submitting:
        return render(request, "stories/composer.html#saved", context, status=409)
    form.at_revision(current.revision)
    return composer_page(request, membership, form, current, status=409, overtaken=True)


def composer_page(
    request: HttpRequest,
    membership: Membership,
    form: StoryForm,
    story: Story | None = None,
    status: int = 200,
    overtaken: bool = False,
) -> HttpResponse:
    context = {
        "form": form,
        "story": story,
        "said": messages_about([story])[story.pk] if story else [],
        "usual_wait": usual_wait(membership.team),
        "overtaken": overtaken,
        "read_first": story.is_read_first(membership) if story else membership.is_reviewed,
        "editable": story is None or story.may_be_edited_by(membership),
    }
    return team_page(request, membership, "stories/composer.html", context, status=status)


def is_autosave(request: HttpRequest) -> bool:
    return is_htmx(request) and not wants_to_submit(request)


def wants_to_submit(request: HttpRequest) -> bool:
    return request.POST.get("action") == "submit"

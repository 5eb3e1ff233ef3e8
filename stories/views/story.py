"""The page of a story, and its author's actions."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import publicly
from accounts.models import Membership
from accounts.unsent_forms import pop_unsent_form, unsent_form_for
from stories import visits
from stories.author_view import DECISION_UNSETTLED, author_views, diff_of_edit, why_read_first
from stories.cards import Card, choices
from stories.diff import word_diff
from stories.forms import ReportForm, StandByForm, StoryForm, form_values
from stories.limits import limit_on_sending
from stories.models import Overtaken, Refused, Report, State, Story
from stories.unsent_letters import story_of_unsent_letter
from stories.views import public
from stories.views.composer import composer_page, thanks
from stories.views.lookup import get_readable, read_way
from stories.wait_times import usual_wait
from stories.wall import own_reactions


@publicly(public.story)
@require_safe
def story(request: HttpRequest, membership: Membership, pk: int) -> HttpResponse:
    story = get_readable(membership, pk)
    if story.state == State.ACCEPTED:
        return redirect("story", team=membership.team.slug, pk=story.edit_of_id)
    if story.author_id == membership.user_id:
        edit = address_of_action(membership, story, "edit")
        if unsent_form_for(request, {edit}):
            return redirect(edit)
    elif membership.may_moderate and (not story.is_published or story_of_unsent_letter(request, membership) == story):
        return redirect(f"{reverse('moderation', kwargs={'team': membership.team.slug})}?story={story.pk}")
    visits.announce_visit(request, story.pk)
    return story_page(request, membership, story)


def story_page(
    request: HttpRequest, membership: Membership, story: Story, status: int = 200, **shown: Any
) -> HttpResponse:
    """Show the story. `shown` adds a form that was sent with errors, or a text that could not be sent."""
    mine = story.author_id == membership.user_id
    context: dict[str, Any] = {"mine": mine, "story": story}
    if mine:
        context |= author_context(request, membership, story)
    elif story.is_published:
        context |= reader_context(request, membership, story)
    if context["story"].is_published:
        pressed = own_reactions(membership.user_id, [story.pk])[story.pk]
        card, reader = Card.of(story, membership.team.slug), membership.user_id
        context["card"] = card.draw(pressed, timezone.now(), reader=reader, alone=True)
        context["choices"] = choices(card, pressed)
        context["way"] = read_way(request, story, membership.user_id)
    if story.is_published and membership.may_moderate:
        context["at_the_desk"] = not story.why_not_decided_by(membership)
    return render(request, "stories/story.html", {**context, **shown}, status=status)


def author_context(request: HttpRequest, membership: Membership, story: Story) -> dict[str, Any]:
    [view] = author_views([story])
    edit = view.story.is_published and story.latest_edit
    context: dict[str, Any] = {
        "story": view.story,
        "conversation": view.messages,
        "usual_wait": usual_wait(membership.team),
        "original": story.edit_of,
        "diff": diff_of_edit(story),
        "edit": author_views([edit])[0] if edit else None,
        "edit_diff": diff_of_edit(edit) if edit else None,
        "why_read_first": why_read_first(membership, story),
        "stand_by_form": StandByForm() if view.can_be_stood_by else None,
    }
    if view.story.is_published and (fix := view.story.fix):
        context["fix"] = word_diff(fix[0].body, fix[1].body)
    if view.story.is_editable:
        context |= {"form": StoryForm.of(story), "editable": True, "read_first": story.is_reviewed_first(membership)}
    if typed := pop_unsent_form(request, {address_of_action(membership, story, "stand-by")}):
        words = typed.fields.get("message", "")
        if view.can_be_stood_by:
            context |= {"stand_by_form": StandByForm(initial={"message": words}), "standing_by": True}
        else:
            context["unsent"] = words
    return context


def reader_context(request: HttpRequest, membership: Membership, story: Story) -> dict[str, Any]:
    reported = Report.objects.by(membership).about(story).with_decision().first()
    context: dict[str, Any] = {"reported": reported, "report_form": ReportForm()}
    if (typed := pop_unsent_form(request, {address_of_action(membership, story, "report")})) and not reported:
        context |= {"report_form": ReportForm(initial=typed.fields.dict()), "reporting": True}
    return context


@require_POST
def submit(request: HttpRequest, membership: Membership, pk: int) -> HttpResponse:
    story = get_authored(membership, pk)
    form = StoryForm({**form_values(story.text), "revision": story.revision}, submitting=True)
    if story.is_editable and not form.is_valid():
        return composer_page(request, membership, form, story, status=422)
    if story.is_editable and (limit := limit_on_sending(membership)):
        return limit.mark(composer_page(request, membership, form, story, status=429, limit=limit))
    try:
        if story.submit(by=membership):
            messages.success(request, thanks(story))
    except Overtaken as overtaken:
        warn_of_new_state(request, overtaken.story)
    return redirect(story)


@require_POST
def withdraw(request: HttpRequest, membership: Membership, pk: int) -> HttpResponse:
    story = get_authored(membership, pk)
    try:
        if story.withdraw(by=membership):
            messages.success(request, _("Withdrawn. It is a draft again, and only you can see it."))
    except Overtaken as overtaken:
        current = overtaken.story
        words = _("Somebody was faster: the story is %(state)s now.") % {"state": current.get_state_display()}
        messages.warning(request, DECISION_UNSETTLED if current.has_unsettled_decision else words)
    return redirect(story)


@require_POST
def stand_by(request: HttpRequest, membership: Membership, pk: int) -> HttpResponse:
    story = get_authored(membership, pk)
    form = StandByForm(request.POST)
    whole = StoryForm(story.text.parts(), submitting=True).is_valid()
    if form.is_valid() and story.is_editable and not whole:
        form.add_error(
            "message", _("Something is missing in your story. Fill it in and save it, then ask for a second opinion.")
        )
    if not form.is_valid():
        if author_views([story])[0].can_be_stood_by:
            return story_page(request, membership, story, status=422, stand_by_form=form, standing_by=True)
        return unsent_page(request, membership, story, state_in_words(story))
    if limit := limit_on_sending(membership):
        form.add_error("message", limit.reason)
        page = story_page(request, membership, story, status=429, stand_by_form=form, standing_by=True)
        return limit.mark(page)
    try:
        if story.stand_by(by=membership, message=form.cleaned_data["message"]):
            messages.success(request, _("Sent. If the team has another moderator, that person decides now."))
    except Overtaken as overtaken:
        return unsent_page(request, membership, overtaken.story, state_in_words(overtaken.story))
    except Refused as refused:
        return unsent_page(request, membership, story, str(refused))
    return redirect(story)


def unsent_page(request: HttpRequest, membership: Membership, story: Story, why: str) -> HttpResponse:
    """Show the story's present page with the text that came too late."""
    shown = story.edit_of if story.state == State.ACCEPTED and story.edit_of else story
    words = request.POST.get("message", "")
    return story_page(request, membership, shown, status=409, unsent=words, why_unsent=why)


@require_POST
def own_words(request: HttpRequest, membership: Membership, pk: int) -> HttpResponse:
    story = get_authored(membership, pk)
    try:
        if story.restore_own_words(by=membership):
            messages.success(request, _("Your own words are on the wall again."))
    except Overtaken as overtaken:
        current = overtaken.story
        words = DECISION_UNSETTLED if current.has_unsettled_decision else _("Its text has changed since then.")
        messages.warning(request, words)
    return redirect(story)


def warn_of_new_state(request: HttpRequest, current: Story) -> None:
    """Show the author the new state; nothing where it is waiting for review, since authors do not see why."""
    if words := state_in_words(current):
        messages.warning(request, words)


def state_in_words(current: Story) -> str:
    state = current.state_for_author()
    if current.has_unsettled_decision:
        return str(DECISION_UNSETTLED)
    if state == State.PENDING:
        return ""
    return _("This story is %(state)s already.") % {"state": state.label}


def get_authored(membership: Membership, pk: int) -> Story:
    """Return this person's own story; 404 where they may not read it, 403 where somebody else wrote it."""
    story = get_readable(membership, pk)
    if story.author_id != membership.user_id:
        raise Refused(_("Only its author can do that."))
    return story


def address_of_action(membership: Membership, story: Story, name: str) -> str:
    return reverse(name, kwargs={"team": membership.team.slug, "pk": story.pk})

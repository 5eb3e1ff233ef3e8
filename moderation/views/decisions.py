"""What a moderator answers. Each address takes the revision that the moderator has read."""

from collections.abc import Callable, Mapping

from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.access import moderators_only
from accounts.models import Membership, Reason
from kindwall.htmx import is_htmx
from moderation.desk import desk_item, last_entry
from moderation.forms.decisions import DecisionForm, FixForm, MessageForm, PublishForm
from moderation.letters import message_form, written
from moderation.queue import Queue, chosen, next_in_line, read_queue
from moderation.views.desk import desk, desk_address, get_story
from stories.models import Action, Overtaken, SentStory, Story
from stories.models.choices import LETTER_ACTIONS, PENDING_ACTIONS, VERDICTS

View = Callable[..., HttpResponseBase]

DECIDE: Mapping[Action, Callable[..., bool]] = {
    Action.PUBLISH: Story.publish,
    Action.RETURN: Story.return_for_change,
    Action.DECLINE: Story.decline,
    Action.REMOVE: Story.remove,
    Action.RESTORE: Story.restore,
    Action.SPAM: Story.mark_spam,
    Action.NOT_SPAM: Story.clear_spam,
    Action.KEEP: Story.dismiss_reports,
    Action.FIX: Story.publish,  # with another body
}


def decision(answer: Action) -> View:
    """The view that gives this answer."""

    @require_POST
    @vary_on_headers("HX-Request")
    @moderators_only
    def view(request: HttpRequest, membership: Membership, pk: int) -> HttpResponseBase:
        return decide(request, membership, pk, answer)

    return view


publish = decision(Action.PUBLISH)
fix = decision(Action.FIX)
return_story = decision(Action.RETURN)
decline = decision(Action.DECLINE)
remove = decision(Action.REMOVE)
restore = decision(Action.RESTORE)
spam = decision(Action.SPAM)
not_spam = decision(Action.NOT_SPAM)
keep = decision(Action.KEEP)


def decide(request: HttpRequest, membership: Membership, pk: int, answer: Action) -> HttpResponse:
    story = get_submitted(membership, pk)
    form = answer_form(membership, story, answer, request.POST)
    if not form.is_valid():
        return undecided(request, membership, story, answer, form, status=422)
    given = form.cleaned_data
    if "body" in given:
        given["fixed"] = given.pop("body")
    supersedes = given.pop("instead_of")
    if answer in VERDICTS:
        given["supersedes"] = supersedes
    try:
        DECIDE[answer](story.itself, by=membership, **given)
    except Overtaken as overtaken:
        return undecided(request, membership, SentStory.of(overtaken.story), answer, form, status=409)
    return decided(request, membership, story)


def get_submitted(membership: Membership, pk: int) -> SentStory:
    """Whoever reads a story may find it taken back by the time they answer; their words are kept all the same."""
    submitted = SentStory.objects.of(membership.team).ever_submitted().with_author_and_team()
    story: SentStory = get_object_or_404(submitted, pk=pk)  # type: ignore[assignment]
    return story


def answer_form(membership: Membership, story: SentStory, answer: Action, data: QueryDict) -> DecisionForm:
    if answer in LETTER_ACTIONS:
        return message_form(membership, story, answer, Reason.objects.of(membership.team), data)
    if answer == Action.FIX:
        return FixForm(data, auto_id=f"story-{story.pk}-fix-%s")
    return (PublishForm if answer == Action.PUBLISH else DecisionForm)(data)


def decided(request: HttpRequest, membership: Membership, answered: SentStory) -> HttpResponse:
    """On to the next one. What was decided can be undone from there."""
    show = chosen(request.POST.get("show", ""))
    following = next_in_line(membership, show, answered)
    if not is_htmx(request):
        return redirect(desk_address(membership, show, following))
    story = get_story(membership, following)
    if story is None:
        return desk(request, membership, read_queue(membership, show), None, opened=True)
    return desk(
        request, membership, Queue(show), desk_item(membership, story), opened=True, list_stays=True, answered=answered
    )


def undecided(
    request: HttpRequest, membership: Membership, story: SentStory, answer: Action, form: DecisionForm, status: int
) -> HttpResponse:
    """Why nothing was decided: a message is missing, or somebody was faster. What was typed stays."""
    item = desk_item(membership, story)
    item.opened = answer
    conflict = status == 409
    # Whoever had it waiting before them, and finds it waiting, has read another text.
    had_it_waiting = answer in PENDING_ACTIONS and not form.data.get("instead_of")
    item.changed = conflict and story.is_pending and had_it_waiting
    if item.taken_back or (conflict and not item.changed):
        item.done = last_entry(story)
    if isinstance(form, MessageForm):
        # Sent again, it answers the text that is shown now.
        form.data = {**form.letter(), "revision": item.story.revision}
        item.forms[answer] = form
        item.unsent = written(form.data) if item.done and not item.takes(answer) else ""
    elif isinstance(form, FixForm):
        form.data = {"body": form["body"].value(), "revision": story.revision}
        item.fix = form
        item.unsent = form.data["body"] if item.done else ""
    queue = read_queue(membership, chosen(request.POST.get("show", "")))
    return desk(request, membership, queue, item, opened=True, status=status, conflict=conflict)

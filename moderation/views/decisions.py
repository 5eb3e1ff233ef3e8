"""The decisions on a story. Each takes the revision that the moderator has read."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.access import moderators_only
from accounts.models import Membership, Reason
from moderation.decision_methods import DECIDE
from moderation.desk import last_entry
from moderation.desk_page import DeskPage
from moderation.forms.decisions import DecisionForm, FixForm, MessageForm
from moderation.letters import letter_text, message_form
from moderation.lookup import get_submitted
from stories.models import Action, Overtaken, SentStory
from stories.models.choices import LETTER_ACTIONS, PENDING_ACTIONS, VERDICTS

DecisionView = Callable[..., HttpResponseBase]


def decision(action: Action) -> DecisionView:
    """Return the view that takes this decision."""

    @require_POST
    @vary_on_headers("HX-Request")
    @moderators_only
    def view(request: HttpRequest, membership: Membership, pk: int) -> HttpResponseBase:
        return decide(request, membership, pk, action)

    return view


publish = decision(Action.PUBLISH)
fix = decision(Action.FIX)
return_story = decision(Action.RETURN)
decline = decision(Action.DECLINE)
restore = decision(Action.RESTORE)
spam = decision(Action.SPAM)
not_spam = decision(Action.NOT_SPAM)
dismiss_reports = decision(Action.DISMISS_REPORTS)
review = decision(Action.REVIEW)


def decide(request: HttpRequest, membership: Membership, pk: int, action: Action) -> HttpResponse:
    story = get_submitted(membership, pk)
    form = decision_form(membership, story, action, request.POST)
    if not form.is_valid():
        return undecided(request, membership, story, action, form, status=422)
    try:
        carry_out(membership, story, action, form)
    except Overtaken as overtaken:
        return undecided(request, membership, SentStory.of(overtaken.story), action, form, status=409)
    # The list stays: the browser takes the story out of it. The decision can be undone from the next one.
    return DeskPage(request, membership).go_on(story, list_stays=True)


def carry_out(membership: Membership, story: SentStory, action: Action, form: DecisionForm) -> None:
    """Take the decision of a valid form. Raises Overtaken where the story has gone on meanwhile."""
    given = form.cleaned_data
    if "body" in given:
        given["fixed"] = given.pop("body")
    supersedes = given.pop("instead_of")
    if action in VERDICTS:
        given["supersedes"] = supersedes
    DECIDE[action](story.itself, by=membership, **given)


def decision_form(membership: Membership, story: SentStory, action: Action, data: QueryDict) -> DecisionForm:
    if action in LETTER_ACTIONS:
        return message_form(membership, story, action, Reason.objects.for_letters(membership), data)
    if action == Action.FIX:
        return FixForm(data, auto_id=f"story-{story.pk}-fix-%s")
    return DecisionForm(data)


def undecided(
    request: HttpRequest, membership: Membership, story: SentStory, action: Action, form: DecisionForm, status: int
) -> HttpResponse:
    """Respond with the story where a message is missing or somebody decided first. Keep what was typed."""
    page = DeskPage(request, membership)
    item = page.open(story)
    item.open_form = action
    conflict = status == 409
    # It waited when it was read and it waits now: the moderator has read another text.
    had_it_waiting = action in PENDING_ACTIONS and not form.data.get("instead_of")
    item.text_has_changed = conflict and story.is_pending and had_it_waiting
    if item.is_withdrawn or (conflict and not item.text_has_changed):
        item.overtaken_by = last_entry(story)
    if isinstance(form, MessageForm):
        # Sent again, it decides on the text that is shown now.
        form.data = {**form.letter(), "revision": item.story.revision}
        item.letter_forms[action] = form
        item.unsent = letter_text(form.data) if item.overtaken_by and not item.accepts_letter(action) else ""
    elif isinstance(form, FixForm):
        form.data = {"body": form["body"].value(), "revision": story.revision}
        item.fix_form = form
        item.unsent = form.data["body"] if item.overtaken_by else ""
    return page.render(status=status, conflict=conflict)

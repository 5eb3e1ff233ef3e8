"""Decisions on several waiting stories at once: to publish them, to return them with one letter, or as spam."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.access import moderators_only
from accounts.models import Membership
from accounts.names import isolated
from kindwall.htmx import is_htmx
from moderation.bulk import BulkChoice, Failure
from moderation.desk_page import DeskPage
from moderation.forms.decisions import MessageForm
from moderation.letters import as_read, letter_to_several
from moderation.lookup import find_story
from stories.models import Action, Letter, SentStory

WHOLE_LIST = "whole"  # not a decision: it chooses all stories of the list, and names how many they are
BULK_ACTIONS = (Action.PUBLISH, Action.RETURN, Action.SPAM)


@require_POST
@vary_on_headers("HX-Request")
@moderators_only
def bulk(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    """Decide on the chosen stories, and list each one where that was refused."""
    action = request.POST.get("action", "")
    if action == WHOLE_LIST:
        page = DeskPage(request, membership)
        choice = BulkChoice.of_list(membership, page.selection)
        begun = letter_to(choice, membership, request.POST, sent=False) if "message" in request.POST else None
        return undecided_bulk(page, choice, begun)
    choice = BulkChoice.read(membership, request.POST)
    form = None
    if action not in (Action.PUBLISH, Action.SPAM):
        form = letter_to(choice, membership, request.POST, sent=action == Action.RETURN)
    if not choice.stories or action not in BULK_ACTIONS or (form and not form.is_valid()):
        return undecided_bulk(DeskPage(request, membership), choice, form)
    letter = Letter(**{part: form.cleaned_data[part] for part in form.PARTS}) if form else None  # type: ignore[typeddict-item]
    done, failures = choice.decide(Action(action), membership, letter)
    unsent = letter_to(choice, membership, request.POST, sent=False) if form and failures else None
    return decided(DeskPage(request, membership), done, failures, unsent, choice)


def letter_to(choice: BulkChoice, membership: Membership, typed: QueryDict, *, sent: bool) -> MessageForm:
    return letter_to_several(membership, typed, sent=sent, has_second_opinion=choice.has_second_opinion)


def decided(
    page: DeskPage, done: list[SentStory], failures: list[Failure], unsent: MessageForm | None, choice: BulkChoice
) -> HttpResponse:
    """Respond with the list, and with the story that is open beside it unless it was one of these.

    The letter is shown again where it has not reached everybody, with those chosen that were left as they are.
    """
    reading = find_story(page.membership, page.request.POST.get("reading", ""))
    if reading is None or not reading.is_pending:
        reading = page.next_after(done[-1]) if done else find_story(page.membership, page.queue.first)
    if not is_htmx(page.request) and not unsent:
        for failure in failures:
            messages.warning(page.request, f"{isolated(failure.story.author_name)}: {failure.why}")
        return page.redirect_to(reading.pk if reading else None)
    if reading:
        page.open_beside(reading)
    left = choice.only([failure.story for failure in failures])
    return page.render(
        status=409 if unsent else 200, failures=failures, bulk=unsent, **selection_context(left, asked=unsent)
    )


def undecided_bulk(page: DeskPage, choice: BulkChoice, form: MessageForm | None = None) -> HttpResponse:
    """Respond with the desk, and ask for what is missing: the stories, the letter, or the decision."""
    if reading := find_story(page.membership, page.request.POST.get("reading", "")):
        page.open_beside(reading)
    else:
        page.open_first()
    is_next_step = choice.stories and (form is None or not form.is_bound)
    written = form and form["message"].value()
    nothing = _("No story of this list is waiting.") if choice.is_whole else _("Select the stories first.")
    return page.render(
        status=200 if is_next_step else 422,
        bulk=form,
        preview=as_read(page.membership.team, Action.RETURN, form.preview()) if form and written else None,
        message="" if choice.stories else nothing,
        **selection_context(choice, asked=choice.stories),
    )


def selection_context(choice: BulkChoice, *, asked: Any) -> dict[str, Any]:
    """Return the context that shows which stories are selected, where something is still asked about them."""
    return {"choice": choice if asked and choice.stories else None, "ticked": choice.ticked}

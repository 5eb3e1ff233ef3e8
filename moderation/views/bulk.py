"""Decisions on several waiting stories at once: to publish them, to return them with one letter, or as spam."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.access import moderators_only
from accounts.models import Membership, Refused
from kindwall.htmx import is_htmx
from kindwall.numbers import read_number
from moderation.desk_page import DeskPage
from moderation.forms.decisions import MessageForm
from moderation.letters import as_read, letter_to_several
from moderation.lookup import find_story
from moderation.queue import SHOWN
from moderation.views.decisions import DECIDE
from stories.models import Action, Letter, Overtaken, SentStory

type Ticked = Sequence[tuple[SentStory, int]]  # each story with the revision that was shown


BULK_ACTIONS = (Action.PUBLISH, Action.RETURN, Action.SPAM)


@dataclass(frozen=True, slots=True)
class Failure:
    """A story that was left as it is, and the reason."""

    story: SentStory
    why: str


@require_POST
@vary_on_headers("HX-Request")
@moderators_only
def bulk(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    """Decide on the ticked stories, and list each one where that was refused."""
    action = request.POST.get("action", "")
    needs_letter = action not in (Action.PUBLISH, Action.SPAM)
    form = letter_to_several(membership, request.POST, sent=action == Action.RETURN) if needs_letter else None
    ticked = list(ticked_stories(membership, request.POST.getlist("story")))
    if not ticked or action not in BULK_ACTIONS or (form and not form.is_valid()):
        return incomplete(request, membership, form, ticked)
    letter = Letter(**{part: form.cleaned_data[part] for part in form.PARTS}) if form else None  # type: ignore[typeddict-item]
    done: list[SentStory] = []
    failures: list[Failure] = []
    batch = uuid4()
    for story, revision in ticked:
        if why := decide(action, story, membership, revision, letter, batch):
            failures.append(Failure(story, why))
        else:
            done.append(story)
    if not is_htmx(request) and not form:
        for failure in failures:
            messages.warning(request, f"{failure.story.author_name}: {failure.why}")
    return decided(request, membership, done, failures, returning=form is not None)


def ticked_stories(membership: Membership, values: list[str]) -> Iterator[tuple[SentStory, int]]:
    """Read the ticked stories, each sent as its number and the revision that was shown: "5:1"."""
    revisions: dict[int, int] = {}
    for value in values[: 2 * SHOWN]:
        pk, _colon, revision = value.partition(":")
        numbers = read_number(pk), read_number(revision)
        if numbers[0] is not None and numbers[1] is not None:
            revisions[numbers[0]] = numbers[1]
    submitted = SentStory.objects.for_moderators(membership).ever_submitted().with_author_and_team()
    for story in submitted.filter_to(revisions):
        yield story, revisions[story.pk]


def decide(
    action: str, story: SentStory, membership: Membership, revision: int, letter: Letter | None, batch: UUID
) -> str:
    """Take the decision on one story. Return the reason where that was refused."""
    parts: Mapping[str, Any] = letter or {}
    try:
        DECIDE[Action(action)](story.itself, by=membership, revision=revision, batch=batch, **parts)
    except Refused as refused:
        return str(refused)
    except Overtaken as overtaken:
        if overtaken.story.is_pending:
            return _("Its author has changed the text; please read it again.")
        return _("It is %(state)s already.") % {"state": overtaken.story.get_state_display()}
    return ""


def decided(
    request: HttpRequest, membership: Membership, done: list[SentStory], failures: list[Failure], *, returning: bool
) -> HttpResponse:
    """Respond with the list, and with the story that is open beside it unless it was one of these.

    The letter is shown again where it has not reached everybody, with those ticked who were left as they are.
    """
    page = DeskPage(request, membership)
    reading = find_story(membership, request.POST.get("reading", ""))
    if reading is None or not reading.is_pending:
        reading = page.next_after(done[-1]) if done else find_story(membership, page.queue.first)
    unsent = letter_to_several(membership, request.POST, sent=False) if returning and failures else None
    if not is_htmx(request) and not unsent:
        return page.redirect_to(reading.pk if reading else None)
    if reading:
        page.open_beside(reading)
    return page.render(
        status=409 if unsent else 200,
        failures=failures,
        bulk=unsent,
        ticked=[failure.story.pk for failure in failures],
    )


def incomplete(request: HttpRequest, membership: Membership, form: MessageForm | None, ticked: Ticked) -> HttpResponse:
    """Respond with the desk where nothing is ticked, or where the letter or a part of it is missing."""
    page = DeskPage(request, membership)
    if reading := find_story(membership, request.POST.get("reading", "")):
        page.open_beside(reading)
    else:
        page.open_first()
    is_first_step = ticked and form and not form.is_bound
    return page.render(
        status=200 if is_first_step else 422,
        bulk=form,
        preview=as_read(membership.team, Action.RETURN, form.preview()) if form and form["message"].value() else None,
        ticked=[story.pk for story, _revision in ticked],
        said="" if ticked else _("Tick the stories that you mean first."),
    )

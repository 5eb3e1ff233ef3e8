"""Limits on how much one person may write and send, so that nobody slows the others. Decisions are never limited.

Submissions and drafts are counted in the database, for all processes together. Saves and presses are far more frequent
and cheap, so each process counts its own in memory.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from allauth.core import ratelimit
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, ngettext

from accounts.models import Membership
from kindwall import clock
from stories.models import AuditEntry, Story
from stories.templatetags.ages import how_long

MOST_DRAFTS = 50  # of one person in one team
# Each rate is a number of sendings that are allowed within a period.
type Rates = Sequence[tuple[int, timedelta]]
OF_A_PERSON: Rates = ((20, timedelta(minutes=10)), (100, timedelta(days=1)))
OF_A_TEAM: Rates = ((600, timedelta(minutes=10)),)
PAUSE_SECONDS = 10  # seconds to wait after saving or pressing too fast


@dataclass(frozen=True, slots=True)
class Limit:
    """The reason why a request is not accepted now, in words for the person who sent it."""

    reason: str
    wait: timedelta | None = None  # until it would be accepted; None where waiting does not help

    @property
    def status(self) -> int:
        return 422 if self.wait is None else 429

    def mark(self, response: HttpResponse) -> HttpResponse:
        """Add the header that tells programs when to try again."""
        if self.wait is not None:
            response["Retry-After"] = str(max(1, round(self.wait.total_seconds())))
        return response


class Limited(Exception):
    def __init__(self, limit: Limit) -> None:
        super().__init__(limit.reason)
        self.limit = limit


def limit_on_sending(membership: Membership) -> Limit | None:
    """Return why this person may not send a story now, or None; two queries of an index."""
    log = AuditEntry.objects
    wait = wait_for(log.sent_lately_by(membership, since=longest(OF_A_PERSON)), OF_A_PERSON)
    if wait:
        reason = gettext("You have sent many stories in a short time. Please send this one in %(wait)s.")
        return Limit(reason % {"wait": how_long(wait)}, wait)
    wait = wait_for(log.sent_lately_in(membership.team, since=longest(OF_A_TEAM)), OF_A_TEAM)
    if wait:
        reason = gettext("Many stories are arriving here at the moment. Please send this one in %(wait)s.")
        return Limit(reason % {"wait": how_long(wait)}, wait)
    return None


def longest(rates: Rates) -> timedelta:
    return max(window for _most, window in rates)


def wait_for(latest_first: QuerySet[AuditEntry, datetime], rates: Rates) -> timedelta | None:
    """Return how long until one more moment is within all rates, or None where it is now."""
    now, moments = clock.now(), list(latest_first[: max(most for most, _window in rates)])
    waits = [moments[most - 1] + window - now for most, window in rates if len(moments) >= most]
    wait = max(waits, default=timedelta())
    return wait if wait > timedelta() else None


def limit_on_drafts(membership: Membership, editor: UUID) -> Limit | None:
    """Return why this person may not begin another draft, or None; one query of an index, two at the limit.

    A draft that this editor has begun before may always be saved.
    """
    written = Story.objects.written_by(membership)
    few = written.drafts()[:MOST_DRAFTS].count() < MOST_DRAFTS
    if few or written.begun_with(editor).exists():
        return None
    reason = ngettext(
        "You have %(number)d draft already. Send it, or write in it.",
        "You have %(number)d drafts already. Send one of them, or write in one.",
        MOST_DRAFTS,
    )
    return Limit(reason % {"number": MOST_DRAFTS})


def limit_on_saving(request: HttpRequest) -> Limit | None:
    return limit_on_pace(request, "save")


def limit_on_pressing(request: HttpRequest) -> Limit | None:
    return limit_on_pace(request, "press")


def limit_on_pace(request: HttpRequest, action: str) -> Limit | None:
    """Return why this person has to wait a moment, or None; no query."""
    if ratelimit.consume(request, action=action):
        return None
    return Limit(gettext("That was very fast. Please wait a moment."), timedelta(seconds=PAUSE_SECONDS))

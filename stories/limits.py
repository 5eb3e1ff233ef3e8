"""How much one person may write and send, so that nobody stops the others. What moderators decide is never limited.

What is sent and what lies as a draft is counted in the database, where every process finds it. Saves and presses are
far more frequent and cheap: each process counts them for itself, in memory.
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
# How often one person may send something, and how often a team together, in how long.
type Rates = Sequence[tuple[int, timedelta]]
OF_A_PERSON: Rates = ((20, timedelta(minutes=10)), (100, timedelta(days=1)))
OF_A_TEAM: Rates = ((600, timedelta(minutes=10)),)
PAUSE = 10  # seconds after which somebody who saves or presses too fast may go on


@dataclass(frozen=True, slots=True)
class Limit:
    """Why something is not taken now, in words for whoever sent it."""

    reason: str
    wait: timedelta | None = None  # until it is taken; None where that does not depend on time

    @property
    def status(self) -> int:
        return 422 if self.wait is None else 429

    def mark(self, response: HttpResponse) -> HttpResponse:
        """Tell programs as well when to come again."""
        if self.wait is not None:
            response["Retry-After"] = str(max(1, round(self.wait.total_seconds())))
        return response


class Limited(Exception):
    def __init__(self, limit: Limit) -> None:
        super().__init__(limit.reason)
        self.limit = limit


def limit_on_sending(membership: Membership) -> Limit | None:
    """Why this person may not send a story now; two queries of an index."""
    log = AuditEntry.objects
    wait = wait_for(log.sent_lately_by(membership, since=longest(OF_A_PERSON)), OF_A_PERSON)
    if wait:
        reason = gettext("You have sent many in a short time. Please send this one in %(wait)s.")
        return Limit(reason % {"wait": how_long(wait)}, wait)
    wait = wait_for(log.sent_lately_in(membership.team, since=longest(OF_A_TEAM)), OF_A_TEAM)
    if wait:
        reason = gettext("Many stories are coming in here just now. Please send this one in %(wait)s.")
        return Limit(reason % {"wait": how_long(wait)}, wait)
    return None


def longest(rates: Rates) -> timedelta:
    return max(window for _most, window in rates)


def wait_for(latest_first: QuerySet[AuditEntry, datetime], rates: Rates) -> timedelta | None:
    """How long until one more of these moments is within all of the rates; None where it is already."""
    now, moments = clock.now(), list(latest_first[: max(most for most, _window in rates)])
    waits = [moments[most - 1] + window - now for most, window in rates if len(moments) >= most]
    wait = max(waits, default=timedelta())
    return wait if wait > timedelta() else None


def limit_on_drafts(membership: Membership, composer: UUID) -> Limit | None:
    """Why this person may not begin another draft with this composer; one query of an index, two where there are many.

    What the composer has begun before is no other draft.
    """
    written = Story.objects.written_by(membership)
    few = written.drafts()[:MOST_DRAFTS].count() < MOST_DRAFTS
    if few or written.begun_with(composer).exists():
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
    """Why what this person does so fast waits a moment; no query."""
    if ratelimit.consume(request, action=action):
        return None
    return Limit(gettext("That was very fast. Please go on in a moment."), timedelta(seconds=PAUSE))

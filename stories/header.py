"""The counts in the header of every page of a team."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, Subquery

from accounts.models import Membership, Team
from stories.models import OutboxEvent, Story


@dataclass(frozen=True, slots=True)
class HeaderCounts:
    event: int  # the newest of the team
    waiting: int  # stories waiting for a moderator; 0 for members


def header_counts(membership: Membership) -> HeaderCounts:
    """Read the counts with one query."""
    if not membership.may_moderate:
        return HeaderCounts(event=OutboxEvent.objects.of_team(membership.team_id).newest_id(), waiting=0)
    return HeaderCounts(**moderators_counts(membership))


def moderators_counts(membership: Membership, **others: Subquery) -> dict[str, int]:
    """Read the counts in a moderator's header, and with them others that a page shows, with one query."""
    newest = OutboxEvent.objects.filter(team=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    waiting = Story.objects.waiting().filter(team=OuterRef("pk")).order_by().values("team")
    number = Subquery(waiting.annotate(number=Count("pk")).values("number"))
    counts = {"event": Subquery(newest), "waiting": number, **others}
    row: dict[str, Any] = Team.objects.filter(pk=membership.team_id).values(**counts).get()  # type: ignore[assignment]
    return {name: row[name] or 0 for name in counts}

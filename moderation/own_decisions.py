"""A moderator's own latest decisions."""

from dataclasses import dataclass

from django.db.models import Count, Q, Subquery

from accounts.models import Membership
from kindwall import clock
from stories.header import HeaderCounts
from stories.models import AuditEntry

ENOUGH = 12  # decisions in a day, after which the desk says that the rest may wait
UNDO_NOTICE = ("action", "created_at", "story__signature", "story__author__name")


@dataclass(frozen=True, slots=True)
class DeskCounts(HeaderCounts):
    decided_today: int  # decisions of this moderator since midnight in their time zone


def undoable_decisions(membership: Membership) -> list[AuditEntry]:
    """Return this moderator's latest decision that can still be undone, or all of a bulk decision; one query."""
    entries = (
        AuditEntry.objects.decisions()
        .in_effect()
        .within_undo()
        .filter(actor=membership.user_id, story__team=membership.team_id)
        .order_by("-pk")
    )
    # A moderator who works fast has decided on dozens within the ten seconds.
    latest, batch = (Subquery(entries.values(column)[:1]) for column in ("pk", "batch"))
    return list(entries.filter(Q(pk=latest) | Q(batch=batch)).select_related("story__author").only(*UNDO_NOTICE))


def desk_counts(membership: Membership) -> DeskCounts:
    """Read the counts of the header and of the desk with one query."""
    midnight = clock.today_began()
    entries = AuditEntry.objects.decisions().in_effect().filter(actor=membership.user_id, created_at__gte=midnight)
    today = entries.filter(story__team=membership.team_id).order_by().values("actor")
    number = today.annotate(number=Count("pk")).values("number")
    return DeskCounts.read(membership, decided_today=number.query.sql_with_params())

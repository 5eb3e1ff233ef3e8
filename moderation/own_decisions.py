"""A moderator's own latest decisions."""

from django.db.models import Q, Subquery

from accounts.models import Membership
from stories.models import AuditEntry

UNDO_NOTICE = ("action", "created_at", "story__signature", "story__author__name")


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

"""Earlier decisions on an author's stories."""

from collections.abc import Mapping

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import JSONObject
from django.utils.translation import gettext

from stories.models import Action, AuditEntry, SentStory, State
from stories.models.audit import AuditQuerySet

DECISION_COUNTS = {
    "published": Count("pk", filter=Q(action=Action.PUBLISH)),
    "returned": Count("pk", filter=Q(to_state=State.RETURNED)),
    "declined": Count("pk", filter=Q(to_state=State.DECLINED)),
}


def author_history(counts: Mapping[str, int]) -> str:
    """Describe in a line, without a score, how moderators decided on an author's stories."""
    if not any(counts.values()):
        return gettext("Nothing of theirs was decided here before.")
    words = {
        "published": gettext("%d published"),
        "returned": gettext("%d returned"),
        "declined": gettext("%d declined"),
    }
    return f"{', '.join(words[name] % counts[name] for name in words if counts[name])}."


def count_decisions(story: SentStory, entries: AuditQuerySet) -> dict[str, int]:
    """Count how often these entries published, returned and declined a story of the author in the team; one query."""
    theirs = entries.in_effect().filter(story__team=story.team_id, story__author=story.author_id)
    return theirs.aggregate(**DECISION_COUNTS)


def decision_counts() -> Subquery:
    """Return an expression that counts the same among all entries, to be read together with a story."""
    theirs = AuditEntry.objects.in_effect().filter(story__team=OuterRef("team"), story__author=OuterRef("author"))
    one_group = theirs.order_by().values("story__author")
    return Subquery(one_group.annotate(counts=JSONObject(**DECISION_COUNTS)).values("counts"))

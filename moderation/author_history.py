"""Earlier decisions on an author's stories."""

from django.db.models import Count, Q
from django.utils.translation import gettext

from stories.models import Action, State, Story
from stories.models.audit import AuditQuerySet


def author_history(story: Story, entries: AuditQuerySet) -> str:
    """Describe in a line, without a score, how these entries decided on the author's stories; one query."""
    counts = count_decisions(story, entries)
    if not any(counts.values()):
        return gettext("Nothing of theirs was answered here before.")
    words = {
        "published": gettext("%d published"),
        "returned": gettext("%d returned"),
        "declined": gettext("%d declined"),
    }
    return f"{', '.join(words[name] % number for name, number in counts.items() if number)}."


def count_decisions(story: Story, entries: AuditQuerySet) -> dict[str, int]:
    """Count how often the author's stories were published, returned and declined by these entries; one query."""
    theirs = entries.in_effect().filter(story__team=story.team_id, story__author=story.author_id)
    return theirs.aggregate(
        published=Count("pk", filter=Q(action=Action.PUBLISH)),
        returned=Count("pk", filter=Q(to_state=State.RETURNED)),
        declined=Count("pk", filter=Q(to_state=State.DECLINED)),
    )

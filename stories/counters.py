"""Comparing what stories store with the rows that it comes from: counts, warmth, and the lack of a review."""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import Membership, TeamEntry
from stories.models import OutboxEvent, Reaction, ReactionKind, State, Story, Uplift
from stories.models.queryset import unreviewed_by_the_log
from stories.models.warmth import update_warmth, warmth

ROLE_CHANGES = (
    TeamEntry.Action.ROLE,
    TeamEntry.Action.HAND_OVER,
    TeamEntry.Action.LEAVE,
    TeamEntry.Action.REMOVE,
)
ROUNDED = 1e-6  # by which two databases may differ in a logarithm


def rows(of: QuerySet[Uplift] | QuerySet[Reaction]) -> Coalesce:
    counted = of.filter(story=OuterRef("pk")).order_by().values("story").annotate(number=Count("pk"))
    return Coalesce(Subquery(counted.values("number"), output_field=IntegerField()), 0)


ROWS = {
    "uplift_count": rows(Uplift.objects.all()),
    **{kind.counter: rows(Reaction.objects.filter(kind=kind)) for kind in ReactionKind},
}


def drifted(stories: QuerySet[Story]) -> Iterator[tuple[Story, dict[str, tuple[int, int]]]]:
    """Yield each story with a wrong count, with (count, rows) for each wrong column."""
    with_rows = stories.annotate(**{f"{column}_rows": counted for column, counted in ROWS.items()})
    off = Q()
    for column in ROWS:
        off |= ~Q(**{column: F(f"{column}_rows")})
    for story in with_rows.filter(off).order_by("pk"):
        pairs = {column: (getattr(story, column), getattr(story, f"{column}_rows")) for column in ROWS}
        yield story, {column: pair for column, pair in pairs.items() if pair[0] != pair[1]}


def wrongly_warm(stories: QuerySet[Story]) -> Iterator[tuple[Story, float]]:
    """Yield each story whose stored warmth is not that of its uplifts, with the right one."""
    for story in stories.filter(published_at__isnull=False).only("uplift_count", "published_at", "warmth").iterator():
        assert story.published_at is not None
        right = warmth(story.uplift_count, story.published_at)
        if abs(story.warmth - right) > ROUNDED:
            yield story, right


def wrongly_reviewed(stories: QuerySet[Story]) -> Iterator[tuple[int, datetime | None, datetime | None]]:
    """Yield each published story with another moment since when it has not been reviewed than the log has, and both.

    A moderator's own text counts as read, by the role at that time. The log of stories has no roles, so the stories of
    people whose role has changed are left out.
    """
    about = TeamEntry.objects.filter(Q(subject=OuterRef("author")) | Q(actor=OuterRef("author")), team=OuterRef("team"))
    changed = about.filter(action__in=ROLE_CHANGES)
    members = Membership.objects.filter(team=OuterRef("team"), user=OuterRef("author"))
    compared = stories.filter(~Exists(changed), Exists(members), state=State.PUBLISHED)
    rows = compared.annotate(right=unreviewed_by_the_log()).values_list("pk", "unreviewed_since", "right")
    return ((pk, noted, right) for pk, noted, right in rows.iterator() if noted != right)


def recount(stories: QuerySet[Story]) -> int:
    """Correct the counts, then the warmth and what is not reviewed; return how many corrections there were."""
    fixed = 0
    for story, _ in list(drifted(stories)):
        with transaction.atomic():
            Story.objects.filter(pk=story.pk).update(**ROWS)
            update_warmth(Story.objects.filter(pk=story.pk))
            if story.is_published:
                OutboxEvent.announce(story, OutboxEvent.Kind.COUNTS, uplifts_before=story.uplift_count)
        fixed += 1
    for story, right in list(wrongly_warm(stories)):
        fixed += Story.objects.filter(pk=story.pk, uplift_count=story.uplift_count).update(warmth=right)
    for pk, _noted, _right in list(wrongly_reviewed(stories)):
        fixed += Story.objects.filter(pk=pk).update_unreviewed()
    return fixed

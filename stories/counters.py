"""Comparing the counts on stories with the rows that they count, and their warmth with the uplifts."""

from collections.abc import Iterator

from django.db import transaction
from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from stories.models import OutboxEvent, Reaction, ReactionKind, Story, Uplift
from stories.models.warmth import update_warmth, warmth

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


def recount(stories: QuerySet[Story]) -> int:
    """Correct the counts from the rows, then the warmth, and return how many stories had wrong ones."""
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
    return fixed

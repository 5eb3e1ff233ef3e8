"""The order of the warmest stories: many uplifts and a late publication are worth the same.

    warmth = log10(1 + uplifts) + seconds from 2020 until the publication / 48 hours

A story with nine uplifts stands beside one without any that was published two days later, and one with 99 beside one
that is four days younger. Time counts from the publication, so that a story that waited long for review has lost
nothing. The warmth of a story changes only with its uplifts, never by the passing of time, so that it is stored and
indexed. Lobsters orders its stories like this (`Story#calculated_hotness`), with 22 hours.
"""

import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Case, F, FloatField, Value, When
from django.db.models.functions import Ln

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from stories.models.story import Story

BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
TENFOLD = timedelta(hours=48)  # by which ten times as many uplifts make up for an earlier publication


def warmth(uplifts: int, published_at: datetime) -> float:
    return math.log10(1 + uplifts) + (published_at - BEGINNING) / TENFOLD


def warmth_once_published(now: datetime) -> Case:
    """Return the expression for a story that is published now, unless it keeps its earlier place on the wall.

    It may have uplifts already: from the ten seconds of a publication that was undone.
    """
    uplifts = Ln(1.0 + F("uplift_count")) / Value(math.log(10), FloatField())
    first = Value(warmth(0, now), FloatField()) + uplifts
    return Case(When(published_at=None, then=first), default=F("warmth"), output_field=FloatField())


def update_warmth(stories: "QuerySet[Story]") -> None:
    """Make the warmth of these stories anew, after their uplifts have changed."""
    changed = list(stories.filter(published_at__isnull=False).only("uplift_count", "published_at", "warmth"))
    for story in changed:
        assert story.published_at is not None
        story.warmth = warmth(story.uplift_count, story.published_at)
    type(stories)(stories.model).bulk_update(changed, ["warmth"], batch_size=500)

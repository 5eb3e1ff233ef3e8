"""The stories before and after one in the order in which somebody reads a wall."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Subquery
from django.db.models.functions import Coalesce

from stories.models import Story
from stories.models.queryset import StoryQuerySet
from stories.wall_filter import BEST, NEW, PERIODS, WARM, WallFilter
from stories.wall_order import BLOCK, parts_from, ranked

type Pair = tuple[int | None, int | None]  # the numbers of the stories before and after, None at an end


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The numbers of the two stories, None at an end, and the query of the page from which the story was opened."""

    previous: int | None
    next: int | None
    address: str


def neighbours(wanted: WallFilter, story: Story, now: datetime, address: str) -> Neighbours:
    """Find the neighbours of a published story, by the order as it is now.

    One query, besides those that a search needs itself; one more where the size of a part of the wall is asked first.
    """
    if wanted.order == BEST:
        pair = best_matches(wanted.stories(story.team_id), wanted, story)
    elif wanted.order == NEW:
        pair = along(wanted.stories(story.team_id), story, "published_at")
    else:
        pair = by_uplifts(wanted, story, now)
    return Neighbours(*pair, address)


def by_uplifts(wanted: WallFilter, story: Story, now: datetime) -> Pair:
    """Sort a small part of the wall; of a large one, the index of the order soon has both neighbours."""
    looks_back = PERIODS.get(wanted.order)
    since = now - looks_back if looks_back else None
    is_sorted = wanted.is_small_part(story.team_id, since)
    stories = wanted.stories(story.team_id, since=since, along=not is_sorted)
    return along(stories, story, "warmth" if wanted.order == WARM else "uplift_count", is_sorted=is_sorted)


def best_matches(stories: StoryQuerySet, wanted: WallFilter, story: Story) -> Pair:
    """Rank the newest matches, as the wall does; those further down are read newest first."""
    rows = stories.newest_first()[:BLOCK].values_list("pk", "words")
    numbers = [pk for _, pk in ranked(wanted.query, rows)]
    return beside(story, numbers) if story.pk in numbers else along(stories, story, "published_at")


def beside(story: Story, numbers: Sequence[int]) -> Pair:
    """Return the numbers beside the story's in this order; none where it is not among them."""
    if story.pk not in numbers:
        return None, None
    place = numbers.index(story.pk)
    return next(iter(numbers[place - 1 : place]), None), next(iter(numbers[place + 1 :]), None)


def along(stories: StoryQuerySet, story: Story, column: str, *, is_sorted: bool = False) -> Pair:
    """Read both neighbours with one query, from the index of an order unless these few stories are sorted."""
    # An expression is not read from the index of an order.
    place = F(column) + 0 if is_sorted else F(column)
    others, last = stories.exclude(pk=story.pk), (getattr(story, column), story.pk)
    above, below = (parts_from(others, place, last, upward=upward) for upward in (True, False))
    pair = Story.objects.filter(pk=story.pk).values_list(
        *(Coalesce(*(Subquery(part.values("pk")[:1]) for part in parts)) for parts in (above, below))
    )
    return pair.first() or (None, None)

"""The stories before and after one in the order in which somebody reads a wall."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Subquery

from stories.models import Story
from stories.models.queryset import StoryQuerySet
from stories.wall_filter import BEST, FEW, PERIODS, WARM, WallFilter
from stories.wall_order import BLOCK, ranked

type Pair = tuple[int | None, int | None]  # the numbers of the stories before and after, None at an end


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The numbers of the two stories, None at an end, and the query of the page from which the story was opened."""

    previous: int | None
    next: int | None
    address: str


def neighbours(wanted: WallFilter, story: Story, now: datetime, address: str) -> Neighbours:
    """Find the neighbours of a published story, by the order as it is now.

    One query, besides those that a search needs itself; two where a period has more than FEW stories.
    """
    if looks_back := PERIODS.get(wanted.order):
        pair = most_lifted(wanted, story, now - looks_back)
    elif wanted.order == BEST:
        pair = best_matches(wanted.stories(story.team_id), wanted, story)
    else:
        pair = along(
            wanted.stories(story.team_id),
            story,
            {WARM: "warmth", "all": "uplift_count"}.get(wanted.order, "published_at"),
        )
    return Neighbours(*pair, address)


def most_lifted(wanted: WallFilter, story: Story, since: datetime) -> Pair:
    """Sort the few stories of a period; of many, an order by uplifts soon has one of them."""
    stories = wanted.stories(story.team_id, since=since).newest_first()
    places = list(stories.values_list("uplift_count", "pk")[: FEW + 1])
    if len(places) > FEW:
        return along(wanted.stories(story.team_id, since=since, along=True), story, "uplift_count")
    return beside(story, [pk for _, pk in sorted(places, reverse=True)])


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


def along(stories: StoryQuerySet, story: Story, column: str) -> Pair:
    """Read both neighbours from the index of an order, with one query."""
    value = getattr(story, column)
    above = stories.filter(**{f"{column}__gte": value}).exclude(**{column: value, "pk__lte": story.pk})
    below = stories.filter(**{f"{column}__lte": value}).exclude(**{column: value, "pk__gte": story.pk})
    nearest = (above.order_by(column, "pk"), below.order_by(f"-{column}", "-pk"))
    pair = Story.objects.filter(pk=story.pk).values_list(*(Subquery(each.values("pk")[:1]) for each in nearest))
    return pair.first() or (None, None)

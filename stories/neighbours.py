"""The stories before and after one in the order in which somebody reads a wall."""

from dataclasses import dataclass
from datetime import datetime

from stories.models import Story
from stories.models.queryset import StoryQuerySet
from stories.wall_filter import BEST, NEW, PERIODS, WARM, WallFilter


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The numbers of the two stories, None at an end, and the query of the wall that is read."""

    previous: int | None
    next: int | None
    address: str


def neighbours(wanted: WallFilter, reader: int | None, story: Story, now: datetime) -> Neighbours:
    """Find the neighbours of a published story with two queries, by the order as it is now.

    The best matches of a search are ranked page by page; from story to story they are read newest first.
    """
    column = {NEW: "published_at", BEST: "published_at", WARM: "warmth"}.get(wanted.order, "uplift_count")
    stories = wanted.stories(story.team_id)
    if looks_back := PERIODS.get(wanted.order):
        stories = stories.filter(published_at__gte=now - looks_back)
    return Neighbours(
        previous=first(stories, story, column, "gt"),
        next=first(stories, story, column, "lt"),
        address=wanted.address(reader),
    )


def first(stories: StoryQuerySet, story: Story, column: str, side: str) -> int | None:
    """Return the nearest story on that side: `gt` is nearer to the top of the wall, `lt` is further down."""
    value, sign, passed = getattr(story, column), *(("", "lte") if side == "gt" else ("-", "gte"))
    # The first condition lets the index start at the story; the second settles equal values.
    near = stories.filter(**{f"{column}__{side}e": value}).exclude(**{column: value, f"pk__{passed}": story.pk})
    return near.order_by(f"{sign}{column}", f"{sign}pk").values_list("pk", flat=True).first()

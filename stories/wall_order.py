"""Reading a wall page by page in each order, so that nothing is skipped or doubled while uplifts arrive.

A reading in an order by uplifts goes on as it began. The cursor carries the event of the outbox at which it began;
of the stories whose uplifts have changed since, the outbox has their number before, so that each keeps its place in
this reading. Where the outbox does not reach back so far, the reading goes on by the uplifts as they are.

Where words are looked for, the best matches come first among the newest 120, then among the next 120, and so on: to
rank all stories that have a frequent word would take longer with each story on the wall.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.db.models.expressions import Combinable

from stories.cards import EPOCH, microseconds_since_epoch
from stories.live.position import BEYOND_EVERY_EVENT, read_position, write_position
from stories.models import OutboxEvent, Story
from stories.models.queryset import StoryQuerySet
from stories.models.warmth import warmth
from stories.search.query import SearchQuery
from stories.wall_filter import BEST, NEW, PERIODS, WARM, WallFilter

STORIES_ON_PAGE = 24
BLOCK = 120  # matches that are ranked together
MOST_CHANGED = 2_000  # stories with new uplifts since a reading began; then it goes on by the uplifts as they are
MOST_UPLIFT_CHANGES = 10 * MOST_CHANGED  # of these uplifts
MOMENT = re.compile(r"(?P<moment>\d{1,17})-(?P<pk>\d{1,18})", re.ASCII)
BEGUN = r"(?P<begun>[\w=-]{32})\.(?P<since>\d{1,9})\."
BY_UPLIFTS = re.compile(BEGUN + r"(?P<key>\d{1,9})-(?P<pk>\d{1,18})", re.ASCII)
BY_WARMTH = re.compile(BEGUN + r"(?P<key>-?\d{1,9}(?:\.\d{1,20})?(?:e-\d\d)?)-(?P<pk>\d{1,18})", re.ASCII)
RANKED = re.compile(r"(?P<moment>\d{1,17})-(?P<block>\d{1,18})\.(?P<key>\d\d?\.\d{1,17})-(?P<pk>\d{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Stretch:
    """One page of stories with their authors, and the cursors of the next page and of the one before.

    They are empty where there is none, and where the page before is the first one.
    """

    stories: Sequence[Story]
    older: str = ""
    newer: str = ""


def is_cursor(text: str, wanted: WallFilter) -> bool:
    """Return whether this is a cursor of the filter's order."""
    return bool(cursors(wanted.order).fullmatch(text))


def cursors(order: str) -> re.Pattern[str]:
    return {NEW: MOMENT, BEST: RANKED, WARM: BY_WARMTH}.get(order, BY_UPLIFTS)


def read_stretch(team_id: int, wanted: WallFilter, before: str, event: int, now: datetime) -> Stretch:
    """Read the page after the cursor; the first one where it is none. `event` is the team's newest."""
    match = cursors(wanted.order).fullmatch(before)
    if wanted.order == NEW:
        stories = wanted.stories(team_id)
        return newest_found(stories, match) if wanted.is_searched else newest(stories, match)
    if wanted.order == BEST:
        return best(wanted.stories(team_id), wanted, match)
    return Reading(team_id, wanted, match, event, now).stretch()


# Newest first


def newest(stories: StoryQuerySet, match: re.Match[str] | None) -> Stretch:
    cursor = read_moment(match) if match else None
    page = list(stories.with_author().newest_first().page_after(cursor)[: STORIES_ON_PAGE + 1])
    older = write_moment(page[STORIES_ON_PAGE - 1]) if len(page) > STORIES_ON_PAGE else ""
    return Stretch(page[:STORIES_ON_PAGE], older, newer_than(stories, cursor) if cursor else "")


def newer_than(stories: StoryQuerySet, cursor: tuple[datetime, int]) -> str:
    """Return the cursor of the page that ends with the story at this one; empty if that is the first page."""
    place = stories.page_before(cursor).values_list("published_at", "pk")[STORIES_ON_PAGE : STORIES_ON_PAGE + 1]
    return "".join(f"{microseconds_since_epoch(published_at)}-{pk}" for published_at, pk in place if published_at)


def newest_found(stories: StoryQuerySet, match: re.Match[str] | None) -> Stretch:
    """Read the same from stories that were searched for: those that are sorted are read without their texts."""
    cursor = read_moment(match) if match else None
    found = list(stories.newest_first().page_after(cursor).values_list("pk", flat=True)[: STORIES_ON_PAGE + 1])
    page = stories_in_order(found[:STORIES_ON_PAGE])
    older = write_moment(page[-1]) if page and len(found) > STORIES_ON_PAGE else ""
    return Stretch(page, older, newer_than(stories, cursor) if cursor else "")


def read_cursor(text: str) -> tuple[datetime, int] | None:
    """Return the moment and the number of the story before a page of a list with the latest first."""
    match = MOMENT.fullmatch(text)
    return read_moment(match) if match else None


def read_moment(match: re.Match[str], pk: str = "pk") -> tuple[datetime, int]:
    return EPOCH + timedelta(microseconds=int(match["moment"])), int(match[pk])


def write_moment(story: Story) -> str:
    assert story.published_at is not None
    return f"{microseconds_since_epoch(story.published_at)}-{story.pk}"


# Best matches first


def best(stories: StoryQuerySet, wanted: WallFilter, match: re.Match[str] | None) -> Stretch:
    """Read the page from a block of matches; the cursor has the story before the block, and the last one shown."""
    start = read_moment(match, "block") if match else BEFORE_ALL
    last = (float(match["key"]), int(match["pk"])) if match else None
    rows = read_block(stories.newest_first().page_after(start)[:BLOCK])
    places = ranked(wanted.query, ((pk, words) for (_, pk), words in rows))
    rest = [place for place in places if last is None or place < last]
    page = stories_in_order([pk for _, pk in rest[:STORIES_ON_PAGE]])
    older = ""
    if len(rest) > STORIES_ON_PAGE:
        older = ranked_cursor(start, rest[STORIES_ON_PAGE - 1])
    elif len(rows) == BLOCK:
        older = ranked_cursor(rows[-1][0])
    return Stretch(
        page, older, cursor_before(stories, wanted, start, places[: len(places) - len(rest)]) if match else ""
    )


def cursor_before(
    stories: StoryQuerySet, wanted: WallFilter, start: tuple[datetime, int], shown: list[tuple[float, int]]
) -> str:
    """Return the cursor of the page before: in the same block, after what was `shown` of it, or the last of another."""
    begins = len(shown) - STORIES_ON_PAGE
    if not shown and start < BEFORE_ALL:
        rows = read_block(stories.page_before(start)[: BLOCK + 1])
        shown = ranked(wanted.query, ((pk, words) for (_, pk), words in rows[:BLOCK]))
        start = rows[BLOCK][0] if len(rows) > BLOCK else BEFORE_ALL
        begins = (len(shown) - 1) // STORIES_ON_PAGE * STORIES_ON_PAGE
    if begins > 0:
        return ranked_cursor(start, shown[begins - 1])
    return ranked_cursor(start) if start < BEFORE_ALL else ""


def read_block(stories: StoryQuerySet) -> list[tuple[tuple[datetime, int], str]]:
    """Return the moment and number of each story, and its folded words."""
    rows = stories.values_list("published_at", "pk", "words")
    return [((moment, pk), words) for moment, pk, words in rows if moment]


def ranked_cursor(start: tuple[datetime, int], last: tuple[float, int] | None = None) -> str:
    """Write the cursor after the last story shown of a block; without it, that of the block's first page."""
    moment, before = start
    key, pk = last or HIGHEST
    return f"{microseconds_since_epoch(moment)}-{before}.{key:.6f}-{pk}"


def ranked(query: SearchQuery, rows: Iterable[tuple[int, str]]) -> list[tuple[float, int]]:
    """Return the scores and numbers of stories, of which the number and the folded words are given, the best first."""
    return sorted(((round(query.score(words), 6), pk) for pk, words in rows), reverse=True)


# In place of the story before the first block, and of the last story shown at the beginning of a block.
BEFORE_ALL = (EPOCH + timedelta(microseconds=10**17 - 1), 10**18 - 1)
HIGHEST = (99.0, 10**18 - 1)


# By uplifts, and by warmth


class Reading:
    """A reading in an order by uplifts, from its beginning at an event."""

    def __init__(
        self, team_id: int, wanted: WallFilter, match: re.Match[str] | None, event: int, now: datetime
    ) -> None:
        self.team_id = team_id
        self.wanted = wanted
        self.by_warmth = wanted.order == WARM
        self.last = (float(match["key"]), int(match["pk"])) if match else None
        begun = read_position(match["begun"], team_id) if match else event
        self.before = uplifts_before(team_id, begun) if match and begun < BEYOND_EVERY_EVENT else {}
        self.begun = begun if self.before is not None else event
        self.now = EPOCH + timedelta(minutes=int(match["since"])) if match else now
        self.looks_back = PERIODS.get(wanted.order)

    def stretch(self) -> Stretch:
        since = self.now - self.looks_back if self.looks_back else None
        is_sorted = self.wanted.is_small_part(self.team_id, since)
        stories = self.wanted.stories(self.team_id, since=since, along=not is_sorted)
        changed = self.places_of_changed(stories)
        below = self.places(stories, changed, is_sorted=is_sorted)
        page = stories_in_order([pk for _, pk in below[:STORIES_ON_PAGE]])
        above = self.places(stories, changed, is_sorted=is_sorted, upward=True) if self.last else []
        return Stretch(
            page,
            older=self.cursor(*below[STORIES_ON_PAGE - 1]) if len(below) > STORIES_ON_PAGE else "",
            newer=self.cursor(*above[STORIES_ON_PAGE]) if len(above) > STORIES_ON_PAGE else "",
        )

    def places_of_changed(self, stories: StoryQuerySet) -> list[tuple[float, int]]:
        """Return the keys, as they were when the reading began, and the numbers of stories with other uplifts since."""
        if not self.before:
            return []
        rows = stories.filter(pk__in=self.before).values_list("pk", "published_at")
        return [(self.key(self.before[pk], moment), pk) for pk, moment in rows if moment]

    def places(
        self, stories: StoryQuerySet, changed: list[tuple[float, int]], *, is_sorted: bool, upward: bool = False
    ) -> list[tuple[float, int]]:
        """Return the keys and numbers of the stories after the last one shown, or `upward` from it to the beginning.

        The nearest come first: one more than a page, where there are so many, and any of those that have changed.
        """
        column = F("warmth" if self.by_warmth else "uplift_count")
        # An expression is not read from the index of the order.
        place = column + 0 if is_sorted else column
        places = [one for one in changed if self.last is None or (one >= self.last) == upward]
        missing = STORIES_ON_PAGE + 1
        for part in parts_from(stories.exclude(pk__in=self.before or {}), place, self.last, upward=upward):
            rows = [(float(key), pk) for key, pk in part.values_list(column, "pk")[:missing]]
            places += rows
            missing -= len(rows)
            if not missing:
                break
        return sorted(places, reverse=not upward)

    def key(self, uplifts: int, published_at: datetime) -> float:
        return warmth(uplifts, published_at) if self.by_warmth else float(uplifts)

    def cursor(self, key: float, pk: int) -> str:
        minutes = (self.now - EPOCH) // timedelta(minutes=1)
        written = repr(key) if self.by_warmth else f"{key:.0f}"
        return f"{write_position(self.team_id, self.begun)}.{minutes}.{written}-{pk}"


def parts_from(
    stories: StoryQuerySet, place: Combinable, last: tuple[Any, int] | None, *, upward: bool = False
) -> list[StoryQuerySet]:
    """Return the stories that are level with this one and come after it, and those beyond, each in their order.

    `last` is its key and its number; with `upward` it is the first that is returned. In one part, a database would
    read all that are level from its index, of which a long wall has thousands.
    """
    placed, order = stories.alias(place=place), ("place", "pk") if upward else ("-place", "-pk")
    if last is None:
        return [placed.order_by(*order)]
    key, pk = last
    if upward:
        return [placed.filter(place=key, pk__gte=pk).order_by(*order), placed.filter(place__gt=key).order_by(*order)]
    return [placed.filter(place=key, pk__lt=pk).order_by(*order), placed.filter(place__lt=key).order_by(*order)]


def uplifts_before(team_id: int, event: int) -> dict[int, int] | None:
    """Return the uplifts that each story had at that event, of those that have changed since; None if unknown."""
    events = OutboxEvent.objects.of_team(team_id)
    if not events.reaches_back_to(event):
        return None
    since = events.after(event).filter(uplifts_before__isnull=False).values_list("story_id", "uplifts_before")
    changes = list(since[: MOST_UPLIFT_CHANGES + 1])
    before: dict[int, int] = {}
    for story, uplifts in changes:
        before.setdefault(story, uplifts or 0)
    return before if len(before) <= MOST_CHANGED and len(changes) <= MOST_UPLIFT_CHANGES else None


def stories_in_order(numbers: Iterable[int]) -> list[Story]:
    """Return these published stories in this order; those that have just left the wall are missing."""
    numbers = list(numbers)
    read = Story.objects.published().with_author().in_bulk(numbers)
    return [read[pk] for pk in numbers if pk in read]

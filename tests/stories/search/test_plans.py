"""Every view of a wall is read from an index, on both databases, and takes as many statements as are written here."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.utils import timezone

from accounts.models import Membership
from stories.archive import months_by_year
from stories.models import OutboxEvent, State, Story, Uplift, WallCount
from stories.neighbours import neighbours
from stories.search import match
from stories.search.names import AUTHORS, author_names
from stories.wall_bar import Filters
from stories.wall_filter import BEST, NEW, WARM, WallFilter
from stories.wall_order import Reading, read_stretch, write_moment
from tests.conftest import Cast

QUALITIES = ("love", "hope", "respect", "encouragement", "positivity")
SCAN = re.compile(
    r"SCAN stories_(?:story|uplift|outboxevent|wallcount)\b(?! USING COVERING INDEX)|Seq Scan on stories_"
)
SORT = re.compile(r"USE TEMP B-TREE FOR ORDER BY|^ *(?:->)? *(?:Incremental )?Sort\b", re.MULTILINE)


def fill(author: Membership, number: int) -> list[Story]:
    """Publish so many stories; each third has “lantern”, and each five hundredth “xylophone” and peace."""
    now = timezone.now()
    stories = []
    for place in range(number):
        body = f"Held door {place}{' lantern' if place % 3 == 0 else ''}{' xylophone' if place % 500 == 7 else ''}."
        story = Story(team=author.team, author=author.user, kind="given" if place % 2 else "received", body=body)
        story.qualities = ["peace"] if place % 500 == 7 else [QUALITIES[place % 5]]
        story.state, story.published_at = State.PUBLISHED, now - timedelta(hours=place)
        story.submitted_at, story.uplift_count = story.published_at, place * 7 % 31
        stories.append(story)
    return Story.objects.bulk_create(stories, batch_size=500)


@pytest.fixture
def reader(cast: Cast) -> Membership:
    """Return a reader of a wall of 2,000 stories, in a database with another wall."""
    for author, number in ((cast.foreign_owner, 500), (cast.member, 1_900), (cast.second_moderator, 100)):
        stories = fill(author, number)
    Uplift.objects.bulk_create(Uplift(story=story, user=cast.owner.user) for story in stories[::2])
    WallCount.objects.merge()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE")
    return cast.owner


def statements_of(read: Any) -> list[tuple[str, Any]]:
    seen: list[tuple[str, Any]] = []

    def spy(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(spy):
        read()
    return seen


def plan_of(sql: str, params: Any) -> str:
    """Return a plan of the database. PostgreSQL would read so small a table as a whole and sort it, if it could.

    There, a plan without sorting shows that an index gives the order, not that a table of this size is read by it.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {'QUERY PLAN ' if connection.vendor == 'sqlite' else ''}{sql}", params)
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


# The address, the number of statements, and whether one of them may sort: a part of the wall, or what was found, of
# which there are at most a few thousand.
VIEWS = [
    ("", 1, False),
    ("order=warm", 2, False),
    ("order=all", 2, False),
    ("order=week", 3, True),
    ("order=month", 3, True),
    ("order=year", 3, True),
    ("kind=given", 3, True),
    ("kind=given&kind=received&order=warm", 3, True),
    ("quality=peace", 3, True),
    ("quality=love", 3, True),
    ("quality=love&order=all", 3, True),
    ("author={author}", 1, True),
    ("author={author}&order=warm", 3, True),
    ("month={month}", 1, False),
    ("month={month}&order=all", 3, True),
    ("mine=1", 1, True),
    ("lifted=1", 1, True),
    ("q=xylophone", 3, True),
    ("q=lantern", 3, True),
    ("q=lan", 3, True),
    ("q=lantern&order=warm", 3, True),
    ("q=%22held+door%22&order=new", 3, True),
]


def addressed(address: str, reader: Membership) -> WallFilter:
    author = Story.objects.published().filter(team=reader.team_id).exclude(author=reader.user_id).newest_first()[0]
    month = f"{timezone.now() - timedelta(days=40):%Y-%m}"
    return WallFilter.read(QueryDict(address.format(author=author.author_id, month=month)), reader.user_id)


def middle(wanted: WallFilter, reader: Membership) -> str:
    """Return the cursor of a page in the middle."""
    stories = Story.objects.published().filter(team=reader.team_id)
    if wanted.order == NEW:
        return write_moment(stories.newest_first()[1_000])
    column = "warmth" if wanted.order == WARM else "uplift_count"
    story = stories.order_by(f"-{column}", "-pk")[1_000]
    reading = Reading(reader.team_id, wanted, None, OutboxEvent.objects.newest_id(), timezone.now())
    return reading.cursor(getattr(story, column), story.pk)


def problems(statements: list[tuple[str, Any]], may_sort: bool) -> Iterator[str]:
    for sql, params in statements:
        plan = plan_of(sql, params)
        if SCAN.search(plan) or (SORT.search(plan) and not may_sort):
            yield f"{sql[:60]} … {sql[-160:]}\n{plan}"


def test_views_of_a_wall_are_read_from_indexes(reader: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong: list[str] = []

    def check(view: str, read: Callable[[], object], most: int, *, may_sort: bool) -> None:
        # The names are read anew with each minute.
        statements = [statement for statement in statements_of(read) if statement[0] != AUTHORS or view == "names"]
        wrong.extend(f"{view}: {problem}" for problem in problems(statements, may_sort))
        if len(statements) > most:
            wrong.append(f"{view}: {len(statements)} statements, not {most}")

    event, now = OutboxEvent.objects.newest_id(), timezone.now()

    def read(wanted: WallFilter, before: str = "") -> Callable[[], object]:
        return lambda: read_stretch(reader.team_id, wanted, before, event, now)

    story = Story.objects.published().filter(team=reader.team_id).newest_first()[1_000]

    def beside(wanted: WallFilter) -> Callable[[], object]:
        return lambda: neighbours(wanted, story, now, "")

    author_names.cache_clear()
    check("names", lambda: author_names(reader.team_id, now.replace(second=0, microsecond=0)), 1, may_sort=False)
    check("archive", lambda: months_by_year(reader.team), 3, may_sort=False)
    check("numbers of the filters", lambda: Filters.read(reader.team, WallFilter()), 1, may_sort=True)
    for address, number, may_sort in VIEWS:
        wanted = addressed(address, reader)
        most = number + 2 * wanted.is_searched  # it is asked first whether many of the newest and the oldest match
        check(address, read(wanted), most, may_sort=may_sort)
        if wanted.order != BEST:
            # The page before it is looked for; but for newest first, what has changed since the first one too, and the
            # stories that are level with the last one apart from those beyond, in both directions.
            more = 1 if wanted.order == NEW else 5
            deep = read(wanted, middle(wanted, reader))
            check(f"{address}, deep", deep, most + more, may_sort=may_sort)
        check(f"{address}, beside a story", beside(wanted), most, may_sort=may_sort)
    monkeypatch.setattr(match, "MOST_HITS", 100)
    for order in (NEW, WARM, "all"):
        frequent = replace(addressed("q=lantern", reader), order=order)
        check(f"a frequent word, {order}", read(frequent), 5, may_sort=False)
    assert not wrong, "\n\n".join(wrong)

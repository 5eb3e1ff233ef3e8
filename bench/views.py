"""`python -m bench.views`: measure how long each view of the wall of `bench.long_wall` takes, and print it as JSON.

A page is read as for a member, without what the server has in memory from before: its stories, their authors, the
reader's own reactions, and the cards, drawn. The times are milliseconds, the p50 of ROUNDS in turn.
"""

import json
import os
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kindwall.settings")

import django

django.setup()

from django.db import connection  # noqa: E402  (models can be imported only now)
from django.http import QueryDict  # noqa: E402

from accounts.models import Membership  # noqa: E402
from bench.team import LONG_WALL  # noqa: E402
from stories.archive import months_by_year  # noqa: E402
from stories.models import OutboxEvent, Story  # noqa: E402
from stories.search.names import author_names  # noqa: E402
from stories.wall import read_wall_page, shared_page_at  # noqa: E402
from stories.wall_bar import Filters  # noqa: E402
from stories.wall_filter import NEW, ORDERS, WARM, WallFilter  # noqa: E402
from stories.wall_order import Reading, write_moment  # noqa: E402

ROUNDS = 9
PRESSES = 50
# The indexes of the orders and of the search, which an uplift has to keep.
INDEXES = {"story_lifted", "story_warm", "story_words"}


@dataclass(frozen=True, slots=True)
class View:
    what: str
    read: Callable[[], object]


def views(reader: Membership) -> Iterator[View]:
    event = OutboxEvent.objects.newest_id()

    def page(what: str, address: str, before: str = "", *, forget_names: bool = False) -> View:
        wanted = WallFilter.read(QueryDict(address), reader.user_id)

        def read() -> None:
            shared_page_at.cache_clear()
            if forget_names:
                author_names.cache_clear()
            assert read_wall_page(reader, wanted, before, event).cards, address

        return View(what, read)

    for order, label in ORDERS.items():
        yield page(f"order: {label}", f"order={order}")
    for order in (NEW, WARM, "all"):
        yield page(f"deep page: {ORDERS[order]}", f"order={order}", middle(reader, order, event))
    author = Story.objects.of(reader.team).published().newest_first()[50].author_id
    month = Story.objects.of(reader.team).published().newest_first().values_list("published_at", flat=True)
    middle_month = month[month.count() // 2]
    assert middle_month is not None
    yield page("filter: a kind", "kind=received")
    yield page("filter: two kinds, warmest", "kind=received&kind=given&order=warm")
    yield page("filter: a quality", "quality=peace")
    yield page("filter: two qualities", "quality=hope&quality=love")
    yield page("filter: two qualities, most uplifted", "quality=hope&quality=love&order=all")
    yield page("filter: an author", f"author={author}")
    yield page("filter: an author, warmest", f"author={author}&order=warm")
    yield page("filter: a month", f"month={middle_month:%Y-%m}")
    yield page("filter: a month, most uplifted", f"month={middle_month:%Y-%m}&order=all")
    yield page("filter: mine", "mine=1")
    yield page("filter: uplifted by me", "lifted=1")
    yield page("filter: uplifted by me, warmest", "lifted=1&order=warm")
    yield page("search: a rare word", "q=xylophone")
    yield page("search: a frequent word", "q=lantern")
    yield page("search: the beginning of a word", "q=lan")
    yield page("search: one letter", "q=l")
    yield page("search: two words", "q=lantern+door")
    yield page("search: a phrase", "q=%22the+door%22")
    yield page("search: a name", "q=reader")
    yield page("search: a frequent word, warmest", "q=lantern&order=warm")
    yield page("search: a frequent word and a rare quality", "q=lantern&quality=peace")
    yield page("search: a rare word, the first of a minute", "q=xylophone", forget_names=True)
    yield View("archive", lambda: months_by_year(reader.team))
    yield View("numbers of the filters", lambda: Filters.read(reader.team, WallFilter()))


def middle(reader: Membership, order: str, event: int) -> str:
    """Return the cursor of a page in the middle of the wall."""
    stories = Story.objects.of(reader.team).published()
    if order == NEW:
        return write_moment(stories.newest_first()[stories.count() // 2])
    column = "warmth" if order == WARM else "uplift_count"
    story = stories.order_by(f"-{column}", "-pk")[stories.count() // 2]
    assert story.published_at is not None
    return Reading(reader.team_id, WallFilter(order=order), None, event, story.published_at).cursor(
        getattr(story, column), story.pk
    )


def measured(reader: Membership) -> dict[str, float]:
    every = list(views(reader))
    times: dict[str, list[float]] = {view.what: [] for view in every}
    for _ in range(ROUNDS + 1):
        for view in every:
            began = time.perf_counter()
            view.read()
            times[view.what].append((time.perf_counter() - began) * 1000)
    return {what: statistics.median(taken[1:]) for what, taken in times.items()}


def uplifts(readers: list[Membership]) -> dict[str, float]:
    """Return how long it takes to give or take back an uplift, with all indexes and without INDEXES."""
    stories = list(Story.objects.of(readers[0].team).published().order_by("pk")[: 40 * PRESSES : 40])
    with_all: list[float] = []
    without: list[float] = []
    for turn, reader in enumerate(readers):
        times = (with_all, without)[turn % 2]
        dropped = drop_indexes() if turn % 2 else []
        for story in stories:
            if story.author_id == reader.user_id:
                continue
            for wanted in (True, False):
                began = time.perf_counter()
                story.set_uplift(by=reader, wanted=wanted)
                times.append((time.perf_counter() - began) * 1000)
        with connection.cursor() as cursor:
            for statement in dropped:
                cursor.execute(statement)
    return {"with": statistics.median(with_all), "without": statistics.median(without)}


def drop_indexes() -> list[str]:
    """Drop the indexes, and return the statements that create them again."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'stories_story'")
        else:
            cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'stories_story'")
        found = {name: sql for name, sql in cursor.fetchall() if name in INDEXES}
        for name in found:
            cursor.execute(f"DROP INDEX {name}")
    return list(found.values())


if __name__ == "__main__":
    members = list(Membership.objects.filter(team__slug=LONG_WALL).select_related("team", "user").order_by("pk")[:7])
    figures = {"views": measured(members[0]), "uplifts": uplifts(members[1:])}
    print(json.dumps(figures))

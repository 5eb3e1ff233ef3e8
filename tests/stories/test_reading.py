"""From story to story in the order of the wall, the titles of its pages, and the switch for its single keys."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import escape

from accounts.models import User
from kindwall import clock
from stories import neighbours, wall_filter, wall_order
from stories.models import Story
from stories.neighbours import along
from stories.views import lookup
from stories.wall_order import write_moment
from tests.conftest import Cast
from tests.factories import make_story
from tests.pages import text_of
from tests.stories.test_wall import plan_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def stories(cast: Cast) -> list[Story]:
    now, made = timezone.now(), []
    for place in range(4):
        with clock.at(now - timedelta(hours=9 - place)):
            made.append(make_story(author=cast.member, moderator=cast.moderator, body=f"Door {place}."))
    return made


@pytest.fixture
def reader(cast: Cast, client: Client) -> Client:
    client.force_login(User.objects.get(pk=cast.newcomer.user_id))
    return client


def neighbours_of(reader: Client, story: Story, query: str = "") -> tuple[int | None, int | None]:
    response = reader.get(f"{story.get_absolute_url()}{query}")
    assert response.status_code == 200
    page = text_of(response)
    leads = (re.search(rf'rel="{rel}"[^>]*/stories/(\d+)/', page) for rel in ("prev", "next"))
    previous, following = (int(found[1]) if found else None for found in leads)
    return previous, following


def test_story_leads_to_the_newer_and_the_older_one(reader: Client, stories: list[Story]) -> None:
    first, second, third, last = stories
    assert neighbours_of(reader, second) == (third.pk, first.pk)
    assert neighbours_of(reader, last) == (None, third.pk)
    assert neighbours_of(reader, first) == (second.pk, None)


def test_neighbours_follow_the_order_that_one_came_from(reader: Client, cast: Cast, stories: list[Story]) -> None:
    first, second, third, last = stories
    for uplifted, readers in ((first, (cast.newcomer, cast.owner)), (third, (cast.owner,))):
        for one in readers:
            uplifted.toggle_uplift(by=one)
    assert neighbours_of(reader, third, "?order=all") == (first.pk, last.pk)
    assert neighbours_of(reader, second, "?order=week") == (last.pk, None)
    page = reader.get(f"{third.get_absolute_url()}?order=all").content.decode()
    assert f"{last.get_absolute_url()}?order=all" in page
    assert f"?order=all#story-{third.pk}-card" in page


def test_best_matches_lead_from_the_better_to_the_next_one(
    reader: Client, cast: Cast, stories: list[Story], monkeypatch: pytest.MonkeyPatch
) -> None:
    best = make_story(author=cast.member, moderator=cast.moderator, body="Door, door, door.")
    with clock.at(timezone.now() + timedelta(hours=1)):
        long = make_story(author=cast.member, moderator=cast.moderator, body="One door. " + "Many other words. " * 20)
    ranked = [int(pk) for pk in re.findall(r'id="story-(\d+)-card"', text_of(reader.get("/harbour-team/?q=door")))]
    assert ranked[0] == best.pk != long.pk
    for place, pk in enumerate(ranked):
        story = Story.objects.get(pk=pk)
        around = (ranked[place - 1] if place else None, ranked[place + 1] if place + 1 < len(ranked) else None)
        assert neighbours_of(reader, story, "?q=door") == around
    monkeypatch.setattr(neighbours, "BLOCK", 2)
    assert neighbours_of(reader, stories[1], "?q=door") == (stories[2].pk, stories[0].pk)


def test_busy_period_is_read_along_its_order(
    reader: Client, cast: Cast, stories: list[Story], monkeypatch: pytest.MonkeyPatch
) -> None:
    for uplifter in (cast.newcomer, cast.owner):
        stories[0].toggle_uplift(by=uplifter)
    expected = neighbours_of(reader, stories[3], "?order=month")
    assert expected == (stories[0].pk, stories[2].pk)
    monkeypatch.setattr(wall_filter, "FEW", 2)
    assert neighbours_of(reader, stories[3], "?order=month") == expected


@pytest.mark.parametrize(
    ("order", "queries"), [("new", 1), ("warm", 1), ("week", 2), ("month", 2), ("year", 2), ("all", 1)]
)
def test_neighbours_cost_one_query_and_another_one_in_a_period(
    reader: Client, stories: list[Story], order: str, queries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"{stories[1].get_absolute_url()}?order={order}"
    with CaptureQueriesContext(connection) as with_neighbours:
        reader.get(path)
    monkeypatch.setattr(lookup, "neighbours", lambda *_: neighbours.Neighbours(None, None, ""))
    with CaptureQueriesContext(connection) as without:
        reader.get(path)
    assert len(with_neighbours) == len(without) + queries


@pytest.mark.parametrize(
    ("column", "index"), [("published_at", "story_wall"), ("warmth", "story_warm"), ("uplift_count", "story_lifted")]
)
def test_index_serves_the_neighbours_without_sorting(cast: Cast, stories: list[Story], column: str, index: str) -> None:
    with CaptureQueriesContext(connection) as captured:
        along(Story.objects.of(cast.team).published(), stories[1], column)
    [query] = captured.captured_queries
    plan = plan_of(query["sql"], ())
    assert plan.count(index) == 4, "level with it, and beyond, in both directions"
    assert not re.search(r"USE TEMP B-TREE FOR ORDER BY|^\s*(?:->\s*)?Sort\b", plan, re.MULTILINE), plan


@pytest.mark.once
def test_cards_open_their_story_with_the_address_of_the_page(
    reader: Client, cast: Cast, stories: list[Story], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wall_order, "STORIES_ON_PAGE", 3)
    story, address = stories[1], stories[1].get_absolute_url()
    cursor = write_moment(stories[2])
    for query in ("order=all&kind=given", f"before={cursor}"):
        page = text_of(reader.get(f"/harbour-team/?{query}"))
        assert f'<a class="note-open" href="{address}?{escape(query)}">' in page
        assert f'<a class="note-menu" href="{address}" data-copy' in page, "a link to pass on is the short one"
        on = text_of(reader.get(f"{address}?{query}"))
        assert f'href="/harbour-team/?{escape(query)}#story-{story.pk}-card"' in on
    assert f'<a class="note-open" href="{address}">' in text_of(reader.get("/harbour-team/"))


@pytest.mark.once
@pytest.mark.parametrize(
    "query", ["?order=sideways", "?author=99999999999999999999", "?author=99999", "?month=99999-13", "?before=x"]
)
def test_address_that_is_broken_is_ignored(reader: Client, stories: list[Story], query: str) -> None:
    assert neighbours_of(reader, stories[1], query) == (stories[2].pk, stories[0].pk)


@pytest.mark.once
def test_page_further_down_is_named_by_its_date(reader: Client, cast: Cast, stories: list[Story]) -> None:
    page = reader.get(f"/{cast.team.slug}/?before=1480000000000000-1").content.decode()
    title = " ".join(page.partition("<title>")[2].partition("</title>")[0].split())
    assert title.startswith("Stories before 24 November 2016 · ")


def test_page_leads_to_the_newer_one(
    reader: Client, cast: Cast, stories: list[Story], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wall_order, "STORIES_ON_PAGE", 1)

    def newer(story: Story) -> str | None:
        page = reader.get(f"/harbour-team/?kind=given&before={write_moment(story)}")
        assert list(re.findall(r'id="story-(\d+)-card"', text_of(page)))[:1] == [str(story.pk - 1)]
        found = re.search(r'<a rel="prev" href="([^"]+)"', text_of(page))
        return found and found[1]

    assert newer(stories[1]) == f"?kind=given&amp;before={write_moment(stories[2])}"
    assert newer(stories[2]) == f"?kind=given&amp;before={write_moment(stories[3])}"
    assert newer(stories[3]) is None, "the first page is the beginning"


@pytest.mark.once
def test_page_in_another_order_leads_to_the_one_before(
    reader: Client, cast: Cast, stories: list[Story], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wall_order, "STORIES_ON_PAGE", 1)

    def follow(page: str, rel: str) -> str:
        found = re.search(rf'rel="{rel}"\s+href="([^"]+)"', page)
        return text_of(reader.get(f"/harbour-team/{unescape(found[1])}")) if found else ""

    second = follow(text_of(reader.get("/harbour-team/?order=all")), "next")
    third = follow(second, "next")
    assert not follow(second, "prev"), "the first page is the beginning"
    assert "The page before" in third
    numbers = [re.findall(r'id="story-(\d+)-card"', page) for page in (follow(third, "prev"), second, third)]
    assert numbers[0] == numbers[1] != numbers[2]


@pytest.mark.once
def test_member_switches_single_keys_off_from_the_wall(reader: Client, cast: Cast, stories: list[Story]) -> None:
    wall, keys = f"/{cast.team.slug}/", f"/{cast.team.slug}/keys/"
    assert "<wall-keys enabled" in reader.get(wall).content.decode()
    assert reader.post(keys, {"on": "0"}).headers["Location"] == wall
    assert "<wall-keys enabled" not in reader.get(wall).content.decode()
    assert reader.post(keys, {"on": "perhaps"}).status_code == 400


@pytest.mark.once
@pytest.mark.parametrize("query", ["order=warm", "order=all", "order=week", "q=door"])
def test_page_further_down_in_each_order_leads_back_to_its_beginning(
    reader: Client, stories: list[Story], query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wall_order, "STORIES_ON_PAGE", 1)
    older = re.search(r'id="wall-older" rel="next"\s+href="([^"]+)"', text_of(reader.get(f"/harbour-team/?{query}")))
    assert older
    page = text_of(reader.get(f"/harbour-team/{unescape(older[1])}"))
    line = page.partition('class="wall-newer"')[2].partition("</p>")[0]
    assert f'href="/harbour-team/?{query}"' in line
    assert "Back to the beginning" in line

"""The wall: newest first, page by page, without gaps or repetitions."""

import itertools
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponseBase
from django.test import Client
from django.test.html import Element
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Membership
from stories.models import ReactionKind, Story
from tests.conftest import Cast, signed_in
from tests.factories import make_member, make_story, make_team
from tests.pages import attribute, elements, ids, part, pressed, text_of, words

WALL = "/harbour-team/"


def make_stories(cast: Cast, number: int, *, at: datetime | None = None) -> list[int]:
    """So many published stories; all of the same moment with `at`."""
    made = [make_story(author=cast.member, moderator=cast.moderator).pk for _ in range(number)]
    if at:
        Story.objects.filter(pk__in=made).update(published_at=at)
    return made


def cards(html: str) -> list[int]:
    return [int(found.split("-")[1]) for found in ids(html) if found.endswith("-card")]


def pages(client: Client, between: Callable[[int], Any] = lambda number: None) -> list[list[int]]:
    """The cards of every page, following the link to older stories."""
    found, path = [], WALL
    for number in itertools.count():
        html = text_of(client.get(path))
        found.append(cards(html))
        if "wall-older" not in ids(html):
            return found
        between(number)
        path = WALL + (attribute(part(html, "wall-older"), "href") or "")
    raise AssertionError("unreachable")


def test_wall_shows_newest_stories_first_with_text_and_author(cast: Cast) -> None:
    first, second = make_stories(cast, 2)
    page = signed_in(cast.newcomer).get(WALL)
    assert cards(text_of(page)) == [second, first]
    card = words(part(page, f"story-{first}-card"))
    assert all(said in card for said in ("Given", "hope", "Held the door, and my tongue.", "Mia Member", "just now"))


@pytest.mark.once
def test_empty_wall_invites_to_share(cast: Cast) -> None:
    page = signed_in(cast.newcomer).get(WALL)
    assert cards(text_of(page)) == []
    assert "Nobody has shared a story here yet." in words(part(page, "wall-empty"))


def test_page_holds_twenty_four_stories(cast: Cast) -> None:
    make_stories(cast, 24)
    client = signed_in(cast.newcomer)
    assert [len(page) for page in pages(client)] == [24]
    make_stories(cast, 1)
    assert [len(page) for page in pages(client)] == [24, 1]


@pytest.mark.parametrize("same_moment", [False, True], ids=["one after the other", "all at the same moment"])
def test_pages_read_during_a_publication_miss_and_repeat_nothing(cast: Cast, same_moment: bool) -> None:
    at = datetime(2026, 3, 1, 9, 30, 0, 123_457, tzinfo=UTC) if same_moment else None
    made = make_stories(cast, 60, at=at)
    walked = pages(signed_in(cast.newcomer), between=lambda _: make_stories(cast, 1))
    assert [len(page) for page in walked] == [24, 24, 12]
    assert list(itertools.chain(*walked)) == list(reversed(made))


def test_stories_of_equal_moments_around_a_page_break_are_shown_once(cast: Cast) -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    made = [*make_stories(cast, 20, at=at), *make_stories(cast, 20, at=at + timedelta(microseconds=1))]
    assert list(itertools.chain(*pages(signed_in(cast.newcomer)))) == list(reversed(made))


def test_story_removed_meanwhile_does_not_shift_pages(cast: Cast) -> None:
    made = make_stories(cast, 30)

    def remove_one(_: int) -> None:
        Story.objects.get(pk=made[-1]).remove(by=cast.moderator, revision=1, message="For now.")

    assert list(itertools.chain(*pages(signed_in(cast.newcomer), between=remove_one))) == list(reversed(made))


@pytest.mark.once
@pytest.mark.parametrize(
    "before",
    [
        "",
        "x",
        "-",
        "1-",
        "-1",
        "1-1-1",
        "0x10-1",
        "1.5-1",
        "1-" + "9" * 19,
        "9" * 18 + "-1",
        "%00",
        "9" * 40 + "-" + "9" * 40,
        "1 - 1",
        "1-1\n",
        "<script>",
    ],
)
def test_invalid_cursor_reads_the_first_page(cast: Cast, before: str) -> None:
    made = make_stories(cast, 2)
    answer = signed_in(cast.newcomer).get(WALL, {"before": before})
    assert answer.status_code == 200
    assert cards(text_of(answer)) == list(reversed(made))
    assert "<script>" not in text_of(answer)


@pytest.mark.parametrize("before", ["0-0", "1-1", "99999999999999999-999999999999999999"])
def test_cursor_at_either_end_is_valid(cast: Cast, before: str) -> None:
    made = make_stories(cast, 2)
    answer = signed_in(cast.newcomer).get(WALL, {"before": before})
    assert cards(text_of(answer)) == (list(reversed(made)) if before.startswith("9") else [])


@pytest.mark.once
def test_empty_older_page_links_to_the_newest(cast: Cast) -> None:
    page = signed_in(cast.newcomer).get(WALL, {"before": "0-0"})
    assert "The wall ends here." in words(part(page, "wall-empty"))


@pytest.mark.once
def test_only_own_reactions_show_as_pressed(cast: Cast, story: Story) -> None:
    story.toggle_uplift(by=cast.newcomer)
    mine, theirs = (signed_in(person).get(WALL) for person in (cast.newcomer, cast.owner))
    uplift = f"story-{story.pk}-uplift"
    assert (pressed(mine, uplift), pressed(theirs, uplift)) == (True, False)
    assert words(part(theirs, f"{uplift}-count")) == words(part(mine, f"{uplift}-count")) == "1"


@pytest.mark.once
def test_own_reactions_of_each_kind_show_as_pressed_on_every_page(cast: Cast, story: Story) -> None:
    client = signed_in(cast.newcomer)
    for given in ReactionKind:
        story.set_reaction(given, by=cast.owner, wanted=True)
    for kind in ("see", "try"):
        client.post(f"/harbour-team/stories/{story.pk}/react/", {"kind": kind})
    for path in (WALL, f"{WALL}stories/{story.pk}/"):
        page = client.get(path)
        found = {
            kind: pressed(page, f"story-{story.pk}-{kind}") for kind in ("see", "high-five", "smile", "warm", "try")
        }
        assert found == {"see": True, "high-five": False, "smile": False, "warm": False, "try": True}, path


# One author's stories


def test_wall_of_an_author_shows_their_stories_page_by_page(cast: Cast) -> None:
    made = [make_story(author=cast.newcomer, moderator=cast.moderator).pk for _ in range(30)]
    make_stories(cast, 3)
    make_story(author=cast.newcomer, state="pending")
    client, path = signed_in(cast.member), f"?author={cast.newcomer.user_id}"
    found, heading = [], f"Stories by {cast.newcomer.user.name}"
    while path:
        page = client.get(WALL + path)
        found.append(cards(text_of(page)))
        assert words(page_heading(page)) == (f"{heading} · Older stories" if found[1:] else heading)
        older = "wall-older" in ids(page) and part(page, "wall-older")
        path = str(attribute(older, "href")) if older else ""
    assert [len(page) for page in found] == [24, 6]
    assert list(itertools.chain(*found)) == list(reversed(made))


def page_heading(page: HttpResponseBase) -> Element:
    return next(element for element in elements(text_of(page)) if element.name == "h1")


def test_wall_of_somebody_without_a_published_story_is_not_found(cast: Cast, story: Story) -> None:
    make_story(author=cast.newcomer, state="pending")
    client = signed_in(cast.newcomer)
    for author in (cast.newcomer.user_id, cast.foreign_owner.user_id, 10**17, "9" * 5000, "x", ""):
        assert client.get(WALL, {"author": author}).status_code == 404, author
    cast.member.delete()
    assert cards(text_of(client.get(WALL, {"author": cast.member.user_id}))) == [story.pk], "it stays under the name"
    Story.objects.filter(pk=story.pk).update(author=None)
    assert client.get(WALL, {"author": cast.member.user_id}).status_code == 404


def test_wall_follows_the_stream_from_its_newest_event(cast: Cast, story: Story) -> None:
    from stories.live.position import read_position
    from stories.models import OutboxEvent

    stream = next(one for one in elements(text_of(signed_in(cast.newcomer).get(WALL))) if one.name == "live-stream")
    assert [attribute(stream, name) for name in ("data-live", "data-missed", "data-audience")] == [
        f"{WALL}live/",
        f"{WALL}live/missed/",
        "members",
    ]
    assert read_position(str(attribute(stream, "data-after")), cast.team.pk) == OutboxEvent.objects.newest_id()


# Costs


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def populate(team_members: list[Membership], moderator: Membership, number: int) -> Story:
    """Stories of every state by several people, each on the wall answered by all of them."""
    story = None
    for author in team_members:
        for _ in range(number):
            story = make_story(author=author, moderator=moderator)
            for reader in team_members:
                if reader.user_id != author.user_id:
                    story.toggle_uplift(by=reader)
        for state in ("draft", "pending", "returned", "declined", "removed"):
            make_story(author=author, moderator=moderator, state=state)
    assert story is not None
    return story


@pytest.mark.once
@pytest.mark.parametrize("role", ["member", "moderator"])
@pytest.mark.django_db
def test_twice_the_stories_cost_the_same_queries(role: str) -> None:
    team = make_team(slug="harbour-team")
    reader = make_member(team=team, role=role)
    decider = make_member(team=team, role="owner")
    client = signed_in(reader)
    paths = ["", "mine/", "share/", "stories/{pk}/", *(["moderation/"] if role == "moderator" else [])]
    costs = []
    for number in (2, 3):
        story = populate([reader, make_member(team=team)], decider, number)
        costs.append({path: queries(client, f"{WALL}{path.format(pk=story.pk)}") for path in paths})
    assert costs[0] == costs[1]
    assert costs[0][""] <= 5


def plan_of(sql: str, parameters: tuple[Any, ...]) -> str:
    """Return the plan of the database; PostgreSQL would read and sort so small a table as a whole, unless forbidden."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE stories_story")
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
            cursor.execute(f"EXPLAIN {sql}", parameters)
        else:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


def captured_plans(client: Client, path: str, about: str) -> list[str]:
    """The plans of the queries on stories that a page makes and that sort or limit."""
    seen: list[tuple[str, tuple[Any, ...]]] = []

    def spy(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        seen.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(spy):
        assert client.get(path).status_code == 200
    return [plan_of(sql, params) for sql, params in seen if about in sql]


INDEXES = [  # a page, the query in it, and its index
    ("", 'ORDER BY "stories_story"."published_at" DESC', "story_wall"),
    ("?before={cursor}", 'ORDER BY "stories_story"."published_at" DESC', "story_wall"),
    ("?author={author}&before={cursor}", 'ORDER BY "stories_story"."published_at" DESC', "story_by_author"),
    ("moderation/", 'ORDER BY "stories_story"."submitted_at" ASC', "story_queue"),
    ("mine/", 'ORDER BY "stories_story"."updated_at" DESC', "story_mine"),
    # An empty list says how long stories usually wait.
    ("moderation/?show=spam", '"stories_story"."decided_at" IS NOT NULL', "story_decided"),
]


def test_index_serves_each_page_without_sorting(cast: Cast) -> None:
    for state in ("draft", "pending", "published", "returned", "declined", "removed"):
        for author in (cast.member, cast.moderator, cast.foreign_owner):
            decider = cast.second_moderator if author.team_id == cast.team.pk else cast.foreign_owner
            for _ in range(4):
                make_story(author=author, moderator=decider, state=state)
    cursor = f"{int(timezone.now().timestamp() * 1e6)}-5"
    client = signed_in(cast.moderator)
    for page, about, index in INDEXES:
        path = page.format(cursor=cursor, author=cast.member.user_id)
        plans = captured_plans(client, WALL + path, about)
        # Two lists: what is published and what is not; the line, and the stories apart from it.
        assert len(plans) == (2 if page in ("mine/", "moderation/") else 1), path
        for plan in plans:
            assert index in plan, path
            if index in ("story_wall", "story_by_author", "story_queue"):
                assert not re.search(r"USE TEMP B-TREE|\bSort\b", plan), plan
            else:  # equal moments may still be put in order, among themselves alone
                assert not re.search(r"USE TEMP B-TREE FOR ORDER BY|^\s*(?:->\s*)?Sort\b", plan, re.MULTILINE), plan

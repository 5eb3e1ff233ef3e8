"""The queries of the desk: as many however long the list, and answered by indexes."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kindwall import clock
from moderation.list_counts import list_queries
from moderation.own_decisions import undoable_decisions
from moderation.queue import (
    STORIES_SHOWN,
    next_in_line,
    read_queue,
    stories_shown,
)
from moderation.selection import Order, Selection, cursor_after
from stories.header import HeaderCounts
from stories.models import Claim, Story
from stories.models.audit import UNDO_FOR
from stories.needs_moderator import reported_query, waiting_query
from tests.conftest import Cast, signed_in
from tests.factories import make_edit, make_member, make_story, make_team
from tests.moderation.queue_pages import DESK, cost, crowd, explained, multiply_waiting_stories, news
from tests.pages import HTMX, ids, part, text_of, words


@pytest.mark.once
def test_twenty_thousand_waiting_cost_the_same_queries_as_twenty(cast: Cast) -> None:
    client = signed_in(cast.moderator)
    client.get(DESK)  # the session notes the role once
    answered = make_story(author=cast.newcomer, moderator=cast.owner)
    asks: dict[str, Callable[[], Any]] = {
        **{show: lambda show=show: client.get(DESK, {"show": show}) for show in ("all", "new")},  # type: ignore[misc]
        "fragment": lambda: client.get(DESK, headers=HTMX),
        "news": lambda: news(client, answered, *Story.objects.longest_waiting()[:STORIES_SHOWN], opened=answered),
        "another page": lambda: client.get("/harbour-team/people/"),
        "counts of an open page": lambda: client.get("/notices/unread/?team=harbour-team"),
    }
    crowd(cast.team.pk, cast.member, 20)
    before = {name: cost(ask) for name, ask in asks.items()}
    multiply_waiting_stories(by=1_000)
    assert {name: cost(ask) for name, ask in asks.items()} == before
    assert before["all"] <= 12
    assert before["news"] <= 10
    assert before["counts of an open page"] <= 3, "session, person, counts"
    assert "20000 stories need you" in words(part(client.get(DESK), "main"))


def test_twice_the_authors_messages_and_claims_cost_the_same_queries(db: None) -> None:
    team = make_team(slug="harbour-team")
    moderator = make_member(team=team, role="moderator")
    colleague = make_member(team=team, role="moderator")
    client = signed_in(moderator)

    def add(number: int) -> None:
        for _ in range(number):
            author = make_member(team=team)
            story = make_story(author=author, moderator=moderator, state="returned")
            story.submit(by=author)
            Claim.take(story, by=colleague)
            make_edit(make_story(author=author, moderator=moderator), author=author)
        make_story(author=moderator, state="pending")

    add(3)
    client.get(DESK)
    before = cost(lambda: client.get(DESK))
    add(3)
    # One less, if anything: whoever has answered a dozen today is not told the usual wait.
    assert cost(lambda: client.get(DESK)) <= before


@pytest.mark.once
def test_longer_conversation_about_the_open_story_costs_the_same_queries(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state="returned")
    story.submit(by=cast.member)
    client, page = signed_in(cast.second_moderator), f"{DESK}?story={story.pk}"
    client.get(page)
    before = cost(lambda: client.get(page))
    for colleague in (cast.owner, cast.moderator):
        with clock.at(clock.now() - 2 * UNDO_FOR):
            story.return_for_change(by=colleague, revision=story.revision, message="Whose was it?")
        story.submit(by=cast.member)
    assert "Whose was it?" in text_of(client.get(page))
    assert cost(lambda: client.get(page)) == before


def test_the_queue_is_read_from_its_index(cast: Cast) -> None:
    crowd(cast.team.pk, cast.member, 2_000)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE stories_story")
    with CaptureQueriesContext(connection) as captured:
        assert len(read_queue(cast.moderator, Selection()).rows) == STORIES_SHOWN
    assert len(captured) == 3, "one query for the list and two for stories apart, however many wait"
    plan = stories_shown(cast.moderator, Selection())[:STORIES_SHOWN].explain()
    assert "story_queue" in plan
    assert_not_sorted(plan)
    whole = explained(captured[0]["sql"])
    assert "story_queue" in whole
    assert "story_let_in" in whole, "who is new here is not looked for among all that they wrote"


@pytest.mark.once
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps its statistics by itself")
def test_header_counts_read_indexes_alone(cast: Cast) -> None:
    """Also without statistics, which an SQLite database in use does not have."""
    lists = list_queries(cast.moderator)
    lists = {name: lists[name] for name in ("list-new", "list-back", "list-stood-by", "list-unread")}
    for query in (waiting_query(cast.moderator), reported_query(cast.moderator), *lists.values()):
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {query[0]}", query[1])
            plan = [step for *_, step in cursor.fetchall() if "stories_story" in step]
        assert plan
        for step in plan:
            is_few = "author_id=?" in step or "INTEGER PRIMARY KEY" in step
            assert "COVERING INDEX story_" in step or is_few, plan


def assert_not_sorted(plan: str) -> None:
    """Second opinions are found by their latest entries, which may be sorted; the line itself is not."""
    assert "TEMP B-TREE" not in plan
    assert not re.search(r"Sort Key:.*submitted_at", plan)


@pytest.mark.parametrize("order", Order.values)
def test_later_page_and_search_are_read_from_the_index(cast: Cast, order: str) -> None:
    crowd(cast.team.pk, cast.member, 2_000)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE stories_story")
    first = stories_shown(cast.moderator, Selection(asked_order=order))[1_000]
    later = Selection(asked_order=order, after=cursor_after(first))
    plan = stories_shown(cast.moderator, later)[:STORIES_SHOWN].explain()
    assert "story_queue" in plan
    assert_not_sorted(plan)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")  # a table where every story waits is read as a whole
    plan = stories_shown(cast.moderator, Selection(asked_order=order, words="17"))[:STORIES_SHOWN].explain()
    # Of the few that are found, PostgreSQL may sort those of another index.
    assert connection.vendor == "postgresql" or "story_queue" in plan
    assert "Seq Scan on stories_story" not in plan
    with CaptureQueriesContext(connection) as captured:
        read_queue(cast.moderator, later)
    assert len(captured) == 1, "stories apart are on the first page alone"


def test_next_story_is_looked_for_among_those_on_a_page(cast: Cast) -> None:
    crowd(cast.team.pk, cast.member, 2_000)
    answered = Story.objects.longest_waiting()[:1].get()
    with CaptureQueriesContext(connection) as captured:
        assert next_in_line(cast.moderator, Selection(), answered)
    assert len(captured) == 1
    if connection.vendor == "sqlite":
        plan = explained(captured[0]["sql"])
        assert "INDEX story_queue" in plan
        assert "SCAN" not in plan


def test_how_many_wait_is_counted_in_the_index_alone(cast: Cast) -> None:
    crowd(cast.team.pk, cast.member, 2_000)
    with CaptureQueriesContext(connection) as captured:
        assert HeaderCounts.read(cast.moderator).waiting == 2_000
    # PostgreSQL knows how few rows these are, and reads them as they lie.
    if connection.vendor == "sqlite":
        assert "COVERING INDEX story_queue" in explained(captured[-1]["sql"])


def test_what_a_moderator_has_decided_is_read_from_its_index(cast: Cast) -> None:
    with CaptureQueriesContext(connection) as captured:
        undoable_decisions(cast.moderator)
    if connection.vendor == "sqlite":
        assert "audit_by_actor" in " ".join(explained(query["sql"]) for query in captured)


def test_the_offer_to_undo_is_one_query_with_all_that_it_names(cast: Cast) -> None:
    stories = [make_story(author=cast.member, state="pending") for _ in range(2)]
    batch = uuid4()
    for story in stories:
        story.publish(by=cast.moderator, revision=1, batch=batch)
    with CaptureQueriesContext(connection) as captured:
        offered = [
            (entry.past, entry.story.author_name, entry.undo_ends_at) for entry in undoable_decisions(cast.moderator)
        ]
    assert [name for _past, name, _ends in offered] == ["Mia Member"] * 2
    assert len(captured) == 1


def test_what_was_decided_a_moment_ago_can_be_undone_from_the_desk_and_only_then(cast: Cast) -> None:
    story = make_story(author=cast.member, state="pending")
    story.publish(by=cast.moderator, revision=1)
    assert "desk-undo" in ids(signed_in(cast.moderator).get(DESK))
    assert "desk-undo" not in ids(signed_in(cast.second_moderator).get(DESK))
    with clock.at(timezone.now() + UNDO_FOR):
        assert "desk-undo" not in ids(signed_in(cast.moderator).get(DESK))

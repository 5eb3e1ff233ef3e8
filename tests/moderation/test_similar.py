"""Similar stories: a waiting story whose text is near to a published one."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from kindwall import clock
from moderation.similar import most_similar
from stories.models import Story
from stories.search import near
from tests.conftest import Cast
from tests.factories import make_edit, make_story
from tests.moderation.queue_pages import shown

TOLD = "Maureen carried my plotter up four flights of stairs while the lift was broken, and stayed for tea."
RETOLD = "While the lift was broken Maureen carried the plotter up all four flights of stairs, then stayed for tea!"
OTHER = "Wilf brought soup to the night shift and stayed until the last of them had eaten a whole bowl of it."
once = pytest.mark.once


def found_for(cast: Cast, body: str) -> Story | None:
    found = most_similar(make_story(author=cast.newcomer, state="pending", body=body))
    return found.story if found else None


@once
def test_desk_shows_a_published_story_with_nearly_the_same_text(cast: Cast) -> None:
    make_story(author=cast.member, moderator=cast.moderator, body=OTHER)
    told = make_story(author=cast.member, moderator=cast.moderator, body=TOLD)
    waiting = make_story(author=cast.newcomer, state="pending", body=RETOLD)
    found = most_similar(waiting)
    assert found is not None
    assert found.story == told
    assert "Like a story by Mia Member of" in shown(cast.moderator, waiting)
    assert "of its words are the same" in shown(cast.moderator, waiting)


@once
@pytest.mark.parametrize("body", ["🎉 🎉🎉", "Thank you!", "и", "x" * 900, "word\n" * 200, "Held the door for us."])
def test_no_text_is_an_error_and_another_story_is_not_similar(cast: Cast, body: str) -> None:
    make_story(author=cast.member, moderator=cast.moderator, body=TOLD)
    make_story(author=cast.member, moderator=cast.moderator, body="🎉 🎉🎉 🎉")
    assert found_for(cast, body) is None


@once
def test_text_without_spaces_between_words_is_compared(cast: Cast) -> None:
    told = make_story(author=cast.member, moderator=cast.moderator, body="电梯坏了，她帮我把绘图仪搬上了四楼。")
    assert found_for(cast, "电梯坏了的时候，她帮我把绘图仪搬上四楼。") == told


@once
def test_text_of_many_lines_is_compared(cast: Cast) -> None:
    lines = "\n".join("a b" for _ in range(248))
    told = make_story(author=cast.member, moderator=cast.moderator, body=f"{TOLD}\n{lines}")
    assert found_for(cast, f"{lines}\n{RETOLD}") == told


@once
def test_only_published_stories_of_the_last_90_days_are_compared(cast: Cast) -> None:
    make_story(author=cast.foreign_owner, moderator=cast.foreign_owner, body=TOLD)
    make_story(author=cast.member, moderator=cast.moderator, body=TOLD, state="removed")
    with clock.at(clock.now() - timedelta(days=91)):
        make_story(author=cast.member, moderator=cast.moderator, body=TOLD)
    assert found_for(cast, TOLD) is None


@once
def test_edit_is_not_similar_to_the_story_that_it_changes(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, body=TOLD)
    assert most_similar(make_edit(story, author=cast.member, body=RETOLD)) is None


def test_story_among_many_newer_ones_is_found_by_its_words(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    told = make_story(author=cast.member, moderator=cast.moderator, body=TOLD)
    monkeypatch.setattr(near, "MOST_LATEST", 3)
    for _number in range(4):
        make_story(author=cast.member, moderator=cast.moderator, body=OTHER)
    assert found_for(cast, RETOLD) == told


@once
def test_story_that_is_sent_twice_is_found_while_both_wait(cast: Cast) -> None:
    first = make_story(author=cast.member, state="pending", body=TOLD)
    second = make_story(author=cast.member, state="pending", body=RETOLD)
    assert "that waits too" in shown(cast.moderator, second)
    found = most_similar(second)
    assert found is not None
    assert found.story == first


@once
def test_what_an_author_writes_is_not_compared(cast: Cast) -> None:
    for state in ("draft", "returned", "declined", "spam"):
        make_story(author=cast.member, moderator=cast.moderator, state=state, body=TOLD)
    make_edit(make_story(author=cast.member, moderator=cast.moderator, body=OTHER), author=cast.member, body=TOLD)
    assert found_for(cast, RETOLD) is None


def test_stories_are_read_from_indexes(cast: Cast) -> None:
    for _number in range(3):
        make_story(author=cast.member, moderator=cast.moderator, body=OTHER)
    statement, parameters = near.near_query(cast.team, TOLD.casefold().split(), clock.now() - timedelta(days=90))
    plan = "\n".join(plan_lines(statement, parameters))
    assert "story_wall" in plan
    assert "story_queue" in plan
    assert "SCAN stories_story\n" not in plan
    assert "Seq Scan" not in plan


def plan_lines(statement: str, parameters: dict[str, Any]) -> list[str]:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE stories_story")
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")  # three stories are as quickly sorted
            cursor.execute(f"EXPLAIN {statement}", parameters)
        else:
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        return [str(row[-1]) for row in cursor.fetchall()]

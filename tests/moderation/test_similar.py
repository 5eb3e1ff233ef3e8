"""Similar stories: a waiting story whose text is near to a published one."""

from datetime import timedelta

import pytest

from kindwall import clock
from moderation.similar import MOST_COMPARED, most_similar, stories_compared
from stories.models import Story
from tests.conftest import Cast
from tests.factories import make_edit, make_story
from tests.moderation.queue_pages import shown
from tests.stories.test_wall import plan_of

TOLD = "Maureen carried my plotter up four flights of stairs while the lift was broken, and stayed for tea."
RETOLD = "While the lift was broken Maureen carried the plotter up all four flights of stairs, then stayed for tea!"
OTHER = "Wilf brought soup to the night shift and stayed until the last of them had eaten a whole bowl of it."
once = pytest.mark.once


def near(cast: Cast, body: str) -> Story | None:
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
    assert near(cast, body) is None


@once
def test_text_without_spaces_between_words_is_compared(cast: Cast) -> None:
    told = make_story(author=cast.member, moderator=cast.moderator, body="电梯坏了，她帮我把绘图仪搬上了四楼。")
    assert near(cast, "电梯坏了的时候，她帮我把绘图仪搬上四楼。") == told


@once
def test_text_of_many_lines_is_compared(cast: Cast) -> None:
    lines = "\n".join("a b" for _ in range(248))
    told = make_story(author=cast.member, moderator=cast.moderator, body=f"{TOLD}\n{lines}")
    assert near(cast, f"{lines}\n{RETOLD}") == told


@once
def test_only_published_stories_of_the_last_90_days_are_compared(cast: Cast) -> None:
    make_story(author=cast.foreign_owner, moderator=cast.foreign_owner, body=TOLD)
    make_story(author=cast.member, moderator=cast.moderator, body=TOLD, state="removed")
    with clock.at(clock.now() - timedelta(days=91)):
        make_story(author=cast.member, moderator=cast.moderator, body=TOLD)
    assert near(cast, TOLD) is None


@once
def test_edit_is_not_similar_to_the_story_that_it_changes(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, body=TOLD)
    assert most_similar(make_edit(story, author=cast.member, body=RETOLD)) is None


def test_work_is_bounded_and_the_stories_are_read_from_their_index(cast: Cast) -> None:
    waiting = make_story(author=cast.newcomer, state="pending", body=TOLD)
    compared = stories_compared(waiting)
    assert compared.query.high_mark == MOST_COMPARED
    for _number in range(3):
        make_story(author=cast.member, moderator=cast.moderator, body=OTHER)
    plan = plan_of(*compared.query.sql_with_params())
    assert "story_wall" in plan
    assert "TEMP B-TREE" not in plan

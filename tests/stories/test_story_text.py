"""The text of a story is one value, on the story and in the audit log."""

import pytest

from stories.models import AuditEntry, Story, StoryText
from tests.conftest import Cast
from tests.factories import make_story

pytestmark = pytest.mark.once

TEXT = StoryText("given", ["hope", "love"], "Held the door.")


def test_texts_are_equal_when_all_their_parts_are() -> None:
    assert StoryText("given", ("hope", "love"), "Held the door.") == TEXT
    for other in (
        StoryText("received", ["hope", "love"], "Held the door."),
        StoryText("given", ["love", "hope"], "Held the door."),
        StoryText("given", ["hope", "love"], "Held the lift."),
    ):
        assert other != TEXT


def test_text_comes_back_from_each_place_that_holds_it() -> None:
    for text in (TEXT, StoryText(), StoryText(body="Half a")):
        assert Story(**text.story_columns()).text == text
        assert AuditEntry(**text.audit_columns()).text == text


def test_fourth_quality_is_dropped() -> None:
    assert StoryText(qualities=["hope", "love", "peace", "respect"]).qualities == ("hope", "love", "peace")


def test_log_holds_the_text_of_its_story(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, qualities=["peace", "hope"])
    assert {entry.text for entry in story.audit_log.all()} == {story.text}

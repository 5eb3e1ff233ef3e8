"""Declining: rare, with words, and without a public trace."""

import pytest

from tests.conftest import Cast, signed_in
from tests.factories import make_story
from tests.pages import ids, part, words

pytestmark = pytest.mark.once


def test_author_still_has_the_text_and_reads_the_reason(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state="declined")
    page = signed_in(cast.member).get(f"/harbour-team/stories/{story.pk}/")
    assert "Held the door, and my tongue." in words(part(page, f"story-{story.pk}-paper"))
    assert "This is not ours to tell." in words(part(page, "main"))


def test_nobody_else_finds_a_trace(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state="declined")
    reader = signed_in(cast.newcomer)
    assert reader.get(f"/harbour-team/stories/{story.pk}/").status_code == 404
    assert not [found for found in ids(reader.get("/harbour-team/")) if found.startswith("story-")]

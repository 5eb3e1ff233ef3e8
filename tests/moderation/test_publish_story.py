"""Publishing: from the queue to the wall."""

import pytest

from stories.models import Story
from tests.conftest import Cast, signed_in
from tests.pages import ids, part, text_of, words

pytestmark = pytest.mark.once


def test_published_story_is_on_the_wall(cast: Cast, pending: Story) -> None:
    reader = signed_in(cast.newcomer)
    assert f"story-{pending.pk}-card" not in ids(reader.get("/harbour-team/"))
    signed_in(cast.moderator).post(f"/harbour-team/stories/{pending.pk}/publish/", {"revision": 1})
    assert "Held the door" in words(part(reader.get("/harbour-team/"), f"story-{pending.pk}-card"))


def test_author_sees_that_the_story_is_published(cast: Cast, pending: Story) -> None:
    author = signed_in(cast.member)
    assert "Waiting for review" in words(part(author.get("/harbour-team/mine/"), f"story-{pending.pk}-standing"))
    signed_in(cast.moderator).post(f"/harbour-team/stories/{pending.pk}/publish/", {"revision": 1})
    assert "Published" in words(part(author.get("/harbour-team/mine/"), f"story-{pending.pk}-standing"))


def test_published_story_leaves_the_queue(cast: Cast, pending: Story) -> None:
    moderator = signed_in(cast.moderator)
    assert f"story-{pending.pk}-decision" in ids(moderator.get("/harbour-team/moderation/"))
    moderator.post(f"/harbour-team/stories/{pending.pk}/publish/", {"revision": 1})
    page = moderator.get("/harbour-team/moderation/")
    assert f"story-{pending.pk}-decision" not in ids(page)
    assert "Nothing needs you." in text_of(page)

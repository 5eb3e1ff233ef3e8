"""Taking a story down, and putting it back."""

import pytest

from stories.models import Story
from tests.conftest import Cast, signed_in
from tests.factories import make_story
from tests.pages import ids, part, text_of, words
from tests.stories.transitions import LETTER

pytestmark = pytest.mark.once


def cards(cast: Cast) -> list[str]:
    return [found for found in ids(signed_in(cast.newcomer).get("/harbour-team/")) if found.endswith("-card")]


def test_removed_story_leaves_the_wall_and_is_restored_to_its_place(cast: Cast) -> None:
    stories = [make_story(author=cast.member, moderator=cast.moderator) for _ in range(3)]
    order = [f"story-{story.pk}-card" for story in reversed(stories)]
    assert cards(cast) == order
    moderator = signed_in(cast.moderator)
    moderator.post(f"/harbour-team/stories/{stories[1].pk}/remove/", {"revision": 1, **LETTER})
    assert cards(cast) == [order[0], order[2]]
    assert signed_in(cast.newcomer).get(f"/harbour-team/stories/{stories[1].pk}/").status_code == 404
    moderator.post(f"/harbour-team/stories/{stories[1].pk}/restore/", {"revision": 1})
    assert cards(cast) == order


def test_only_moderators_are_offered_to_take_it_down(cast: Cast, story: Story) -> None:
    desk = f"/harbour-team/moderation/?story={story.pk}"
    assert desk in text_of(signed_in(cast.moderator).get(f"/harbour-team/stories/{story.pk}/"))
    assert f"story-{story.pk}-remove" in ids(signed_in(cast.moderator).get(desk))
    for person in (cast.member, cast.newcomer):
        assert desk not in text_of(signed_in(person).get(f"/harbour-team/stories/{story.pk}/"))


def test_author_of_a_removed_story_still_has_the_text_and_reads_the_reason(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state="removed")
    page = signed_in(cast.member).get(f"/harbour-team/stories/{story.pk}/")
    assert "Held the door, and my tongue." in words(part(page, f"story-{story.pk}-paper"))
    assert "Taken down for now." in words(part(page, "main"))
    moderated = signed_in(cast.moderator).get(f"/harbour-team/stories/{story.pk}/", follow=True)
    assert "Restore to the wall" in words(part(moderated, f"story-{story.pk}-decision"))

"""Returning: the usual no, after which the author changes the story in place."""

import pytest

from accounts.models import Membership, Role
from stories.models import Story
from tests.conftest import Cast, signed_in
from tests.factories import make_story
from tests.pages import ids, part, text_of, value, words
from tests.stories.transitions import LETTER

pytestmark = pytest.mark.once


def test_author_edits_a_returned_story_in_place(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state="returned")
    page = signed_in(cast.member).get(f"/harbour-team/stories/{story.pk}/")
    assert value(part(page, "id_body")) == "Held the door, and my tongue."
    assert "Please say what happened." in words(part(page, "main"))


def test_resubmitted_story_waits_again_with_its_conversation(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state="returned")
    page = signed_in(cast.member).get(f"/harbour-team/stories/{story.pk}/")
    data = {
        "kind": "given",
        "qualities": ["hope"],
        "body": "Held the door for the man with the cello.",
        "revision": value(part(page, "id_revision")),
        "composer": value(part(page, "id_composer")),
        "action": "submit",
    }
    answer = signed_in(cast.member).post(f"/harbour-team/stories/{story.pk}/edit/", data)
    assert (answer.status_code, answer["Location"]) == (302, f"/harbour-team/stories/{story.pk}/")
    item = words(part(signed_in(cast.second_moderator).get("/harbour-team/moderation/"), f"story-{story.pk}-decision"))
    assert "the man with the cello" in item
    assert "Please say what happened." in item
    assert "Mo Moderator" in item


def test_returned_story_is_not_on_the_wall(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state="returned")
    for person in (cast.member, cast.newcomer, cast.moderator):
        assert f"story-{story.pk}-card" not in ids(signed_in(person).get("/harbour-team/"))


def test_letter_of_somebody_who_moderates_no_more_is_given_back(cast: Cast, pending: Story) -> None:
    client = signed_in(cast.moderator)
    Membership.objects.filter(pk=cast.moderator.pk).update(role=Role.MEMBER)
    data = {**LETTER, "revision": pending.revision}
    answer = client.post(f"{pending.get_absolute_url()}return/", data, headers={"Origin": "http://testserver"})
    assert answer.status_code == 403
    for part_of_letter in LETTER.values():
        assert part_of_letter in text_of(answer)
    assert pending.body not in text_of(answer)

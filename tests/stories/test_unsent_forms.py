"""A text sent while signed out is given back to its writer, whatever has happened to the story meanwhile."""

import pytest
from django.test import Client

from accounts.models import Membership
from stories.models import Story
from tests.conftest import Cast, signed_in
from tests.factories import PASSWORD, give_second_factor, make_story
from tests.pages import text_of

pytestmark = pytest.mark.once

WORDS = "An hour went into these words."


def sign_in(client: Client, person: Membership) -> None:
    answer = client.post("/accounts/login/", {"login": person.user.email, "password": PASSWORD})
    assert answer.status_code == 302


def test_unsent_text_is_not_given_to_the_next_person_on_the_same_computer(client: Client, cast: Cast) -> None:
    fields = {"body": WORDS, "action": "save", "writer": str(cast.member.user_id)}
    client.post("/harbour-team/share/", fields)
    sign_in(client, cast.newcomer)
    assert WORDS not in text_of(client.get("/harbour-team/share/", follow=True))
    assert not Story.objects.exists()


def test_unsent_edit_of_a_returned_story_is_given_back_on_its_page(client: Client, cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state="returned")
    fields = {"body": WORDS, "kind": "given", "qualities": ["hope"], "revision": story.revision, "action": "submit"}
    client.post(f"/harbour-team/stories/{story.pk}/edit/", {**fields, "writer": str(cast.member.user_id)})
    sign_in(client, cast.member)
    assert WORDS in text_of(client.get(f"/harbour-team/stories/{story.pk}/", follow=True))


@pytest.mark.parametrize("first", ["moderation/", "stories/{pk}/"])
def test_message_that_came_too_late_is_given_back(client: Client, cast: Cast, pending: Story, first: str) -> None:
    fields = {"message": WORDS, "revision": pending.revision, "writer": str(cast.moderator.user_id)}
    client.post(f"/harbour-team/stories/{pending.pk}/return/", fields)
    pending.publish(by=cast.second_moderator, revision=pending.revision)
    sign_in(client, cast.moderator)
    page = text_of(client.get(f"/harbour-team/{first.format(pk=pending.pk)}", follow=True))
    assert "Your message was not sent." in page
    assert WORDS in page


def test_number_of_unsent_texts_is_limited(client: Client, cast: Cast) -> None:
    kept = 0
    for number in range(40):
        client.cookies.clear()
        answer = client.post("/harbour-team/share/", {"body": f"{WORDS} {number}"})
        kept += "kindwall_session" in answer.cookies
    assert kept == 30


def test_operator_reads_no_drafts(cast: Cast) -> None:
    draft = make_story(author=cast.member, state="draft")
    cast.stranger.is_staff = cast.stranger.is_superuser = True
    cast.stranger.save()
    give_second_factor(cast.stranger)
    operator = signed_in(cast.stranger)
    assert operator.get("/admin/stories/story/").status_code == 200
    assert operator.get(f"/admin/stories/story/{draft.pk}/change/").status_code == 302

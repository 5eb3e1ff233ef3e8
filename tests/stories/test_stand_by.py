"""Pages of standing by a story: the author's reply to a return or a decline, once."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from kindwall import clock
from stories.models import State, Story, StoryText
from tests.conftest import Cast, signed_in
from tests.factories import PASSWORD, make_edit, make_story
from tests.pages import attribute, part, text_of, value, words

pytestmark = pytest.mark.once

WHY = "She asked me to tell it with her name."


def refused_story(cast: Cast, state: str = "declined") -> Story:
    return make_story(author=cast.member, moderator=cast.moderator, state=state)


def address(story: Story) -> str:
    return f"/harbour-team/stories/{story.pk}/stand-by/"


def page_of(cast: Cast, story: Story) -> str:
    return text_of(signed_in(cast.member).get(f"/harbour-team/stories/{story.pk}/"))


def is_open(html: str, story: Story) -> bool:
    return attribute(part(html, f"story-{story.pk}-stand-by"), "open") is not None


@pytest.mark.parametrize("state", ["returned", "declined"])
def test_story_stood_by_goes_to_the_moderators_with_the_message(cast: Cast, state: str) -> None:
    story, client = refused_story(cast, state), signed_in(cast.member)
    assert not is_open(page_of(cast, story), story)
    for _press in range(2):
        answer = client.post(address(story), {"message": f"  {WHY} "})
        assert (answer.status_code, answer["Location"]) == (302, f"/harbour-team/stories/{story.pk}/")
    story.refresh_from_db()
    assert story.state == State.PENDING
    assert [entry.message for entry in story.audit_log.filter(action="stand-by")] == [WHY]
    page = client.get(answer["Location"])
    assert "Sent. If the team has another moderator, that person decides now." in words(part(page, "toasts"))
    standing = words(part(page, f"story-{story.pk}-standing"))
    assert "If the team has another moderator, that person decides" in standing
    said = words(part(page, "main"))
    assert said.index(story.audit_log.get(action__in=["return", "decline"]).message) < said.index(WHY)


@pytest.mark.parametrize("state", ["returned", "declined"])
def test_second_opinion_is_final_and_says_so(cast: Cast, state: str) -> None:
    story = refused_story(cast, state)
    story.stand_by(by=cast.member, message=WHY)
    again = story.return_for_change if state == "returned" else story.decline
    again(by=cast.second_moderator, revision=story.revision, message="Still no.")
    with clock.at(timezone.now() + timedelta(seconds=11)):
        page = page_of(cast, story)
        answer = signed_in(cast.member).post(address(story), {"message": "And yet."})
    assert "This is the second opinion" in words(part(page, f"story-{story.pk}-standing"))
    assert f"story-{story.pk}-stand-by" not in page
    assert answer.status_code == 409
    assert "That decision is final" in words(part(answer, "main"))
    assert "And yet." in words(part(answer, "main"))
    story.refresh_from_db()
    assert story.state == state


def sent_again(cast: Cast) -> Story:
    """Make a story that the second opinion returned and that was changed and resubmitted."""
    story = refused_story(cast, "returned")
    story.stand_by(by=cast.member, message=WHY)
    with clock.at(timezone.now() - timedelta(seconds=11)):
        story.return_for_change(by=cast.second_moderator, revision=story.revision, message="Only her name, please.")
    story.submit(by=cast.member)
    return story


def test_story_resubmitted_after_the_second_opinion_waits_like_any_other(cast: Cast) -> None:
    story = sent_again(cast)
    page = page_of(cast, story)
    assert "Another moderator will read this." not in page
    assert "Waiting for review. A moderator will read it soon." in page
    assert "You asked for a second opinion" not in words(part(page, f"story-{story.pk}-standing"))


def test_third_decision_is_not_called_the_second_opinion(cast: Cast) -> None:
    story = sent_again(cast)
    with clock.at(timezone.now() - timedelta(seconds=11)):
        story.return_for_change(by=cast.moderator, revision=story.revision, message="And the day.")
    page = page_of(cast, story)
    standing = words(part(page, f"story-{story.pk}-standing"))
    assert "This is the second opinion" not in standing
    assert "A second moderator has decided on it. That decision is final." in standing
    assert f"story-{story.pk}-stand-by" not in page


def test_author_sees_story_wait_while_the_decision_can_be_undone(cast: Cast) -> None:
    story = refused_story(cast, "returned")
    story.stand_by(by=cast.member, message=WHY)
    before = words(part(page_of(cast, story), f"story-{story.pk}-standing"))
    story.decline(by=cast.second_moderator, revision=story.revision, message="Still no.")
    assert words(part(page_of(cast, story), f"story-{story.pk}-standing")) == before


@pytest.mark.parametrize("words_", ["", "   ", "x" * 2_001], ids=["nothing", "spaces", "too long"])
def test_empty_or_too_long_message_is_not_sent_and_kept(cast: Cast, words_: str) -> None:
    story = refused_story(cast)
    page = signed_in(cast.member).post(address(story), {"message": words_})
    assert page.status_code == 422
    assert is_open(text_of(page), story)
    assert words(part(page, f"story-{story.pk}-stand-by-error"))
    assert value(part(page, f"story-{story.pk}-stand-by-message")) == words_.strip()
    story.refresh_from_db()
    assert story.state == "declined"


def test_incomplete_returned_story_is_not_sent_and_says_so(cast: Cast) -> None:
    story = refused_story(cast, "returned")
    story.revise(by=cast.member, revision=story.revision, text=StoryText("", [], "Half a"))
    page = signed_in(cast.member).post(address(story), {"message": WHY})
    assert page.status_code == 422
    assert "Something is missing in your story." in words(part(page, f"story-{story.pk}-stand-by-error"))
    assert value(part(page, f"story-{story.pk}-stand-by-message")) == WHY
    assert value(part(page, "id_body")) == "Half a"
    story.refresh_from_db()
    assert story.state == "returned"


def test_late_message_is_given_back(cast: Cast) -> None:
    story = refused_story(cast, "returned")
    Story.objects.get(pk=story.pk).submit(by=cast.member)
    page = signed_in(cast.member).post(address(story), {"message": WHY})
    assert page.status_code == 409
    assert WHY in words(part(page, "main"))
    assert "The story is waiting for review already." in words(part(page, "main"))


def test_unsettled_return_cannot_be_stood_by(cast: Cast, pending: Story) -> None:
    pending.return_for_change(by=cast.moderator, revision=pending.revision, message="Please shorten it.")
    page = signed_in(cast.member).post(address(pending), {"message": WHY})
    assert page.status_code == 409
    said = words(part(page, "main"))
    assert "A moderator is deciding on this story right now." in said
    assert WHY in said
    assert "Please shorten it." not in said


def test_declined_edit_gives_way_to_a_newer_one(cast: Cast, story: Story) -> None:
    declined = make_edit(story, author=cast.member, body="Held it open.")
    with clock.at(timezone.now() - timedelta(seconds=20)):
        declined.decline(by=cast.moderator, revision=declined.revision, message="Rather not.")
    make_edit(story, author=cast.member, body="Held it wide open.")
    page = signed_in(cast.member).post(address(declined), {"message": WHY})
    assert page.status_code == 409
    assert "You are already writing another change to this story." in words(part(page, "main"))
    assert WHY in words(part(page, "main"))


@pytest.mark.parametrize("gone", [False, True], ids=["where it still fits", "too late"])
def test_message_sent_while_signed_out_is_there_after_signing_in(client: Client, cast: Cast, gone: bool) -> None:
    story = refused_story(cast)
    answer = client.post(address(story), {"message": WHY, "writer": str(cast.member.user_id)})
    assert answer["Location"].endswith(f"?next=/harbour-team/stories/{story.pk}/")
    if gone:
        story.stand_by(by=cast.member, message="From another window.")
    page = client.post(answer["Location"], {"login": cast.member.user.email, "password": PASSWORD}, follow=True)
    if gone:
        assert "Your message was not sent." in words(part(page, "main"))
        assert WHY in words(part(page, "main"))
    else:
        assert is_open(text_of(page), story)
        assert value(part(page, f"story-{story.pk}-stand-by-message")) == WHY
    assert WHY not in text_of(client.get(f"/harbour-team/stories/{story.pk}/"))

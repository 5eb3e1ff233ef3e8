"""An author takes a story down, puts it back, deletes it, and uses its text again."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Team, Trust
from kindwall import clock
from stories.models import Refused, State, Story
from tests.conftest import Cast, signed_in
from tests.factories import make_draft, make_edit, make_story
from tests.pages import part, text_of, words

pytestmark = pytest.mark.once

MINE = "/harbour-team/mine/"


def address(story: Story, action: str = "") -> str:
    return f"/harbour-team/stories/{story.pk}/{action}"


def now_of(story: Story) -> Story:
    return Story.objects.get(pk=story.pk)


def test_author_takes_a_story_down_and_it_keeps_its_reactions(cast: Cast, story: Story) -> None:
    story.toggle_uplift(by=cast.newcomer)
    author = signed_in(cast.member)
    assert "Take it down" in words(part(author.get(MINE), f"story-{story.pk}-mine"))
    for _press in range(2):
        response = author.post(address(story, "take-down/"))
        assert (response.status_code, response["Location"]) == (302, address(story))
    assert (now_of(story).state, now_of(story).uplift_count) == (State.TAKEN_DOWN, 1)
    assert "You took this story down." in text_of(author.get(address(story)))


def test_taken_down_story_is_gone_for_other_members_and_visitors(cast: Cast, story: Story) -> None:
    Team.objects.update(visibility="public")
    story.take_down(by=cast.member)
    reader = signed_in(cast.newcomer)
    assert reader.get(address(story)).status_code == 404
    assert story.body not in text_of(reader.get("/harbour-team/"))
    assert Client().get(address(story)).status_code == 404


def test_story_is_put_back_in_its_old_place_at_once_where_nobody_reviews_it(cast: Cast, story: Story) -> None:
    before = now_of(story).published_at
    cast.member.set_trust(Trust.TRUSTED, by=cast.moderator)
    story.take_down(by=cast.member)
    assert signed_in(cast.member).post(address(story, "put-back/")).status_code == 302
    assert (now_of(story).state, now_of(story).published_at) == (State.PUBLISHED, before)


def test_story_is_put_back_through_review_where_the_team_asks_for_it(cast: Cast, story: Story) -> None:
    before = now_of(story).published_at
    story.take_down(by=cast.member)
    signed_in(cast.member).post(address(story, "put-back/"))
    waiting = now_of(story)
    assert (waiting.state, waiting.submission_count) == (State.PENDING, 2)
    waiting.publish(by=cast.moderator, revision=waiting.revision)
    assert (now_of(story).state, now_of(story).published_at) == (State.PUBLISHED, before)


def test_undo_of_the_second_publication_keeps_the_moment_of_the_first(cast: Cast, story: Story) -> None:
    before = now_of(story).published_at
    story.take_down(by=cast.member)
    story.put_back(by=cast.member)
    story.publish(by=cast.moderator, revision=story.revision)
    story.undo(story.audit_log.latest("pk"), by=cast.moderator)
    assert (now_of(story).state, now_of(story).published_at) == (State.PENDING, before)
    story.withdraw(by=cast.member)
    assert now_of(story).state == State.TAKEN_DOWN


@pytest.mark.parametrize("action", ["take-down/", "put-back/", "delete/"])
def test_only_the_author_may(cast: Cast, story: Story, action: str) -> None:
    assert signed_in(cast.newcomer).post(address(story, action)).status_code == 403
    assert signed_in(cast.member).get(address(story, action)).status_code == 405
    assert now_of(story).state == State.PUBLISHED


def test_draft_is_deleted_and_given_back_by_undo(cast: Cast) -> None:
    draft = make_draft(author=cast.member, body="Held the door.")
    author, kept = signed_in(cast.member), draft.text
    for _press in range(2):
        assert author.post(address(draft, "delete/"))["Location"] == MINE
    assert not Story.objects.filter(pk=draft.pk).exists()
    assert "Your draft has been deleted." in text_of(author.get(MINE))
    presses = [author.post(f"{MINE}undo-delete/")["Location"] for _press in range(2)]
    [restored] = Story.objects.written_by(cast.member)
    assert restored.text == kept
    assert presses == [address(restored, "edit/")] * 2
    assert "has been deleted" not in text_of(author.get(MINE))


def test_deleted_change_is_given_back_as_a_change(cast: Cast, story: Story) -> None:
    change = make_edit(story, author=cast.member)
    change.withdraw(by=cast.member)
    author = signed_in(cast.member)
    author.post(address(change, "delete/"))
    author.post(f"{MINE}undo-delete/")
    [restored] = Story.objects.drafts()
    assert (restored.edit_of_id, restored.text) == (story.pk, change.text)


def test_deleted_draft_is_shown_to_nobody_else_and_for_ten_minutes(cast: Cast) -> None:
    draft = make_draft(author=cast.member)
    author = signed_in(cast.member)
    author.post(address(draft, "delete/"))
    with clock.at(timezone.now() + timedelta(minutes=11)):
        assert "has been deleted" not in text_of(author.get(MINE))
        assert author.post(f"{MINE}undo-delete/")["Location"] == MINE
    assert not Story.objects.exists()
    author.post(address(make_draft(author=cast.member), "delete/"))
    author.force_login(cast.newcomer.user)
    assert "has been deleted" not in text_of(author.get(MINE))


def test_taken_down_story_is_deleted_with_its_reactions_and_log(cast: Cast, story: Story) -> None:
    story.toggle_uplift(by=cast.newcomer)
    story.take_down(by=cast.member)
    author = signed_in(cast.member)
    author.post(address(story, "delete/"))
    assert not Story.objects.filter(pk=story.pk).exists()
    assert "You can have its text back as a draft." in text_of(author.get(MINE))


def test_published_story_cannot_be_deleted(cast: Cast, story: Story) -> None:
    assert signed_in(cast.member).post(address(story, "delete/"))["Location"] == address(story)
    assert now_of(story).state == State.PUBLISHED


def test_story_declined_lately_cannot_be_deleted_because_declines_count(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state="declined")
    with clock.at(timezone.now() + timedelta(minutes=1)):
        story.stand_by(by=cast.member, message="Please look again.")
        story.withdraw(by=cast.member)
        with pytest.raises(Refused):
            story.discard(by=cast.member)
    with clock.at(timezone.now() + timedelta(days=31)):
        story.discard(by=cast.member)
    assert not Story.objects.filter(pk=story.pk).exists()


def test_declined_text_begins_a_new_story(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state="declined", body="Held the lift.")
    with clock.at(timezone.now() + timedelta(minutes=1)):
        author = signed_in(cast.member)
        assert f"/harbour-team/share/?from={story.pk}" in text_of(author.get(address(story)))
        assert "Held the lift." in text_of(author.get(f"/harbour-team/share/?from={story.pk}"))
        assert "Held the lift." not in text_of(signed_in(cast.newcomer).get(f"/harbour-team/share/?from={story.pk}"))
    assert Story.objects.count() == 1


def test_own_stories_are_listed_by_what_they_need(cast: Cast) -> None:
    published = make_story(author=cast.member, moderator=cast.moderator)
    draft, waiting = make_draft(author=cast.member), make_story(author=cast.member, state="pending")
    returned = make_story(author=cast.member, moderator=cast.moderator, state="returned")
    with clock.at(timezone.now() + timedelta(minutes=1)):
        page = signed_in(cast.member).get(MINE)
    lists = {name: words(part(page, name)) for name in ("needs-you", "waiting", "published")}
    ids = {name: str(part(page, name)) for name in lists}
    assert ids["needs-you"].index(f"story-{returned.pk}-mine") < ids["needs-you"].index(f"story-{draft.pk}-mine")
    assert f"story-{waiting.pk}-mine" in ids["waiting"]
    assert f"story-{published.pk}-mine" in ids["published"]
    assert "open" in str(part(page, "needs-you"))[:80]
    assert "open" not in str(part(page, "published"))[:80]


def test_usual_wait_is_not_said_of_a_story_that_has_waited_longer(cast: Cast) -> None:
    now = timezone.now()
    with clock.at(now - timedelta(hours=5)):
        decided = make_story(author=cast.member, state="pending")
    with clock.at(now - timedelta(hours=4)):
        decided.publish(by=cast.moderator, revision=decided.revision)
    waiting = make_story(author=cast.member, state="pending")
    assert "Most stories here wait" in text_of(signed_in(cast.member).get(address(waiting)))
    with clock.at(now + timedelta(hours=3)):
        assert "Most stories here wait" not in text_of(signed_in(cast.member).get(address(waiting)))


def test_letters_beside_a_published_story_say_who_sees_them(cast: Cast, story: Story) -> None:
    assert "Only you see this" in text_of(signed_in(cast.member).get(address(story)))
    assert "Only you see this" not in text_of(signed_in(cast.newcomer).get(address(story)))

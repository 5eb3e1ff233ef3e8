"""Tests of the events that a channel gets, when, and in which order."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from archives.models import AccountDeletion
from archives.tasks import delete_if_due
from kindwall import clock
from stories.models import Report, Story, StoryText
from stories.models.audit import UNDO_FOR
from syndication.events import announce_decision
from syndication.models import Channel, Delivery
from tests.conftest import Cast
from tests.factories import make_channel, make_edit, make_story
from tests.syndication.receiver import Receiver
from tests.task_backend import clock_moved_to

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PUBLISHED, CHANGED, REMOVED, RESTORED = "story.published", "story.changed", "story.removed", "story.restored"


@pytest.fixture
def now() -> datetime:
    return timezone.now() + MINUTE


def sent_by(receiver: Receiver, moment: datetime) -> list[str]:
    with clock_moved_to(moment):
        return receiver.types


# Published


def test_published_story_is_sent_when_the_decision_has_settled(
    cast: Cast, channel: Channel, receiver: Receiver, pending: Story, now: datetime
) -> None:
    with clock.at(now):
        pending.publish(by=cast.moderator, revision=1)
    assert sent_by(receiver, now + UNDO_FOR - SECOND) == []
    assert sent_by(receiver, now + DAY) == [PUBLISHED]
    [request] = receiver.received
    assert request.address == "https://hooks.example.org/kindwall/secret-path"
    pending.refresh_from_db()
    assert pending.published_at is not None
    assert request.payload["data"]["story"] == {
        "id": pending.pk,
        "url": f"http://127.0.0.1:8000/harbour-team/stories/{pending.pk}/",
        "kind": pending.kind,
        "qualities": pending.qualities,
        "body": pending.body,
        "author": "Mia Member",
        "published_at": pending.published_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "edited_at": None,
    }
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.code, delivery.attempts) == ("delivered", 204, 1)


def test_undone_decision_sends_nothing(
    cast: Cast, channel: Channel, receiver: Receiver, pending: Story, now: datetime
) -> None:
    with clock.at(now):
        pending.publish(by=cast.moderator, revision=1)
        pending.undo(pending.audit_log.latest("pk"), by=cast.moderator)
    assert sent_by(receiver, now + DAY) == []


def test_story_published_and_removed_within_the_undo_sends_nothing(
    cast: Cast, channel: Channel, receiver: Receiver, pending: Story, now: datetime
) -> None:
    with clock.at(now):
        pending.publish(by=cast.moderator, revision=1)
        pending.remove(by=cast.moderator, revision=1, message="Not this one.")
    assert sent_by(receiver, now + DAY) == []


@pytest.mark.parametrize("refuse", ["return_for_change", "decline"])
def test_refused_story_sends_nothing(
    cast: Cast, channel: Channel, receiver: Receiver, pending: Story, now: datetime, refuse: str
) -> None:
    with clock.at(now):
        getattr(pending, refuse)(by=cast.moderator, revision=1, message="Please leave out the name.")
    assert sent_by(receiver, now + DAY) == []


def test_decision_announced_twice_is_sent_once(
    cast: Cast, channel: Channel, receiver: Receiver, pending: Story, now: datetime
) -> None:
    with clock.at(now):
        pending.publish(by=cast.moderator, revision=1)
    assert sent_by(receiver, now + UNDO_FOR) == [PUBLISHED]
    announce_decision(pending.audit_log.with_story().latest("pk"))
    assert receiver.types == [PUBLISHED]


def test_channel_gets_events_of_its_team_and_content_only(
    cast: Cast, receiver: Receiver, pending: Story, now: datetime
) -> None:
    make_channel(by=cast.foreign_owner)
    make_channel(by=cast.owner, content="weekly-count")
    with clock.at(now):
        pending.publish(by=cast.moderator, revision=1)
    assert sent_by(receiver, now + DAY) == []


# Removed and restored


def removed(story: Story, cast: Cast, now: datetime) -> None:
    with clock.at(now):
        story.remove(by=cast.moderator, revision=story.revision, message="Not this one.")


def test_removal_carries_the_number_alone(
    cast: Cast, channel: Channel, receiver: Receiver, story: Story, now: datetime
) -> None:
    removed(story, cast, now)
    assert sent_by(receiver, now + UNDO_FOR - SECOND) == []
    assert sent_by(receiver, now + UNDO_FOR) == [REMOVED]
    assert receiver.received[0].payload["data"] == {"story": {"id": story.pk}}
    with clock.at(now + HOUR):
        story.restore(by=cast.moderator, revision=story.revision)
    assert sent_by(receiver, now + DAY) == [REMOVED, RESTORED]
    assert receiver.received[1].payload["data"]["story"]["body"] == story.body


def test_removal_restored_within_the_undo_sends_nothing(
    cast: Cast, channel: Channel, receiver: Receiver, story: Story, now: datetime
) -> None:
    removed(story, cast, now)
    with clock.at(now + SECOND):
        story.restore(by=cast.moderator, revision=story.revision)
    assert sent_by(receiver, now + DAY) == []


def test_story_taken_down_and_put_back_by_its_author_is_removed_and_restored(
    cast: Cast, channel: Channel, receiver: Receiver, story: Story, now: datetime
) -> None:
    with clock.at(now):
        story.take_down(by=cast.member)
    assert sent_by(receiver, now) == [REMOVED]
    with clock.at(now + MINUTE):
        story.put_back(by=cast.member)  # a moderator reads it again
    assert sent_by(receiver, now + HOUR) == [REMOVED]
    with clock.at(now + HOUR):
        story.publish(by=cast.moderator, revision=story.revision)
    assert sent_by(receiver, now + DAY) == [REMOVED, RESTORED]


def test_story_set_aside_is_removed_once_and_restored_by_the_decision(
    cast: Cast, channel: Channel, receiver: Receiver, story: Story, now: datetime
) -> None:
    with clock.at(now):
        Report.make(story, by=cast.newcomer, reason="hurts")
        story.hide_for_review()
    assert sent_by(receiver, now) == [REMOVED]
    with clock.at(now + MINUTE):
        story.refresh_from_db()
        story.dismiss_reports(by=cast.moderator, revision=story.revision)
    assert sent_by(receiver, now + HOUR) == [REMOVED, RESTORED]


# Changed


def test_accepted_edit_sends_the_new_text(
    cast: Cast, channel: Channel, receiver: Receiver, story: Story, now: datetime
) -> None:
    with clock.at(now):
        make_edit(story, author=cast.member, moderator=cast.moderator, body="Held the lift.")
    assert sent_by(receiver, now + UNDO_FOR - SECOND) == []
    assert sent_by(receiver, now + DAY) == [CHANGED]
    sent = receiver.received[0].payload["data"]["story"]
    assert (sent["id"], sent["body"]) == (story.pk, "Held the lift.")
    assert sent["edited_at"]


def test_edit_that_waits_or_is_declined_sends_nothing(
    cast: Cast, channel: Channel, receiver: Receiver, story: Story, now: datetime
) -> None:
    with clock.at(now):
        edit = make_edit(story, author=cast.member, body="Held the lift.")
        edit.decline(by=cast.moderator, revision=edit.revision, message="Not this one.")
    assert sent_by(receiver, now + DAY) == []


def test_change_without_review_is_sent_at_once(cast: Cast, channel: Channel, receiver: Receiver, now: datetime) -> None:
    own = make_story(author=cast.moderator, moderator=cast.second_moderator)
    sent_by(receiver, now)
    receiver.clear()
    with clock.at(now):
        own.revise(by=cast.moderator, revision=own.revision, text=StoryText("given", ["hope"], "Held the lift."))
    assert sent_by(receiver, now) == [CHANGED]


# Authors who leave


def test_stories_deleted_with_their_author_are_removed(
    cast: Cast, channel: Channel, receiver: Receiver, story: Story, now: datetime
) -> None:
    number = story.pk
    cast.member.leave(choice="gone")
    assert not Story.objects.filter(pk=number).exists()
    assert receiver.types == [REMOVED]
    assert receiver.received[0].payload["data"] == {"story": {"id": number}}


def test_stories_of_an_author_who_leaves_unnamed_are_changed(
    cast: Cast, channel: Channel, receiver: Receiver, story: Story
) -> None:
    cast.member.leave(choice="unnamed")
    assert receiver.types == [CHANGED]
    assert receiver.received[0].payload["data"]["story"]["author"] is None


def test_deleted_account_removes_its_stories(
    cast: Cast, channel: Channel, receiver: Receiver, story: Story, now: datetime
) -> None:
    AccountDeletion.request(cast.member.user, {cast.team.pk: "gone"})
    AccountDeletion.objects.update(due_at=now - DAY)
    delete_if_due(cast.member.user.pk)
    assert receiver.types == [REMOVED]


# The truth when it is sent


def test_text_removed_before_a_retry_is_never_sent(
    cast: Cast, channel: Channel, receiver: Receiver, pending: Story, now: datetime
) -> None:
    receiver.status = 500
    with clock.at(now):
        pending.publish(by=cast.moderator, revision=1)
    assert sent_by(receiver, now + UNDO_FOR) == [PUBLISHED]
    receiver.clear()
    receiver.status = 204
    with clock.at(now + 30 * SECOND):
        pending.remove(by=cast.moderator, revision=1, message="Not this one.")
    assert sent_by(receiver, now + DAY) == [REMOVED], "the removal does not wait for the publication"
    assert list(Delivery.objects.order_by("pk").values_list("status", flat=True)) == ["dropped", "delivered"]


def test_retry_waits_until_a_removal_has_settled(
    cast: Cast, channel: Channel, receiver: Receiver, pending: Story, now: datetime
) -> None:
    """The removal is undone, so the story is sent after all."""
    receiver.status = 500
    with clock.at(now):
        pending.publish(by=cast.moderator, revision=1)
    sent_by(receiver, now + UNDO_FOR)
    receiver.clear()
    receiver.status = 204
    second_attempt = now + UNDO_FOR + MINUTE
    with clock.at(second_attempt - SECOND):
        pending.remove(by=cast.moderator, revision=1, message="Not this one.")
    assert sent_by(receiver, second_attempt) == []
    with clock.at(second_attempt):
        pending.undo(pending.audit_log.latest("pk"), by=cast.moderator)
    assert sent_by(receiver, now + DAY) == [PUBLISHED]


def test_retry_carries_no_text_that_can_still_be_undone(
    cast: Cast, channel: Channel, receiver: Receiver, pending: Story, now: datetime
) -> None:
    receiver.status = 500
    with clock.at(now):
        pending.publish(by=cast.moderator, revision=1)
    sent_by(receiver, now + UNDO_FOR)
    receiver.clear()
    receiver.status = 204
    second_attempt = now + UNDO_FOR + MINUTE
    with clock.at(second_attempt - SECOND):
        pending.refresh_from_db()
        edit = make_edit(pending, author=cast.member, moderator=cast.moderator, body="Held the lift.")
    with clock_moved_to(second_attempt):
        edit.undo(edit.audit_log.latest("pk"), by=cast.moderator)
    assert sent_by(receiver, now + DAY) == [PUBLISHED]
    assert "lift" not in receiver.received[0].body.decode()


def test_events_of_a_story_arrive_in_order(
    cast: Cast, channel: Channel, receiver: Receiver, story: Story, pending: Story, now: datetime
) -> None:
    """A later one waits for an earlier one that is tried again; other stories do not."""
    receiver.status = 500
    removed(story, cast, now)
    sent_by(receiver, now + UNDO_FOR)
    receiver.clear()
    receiver.status = 204
    with clock.at(now + 20 * SECOND):
        story.restore(by=cast.moderator, revision=story.revision)
        pending.publish(by=cast.moderator, revision=1)
    assert sent_by(receiver, now + 40 * SECOND) == [PUBLISHED]
    assert sent_by(receiver, now + HOUR) == [PUBLISHED, REMOVED, RESTORED]


def test_recorded_response_of_a_removed_story_is_forgotten(
    cast: Cast, channel: Channel, receiver: Receiver, pending: Story, now: datetime
) -> None:
    """A receiver may repeat the text that it refused."""
    receiver.status, receiver.text = 400, "Refused: held the door"
    with clock.at(now):
        pending.publish(by=cast.moderator, revision=1)
    sent_by(receiver, now + UNDO_FOR)
    assert "held the door" in Delivery.objects.get().excerpt
    removed(pending, cast, now + HOUR)
    receiver.text = ""
    sent_by(receiver, now + DAY)
    assert "".join(Delivery.objects.values_list("excerpt", flat=True)) == ""


def test_test_of_a_channel_carries_no_story(cast: Cast, channel: Channel, receiver: Receiver, story: Story) -> None:
    channel.send_test()
    payload: dict[str, Any] = receiver.received[0].payload
    assert payload["type"] == "test"
    assert story.body not in payload["data"]["story"]["body"]

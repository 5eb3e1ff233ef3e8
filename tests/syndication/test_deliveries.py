"""Tests of attempts: retries, the order of channels, stopping, starting again, sending again."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone
from django.utils.translation import gettext_lazy

from accounts import notice_kinds
from accounts.models import Membership
from kindwall import clock
from kindwall.outbound import Unreachable
from stories.models import Story
from syndication.attempts import attempt
from syndication.models import Channel, Delivery, StopReason
from syndication.models.channel import MOST_FAILURES
from syndication.models.delivery import DELIVERY_LIFETIME, PAUSES
from syndication.notices import CHANNEL_STOPPED, topic_of
from tests.conftest import Cast
from tests.factories import make_channel, make_story
from tests.syndication.receiver import Receiver
from tests.task_backend import clock_moved_to, run_due

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AWAY = Unreachable(gettext_lazy("No response came within ten seconds."))


@pytest.fixture
def now() -> datetime:
    return timezone.now() + MINUTE


def announce(channel: Channel, story: Story, source: str = "entry-1", event: str = "story.published") -> Delivery:
    return Delivery.record(channel, event, story_id=story.pk, source=source)[0]


def several(cast: Cast, number: int) -> list[Story]:
    stories = [make_story(author=cast.member, moderator=cast.moderator) for _number in range(number)]
    run_due()
    Delivery.objects.all().delete()
    return stories


# Retries


def test_failed_delivery_is_tried_again_over_a_day_with_the_same_identifier(
    channel: Channel, receiver: Receiver, story: Story, now: datetime
) -> None:
    receiver.status, receiver.text = 500, "Out of order"
    with clock.at(now):
        delivery = announce(channel, story)
    moment = now
    for number, pause in enumerate(PAUSES, start=1):
        assert len(receiver.received) == number
        moment += pause
        with clock_moved_to(moment - SECOND):
            assert len(receiver.received) == number, "not before its time"
        with clock_moved_to(moment):
            pass
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts, delivery.code) == ("failed", len(PAUSES) + 1, 500)
    assert delivery.excerpt == "Out of order"
    assert timedelta(hours=23) < moment - now < DAY
    assert {one.headers["webhook-id"] for one in receiver.received} == {delivery.identifier}
    with clock_moved_to(now + 30 * DAY):
        assert len(receiver.received) == len(PAUSES) + 1


def test_delivery_is_over_once_it_has_arrived(
    channel: Channel, receiver: Receiver, story: Story, now: datetime
) -> None:
    receiver.status = 500
    with clock.at(now):
        delivery = announce(channel, story)
    receiver.status = 200
    with clock_moved_to(now + DAY):
        assert len(receiver.received) == 2
    delivery.refresh_from_db()
    channel.refresh_from_db()
    assert (delivery.status, delivery.excerpt, channel.failures) == ("delivered", "", 0)


def test_task_that_runs_twice_sends_once(channel: Channel, receiver: Receiver, story: Story) -> None:
    delivery = announce(channel, story)
    delivery.enqueue()
    assert len(receiver.received) == 1


def test_two_workers_do_not_make_the_same_attempt(channel: Channel, receiver: Receiver, story: Story) -> None:
    """The second one meets the first one's request under way."""
    receiver.hear = lambda: Delivery.objects.get().enqueue()
    announce(channel, story)
    assert len(receiver.received) == 1


@pytest.mark.parametrize(("status", "ends"), [(204, "delivered"), (500, "dropped")])
def test_removal_waits_for_the_end_of_an_attempt_under_way(
    channel: Channel, receiver: Receiver, story: Story, status: int, ends: str
) -> None:
    """Otherwise the text could arrive after the removal, and stay."""

    def remove() -> None:
        receiver.hear = lambda: None
        announce(channel, story, "entry-2", "story.removed")
        assert len(receiver.received) == 1
        receiver.status = 204

    receiver.hear, receiver.status = remove, status
    announce(channel, story)
    assert receiver.types == ["story.published", "story.removed"]
    assert list(Delivery.objects.order_by("pk").values_list("status", flat=True)) == [ends, "delivered"]


def test_attempt_that_was_cut_off_is_made_again(
    channel: Channel, receiver: Receiver, story: Story, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the process is killed: nothing was recorded, and the task is run again after an hour."""
    with clock.at(now), monkeypatch.context() as patch:
        patch.setattr(Delivery, "record_result", lambda *_given: None)
        delivery = announce(channel, story)
    with clock.at(now + HOUR):
        delivery.enqueue()
    assert len(receiver.received) == 2


def test_channel_can_be_disconnected_during_an_attempt(
    cast: Cast, channel: Channel, receiver: Receiver, story: Story
) -> None:
    def disconnect() -> None:
        channel.disconnect(by=cast.owner)

    receiver.hear = disconnect
    now = timezone.now()
    waiting = Delivery.objects.create(channel=channel, event="test", source="test-1", next_attempt_at=now)
    attempt(waiting)
    assert len(receiver.received) == 1
    assert not Delivery.objects.exists()


def test_redirect_is_a_failure(channel: Channel, receiver: Receiver, story: Story) -> None:
    receiver.status = 302
    delivery = announce(channel, story)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.code) == ("waiting", 302)
    assert "another address" in delivery.excerpt
    assert len(receiver.received) == 1


def test_fault_of_ours_is_tried_again(
    channel: Channel, receiver: Receiver, story: Story, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise ValueError("held the door")

    receiver.hear = fail
    with clock.at(now):
        delivery = announce(channel, story)
    assert delivery.attempts == 0
    receiver.hear = lambda: None
    with clock_moved_to(now + DAY):
        delivery.refresh_from_db()
        assert (delivery.status, delivery.attempts) == ("delivered", 2)


def test_recorded_response_shows_no_secret(cast: Cast, receiver: Receiver, story: Story) -> None:
    channel = make_channel(by=cast.owner, address="https://hooks.example.org/kindwall/s3cr3t-path?token=t0ken-value")
    receiver.status = 404
    receiver.text = f"<h1>No such page</h1>\x00 /kindwall/s3cr3t-path t0ken-value {channel.secret}" + "x" * 500
    delivery = announce(channel, story)
    delivery.refresh_from_db()
    assert delivery.excerpt.startswith("No such page")
    assert len(delivery.excerpt) <= 200
    for secret in ("s3cr3t-path", "t0ken-value", str(channel.secret), "<h1>"):
        assert secret not in delivery.excerpt


# A receiver that does not respond


def test_channel_without_a_response_pauses_and_delays_no_other(
    cast: Cast, channel: Channel, receiver: Receiver, now: datetime
) -> None:
    stories = several(cast, 3)
    receiver.clear()
    receiver.status = AWAY
    with clock.at(now):
        for number, story in enumerate(stories):
            announce(channel, story, f"entry-{number}")
    assert len(receiver.received) == 1, "the others wait until it has had a minute"
    receiver.status = 204
    other = make_channel(by=cast.owner, address="https://other.example.org/")
    with clock.at(now):
        announce(other, stories[0])
    assert receiver.received[-1].address == "https://other.example.org/"
    receiver.clear()
    with clock_moved_to(now + MINUTE):
        assert len(receiver.received) == 3


def test_channel_that_refuses_one_story_sends_the_others(
    cast: Cast, channel: Channel, receiver: Receiver, now: datetime
) -> None:
    one, other = several(cast, 2)
    receiver.clear()
    receiver.status = 400
    with clock.at(now):
        announce(channel, one)
        receiver.status = 204
        announce(channel, other, "entry-2")
    assert len(receiver.received) == 2


# Stopping


def fail(channel: Channel, receiver: Receiver, stories: list[Story], moment: datetime) -> None:
    receiver.status = 500
    with clock.at(moment):
        for story in stories:
            announce(channel, story, f"entry-{story.pk}-{moment}")


@pytest.fixture
def notices(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    sent: list[dict[str, object]] = []

    class Store:
        def add(self, kind: object, **more: object) -> None:
            if kind is CHANNEL_STOPPED:
                sent.append({"kind": kind, **more})

        def withdraw(self, kind: object, *, team: int, topic: str) -> None:
            """Do nothing: no test of channels takes a notice back."""

    monkeypatch.setattr(notice_kinds, "stores", [Store()])
    return sent


@pytest.mark.once
def test_channel_is_stopped_after_ten_failures_in_more_than_an_hour(
    cast: Cast, channel: Channel, receiver: Receiver, now: datetime, notices: list[dict[str, object]]
) -> None:
    stories = several(cast, MOST_FAILURES)
    fail(channel, receiver, stories[:-1], now)
    channel.refresh_from_db()
    assert (channel.failures, channel.is_stopped) == (MOST_FAILURES - 1, False)
    Delivery.objects.waiting().update(next_attempt_at=now + 2 * HOUR)
    fail(channel, receiver, stories[-1:], now + HOUR)
    channel.refresh_from_db()
    assert (channel.is_stopped, channel.stop_reason) == (True, StopReason.FAILING)
    assert set(Delivery.objects.values_list("status", flat=True)) == {"failed"}
    owners = Membership.objects.owners().filter(team=cast.team).values_list("user", flat=True)
    assert notices == [
        {
            "kind": CHANNEL_STOPPED,
            "to": list(owners),
            "team": cast.team.pk,
            "topic": topic_of(channel),
            "story": None,
            "entry": None,
            "at": None,
            "unread_again": True,
        }
    ]
    receiver.clear()
    receiver.status = 204
    with clock_moved_to(now + 2 * DAY):
        announce(channel, stories[0], "entry-later")
        assert receiver.received == []


@pytest.mark.once
def test_channel_is_not_stopped_within_an_hour(cast: Cast, channel: Channel, receiver: Receiver, now: datetime) -> None:
    fail(channel, receiver, several(cast, MOST_FAILURES + 2), now)
    channel.refresh_from_db()
    assert (channel.failures, channel.is_stopped) == (MOST_FAILURES + 2, False)


@pytest.mark.once
def test_success_begins_the_count_anew(cast: Cast, channel: Channel, receiver: Receiver, now: datetime) -> None:
    stories = several(cast, MOST_FAILURES)
    fail(channel, receiver, stories[:-1], now)
    receiver.status = 204
    with clock.at(now + HOUR):
        announce(channel, stories[-1])
    channel.refresh_from_db()
    assert (channel.failures, channel.failing_since, channel.is_stopped) == (0, None, False)


def test_address_that_is_gone_stops_its_channel_at_once(
    channel: Channel, receiver: Receiver, story: Story, notices: list[dict[str, object]]
) -> None:
    receiver.status = 410
    announce(channel, story)
    channel.refresh_from_db()
    assert channel.stop_reason == StopReason.GONE
    assert Delivery.objects.get().status == "failed"
    assert len(notices) == 1


def test_channel_of_another_secret_key_is_stopped(channel: Channel, receiver: Receiver, story: Story) -> None:
    with override_settings(SECRET_KEY="another"):
        announce(channel, story)
    channel.refresh_from_db()
    assert (channel.stop_reason, receiver.received) == (StopReason.UNREADABLE, [])
    with override_settings(SECRET_KEY="another"):
        channel.send_test()
    assert set(Delivery.objects.values_list("status", flat=True)) == {"failed"}


def test_started_channel_sends_the_removals_that_it_missed(
    cast: Cast, channel: Channel, receiver: Receiver, story: Story, pending: Story, now: datetime
) -> None:
    channel.stop(StopReason.FAILING)
    with clock.at(now):
        story.remove(by=cast.moderator, revision=1, message="Not this one.")
        pending.publish(by=cast.moderator, revision=1)
    with clock_moved_to(now + HOUR):
        assert receiver.received == []
        channel.refresh_from_db()
        assert channel.start_again()
        assert not channel.start_again(), "repeating it is harmless"
        assert receiver.types == ["story.removed"]
        assert not channel.is_stopped


def test_test_is_sent_to_a_stopped_channel_once_and_at_once(channel: Channel, receiver: Receiver) -> None:
    channel.stop(StopReason.FAILING)
    receiver.status = 500
    channel.send_test()
    assert (receiver.types, Delivery.objects.get().status) == (["test"], "failed")
    with clock_moved_to(timezone.now() + DAY):
        assert receiver.types == ["test"]


# Notices about it


class Told:
    """A notice as far as its words need it."""

    user_id = story_id = entry_id = created_at = updated_at = None

    def __init__(self, pk: int, channel: Channel, team_id: int) -> None:
        self.pk, self.topic, self.team_id = pk, topic_of(channel), team_id


def test_notice_says_which_channel_was_stopped_while_it_is(
    cast: Cast, channel: Channel, django_assert_num_queries: object
) -> None:
    told: Any = [Told(1, channel, cast.team.pk), Told(2, channel, cast.foreign_owner.team_id)]
    assert CHANNEL_STOPPED.texts(told) == {}
    channel.stop(StopReason.FAILING)
    with django_assert_num_queries(1):  # type: ignore[operator]
        texts = CHANNEL_STOPPED.texts(told)
    assert set(texts) == {1}
    assert "Kitchen screen" in texts[1].sentence
    assert texts[1].path == f"/harbour-team/settings/channels/{channel.pk}/"


# Sending again, and forgetting


def test_delivery_sent_again_has_the_same_identifier_and_the_text_of_now(
    cast: Cast, channel: Channel, receiver: Receiver, story: Story
) -> None:
    delivery = announce(channel, story)
    Story.objects.filter(pk=story.pk).update(body="Held the lift.")
    receiver.clear()
    delivery.refresh_from_db()
    assert delivery.replay()
    [request] = receiver.received
    assert request.headers["webhook-id"] == delivery.identifier
    assert request.payload["data"]["story"]["body"] == "Held the lift."


def test_removed_story_is_not_sent_again(cast: Cast, channel: Channel, receiver: Receiver, story: Story) -> None:
    delivery = announce(channel, story)
    story.take_down(by=cast.member)
    receiver.clear()
    delivery.refresh_from_db()
    delivery.replay()
    assert receiver.received == []
    assert Delivery.objects.get(pk=delivery.pk).status == "dropped"


def test_old_deliveries_are_deleted(channel: Channel, story: Story, receiver: Receiver) -> None:
    with clock.at(timezone.now() - DELIVERY_LIFETIME - DAY):
        announce(channel, story)
    kept = announce(channel, story, "entry-2")
    assert Delivery.objects.prune() == 1
    assert list(Delivery.objects.all()) == [kept]


def test_departure_of_the_owner_who_connected_it_leaves_the_channel(cast: Cast, channel: Channel) -> None:
    cast.member.make_owner_by_command()
    cast.owner.leave()
    cast.owner.user.delete()
    channel.refresh_from_db()
    assert channel.created_by is None


def test_database_holds_neither_address_nor_secret(channel: Channel) -> None:
    row = str(Channel.objects.values().get())
    assert "secret-path" not in row
    assert str(channel.secret) not in row
    assert channel.shown_address == "hooks.example.org/…path"
    assert channel.address == "https://hooks.example.org/kindwall/secret-path"

"""Tests of the count of a week's stories: when it is sent, what it counts, and that it comes once."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from kindwall import clock, periodic
from stories.models import Story
from syndication import weekly_counts
from syndication.models import Channel, Delivery
from tests.conftest import Cast
from tests.factories import make_channel, make_story
from tests.syndication.receiver import Receiver
from tests.task_backend import run_due

pytestmark = pytest.mark.once

ZONE = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 10, 26, 9, tzinfo=ZONE)  # the clocks were set back the day before
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def berlin() -> object:
    with override_settings(TIME_ZONE="Europe/Berlin"):
        yield


@pytest.fixture
def weekly(cast: Cast, receiver: Receiver) -> Channel:
    with clock.at(MONDAY - 30 * DAY):
        return make_channel(by=cast.owner, content="weekly-count")


def publish(cast: Cast, *moments: datetime) -> list[Story]:
    stories = [make_story(author=cast.member, moderator=cast.moderator) for _ in moments]
    for story, moment in zip(stories, moments, strict=True):
        Story.objects.filter(pk=story.pk).update(published_at=moment)
    return stories


def sent_at(receiver: Receiver, moment: datetime) -> list[int]:
    with clock.at(moment):
        weekly_counts.record_due()
        run_due()
    return [request.payload["data"]["stories"] for request in receiver.received]


def test_week_is_counted_on_monday_morning_from_midnight_to_midnight(
    cast: Cast, weekly: Channel, receiver: Receiver
) -> None:
    midnight = MONDAY.replace(hour=0)
    before = midnight - 7 * DAY  # on the wall clock, although this week had an hour more
    second = timedelta(seconds=1)
    publish(cast, before - second, before, MONDAY - 3 * DAY, midnight - second, midnight)
    assert sent_at(receiver, MONDAY - second) == []
    assert sent_at(receiver, MONDAY) == [3]
    assert sent_at(receiver, MONDAY + HOUR) == [3], "once"
    assert receiver.received[0].payload["data"]["url"].endswith("/harbour-team/")


def test_week_without_stories_is_passed_over(cast: Cast, weekly: Channel, receiver: Receiver) -> None:
    publish(cast, MONDAY - 8 * DAY)
    assert sent_at(receiver, MONDAY) == []
    assert not Delivery.objects.exists()


def test_stories_that_have_left_the_wall_are_not_counted(cast: Cast, weekly: Channel, receiver: Receiver) -> None:
    one, other = publish(cast, MONDAY - DAY, MONDAY - DAY)
    one.remove(by=cast.moderator, revision=one.revision, message="Not this one.")
    assert sent_at(receiver, MONDAY) == [1]
    receiver.clear()
    other.remove(by=cast.moderator, revision=other.revision, message="Nor this one.")
    Delivery.objects.get().replay()
    assert sent_at(receiver, MONDAY + DAY) == []
    assert Delivery.objects.get().status == "dropped"


def test_server_that_was_down_counts_until_wednesday(cast: Cast, weekly: Channel, receiver: Receiver) -> None:
    publish(cast, MONDAY - DAY)
    assert sent_at(receiver, MONDAY + 2 * DAY) == []
    assert sent_at(receiver, MONDAY + 2 * DAY - HOUR) == [1]


def test_channel_begins_with_the_next_monday(cast: Cast, weekly: Channel, receiver: Receiver) -> None:
    publish(cast, MONDAY - DAY)
    Channel.objects.update(created_at=MONDAY + HOUR)
    assert sent_at(receiver, MONDAY + 2 * HOUR) == []


def test_channels_of_stories_and_stopped_ones_get_no_count(cast: Cast, weekly: Channel, receiver: Receiver) -> None:
    publish(cast, MONDAY - DAY)
    weekly.stop("failing")
    with clock.at(MONDAY - 30 * DAY):
        make_channel(by=cast.owner)
    assert sent_at(receiver, MONDAY) == []


def test_hour_without_anything_due_takes_one_query(cast: Cast, weekly: Channel, receiver: Receiver) -> None:
    publish(cast, MONDAY - DAY)
    sent_at(receiver, MONDAY)
    for moment, number in ((MONDAY + HOUR, 1), (MONDAY + 3 * DAY, 0)):
        with clock.at(moment), CaptureQueriesContext(connection) as queries:
            weekly_counts.record_due()
        assert len(queries) == number


def test_server_asks_every_hour() -> None:
    assert periodic.jobs["record-weekly-counts"].every == HOUR


def test_names_of_weeks_are_read_back() -> None:
    for day in (datetime(2026, 1, 1, tzinfo=ZONE), datetime(2027, 1, 3, tzinfo=ZONE), MONDAY):
        start, end = weekly_counts.bounds_of(weekly_counts.name_of_week(day))
        assert start <= day < end

"""The hub: one reading for all viewers, woken by commits, other processes or a poll."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from stories.live import hub as live
from stories.live import outbox_reader
from stories.live.render import Audience, announcements
from stories.models import OutboxEvent, Story, outbox
from tests.conftest import Cast
from tests.factories import make_story
from tests.stories.live.outbox import listening, newest, publish_new
from tests.stories.streams import Browser, run, running_hub, until

pytestmark = pytest.mark.django_db(transaction=True)


def test_hundred_viewers_share_one_reading_of_the_outbox(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    readings: list[int] = []
    real = outbox_reader.read_after

    def counted(cursor: int, watched: Any) -> Any:
        answer = real(cursor, watched)
        readings.append(len(answer[1]))
        return answer

    monkeypatch.setattr(live, "read_after", counted)

    async def test() -> None:
        async with running_hub() as (hub, elsewhere):
            browsers = [Browser(hub, cast.team, after=hub.cursor) for _ in range(100)]
            for browser in browsers:
                await browser.until_open()
            await elsewhere(lambda: publish_new(cast, "For all of you."))
            for browser in browsers:
                await browser.until_sent("For all of you.")
            assert sum(readings) == 1
            assert len({browser.sent for browser in browsers}) == 1

    run(test)


def test_reconnecting_viewers_share_one_reading_of_the_past(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_new(cast, "Seen before.")
    before = newest()
    publish_new(cast, "While you were away.")
    readings: list[tuple[int, int]] = []
    real = outbox_reader.read_since

    def counted(team_id: int, audience: Audience, after: int) -> tuple[bytes, int]:
        readings.append((team_id, after))
        return real(team_id, audience, after)

    monkeypatch.setattr(live, "read_since", counted)

    async def test() -> None:
        async with running_hub() as (hub, _):
            browsers = [Browser(hub, cast.team, after=before) for _ in range(50)]
            for browser in browsers:
                await browser.until_sent("While you were away.")
            assert readings == [(cast.team.pk, before)]

    run(test)


def test_fifty_events_cost_as_many_queries_as_one(cast: Cast) -> None:
    def cost(number: int) -> int:
        before = newest()
        for _ in range(number):
            story = publish_new(cast)
            story.toggle_uplift(by=cast.newcomer)
            make_story(author=cast.foreign_owner, moderator=cast.foreign_owner)
        events = list(OutboxEvent.objects.after(before))
        with CaptureQueriesContext(connection) as captured:
            assert announcements(events)
        return len(captured)

    assert cost(1) == cost(17) <= 2


def test_hub_continues_after_the_database_was_unreachable(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "POLL", 0.02)
    real, failures = outbox_reader.read_after, iter([True, True, False])

    def failing(cursor: int, watched: Any) -> Any:
        if next(failures, False):
            raise ConnectionError("gone for a moment")
        return real(cursor, watched)

    async def test() -> None:
        async with running_hub() as (hub, elsewhere):
            browser = Browser(hub, cast.team, after=hub.cursor)
            await browser.until_open()
            monkeypatch.setattr(live, "read_after", failing)
            await elsewhere(lambda: publish_new(cast, "After all."))
            await browser.until_sent("After all.")

    run(test)


def test_hub_polls_where_nothing_wakes_it(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "POLL", 0.02)

    async def test() -> None:
        async with running_hub() as (hub, elsewhere):
            outbox.event_listeners.remove(hub.wake)
            try:
                browser = Browser(hub, cast.team, after=hub.cursor)
                await browser.until_open()
                await elsewhere(lambda: publish_new(cast, "Written by another process."))
                await browser.until_sent("Written by another process.")
            finally:
                outbox.event_listeners.append(hub.wake)

    run(test)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="other processes are woken by PostgreSQL's NOTIFY")
@pytest.mark.postgresql
def test_another_process_on_postgresql_wakes_the_hub(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "POLL", 30.0)

    async def test() -> None:
        async with running_hub() as (hub, elsewhere):
            outbox.event_listeners.remove(hub.wake)
            try:
                browser = Browser(hub, cast.team, after=hub.cursor)
                await browser.until_open()
                await until(lambda: listening(elsewhere))
                await elsewhere(lambda: publish_new(cast, "Written by another process."))
                await browser.until_sent("Written by another process.")
            finally:
                outbox.event_listeners.append(hub.wake)

    run(test)


def test_change_rolled_back_does_not_wake_the_hub(cast: Cast) -> None:
    from django.db import transaction

    woken: list[int] = []
    listener = lambda: woken.append(1)  # noqa: E731
    outbox.event_listeners.append(listener)
    try:
        story = make_story(author=cast.member, state="pending")
        with transaction.atomic():
            story.publish(by=cast.moderator, revision=1)
            transaction.set_rollback(True)
        assert woken == []
        Story.objects.get(pk=story.pk).publish(by=cast.moderator, revision=1)
        assert woken == [1]
    finally:
        outbox.event_listeners.remove(listener)

"""An open stream: it receives every event once and in order, and slow readers delay nobody."""

import asyncio
import json
import re

import pytest
from django.db import transaction

from stories.live import hub as live
from stories.live import outbox_reader
from stories.live.channel import MOST_MESSAGES
from stories.models import ReactionKind
from tests.conftest import Cast
from tests.factories import make_story
from tests.stories.live.outbox import newest, publish_new
from tests.stories.streams import MEMBERS, Browser, run, running_hub, until

pytestmark = pytest.mark.django_db(transaction=True)


def test_open_wall_receives_events_in_order_with_ids(cast: Cast) -> None:
    async def test() -> None:
        async with running_hub() as (hub, elsewhere):
            browser = Browser(hub, cast.team, after=hub.cursor)
            await browser.until_open()
            story = await elsewhere(lambda: publish_new(cast, "First on the wall."))
            await browser.until_sent("First on the wall.")
            await elsewhere(lambda: story.toggle_uplift(by=cast.newcomer))
            await browser.until_sent("event: counts")
            await elsewhere(lambda: story.remove(by=cast.moderator, revision=1, message="For now."))
            await browser.until_sent("event: gone")
            last = await elsewhere(newest)
            assert browser.events == ["card", "counts", "gone"]
            assert browser.ids == sorted(set(browser.ids))
            assert browser.ids[-1] == last
            assert f"data: {story.pk}\n\n" in browser.sent.decode()
            counts = re.search(r"event: counts\ndata: (.*)\n", browser.sent.decode())
            assert counts
            assert json.loads(counts[1]) == {str(story.pk): {"uplift": 1, **dict.fromkeys(ReactionKind.values, 0)}}

    run(test)


@pytest.mark.once
def test_stream_is_an_event_stream_without_buffering(cast: Cast) -> None:
    async def test() -> None:
        async with running_hub() as (hub, _):
            browser = Browser(hub, cast.team, after=hub.cursor)
            await browser.until_open()
            assert browser.started
            assert browser.started["status"] == 200
            headers = dict(browser.started["headers"])
            assert headers[b"content-type"] == b"text/event-stream"
            assert headers[b"cache-control"] == b"no-store"
            assert headers[b"x-accel-buffering"] == b"no"

    run(test)


def test_reconnected_browser_receives_missed_events_first(cast: Cast) -> None:
    publish_new(cast, "Seen before.")
    seen = newest()
    publish_new(cast, "Missed.")

    async def test() -> None:
        async with running_hub() as (hub, elsewhere):
            browser = Browser(hub, cast.team, after=seen)
            await browser.until_sent("Missed.")
            await elsewhere(lambda: publish_new(cast, "Newer still."))
            await browser.until_sent("Newer still.")
            assert "Seen before." not in browser.sent.decode()
            assert browser.events == ["card", "card"]
            assert browser.ids == [seen + 1, seen + 2]

    run(test)


def test_browser_that_knows_the_newest_event_is_sent_nothing(cast: Cast) -> None:
    publish_new(cast)

    async def test() -> None:
        async with running_hub() as (hub, _):
            browser = Browser(hub, cast.team, after=hub.cursor)
            await browser.until_open()
            assert browser.sent == b"retry: 2000\n\n"

    run(test)


def test_burst_larger_than_one_reading_arrives_completely(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_reader, "MOST_PAST", 2)

    async def test() -> None:
        async with running_hub() as (hub, elsewhere):
            browser = Browser(hub, cast.team, after=hub.cursor)
            await browser.until_open()
            for number in range(7):
                await elsewhere(lambda: publish_new(cast, f"Burst {number}."))  # noqa: B023
            for number in range(7):
                await browser.until_sent(f"Burst {number}.")
            assert browser.events == ["card"] * 7

    run(test)


def test_many_counts_of_one_story_are_sent_as_one(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MERGE", 0.3)
    story = publish_new(cast)

    async def test() -> None:
        async with running_hub() as (hub, elsewhere):
            browser = Browser(hub, cast.team, after=hub.cursor)
            await browser.until_open()
            await elsewhere(lambda: publish_new(cast, "The burst begins."))
            await browser.until_sent("The burst begins.")

            @transaction.atomic()  # all arrive at once, however slow the machine
            def answer() -> None:
                for kind in ReactionKind:
                    story.toggle_reaction(kind, by=cast.newcomer)
                story.toggle_uplift(by=cast.newcomer)

            await elsewhere(answer)
            await browser.until_sent("event: counts")
            assert browser.events == ["card", "counts"]
            assert browser.sent.decode().count(":1") >= 6

    run(test)


def test_team_receives_no_events_of_another(cast: Cast) -> None:
    async def test() -> None:
        async with running_hub() as (hub, elsewhere):
            ours = Browser(hub, cast.team, after=hub.cursor)
            theirs = Browser(hub, cast.foreign_owner.team, after=hub.cursor)
            await ours.until_open()
            await theirs.until_open()
            await elsewhere(lambda: publish_new(cast, "Ours alone."))
            await ours.until_sent("Ours alone.")
            await elsewhere(lambda: make_story(author=cast.foreign_owner, moderator=cast.foreign_owner, body="Theirs."))
            await theirs.until_sent("Theirs.")
            assert "Ours alone." not in theirs.sent.decode()
            assert "Theirs." not in ours.sent.decode()

    run(test)


def test_unpublished_story_reaches_no_stream(cast: Cast) -> None:
    async def test() -> None:
        async with running_hub() as (hub, elsewhere):
            browser = Browser(hub, cast.team, after=hub.cursor)
            await browser.until_open()
            for state in ("draft", "pending", "returned", "declined"):
                await elsewhere(
                    lambda: make_story(author=cast.member, moderator=cast.moderator, state=state, body="Not for you.")  # noqa: B023
                )
            await elsewhere(lambda: publish_new(cast, "The end of it."))
            await browser.until_sent("The end of it.")
            assert "Not for you." not in browser.sent.decode()
            assert browser.events == ["card"]

    run(test)


@pytest.mark.once
def test_slow_reader_is_dropped_and_delays_nobody(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT", 0.05)
    monkeypatch.setattr(live, "STUCK", 0.1)

    async def test() -> None:
        async with running_hub() as (hub, elsewhere):
            slow = Browser(hub, cast.team, after=hub.cursor, reader=cast.member, stalled=True)
            quick = Browser(hub, cast.team, after=hub.cursor, reader=cast.member)
            await quick.until_open()
            await elsewhere(lambda: publish_new(cast, "Nobody waits."))
            await quick.until_sent("Nobody waits.")
            assert slow.sent == b""
            await until(lambda: slow.task.done())
            assert slow.task.exception() is None
            assert len(hub.viewers) == 1
            assert not quick.task.done()

    run(test)


@pytest.mark.once
def test_reader_too_far_behind_is_ended_and_catches_up(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        async with running_hub() as (hub, _):
            slow = Browser(hub, cast.team, after=hub.cursor, stalled=True)
            await until(lambda: slow.started)
            for number in range(MOST_MESSAGES + 1):
                hub.channels[cast.team.pk, MEMBERS].publish(hub.cursor + 1, b"event: card\ndata: %d\n\n" % number)
            slow.flow.set()
            await slow.until(lambda browser: browser.ended)
            await slow.task
            assert slow.sent == b"retry: 2000\n\n", "a gap is never papered over"

    run(test)


@pytest.mark.once
def test_heartbeat_is_sent_to_a_quiet_wall(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT", 0.05)
    publish_new(cast)

    async def test() -> None:
        async with running_hub() as (hub, _):
            browser = Browser(hub, cast.team, after=hub.cursor, reader=cast.member)
            await browser.until_sent("event: beat", times=2)
            assert set(browser.events) == {"beat"}
            assert browser.ids == [], "what it knows is still the newest of its wall"

    run(test)


@pytest.mark.once
def test_stream_ends_after_its_longest_time(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT", 0.05)
    monkeypatch.setattr(live, "LONGEST_STREAM", 0.01)

    async def test() -> None:
        async with running_hub() as (hub, _):
            browser = Browser(hub, cast.team, after=hub.cursor, reader=cast.member)
            await browser.until(lambda browser: browser.ended)
            await browser.task
            assert len(hub.viewers) == 0

    run(test)


@pytest.mark.once
def test_closed_browser_leaves_no_viewer(cast: Cast) -> None:
    async def test() -> None:
        async with running_hub() as (hub, _):
            one, two = (Browser(hub, cast.team, after=hub.cursor) for _ in range(2))
            await one.until_open()
            await two.until_open()
            assert len(hub.viewers) == 2
            await one.leave()
            assert len(hub.viewers) == 1
            await two.leave()
            assert (len(hub.viewers), hub.channels) == (0, {})

    run(test)


@pytest.mark.once
def test_closing_ends_every_stream_also_one_just_opened(cast: Cast) -> None:
    async def test() -> None:
        async with running_hub() as (hub, _):
            browsers = [Browser(hub, cast.team, after=hub.cursor) for _ in range(20)]
            for browser in browsers:
                await browser.until_open()
            hub.close()
            late = Browser(hub, cast.team, after=hub.cursor)
            for browser in (*browsers, late):
                await browser.until(lambda browser: browser.ended)
                await browser.task
            assert len(hub.viewers) == 0

    run(test)


def test_viewer_who_connects_during_changes_misses_nothing(cast: Cast) -> None:
    """One browser after the other joins while stories are published; each must see all that came after its page."""

    async def test() -> None:
        async with running_hub() as (hub, elsewhere):
            joined: list[tuple[Browser, int]] = []
            for number in range(12):
                seen = await elsewhere(newest)
                change = asyncio.ensure_future(elsewhere(lambda: publish_new(cast, f"Number {number}.")))  # noqa: B023
                joined.append((Browser(hub, cast.team, after=seen), number))
                await change
            for browser, since in joined:
                for number in range(since, 12):
                    await browser.until_sent(f"Number {number}.")
                assert browser.ids == sorted(browser.ids)

    run(test)

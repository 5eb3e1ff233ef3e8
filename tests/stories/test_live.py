"""The live hub: every open wall receives every event once and in order, and slow readers delay nobody."""

import asyncio
import json
import re
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.management.color import no_style
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import get_language, override
from pytest_django.fixtures import Settings

from kindwall.quota import Quota
from stories.live import access, outbox_reader, render
from stories.live import hub as live
from stories.live.access import allowed_in, still_allowed
from stories.live.channel import KEPT_MESSAGES
from stories.live.outbox_reader import read_since
from stories.live.position import UNREADABLE, read_position, write_position
from stories.live.render import Audience, announcements
from stories.live.viewers import Watcher
from stories.models import Claim, OutboxEvent, ReactionKind, Report, Story, outbox
from stories.views.live import open_stream
from tests.conftest import Cast, make_cast, signed_in
from tests.factories import make_draft, make_member, make_story
from tests.pages import text_of
from tests.stories.streams import DESK, MEMBERS, VISITORS, Browser, Elsewhere, run, running_hub, until, watcher_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast() -> Cast:
    """Committed, so that the hub's own connection sees it."""
    return make_cast()


@pytest.fixture(autouse=True)
def garbage_collection_as_it_was() -> Any:
    """The hub tunes it for a server's long life."""
    import gc

    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def publish_new(cast: Cast, body: str = "Held the door.") -> Story:
    return make_story(author=cast.member, moderator=cast.moderator, body=body)


def newest() -> int:
    return OutboxEvent.objects.newest_id()


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


@pytest.mark.parametrize("missed", ["pruned", "from a database that was put back"])
def test_browser_from_before_the_outbox_reloads_the_wall(cast: Cast, missed: str) -> None:
    publish_new(cast, "Long ago.")
    publish_new(cast, "Lately.")
    after = newest() + 5
    if missed == "pruned":
        prune_all_but_the_newest()
        after = newest() - 1

    async def test() -> None:
        async with running_hub() as (hub, _):
            browser = Browser(hub, cast.team, after=after)
            await browser.until_open()
            assert browser.events == ["reload"]

    run(test)


def prune_all_but_the_newest() -> None:
    OutboxEvent.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert OutboxEvent.objects.prune()


def test_browser_that_knows_the_newest_old_event_receives_all_after_it(cast: Cast) -> None:
    for _ in range(3):
        publish_new(cast)
    prune_all_but_the_newest()
    known = newest()
    publish_new(cast)
    assert b"event: card" in read_since(cast.team.pk, MEMBERS, known)[0]
    assert b"event: reload" in read_since(cast.team.pk, MEMBERS, known - 1)[0]
    assert b"event: reload" in read_since(cast.team.pk, MEMBERS, 0)[0]


def test_wall_without_events_is_never_reloaded(cast: Cast) -> None:
    """Other teams' events do not matter; otherwise the wall would reload without end."""
    for _ in range(3):
        publish_new(cast)
    prune_all_but_the_newest()
    quiet = cast.foreign_owner.team_id
    assert read_since(quiet, MEMBERS, 0) == (b"", newest())
    make_story(author=cast.foreign_owner, moderator=make_member(team=cast.foreign_owner.team, role="moderator"))
    assert b"event: card" in read_since(quiet, MEMBERS, 0)[0]


def test_browser_reloads_where_too_many_events_were_missed(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_reader, "MOST_PAST", 3)
    publish_new(cast)
    before = newest()
    for _ in range(3):
        publish_new(cast)
    assert b"event: card" in read_since(cast.team.pk, MEMBERS, before)[0]
    publish_new(cast)
    assert read_since(cast.team.pk, MEMBERS, before)[0].startswith(b"event: reload\n")


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
            for number in range(KEPT_MESSAGES + 1):
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
    monkeypatch.setattr(live, "LONGEST", 0.01)

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
            outbox.listeners.remove(hub.wake)
            try:
                browser = Browser(hub, cast.team, after=hub.cursor)
                await browser.until_open()
                await elsewhere(lambda: publish_new(cast, "Written by another process."))
                await browser.until_sent("Written by another process.")
            finally:
                outbox.listeners.append(hub.wake)

    run(test)


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="other processes are woken by PostgreSQL's NOTIFY")
@pytest.mark.postgresql
def test_another_process_on_postgresql_wakes_the_hub(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "POLL", 30.0)

    async def test() -> None:
        async with running_hub() as (hub, elsewhere):
            outbox.listeners.remove(hub.wake)
            try:
                browser = Browser(hub, cast.team, after=hub.cursor)
                await browser.until_open()
                await until(lambda: listening(elsewhere))
                await elsewhere(lambda: publish_new(cast, "Written by another process."))
                await browser.until_sent("Written by another process.")
            finally:
                outbox.listeners.append(hub.wake)

    run(test)


def listening(elsewhere: Elsewhere) -> bool:
    def backends() -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN %' AND datname = current_database()"
            )
            found: int = cursor.fetchone()[0]
            return found

    return elsewhere.pool.submit(backends).result() > 0


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


# Other audiences


def test_each_audience_is_sent_its_own_cards_and_the_same_counts(cast: Cast) -> None:
    async def test() -> None:
        async with running_hub() as (hub, elsewhere):
            german = Audience(language="de", visitor=False)
            audiences = (MEMBERS, VISITORS, german)
            browsers = [Browser(hub, cast.team, after=hub.cursor, audience=audience) for audience in audiences]
            for browser in browsers:
                await browser.until_open()
            story = await elsewhere(lambda: publish_new(cast, "For each in their way."))
            for browser in browsers:
                await browser.until_sent("For each in their way.")
            ours, visitors, germans = (browser.sent.decode() for browser in browsers)
            assert "<button" in ours
            assert "<button" in germans
            assert "<button" not in visitors
            assert "/uplift/" not in visitors
            before = [len(browser.sent) for browser in browsers]
            await elsewhere(lambda: story.toggle_uplift(by=cast.newcomer))
            for browser in browsers:
                await browser.until_sent("event: counts")
            assert len({browser.sent[place:] for browser, place in zip(browsers, before, strict=True)}) == 1
            assert len({tuple(browser.ids) for browser in browsers}) == 1
            assert set(hub.channels) == {(cast.team.pk, audience) for audience in audiences}

    run(test)


@pytest.mark.once
def test_audience_receives_cards_in_its_language(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The language left active in the hub's thread does not matter."""
    publish_new(cast)
    spoken: list[str | None] = []
    real = render.batch

    def heard(*arguments: Any, **named: Any) -> bytes:
        spoken.append(get_language())
        return real(*arguments, **named)

    monkeypatch.setattr(render, "batch", heard)
    with override("de"):
        news = announcements(OutboxEvent.objects.all())[cast.team.pk]
        for language in ("en", "de", "en"):
            news.for_audience(Audience(language=language, visitor=True))
    assert spoken == ["en", "de"], "each once"


def test_audience_that_joins_during_a_reading_misses_nothing(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was not there to be drawn for when the reading began."""
    reading, goes_on = threading.Event(), threading.Event()
    real = outbox_reader.read_after

    def slow(cursor: int, watched: Any) -> Any:
        answer = real(cursor, watched)
        if answer[1]:
            reading.set()
            assert goes_on.wait(10)
        return answer

    async def test() -> None:
        async with running_hub() as (hub, elsewhere):
            monkeypatch.setattr(live, "read_after", slow)
            await elsewhere(lambda: publish_new(cast, "Just as you came."))
            await until(reading.is_set)
            late = Browser(hub, cast.team, after=hub.cursor, audience=VISITORS)
            await late.until_open()
            goes_on.set()
            await late.until_sent("Just as you came.")
            assert late.events == ["card"]

    run(test)


# Who may no longer watch


def member_leaves(cast: Cast) -> None:
    cast.member.remove(by=cast.owner)


def account_is_closed(cast: Cast) -> None:
    cast.member.user.is_active = False
    cast.member.user.save()


def wall_closes(cast: Cast) -> None:
    cast.team.change(by=cast.owner, visibility="members")


@pytest.mark.parametrize(
    ("change", "cut"),
    [(member_leaves, {"member"}), (account_is_closed, {"member"}), (wall_closes, {"visitor"})],
    ids=["out of the team", "out of the account", "the wall closed"],
)
def test_heartbeat_ends_streams_that_are_no_longer_allowed(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, change: Callable[[Cast], None], cut: set[str]
) -> None:
    monkeypatch.setattr(live, "HEARTBEAT", 0.05)
    cast.team.change(by=cast.owner, visibility="public")

    async def test() -> None:
        async with running_hub() as (hub, elsewhere):
            browsers = {
                "member": Browser(hub, cast.team, after=hub.cursor, reader=cast.member),
                "newcomer": Browser(hub, cast.team, after=hub.cursor, reader=cast.newcomer),
                "visitor": Browser(hub, cast.team, after=hub.cursor, audience=VISITORS),
            }
            for browser in browsers.values():
                await browser.until_sent("event: beat")
            await elsewhere(lambda: change(cast))
            for name in cut:
                await browsers[name].until(lambda browser: browser.ended)
                await browsers[name].task
            for name in browsers.keys() - cut:
                seen = browsers[name].sent.decode().count("event: beat")
                await browsers[name].until_sent("event: beat", times=seen + 2)
                assert not browsers[name].ended
            await elsewhere(lambda: publish_new(cast, "Not for those who have gone."))
            for name, browser in browsers.items():
                if name not in cut:
                    await browser.until_sent("Not for those who have gone.")
            assert all("Not for those" not in browsers[name].sent.decode() for name in cut)

    run(test)


def test_one_query_reads_who_may_follow_for_any_number_of_viewers(cast: Cast) -> None:
    cast.team.change(by=cast.owner, visibility="public")
    ours, theirs = cast.team.pk, cast.foreign_owner.team_id
    with CaptureQueriesContext(connection) as captured:
        welcome = allowed_in({ours, theirs})
    assert len(captured) == 1
    foreign = cast.foreign_owner.user_id
    assert {(ours, None, False), (ours, cast.member.user_id, False), (theirs, foreign, False)} <= welcome
    at_the_desk = {(team, person) for team, person, desk in welcome if desk}
    assert at_the_desk == {
        *((ours, one.user_id) for one in (cast.owner, cast.moderator, cast.second_moderator)),
        (theirs, foreign),
    }
    assert (theirs, None, False) not in welcome
    assert (ours, cast.stranger.pk, False) not in welcome
    assert len(welcome) == 11


def test_streams_continue_while_permissions_cannot_be_read(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT", 0.05)

    def gone(teams: Any) -> Any:
        raise ConnectionError("gone for a moment")

    monkeypatch.setattr(access, "still_allowed", gone)

    async def test() -> None:
        async with running_hub() as (hub, _):
            browser = Browser(hub, cast.team, after=hub.cursor, reader=cast.member)
            await browser.until_sent("event: beat", times=3)
            assert not browser.ended

    run(test)


# The moderators’ desk

WORD = b"event: desk\ndata\n\n"


def on_the_desk(cast: Cast, state: str = "pending") -> Story:
    return make_story(author=cast.member, moderator=cast.owner, state=state, body="For moderators’ eyes.")


def somebody_submits(cast: Cast) -> Callable[[], object]:
    draft = make_draft(author=cast.member, body="For moderators’ eyes.")
    return lambda: draft.submit(by=cast.member)


def its_author_takes_it_back(cast: Cast) -> Callable[[], object]:
    story = on_the_desk(cast)
    return lambda: story.withdraw(by=cast.member)


def somebody_stands_by(cast: Cast) -> Callable[[], object]:
    story = on_the_desk(cast, "returned")
    return lambda: story.stand_by(by=cast.member, message="It is mine to tell.")


def a_colleague_declines(cast: Cast) -> Callable[[], object]:
    story = on_the_desk(cast)
    return lambda: story.decline(by=cast.second_moderator, revision=1, message="Not ours to tell.")


def a_colleague_undoes(cast: Cast) -> Callable[[], object]:
    story = on_the_desk(cast)
    story.decline(by=cast.second_moderator, revision=1, message="Not ours to tell.")
    return lambda: story.undo(story.audit_log.latest("pk"), by=cast.second_moderator)


def a_colleague_claims(cast: Cast) -> Callable[[], object]:
    story = on_the_desk(cast)
    return lambda: Claim.take(story, by=cast.second_moderator)


def a_colleague_hands_it_on(cast: Cast) -> Callable[[], object]:
    story = on_the_desk(cast)
    return lambda: Claim.hand(story, by=cast.second_moderator, to=cast.moderator, note="For your eyes.")


def somebody_reports(cast: Cast) -> Callable[[], object]:
    story = on_the_desk(cast, "published")
    return lambda: Report.make(story, by=cast.newcomer, reason="private", words="For moderators’ eyes.")


@pytest.mark.parametrize(
    "happens",
    [
        *(somebody_submits, its_author_takes_it_back, somebody_stands_by, somebody_reports),
        *(a_colleague_declines, a_colleague_undoes, a_colleague_claims, a_colleague_hands_it_on),
    ],
    ids=lambda happens: happens.__name__.replace("_", " "),
)
def test_desk_receives_word_of_a_change_without_content(
    cast: Cast, happens: Callable[[Cast], Callable[[], object]]
) -> None:
    change = happens(cast)

    async def test() -> None:
        async with running_hub() as (hub, elsewhere):
            desk = Browser(hub, cast.team, after=hub.cursor, audience=DESK, reader=cast.moderator)
            wall = Browser(hub, cast.team, after=hub.cursor, reader=cast.member)
            theirs = Browser(hub, cast.foreign_owner.team, after=hub.cursor, audience=DESK, reader=cast.foreign_owner)
            for browser in (desk, wall, theirs):
                await browser.until_open()
            await elsewhere(change)
            await desk.until_sent("event: desk")
            # Those who are to hear nothing have heard all that came before this.
            await elsewhere(lambda: publish_new(cast, "On the wall."))
            await wall.until_sent("On the wall.")
            assert desk.sent.replace(WORD, b"") == b"retry: 2000\n\n", "no story, no name, no number"
            assert wall.events == ["card"]
            assert theirs.sent == b"retry: 2000\n\n"

    run(test)


def test_desk_receives_nothing_of_a_change_rolled_back(cast: Cast) -> None:
    from django.db import transaction

    told: list[int] = []
    outbox.desk_listeners.append(told.append)
    try:
        story = on_the_desk(cast)
        told.clear()
        with transaction.atomic():
            story.decline(by=cast.moderator, revision=1, message="Not ours.")
            transaction.set_rollback(True)
        assert told == []
        Story.objects.get(pk=story.pk).decline(by=cast.moderator, revision=1, message="Not ours.")
        assert told == [cast.team.pk]
    finally:
        outbox.desk_listeners.remove(told.append)


def test_reconnected_desk_is_sent_no_past_events(cast: Cast) -> None:
    publish_new(cast, "While you were away.")

    async def test() -> None:
        async with running_hub() as (hub, _):
            desk = Browser(hub, cast.team, after=0, audience=DESK, reader=cast.moderator)
            await desk.until_open()
            assert desk.sent == b"retry: 2000\n\n", "it reads itself anew"

    run(test)


@pytest.mark.parametrize("role", ["member", "moderator"])
def test_heartbeat_ends_only_the_desk_of_a_former_moderator(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    monkeypatch.setattr(live, "HEARTBEAT", 0.05)

    async def test() -> None:
        async with running_hub() as (hub, elsewhere):
            desk = Browser(hub, cast.team, after=hub.cursor, audience=DESK, reader=cast.moderator)
            wall = Browser(hub, cast.team, after=hub.cursor, reader=cast.moderator)
            for browser in (desk, wall):
                await browser.until_sent("event: beat")
            await elsewhere(lambda: cast.moderator.change_role(role, by=cast.owner))
            if role == "member":
                await desk.until(lambda browser: browser.ended)
                await desk.task
                await elsewhere(lambda: on_the_desk(cast))
                assert "event: desk" not in desk.sent.decode()
            beats = wall.sent.decode().count("event: beat")
            await wall.until_sent("event: beat", times=beats + 2)
            assert not wall.ended
            assert desk.ended is (role == "member")

    run(test)


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="other processes are woken by PostgreSQL's NOTIFY")
@pytest.mark.postgresql
def test_another_process_on_postgresql_notifies_the_desk(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "POLL", 30.0)

    async def test() -> None:
        async with running_hub() as (hub, elsewhere):
            outbox.desk_listeners.remove(hub.notify_desk)
            try:
                desk = Browser(hub, cast.team, after=hub.cursor, audience=DESK, reader=cast.moderator)
                theirs = Browser(hub, cast.foreign_owner.team, after=hub.cursor, audience=DESK)
                for browser in (desk, theirs):
                    await browser.until_open()
                await until(lambda: listening(elsewhere))
                await elsewhere(lambda: on_the_desk(cast))
                await desk.until_sent("event: desk")
                assert theirs.events == []
            finally:
                outbox.desk_listeners.append(hub.notify_desk)

    run(test)


@pytest.mark.once
def test_only_moderators_follow_the_desk(cast: Cast) -> None:
    answer = signed_in(cast.moderator).get("/harbour-team/moderation/live/")
    assert answer["Content-Type"] == "text/event-stream"
    assert (answer.watcher.user_id, answer.audience) == (cast.moderator.user_id, DESK)  # type: ignore[attr-defined]
    assert signed_in(cast.member).get("/harbour-team/moderation/live/").status_code == 403
    cast.team.change(by=cast.owner, visibility="public")
    assert signed_in(cast.stranger).get("/harbour-team/moderation/live/").status_code == 404


# The view


@pytest.mark.once
def test_position_in_the_header_overrides_the_one_in_the_address(cast: Cast) -> None:
    publish_new(cast)
    client = signed_in(cast.newcomer)
    path, most = "/harbour-team/live/", newest()

    def after(query: str = "", **headers: str) -> int:
        answer = client.get(path + query, headers=headers)
        assert answer["Content-Type"] == "text/event-stream"
        place: int = answer.after  # type: ignore[attr-defined]
        return place

    one, seven = (write_position(cast.team.pk, event) for event in (1, 7))
    assert after() == after("?after=") == most
    assert after(f"?after={one}") == 1
    assert after(f"?after={one}", **{"Last-Event-ID": seven}) == 7
    elsewhere = write_position(cast.foreign_owner.team_id, 1)
    for nonsense in ("x", "1", "-1", "٣", "9" * 30, seven[:-1], f"{seven}AAAA", elsewhere):
        assert after(f"?after={nonsense}") == UNREADABLE, nonsense
    assert read_since(cast.team.pk, MEMBERS, UNREADABLE)[0].startswith(b"event: reload\n")
    assert read_since(cast.team.pk, MEMBERS, UNREADABLE)[1] == most


@pytest.mark.once
def test_positions_cannot_be_read_from_outside(cast: Cast, settings: Settings) -> None:
    positions = [write_position(cast.team.pk, event) for event in (0, 1, 2, 2**40)]
    assert {len(position) for position in positions} == {32}
    assert [read_position(position, cast.team.pk) for position in positions] == [0, 1, 2, 2**40]
    settings.SECRET_KEY = "another" * 9
    assert read_position(positions[1], cast.team.pk) == UNREADABLE


def test_page_and_stream_do_not_change_with_events_of_other_walls(cast: Cast) -> None:
    cast.team.change(by=cast.owner, visibility="public")
    publish_new(cast)
    clients = [signed_in(person) for person in (None, cast.stranger, cast.newcomer, cast.moderator)]

    def positions() -> list[str]:
        return [re.findall(r"live/\?after=([\w=-]+)", text_of(client.get("/harbour-team/")))[0] for client in clients]

    before = positions()
    for _ in range(3):
        make_story(author=cast.foreign_owner, moderator=make_member(team=cast.foreign_owner.team, role="moderator"))
    assert positions() == before
    assert set(before) == {write_position(cast.team.pk, newest() - 3)}


def test_stream_and_pages_show_no_number_of_an_event(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT", 0.05)
    cast.team.change(by=cast.owner, visibility="public")
    OutboxEvent(pk=7_654_321, team=cast.team, story_id=1, kind="gone").save()
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [OutboxEvent]):
            cursor.execute(statement)
    publish_new(cast)

    async def test() -> None:
        async with running_hub() as (hub, elsewhere):
            browsers = [Browser(hub, cast.team, after=hub.cursor, audience=each) for each in (MEMBERS, VISITORS)]
            await elsewhere(lambda: publish_new(cast))
            for browser in browsers:
                await browser.until_sent("event: beat")
                await browser.until_sent("event: card")
                assert b"76543" not in browser.sent

    run(test)
    for client in (signed_in(None), signed_in(cast.stranger), signed_in(cast.newcomer)):
        assert "76543" not in text_of(client.get("/harbour-team/"))


@pytest.mark.once
def test_stream_has_the_audience_and_language_of_its_request(cast: Cast) -> None:
    cast.team.change(by=cast.owner, visibility="public")
    people = {"member": cast.member, "stranger": cast.stranger, "visitor": None}
    followed = {name: signed_in(person).get("/harbour-team/live/") for name, person in people.items()}
    found = {name: (answer.watcher.user_id, answer.audience) for name, answer in followed.items()}  # type: ignore[attr-defined]
    assert found == {
        "member": (cast.member.user_id, MEMBERS),
        "stranger": (None, VISITORS),
        "visitor": (None, VISITORS),
    }
    with override("de"):
        request = RequestFactory().get("/harbour-team/live/")
        assert open_stream(request, cast.team.pk, user=None).audience.language == "de"  # type: ignore[attr-defined]


def test_pruned_outbox_holds_one_day_and_each_teams_last_event_before(cast: Cast) -> None:
    for _ in range(3):
        publish_new(cast)
    elsewhere = make_member(team=cast.foreign_owner.team, role="moderator")
    make_story(author=cast.foreign_owner, moderator=elsewhere)
    older, old, young, theirs = OutboxEvent.objects.order_by("pk")
    OutboxEvent.objects.update(created_at=timezone.now() - timedelta(hours=25))
    OutboxEvent.objects.filter(pk=young.pk).update(created_at=timezone.now() - timedelta(hours=23))
    assert OutboxEvent.objects.prune() == 1
    assert list(OutboxEvent.objects.order_by("pk")) == [old, young, theirs]
    assert older.pk < old.pk


def test_change_rolled_back_does_not_wake_the_hub(cast: Cast) -> None:
    from django.db import transaction

    woken: list[int] = []
    listener = lambda: woken.append(1)  # noqa: E731
    outbox.listeners.append(listener)
    try:
        story = make_story(author=cast.member, state="pending")
        with transaction.atomic():
            story.publish(by=cast.moderator, revision=1)
            transaction.set_rollback(True)
        assert woken == []
        Story.objects.get(pk=story.pk).publish(by=cast.moderator, revision=1)
        assert woken == [1]
    finally:
        outbox.listeners.remove(listener)


# Whose streams they are


def said(change: Callable[..., object]) -> str:
    return change.__name__.replace("_", " ")


def session_is_deleted(cast: Cast) -> None:
    Session.objects.all()[0].delete()


def password_is_new(cast: Cast) -> None:
    cast.member.user.set_password("another-one-for-the-tests")
    cast.member.user.save()


def account_is_switched_off(cast: Cast) -> None:
    cast.member.user.is_active = False
    cast.member.user.save()


def person_is_removed(cast: Cast) -> None:
    cast.member.remove(by=cast.owner)


@pytest.mark.parametrize(
    "change", [session_is_deleted, password_is_new, account_is_switched_off, person_is_removed], ids=said
)
def test_stream_ends_at_once_in_the_process_that_ended_its_session(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, change: Callable[[Cast], object]
) -> None:
    monkeypatch.setattr(live, "HEARTBEAT", 600.0)

    async def test() -> None:
        async with running_hub() as (hub, elsewhere):
            ended = Browser(hub, cast.team, after=hub.cursor, reader=cast.member)
            other = Browser(hub, cast.team, after=hub.cursor, reader=cast.newcomer)
            for browser in (ended, other):
                await browser.until_open()
            await elsewhere(lambda: change(cast))
            await ended.until(lambda browser: browser.ended)
            await ended.task
            await elsewhere(lambda: publish_new(cast, "Not for who has gone."))
            await other.until_sent("Not for who has gone.")
            assert "Not for who" not in ended.sent.decode()
            assert len(hub.viewers) == 1

    run(test)


def test_desk_ends_at_once_when_its_moderator_becomes_a_member(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT", 600.0)

    async def test() -> None:
        async with running_hub() as (hub, elsewhere):
            desk = Browser(hub, cast.team, after=hub.cursor, audience=DESK, reader=cast.moderator)
            await desk.until_open()
            await elsewhere(lambda: cast.moderator.change_role("member", by=cast.owner))
            await desk.until(lambda browser: browser.ended)
            await desk.task

    run(test)


@pytest.mark.parametrize("change", [session_is_deleted, password_is_new], ids=said)
def test_stream_ends_with_a_heartbeat_where_another_process_ended_its_session(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, change: Callable[[Cast], object]
) -> None:
    monkeypatch.setattr(live, "HEARTBEAT", 0.05)

    async def test() -> None:
        async with running_hub() as (hub, elsewhere):
            access.listeners.remove(hub.check)
            try:
                browser = Browser(hub, cast.team, after=hub.cursor, reader=cast.member)
                await browser.until_sent("event: beat")
                await elsewhere(lambda: change(cast))
                await browser.until(lambda browser: browser.ended)
                await browser.task
            finally:
                access.listeners.append(hub.check)

    run(test)


def test_expired_session_is_invalid_and_deleted(cast: Cast) -> None:
    watchers = [(cast.team.pk, False, watcher_for(cast.member)), (cast.team.pk, False, watcher_for(cast.newcomer))]
    assert still_allowed(watchers) == [True, True]
    Session.objects.filter(pk=watchers[0][2].session).update(expire_date=timezone.now() - timedelta(seconds=1))
    assert still_allowed(watchers) == [False, True]
    access.delete_expired_sessions()
    assert [session.pk for session in Session.objects.all()] == [watchers[1][2].session]


def test_three_queries_check_any_number_of_streams(cast: Cast) -> None:
    watchers = [(cast.team.pk, False, watcher_for(one)) for one in (cast.member, cast.newcomer, cast.owner)]
    with CaptureQueriesContext(connection) as captured:
        assert still_allowed(watchers) == [True] * 3
    assert len(captured) == 3


def test_change_of_a_person_without_a_stream_starts_no_check(cast: Cast) -> None:
    async def test() -> None:
        async with running_hub() as (hub, elsewhere):
            browser = Browser(hub, cast.team, after=hub.cursor, reader=cast.member)
            await browser.until_open()
            await elsewhere(lambda: cast.newcomer.user.save())
            assert not hub._asked_to_check.is_set()

    run(test)


@pytest.mark.once
def test_person_has_a_limited_number_of_streams(cast: Cast) -> None:
    async def test() -> None:
        async with running_hub() as (hub, _):
            hub.viewers.members = Quota(100, least=2)
            watcher = watcher_for(cast.member)
            opened = [Browser(hub, cast.team, after=hub.cursor, watcher=watcher) for _ in range(3)]
            for browser in opened:
                await browser.until(lambda browser: browser.started)
            assert [browser.started["status"] for browser in opened if browser.started] == [200, 200, 429]
            other = Browser(hub, cast.team, after=hub.cursor, reader=cast.newcomer)
            await other.until_open()
            assert hub.viewers.refusal(watcher) == 429
            await opened[0].leave()
            assert hub.viewers.refusal(watcher) == 0

    run(test)


@pytest.mark.once
def test_streams_of_one_address_leave_room_for_another(cast: Cast) -> None:
    async def test() -> None:
        async with running_hub() as (hub, _):
            hub.viewers.visitors = Quota(12, share=0.25, least=1)
            here, there = Watcher(address="192.0.2.7"), Watcher(address="192.0.2.8")
            for _ in range(3):
                browser = Browser(hub, cast.team, after=hub.cursor, audience=VISITORS, watcher=here)
                await browser.until_open()
            assert (hub.viewers.refusal(here), hub.viewers.refusal(there)) == (429, 0)

    run(test)


@pytest.mark.once
def test_stream_is_bound_to_the_session_and_the_address_of_its_request(cast: Cast) -> None:
    client = signed_in(cast.member)
    watcher = client.get("/harbour-team/live/", REMOTE_ADDR="2001:db8::7").watcher  # type: ignore[attr-defined]
    assert watcher.session == client.cookies["kindwall_session"].value
    assert (watcher.user_id, watcher.address) == (cast.member.user_id, "2001:db8::")

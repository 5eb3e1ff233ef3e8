"""A nudge reaches the streams of one person, on every wall and desk of theirs, and carries nothing."""

import pytest
from django.db import connection, transaction

from accounts.models import Membership
from stories.live import hub as live
from stories.live import nudges
from stories.live.nudges import nudge
from tests.conftest import Cast
from tests.stories.live.outbox import listening
from tests.stories.streams import DESK, Browser, run, running_hub, until

pytestmark = pytest.mark.django_db(transaction=True)

NUDGE = b"event: nudge\ndata\n\n"


def test_nudge_reaches_each_stream_of_that_person_and_nobody_else(cast: Cast) -> None:
    async def test() -> None:
        async with running_hub() as (hub, elsewhere):
            wall = Browser(hub, cast.team, after=hub.cursor, reader=cast.moderator)
            desk = Browser(hub, cast.team, after=hub.cursor, audience=DESK, reader=cast.moderator)
            others = [Browser(hub, cast.team, after=hub.cursor, reader=cast.owner), Browser(hub, cast.team, after=0)]
            for browser in (wall, desk, *others):
                await browser.until_open()
            before = [browser.writes for browser in others]
            await elsewhere(lambda: nudge([cast.moderator.user_id]))
            for browser in (wall, desk):
                await browser.until_sent("event: nudge")
                assert browser.sent.endswith(NUDGE)
            assert [browser.writes for browser in others] == before

    run(test)


def test_nobody_is_nudged_by_a_change_rolled_back(cast: Cast) -> None:
    nudged: list[object] = []
    nudges.nudge_listeners.append(nudged.append)
    try:
        with transaction.atomic():
            nudge([cast.owner.user_id])
            transaction.set_rollback(True)
        assert nudged == []
        nudge([cast.owner.user_id])
        assert nudged == [[cast.owner.user_id]]
    finally:
        nudges.nudge_listeners.remove(nudged.append)


def test_member_who_was_removed_is_nudged_no_more(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT", 0.05)

    async def test() -> None:
        async with running_hub() as (hub, elsewhere):
            wall = Browser(hub, cast.team, after=hub.cursor, reader=cast.newcomer)
            await wall.until_open()
            await elsewhere(lambda: Membership.objects.get(pk=cast.newcomer.pk).remove(by=cast.owner))
            await wall.until(lambda browser: browser.ended)
            await elsewhere(lambda: nudge([cast.newcomer.user_id]))
            assert "nudge" not in wall.events

    run(test)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="other processes are woken by PostgreSQL's NOTIFY")
@pytest.mark.postgresql
def test_another_process_on_postgresql_nudges(cast: Cast) -> None:
    async def test() -> None:
        async with running_hub() as (hub, elsewhere):
            nudges.nudge_listeners.remove(hub.nudge)
            try:
                wall = Browser(hub, cast.team, after=hub.cursor, reader=cast.owner)
                await wall.until_open()
                await until(lambda: listening(elsewhere))
                await elsewhere(lambda: nudge([*range(10_000, 11_000), cast.owner.user_id]))
                await wall.until_sent("event: nudge")
            finally:
                nudges.nudge_listeners.append(hub.nudge)

    run(test)


@pytest.mark.skipif(connection.vendor == "postgresql", reason="PostgreSQL notifies")
def test_another_process_on_sqlite_nudges_with_the_check_of_who_may_watch(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "HEARTBEAT", 0.05)
    latest = {cast.owner.user_id: 1, cast.member.user_id: 1}
    monkeypatch.setattr(nudges, "latest_of", lambda people: {pk: latest[pk] for pk in people})

    async def test() -> None:
        async with running_hub() as (hub, _elsewhere):
            wall = Browser(hub, cast.team, after=hub.cursor, reader=cast.owner)
            other = Browser(hub, cast.team, after=hub.cursor, reader=cast.member)
            for browser in (wall, other):
                await browser.until_open()
                await browser.until_sent("event: beat", times=11)
            assert "nudge" not in wall.events
            latest[cast.owner.user_id] = 2
            await wall.until_sent("event: nudge")
            assert "nudge" not in other.events

    run(test)

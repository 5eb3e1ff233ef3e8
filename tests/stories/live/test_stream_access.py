"""Who may follow a wall: streams end with their session, account or membership."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from stories.live import access
from stories.live import hub as live
from stories.live.access import allowed_in, still_allowed
from tests.conftest import Cast
from tests.stories.live.outbox import publish_new
from tests.stories.streams import VISITORS, Browser, run, running_hub, watcher_for

pytestmark = pytest.mark.django_db(transaction=True)


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


@pytest.mark.parametrize("change", [session_is_deleted, password_is_new], ids=said)
def test_stream_ends_with_a_heartbeat_where_another_process_ended_its_session(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, change: Callable[[Cast], object]
) -> None:
    monkeypatch.setattr(live, "HEARTBEAT", 0.05)

    async def test() -> None:
        async with running_hub() as (hub, elsewhere):
            access.access_listeners.remove(hub.check)
            try:
                browser = Browser(hub, cast.team, after=hub.cursor, reader=cast.member)
                await browser.until_sent("event: beat")
                await elsewhere(lambda: change(cast))
                await browser.until(lambda browser: browser.ended)
                await browser.task
            finally:
                access.access_listeners.append(hub.check)

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

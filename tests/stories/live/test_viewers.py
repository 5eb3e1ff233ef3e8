"""Limits of open streams, by person and by address."""

import pytest

from kindwall.quota import Quota
from stories.live.viewers import Watcher
from tests.conftest import Cast, signed_in
from tests.stories.streams import VISITORS, Browser, run, running_hub, watcher_for

pytestmark = pytest.mark.django_db(transaction=True)


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

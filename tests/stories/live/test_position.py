"""Positions in a stream, which show nothing of other walls."""

import re

import pytest
from django.core.management.color import no_style
from django.db import connection
from pytest_django.fixtures import Settings

from stories.live import hub as live
from stories.live.outbox_reader import read_since
from stories.live.position import BEYOND_EVERY_EVENT, read_position, write_position
from stories.models import OutboxEvent
from tests.conftest import Cast, signed_in
from tests.factories import make_member, make_story
from tests.pages import text_of
from tests.stories.live.outbox import newest, publish_new
from tests.stories.streams import MEMBERS, VISITORS, Browser, run, running_hub

pytestmark = pytest.mark.django_db(transaction=True)


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
        assert after(f"?after={nonsense}") == BEYOND_EVERY_EVENT, nonsense
    assert read_since(cast.team.pk, MEMBERS, BEYOND_EVERY_EVENT)[0].startswith(b"event: reload\n")
    assert read_since(cast.team.pk, MEMBERS, BEYOND_EVERY_EVENT)[1] == most


@pytest.mark.once
def test_positions_cannot_be_read_from_outside(cast: Cast, settings: Settings) -> None:
    positions = [write_position(cast.team.pk, event) for event in (0, 1, 2, 2**40)]
    assert {len(position) for position in positions} == {32}
    assert [read_position(position, cast.team.pk) for position in positions] == [0, 1, 2, 2**40]
    settings.SECRET_KEY = "another" * 9
    assert read_position(positions[1], cast.team.pk) == BEYOND_EVERY_EVENT


def test_page_and_stream_do_not_change_with_events_of_other_walls(cast: Cast) -> None:
    cast.team.change(by=cast.owner, visibility="public")
    publish_new(cast)
    clients = [signed_in(person) for person in (None, cast.stranger, cast.newcomer, cast.moderator)]

    def positions() -> list[str]:
        return [re.findall(r'data-after="([\w=-]+)"', text_of(client.get("/harbour-team/")))[0] for client in clients]

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
                assert b"765432" not in browser.sent

    run(test)
    for client in (signed_in(None), signed_in(cast.stranger), signed_in(cast.newcomer)):
        assert "765432" not in text_of(client.get("/harbour-team/"))

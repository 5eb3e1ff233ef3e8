"""What a browser has missed: sent from the outbox, or the wall is loaded again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from stories.live import outbox_reader
from stories.live.outbox_reader import read_since
from stories.live.position import write_position
from stories.models import OutboxEvent
from tests.conftest import Cast, signed_in
from tests.factories import make_member, make_story
from tests.stories.live.outbox import newest, prune_all_but_the_newest, publish_new
from tests.stories.streams import MEMBERS, VISITORS, Browser, run, running_hub

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_tab_reads_what_it_missed_by_itself(cast: Cast) -> None:
    cast.team.change(by=cast.owner, visibility="public")
    publish_new(cast, "Seen before.")
    seen = write_position(cast.team.pk, newest())
    publish_new(cast, "Missed.")
    for reader, audience in ((cast.newcomer, MEMBERS), (None, VISITORS)):
        client = signed_in(reader)
        response = client.get(f"/harbour-team/live/missed/?after={seen}")
        assert (response["Content-Type"], response["Cache-Control"]) == ("text/event-stream", "no-store")
        assert response.content == read_since(cast.team.pk, audience, newest() - 1)[0]
        assert b"Missed." in response.content
        assert b"Seen before." not in response.content
        latest = write_position(cast.team.pk, newest())
        assert client.get(f"/harbour-team/live/missed/?after={latest}").content == b""
        assert client.get("/harbour-team/live/missed/?after=x").content.startswith(b"event: reload\n")

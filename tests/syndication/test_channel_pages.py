"""Tests of the pages on which owners connect channels and see their deliveries."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import TeamEntry
from stories.models import Story
from syndication.models import Channel, Delivery, StopReason
from syndication.models.channel import MOST_CHANNELS
from tests.conftest import Cast, confirmed, signed_in
from tests.factories import make_channel
from tests.pages import text_of
from tests.syndication.receiver import Receiver

pytestmark = pytest.mark.once

CHANNELS = "/harbour-team/settings/channels/"
CONNECT = f"{CHANNELS}connect/webhook/"
ADDRESS = "https://hooks.example.org/kindwall/secret-path"
GIVEN = {"name": "Kitchen screen", "secret_address": ADDRESS, "content": "stories", "language": "de"}


@pytest.fixture
def owner(cast: Cast) -> Client:
    """An owner who has just given their password."""
    return confirmed(cast.owner)


def connected(owner: Client, **more: str) -> Channel:
    owner.post(CONNECT, {**GIVEN, **more})
    return Channel.objects.get()


def test_owner_connects_a_channel_and_sees_its_secret_once(cast: Cast, owner: Client) -> None:
    response = owner.post(CONNECT, GIVEN)
    channel = Channel.objects.get()
    assert (channel.team, channel.created_by, channel.language) == (cast.team, cast.owner.user, "de")
    assert response["Location"] == f"{CHANNELS}{channel.pk}/"
    first = owner.get(response["Location"])
    assert str(channel.secret) in text_of(first)
    assert "no-store" in first["Cache-Control"]
    assert str(channel.secret) not in text_of(owner.get(response["Location"]))
    entry = TeamEntry.objects.latest("pk")
    assert (entry.action, entry.detail) == ("connect", {"channel": "Kitchen screen", "host": "hooks.example.org"})
    log = text_of(owner.get("/harbour-team/settings/log/"))
    assert "Kitchen screen" in log
    assert "secret-path" not in log


def test_connecting_asks_for_the_password_first(cast: Cast) -> None:
    client = signed_in(cast.owner)
    for response in (client.get(CONNECT), client.post(CONNECT, GIVEN)):
        assert response["Location"].startswith("/accounts/reauthenticate/")
    assert not Channel.objects.exists()
    assert ADDRESS not in str(dict(client.session)), "the address is a secret, and not kept to be given back"


def test_address_of_a_room_is_shown_with_its_end_alone(cast: Cast, owner: Client) -> None:
    channel = connected(owner)
    for address in (CHANNELS, f"{CHANNELS}{channel.pk}/"):
        page = text_of(owner.get(address))
        assert "hooks.example.org/…path" in page
        assert "secret-path" not in page


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"secret_address": "http://hooks.example.org/"}, "so that nobody reads along"),
        ({"secret_address": "https://127.0.0.1/"}, "private network"),
        ({"secret_address": "hooks"}, "must begin with https://"),
        ({"secret_address": ""}, "This field is required"),
        ({"secret_address": "https://hooks.example.org/" + "x" * 2_000}, "at most 2000 characters"),
        ({"name": ""}, "This field is required"),
        ({"content": "everything"}, "Select a valid choice"),
        ({"language": "xx"}, "Select a valid choice"),
    ],
)
def test_wrong_input_is_explained_and_kept(owner: Client, given: dict[str, str], words: str) -> None:
    typed = {**GIVEN, **given}
    response = owner.post(CONNECT, typed)
    page = text_of(response)
    assert response.status_code == 422
    assert words in page
    assert all(value in page for value in (typed["name"], typed["secret_address"]))
    assert not Channel.objects.exists()


def test_team_has_a_limited_number_of_channels(cast: Cast, owner: Client) -> None:
    for _number in range(MOST_CHANNELS):
        make_channel(by=cast.owner)
    response = owner.post(CONNECT, GIVEN)
    assert response.status_code == 422
    assert "Please disconnect one first." in text_of(response)
    assert Channel.objects.count() == MOST_CHANNELS


def test_endless_host_is_connected_and_cut_where_it_is_shown(owner: Client) -> None:
    channel = connected(owner, secret_address=f"https://{'sub.' * 200}example.org/a/long/path")
    assert len(channel.shown_address) < 300


def test_unknown_service_is_not_found(owner: Client) -> None:
    assert owner.get(f"{CHANNELS}connect/pigeon/").status_code == 404


def test_test_shows_its_result(owner: Client, receiver: Receiver) -> None:
    channel = connected(owner)
    receiver.status, receiver.text = 404, "No such room"
    page = text_of(owner.post(f"{CHANNELS}{channel.pk}/test/", follow=True))
    assert "response 404" in page
    assert "No such room" in page
    assert "failed" not in text_of(owner.get(CHANNELS)), "a test is no failure of the channel"


def test_delivery_is_sent_again_by_a_press(cast: Cast, owner: Client, receiver: Receiver, story: Story) -> None:
    channel = connected(owner)
    delivery, _new = Delivery.record(channel, "story.published", story_id=story.pk, source="entry-1")
    replay = f"{CHANNELS}deliveries/{delivery.pk}/replay/"
    assert replay in text_of(owner.get(f"{CHANNELS}{channel.pk}/"))
    assert owner.post(replay)["Location"] == f"{CHANNELS}{channel.pk}/"
    assert [one.headers["webhook-id"] for one in receiver.received] == [delivery.identifier] * 2


def test_stopped_channel_says_why_and_is_started_again(owner: Client, receiver: Receiver) -> None:
    channel = connected(owner)
    channel.stop(StopReason.FAILING)
    assert "Stopped. Nothing is sent." in text_of(owner.get(CHANNELS))
    assert "Ten attempts in a row have failed." in text_of(owner.get(f"{CHANNELS}{channel.pk}/"))
    page = text_of(owner.post(f"{CHANNELS}{channel.pk}/start/", follow=True))
    assert "The channel is on again." in page
    assert "Stopped" not in page


def test_secret_is_shown_by_a_press_and_changed_by_another(owner: Client) -> None:
    channel = connected(owner)
    before = str(channel.secret)
    assert before in text_of(owner.post(f"{CHANNELS}{channel.pk}/secret/"))
    changed = text_of(owner.post(f"{CHANNELS}{channel.pk}/secret/change/"))
    channel.refresh_from_db()
    assert str(channel.secret) in changed
    assert before not in changed


def test_channel_of_a_chat_room_has_no_secret(cast: Cast, owner: Client) -> None:
    channel = make_channel(by=cast.owner, kind="slack", address="https://hooks.slack.com/services/T0/B0/X")
    assert "secret/" not in text_of(owner.get(f"{CHANNELS}{channel.pk}/"))
    owner.post(f"{CHANNELS}{channel.pk}/secret/change/")
    channel.refresh_from_db()
    assert channel.secret is None


def test_owner_disconnects_a_channel(cast: Cast, owner: Client, receiver: Receiver) -> None:
    channel = connected(owner)
    channel.send_test()
    assert owner.post(f"{CHANNELS}{channel.pk}/disconnect/")["Location"] == CHANNELS
    assert not Channel.objects.exists()
    assert not Delivery.objects.exists()
    assert TeamEntry.objects.latest("pk").action == "disconnect"
    assert owner.post(f"{CHANNELS}{channel.pk}/disconnect/").status_code == 404


def test_channel_of_another_team_is_not_found(cast: Cast, owner: Client, receiver: Receiver, story: Story) -> None:
    foreign = make_channel(by=cast.foreign_owner)
    delivery, _new = Delivery.record(foreign, "test", source="test-1")
    assert owner.get(f"{CHANNELS}{foreign.pk}/").status_code == 404
    for action in ("start", "disconnect", "test", "secret", "secret/change"):
        assert owner.post(f"{CHANNELS}{foreign.pk}/{action}/").status_code == 404
    assert owner.post(f"{CHANNELS}deliveries/{delivery.pk}/replay/").status_code == 404
    assert Channel.objects.filter(pk=foreign.pk).exists()


def test_number_of_queries_does_not_depend_on_the_deliveries(
    cast: Cast, owner: Client, receiver: Receiver, story: Story
) -> None:
    channel = connected(owner)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            owner.get(f"{CHANNELS}{channel.pk}/")
        return len(captured)

    def deliver(*numbers: int) -> None:
        for number in numbers:
            Delivery.record(channel, "story.published", story_id=story.pk, source=f"entry-{number}")

    queries()
    deliver(1)
    one = queries()
    deliver(*range(2, 10))
    assert queries() == one


def test_list_loads_itself_only_while_something_is_on_its_way(owner: Client, receiver: Receiver) -> None:
    channel = connected(owner)
    channel.send_test()
    page: Any = text_of(owner.get(f"{CHANNELS}{channel.pk}/deliveries/"))
    assert "hx-get" not in page
    Delivery.objects.update(status="waiting", next_attempt_at=Delivery.objects.get().created_at)
    page = text_of(owner.get(f"{CHANNELS}{channel.pk}/deliveries/"))
    assert f'hx-get="{CHANNELS}{channel.pk}/deliveries/"' in page
    assert "<html" not in page

"""Tests of signatures: by the library of Standard Webhooks, and by the receiver of docs/webhooks.md over HTTP."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import HTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as product
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from kindwall import clock
from stories.models import Kind, Quality, Story
from syndication.models import Channel, Delivery, EventType
from syndication.models.channel import FORMER_SECRET_LIFETIME
from tests.conftest import Cast
from tests.factories import make_channel
from tests.syndication.receiver import Receiver
from tests.task_backend import run_due

pytestmark = pytest.mark.once

DOCUMENT = (Path(product.BASE_DIR) / "docs/webhooks.md").read_text()


def verified(receiver: Receiver, secret: str | None) -> Any:
    request = receiver.received[-1]
    return Webhook(str(secret)).verify(request.body, dict(request.headers))


def test_request_is_signed_as_standard_webhooks_prescribe(channel: Channel, receiver: Receiver) -> None:
    channel.send_test()
    assert verified(receiver, channel.secret)["type"] == "test"
    assert receiver.received[0].headers["Content-Type"] == "application/json"
    other = make_channel(by=channel.team.memberships.owners().get())
    with pytest.raises(WebhookVerificationError):
        verified(receiver, other.secret)


def test_former_secret_signs_for_a_day_after_a_change(channel: Channel, receiver: Receiver) -> None:
    former = channel.secret
    channel.change_secret()
    assert channel.secret != former
    channel.send_test()
    assert verified(receiver, channel.secret) == verified(receiver, former)
    with clock.at(timezone.now() + FORMER_SECRET_LIFETIME + timedelta(seconds=1)):
        channel.send_test()
    verified(receiver, channel.secret)
    with pytest.raises(WebhookVerificationError):
        verified(receiver, former)


# The document


@contextmanager
def documented_receiver(secret: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Run the receiver of the document on a port of its own."""
    monkeypatch.setenv("KINDWALL_SECRET", secret)
    [code] = re.findall(r"(?s)```python\n(.*?)```", DOCUMENT)
    names: dict[str, Any] = {"__name__": "receiver"}
    exec(code, names)
    handler = type("Quiet", (names["Receiver"],), {"log_message": lambda *_given: None})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def test_documented_receiver_takes_a_signed_request_and_no_other(
    cast: Cast, story: Story, settings: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It hears a real request of a real channel."""
    settings.CHANNEL_PRIVATE_ADDRESSES = True
    run_due()
    channel = make_channel(by=cast.owner, address="https://hooks.example.org/")
    with documented_receiver(str(channel.secret), monkeypatch) as port:
        address = f"http://127.0.0.1:{port}/kindwall"
        monkeypatch.setattr(Channel, "address", address)
        Delivery.record(channel, EventType.PUBLISHED, story_id=story.pk, source="entry-1")
        assert Delivery.objects.get().code == 204
        assert json.loads(capsys.readouterr().out)["data"]["story"]["body"] == story.body
        channel.change_secret()
        Delivery.record(channel, EventType.PUBLISHED, story_id=story.pk, source="entry-2")
        assert Delivery.objects.latest("pk").code == 204, "the former secret signs as well"
        stranger = make_channel(by=cast.owner)
        Delivery.record(stranger, EventType.PUBLISHED, story_id=story.pk, source="entry-3")
        assert Delivery.objects.latest("pk").code == 401


def test_private_receiver_is_refused_unless_the_operator_allows_it(
    cast: Cast, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_due()
    channel = make_channel(by=cast.owner)
    monkeypatch.setattr(Channel, "address", "https://127.0.0.1:8443/kindwall")
    delivery, _new = Delivery.record(channel, EventType.PUBLISHED, story_id=story.pk, source="entry-1")
    delivery.refresh_from_db()
    assert (delivery.status, delivery.code) == ("waiting", None)
    assert "private network" in delivery.excerpt


def test_document_names_every_event_kind_and_quality() -> None:
    for value in (*EventType.values, *Kind.values, *Quality.values):
        assert f"`{value}`" in DOCUMENT, value


def test_document_shows_a_payload_with_every_field(channel: Channel, receiver: Receiver, story: Story) -> None:
    Delivery.record(channel, EventType.PUBLISHED, story_id=story.pk, source="entry-1")
    [shown] = re.findall(r"(?s)```json\n(.*?)```", DOCUMENT)
    documented, sent = json.loads(shown), receiver.received[0].payload
    assert documented.keys() == sent.keys()
    assert documented["data"]["story"].keys() == sent["data"]["story"].keys()

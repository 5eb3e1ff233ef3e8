"""Webhooks, signed as https://www.standardwebhooks.com prescribes. docs/webhooks.md explains them to receivers."""

import json
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from standardwebhooks import Webhook

from syndication.models import Channel, ChannelKind, EventType
from syndication.requests import request
from syndication.senders import Event, SendResult, WallStory


class WebhookSender:
    kind = ChannelKind.WEBHOOK
    hint = _("The address at which your program takes requests. Each is signed with a secret that you get here.")
    example = "https://example.org/kindwall"

    def check_address(self, address: str) -> None:
        """Take any address."""

    def send(self, channel: Channel, event: Event) -> SendResult | None:
        body = json.dumps(payload_of(event), ensure_ascii=False, separators=(",", ":"))
        headers = signed_headers(channel.signing_secrets, event.identifier, timezone.now(), body)
        result, _response = request(channel, "POST", str(channel.address), body=body.encode(), headers=headers)
        return result


def signed_headers(secrets: list[str], identifier: str, moment: datetime, body: str) -> dict[str, str]:
    """Return the headers of one attempt, with a signature by each secret."""
    moment = moment.astimezone(UTC)  # the library takes the clock time of any zone for UTC
    return {
        "Content-Type": "application/json",
        "webhook-id": identifier,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(identifier, moment, body) for secret in secrets),
    }


def payload_of(event: Event) -> dict[str, Any]:
    return {"type": event.type.value, "timestamp": iso(event.occurred_at), "data": data_of(event)}


def data_of(event: Event) -> dict[str, Any]:
    if event.type == EventType.WEEKLY_COUNT:
        return {"stories": event.count, "url": event.wall_url}
    return {"story": story_data(event.story) if event.story else {"id": event.story_id}}


def story_data(story: WallStory) -> dict[str, Any]:
    return {
        "id": story.pk,
        "url": story.url,
        "kind": story.kind,
        "qualities": list(story.qualities),
        "body": story.body,
        "author": story.author or None,
        "published_at": iso(story.published_at),
        "edited_at": iso(story.edited_at) if story.edited_at else None,
    }


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

"""Discord, by webhooks (docs.discord.com/developers/resources/webhook).

They can change and delete what they have posted.
"""

import json
import re
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

from django.utils.translation import gettext_lazy as _

from syndication.models import Channel, ChannelKind, EventType
from syndication.requests import request
from syndication.rooms import markdown
from syndication.rooms.card import RoomCard, clamped
from syndication.rooms.room_sender import NEWS, RoomSender, is_below
from syndication.senders import Event, SendResult

LONGEST_TITLE, LONGEST_TEXT, LONGEST_FOOTER = 256, 4_096, 2_048
DISCORD_MARKS = r"\`*_~|<>[]()#"
DISCORD_PATH = re.compile(r"/api(/v\d+)?/webhooks/\d+/[\w-]+/?")
# Codes of errors in the body of a response.
UNKNOWN_MESSAGE, UNKNOWN_WEBHOOK = 10008, 10015
MESSAGE_ID = re.compile(r"\d{1,20}", re.ASCII)


class DiscordSender(RoomSender):
    kind = ChannelKind.DISCORD
    hint = _(
        "In Discord, open the room’s settings, choose Integrations and Webhooks, and copy the address of a new one. "
        "What was posted follows the wall: it changes with its story, and leaves with it."
    )
    example = "https://discord.com/api/webhooks/000/XXXX"

    def recognises(self, address: SplitResult) -> bool:
        return is_below(address, "discord.com", "discordapp.com") and bool(DISCORD_PATH.fullmatch(address.path))

    def payload(self, card: RoomCard) -> dict[str, Any]:
        embed: dict[str, Any] = {
            "title": clamped(card.heading, LONGEST_TITLE, escaped_for_discord),
            "url": card.url,
            "footer": {"text": clamped(card.footer, LONGEST_FOOTER)},
        }
        if card.body:
            embed["description"] = clamped(card.body, LONGEST_TEXT, escaped_for_discord)
        return {"embeds": [embed], "allowed_mentions": {"parse": []}}

    def send(self, channel: Channel, event: Event) -> SendResult | None:
        """Post a message, or change or delete the one that shows the story, which somebody there may have deleted."""
        address, message = str(channel.address), event.message_id
        if event.type == EventType.REMOVED:
            return self.delete(channel, address, message) if message else None
        card = RoomCard.of(event)
        if message:
            result, body = self.post(channel, address_of(address, message), card, "PATCH")
            if not has_code(result, body, UNKNOWN_MESSAGE):
                return with_truth(result, body, message)
        if event.type not in NEWS:
            return None
        result, body = self.post(channel, address_of(address), card)
        return with_truth(result, body, message_id(body))

    def delete(self, channel: Channel, address: str, message: str) -> SendResult:
        result, body = request(channel, "DELETE", address_of(address, message))
        return SendResult(204) if has_code(result, body, UNKNOWN_MESSAGE) else with_truth(result, body, "")


def address_of(address: str, message: str = "") -> str:
    """Return the address that posts a message, and responds with it; or that of one message."""
    parts = urlsplit(address)
    query = dict(parse_qsl(parts.query)) | ({} if message else {"wait": "true"})
    path = parts.path.rstrip("/") + (f"/messages/{message}" if message else "")
    return urlunsplit(parts._replace(path=path, query=urlencode(query)))


def with_truth(result: SendResult, body: bytes, message: str) -> SendResult:
    """Return the result with the message's name; 410 where Discord says in other words that the webhook is gone."""
    if has_code(result, body, UNKNOWN_WEBHOOK):
        return SendResult(410, result.excerpt)
    return SendResult(result.code, result.excerpt, message if result.is_success else "")


def has_code(result: SendResult, body: bytes, code: int) -> bool:
    return result.code == 404 and read_json(body).get("code") == code


def message_id(body: bytes) -> str:
    """Return the name of the message that was posted; empty where the response has none."""
    found = str(read_json(body).get("id", ""))
    return found if MESSAGE_ID.fullmatch(found) else ""


def read_json(body: bytes) -> dict[str, Any]:
    try:
        read = json.loads(body)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def escaped_for_discord(text: str) -> str:
    return markdown.escaped_marks(text, DISCORD_MARKS)

"""Slack, by incoming webhooks (docs.slack.dev/messaging/sending-messages-using-incoming-webhooks)."""

import re
from typing import Any
from urllib.parse import SplitResult

from django.utils.translation import gettext_lazy as _

from syndication.models import Channel, ChannelKind
from syndication.rooms.card import RoomCard, clamped
from syndication.rooms.room_sender import RoomSender, is_below
from syndication.senders import SendResult

LONGEST_SLACK_TEXT = 3_000  # of a block
SERVICE = re.compile(r"/services/T\w+/B\w+/\w+/?")
GONE = (b"no_service", b"channel_not_found", b"no_team")  # with status 404: the webhook was removed, or its channel


class SlackSender(RoomSender):
    kind = ChannelKind.SLACK
    hint = _(
        "In Slack, add an app with an incoming webhook to the room, and copy its address. What was posted stays there, "
        "also when a story leaves the wall."
    )
    example = "https://hooks.slack.com/services/T000/B000/XXXX"

    def recognises(self, address: SplitResult) -> bool:
        return is_below(address, "hooks.slack.com", "hooks.slack-gov.com") and bool(SERVICE.fullmatch(address.path))

    def payload(self, card: RoomCard) -> dict[str, Any]:
        """Return a block of rich text: in its parts no markup is read, and nothing in them calls anybody."""
        parts: list[dict[str, Any]] = [slack_section({"type": "text", "text": card.heading, "style": {"bold": True}})]
        if card.body:
            text = {"type": "text", "text": clamped(card.body, LONGEST_SLACK_TEXT)}
            parts.append({"type": "rich_text_quote", "elements": [text]})
        link = {"type": "link", "url": card.url, "text": card.link_text}
        parts.append(slack_section(link, {"type": "text", "text": f" · {card.footer}"}))
        return {
            "text": escaped_for_slack(card.heading),  # for notifications, and there markup is read
            "blocks": [{"type": "rich_text", "elements": parts}],
            "unfurl_links": False,
            "unfurl_media": False,
        }

    def post(self, channel: Channel, address: str, card: RoomCard, method: str = "POST") -> tuple[SendResult, bytes]:
        result, body = super().post(channel, address, card, method)
        gone = result.code == 404 and body.strip() in GONE
        return SendResult(410, result.excerpt) if gone else result, body


def slack_section(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text_section", "elements": list(elements)}


def escaped_for_slack(text: str) -> str:
    """Escape the three characters by which Slack's markup begins and ends."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

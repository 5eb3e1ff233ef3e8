"""Google Chat, by incoming webhooks (developers.google.com/workspace/chat/quickstart/webhooks)."""

import re
from typing import Any
from urllib.parse import SplitResult

from django.utils.translation import gettext_lazy as _

from syndication.models import ChannelKind
from syndication.rooms.card import RoomCard, clamped, utf8_length
from syndication.rooms.room_sender import RoomSender, is_below

LARGEST_GOOGLE_CHAT_TEXT = 16_000  # bytes: a card may take 32 KB
GOOGLE_CHAT_PATH = re.compile(r"/v1/spaces/[\w-]+/messages/?")


class GoogleChatSender(RoomSender):
    kind = ChannelKind.GOOGLE_CHAT
    hint = _(
        "In Google Chat, open the menu of the room, choose Apps & integrations, add a webhook, and copy its address. "
        "What was posted stays there, also when a story leaves the wall."
    )
    example = "https://chat.googleapis.com/v1/spaces/XXXX/messages?key=…&token=…"

    def recognises(self, address: SplitResult) -> bool:
        return is_below(address, "chat.googleapis.com") and bool(GOOGLE_CHAT_PATH.fullmatch(address.path))

    def payload(self, card: RoomCard) -> dict[str, Any]:
        """Return a card. In the text of a card nobody is called, and of HTML it has what is not escaped."""
        open_link = {"text": card.link_text, "onClick": {"openLink": {"url": card.url}}}
        widgets: list[dict[str, Any]] = [{"buttonList": {"buttons": [open_link]}}]
        if card.body:
            widgets.insert(
                0, {"textParagraph": {"text": clamped(card.body, LARGEST_GOOGLE_CHAT_TEXT, in_html, utf8_length)}}
            )
        shown = {"header": {"title": card.heading, "subtitle": card.footer}, "sections": [{"widgets": widgets}]}
        return {"cardsV2": [{"cardId": "kindwall", "card": shown}]}


def in_html(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("\n", "<br>")

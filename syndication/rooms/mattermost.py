"""Mattermost, by incoming webhooks (docs.mattermost.com/developers/integrate/reference/message-attachments)."""

import re
from typing import Any
from urllib.parse import SplitResult

from django.utils.translation import gettext_lazy as _

from syndication.models import ChannelKind
from syndication.rooms import markdown
from syndication.rooms.card import RoomCard, clamped
from syndication.rooms.room_sender import RoomSender

LONGEST_MATTERMOST_TEXT = 6_000  # escaped; older servers take 8,000 characters of all attachments together
# Its parser takes a backslash before these, and shows it before any other.
MATTERMOST_MARKS = r"\`*_{}[]()#!>~|"
MATTERMOST_PATH = re.compile(r"(/[\w.-]+)*/hooks/[a-z0-9]{26}/?")


class MattermostSender(RoomSender):
    kind = ChannelKind.MATTERMOST
    hint = _(
        "In Mattermost, open Integrations, add an incoming webhook for the room, and copy its address. What was posted "
        "stays there, also when a story leaves the wall."
    )
    example = "https://mattermost.example.com/hooks/…"
    is_hosted = False

    def recognises(self, address: SplitResult) -> bool:
        """Look at the path alone, because it runs on everybody's own servers."""
        return bool(MATTERMOST_PATH.fullmatch(address.path))

    def payload(self, card: RoomCard) -> dict[str, Any]:
        attachment = {
            "fallback": markdown.without_calls(card.heading),
            "title": escaped_for_mattermost(card.heading),
            "title_link": card.url,
            "text": clamped(card.body, LONGEST_MATTERMOST_TEXT, escaped_for_mattermost),
            "footer": markdown.without_calls(card.footer),
        }
        return {"attachments": [attachment]}


def escaped_for_mattermost(text: str) -> str:
    return markdown.escaped_marks(text, MATTERMOST_MARKS)

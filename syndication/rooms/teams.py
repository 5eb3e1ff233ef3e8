"""Microsoft Teams, by the app Workflows, which posts an Adaptive Card (adaptivecards.io)."""

from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from syndication.models import ChannelKind
from syndication.rooms.card import RoomCard, clamped, utf8_length
from syndication.rooms.room_sender import RoomSender, is_below

LARGEST_TEAMS_TEXT = 12_000  # bytes: a message may take 28 KB
MOST_LINES = 60  # that get a block of their own, of about 90 bytes
RETIRED = ("webhook.office.com", "outlook.office.com", "outlook.office365.com")
WORKFLOWS = ("logic.azure.com", "logic.azure.us", "logic.azure.cn", "api.powerplatform.com", "powerautomate.com")


class TeamsSender(RoomSender):
    kind = ChannelKind.TEAMS
    hint = gettext_lazy(
        "In Teams, open the room’s menu, choose Workflows, and there the template that posts when a webhook request is "
        "received. What was posted stays there, also when a story leaves the wall."
    )
    example = "https://prod-00.westeurope.logic.azure.com/workflows/…"

    def recognises(self, address: SplitResult) -> bool:
        return is_below(address, *WORKFLOWS, *RETIRED)

    def check_address(self, address: str) -> None:
        if is_below(urlsplit(address), *RETIRED):
            raise ValidationError(
                _("Microsoft no longer takes messages at such addresses. Make one with the app Workflows in Teams.")
            )
        super().check_address(address)

    def payload(self, card: RoomCard) -> dict[str, Any]:
        lines = clamped(card.body, LARGEST_TEAMS_TEXT, measure=utf8_length).splitlines()
        if len(lines) > MOST_LINES:
            lines = [*lines[: MOST_LINES - 1], "…"]
        content = {
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.4",
            "body": [
                text_block(card.heading, weight="Bolder"),
                *(text_block(line) for line in lines if line.strip()),
                text_block(card.footer, isSubtle=True, size="Small"),
            ],
            "actions": [{"type": "Action.OpenUrl", "title": card.link_text, "url": card.url}],
        }
        kind = "application/vnd.microsoft.card.adaptive"
        return {"type": "message", "attachments": [{"contentType": kind, "contentUrl": None, "content": content}]}


def text_block(text: str, **style: Any) -> dict[str, Any]:
    """Return a line of text. Unlike a TextBlock it is shown as it is: Markdown is not read in a TextRun."""
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **style}]}

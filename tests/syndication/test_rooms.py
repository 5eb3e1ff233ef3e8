"""Tests of chat rooms: each service's message as JSON, hostile texts, limits, and which address belongs to which."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from unittest.mock import Mock

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from kindwall import outbound
from kindwall.outbound import OutboundResponse
from syndication.models import Channel, ChannelKind, EventType
from syndication.rooms.card import RoomCard, clamped, utf8_length, utf16_length
from syndication.rooms.room_sender import RoomSender
from syndication.rooms.services import ROOM_SENDERS, kind_of
from syndication.senders import Event, SendResult, WallStory, senders

pytestmark = pytest.mark.once

SENDERS: Mapping[str, RoomSender] = {sender.kind.value: sender for sender in ROOM_SENDERS}
ADDRESSES = {
    "slack": "https://hooks.slack.com/services/T0AB/B0CD/s3cret",
    "teams": "https://prod-7.westeurope.logic.azure.com:443/workflows/0a/triggers/manual/paths/invoke?sig=s3cret",
    "mattermost": "https://chat.harbour.example/hooks/abcdefghijklmnopqrstuvwxyz",
    "discord": "https://discord.com/api/webhooks/123/s3cret",
    "google-chat": "https://chat.googleapis.com/v1/spaces/AAAA/messages?key=k&token=s3cret",
}
STORY = WallStory(
    pk=5,
    url="https://wall.example/harbour/stories/5/",
    kind="given",
    kind_label="Given",
    qualities={"hope": "hope", "love": "love"},
    author="Mia Member",
    body="Held the door.\n\nAnd my tongue.",
    published_at=datetime(2026, 6, 1, 12, tzinfo=UTC),
    edited_at=None,
)
EVENT = Event(
    type=EventType.PUBLISHED,
    identifier="msg_1",
    occurred_at=datetime(2026, 6, 1, 12, tzinfo=UTC),
    team_name="Harbour",
    wall_url="https://wall.example/harbour/",
    story_id=5,
    story=STORY,
)
CARD = RoomCard("A kindness given by Mia Member", STORY.url, "Read it on the wall", STORY.body, "Harbour · hope, love")


class Service:
    """Takes the place of a chat service."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.requests: list[tuple[str, str, Any]] = []
        self.responses: list[tuple[int, str]] = []
        monkeypatch.setattr(outbound, "send_request", self.respond)

    def respond(
        self, method: str, address: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> OutboundResponse:
        self.requests.append((method, address, json.loads(body) if body else None))
        status, text = self.responses.pop(0) if self.responses else (200, "ok")
        return OutboundResponse(status, {}, text.encode())

    @property
    def methods(self) -> list[str]:
        return [method for method, _address, _body in self.requests]


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    return Service(monkeypatch)


def send(kind: str, event: Event, **changed: Any) -> SendResult | None:
    channel = Mock(spec=Channel, address=ADDRESSES[kind], signing_secrets=[])
    return SENDERS[kind].send(channel, replace(event, **changed))


# The card


def test_card_has_the_words_of_the_wall_in_the_active_language() -> None:
    assert RoomCard.of(EVENT) == CARD
    unnamed = RoomCard.of(replace(EVENT, story=replace(STORY, author="", kind="witnessed", qualities={})))
    assert (unnamed.heading, unnamed.footer) == ("A kindness witnessed", "Harbour")
    with translation.override("de"):
        assert RoomCard.of(EVENT).heading == "Eine Freundlichkeit, gegeben von Mia Member"


def test_card_of_a_week_counts_and_names_nobody() -> None:
    week = replace(EVENT, type=EventType.WEEKLY_COUNT, story=None, story_id=None, count=12)
    assert RoomCard.of(week) == RoomCard(
        "12 kindnesses last week", "https://wall.example/harbour/", "Look at the wall", "", "Harbour"
    )
    assert RoomCard.of(replace(week, count=1)).heading == "1 kindness last week"


# The messages


def test_slack_message() -> None:
    assert SENDERS["slack"].payload(CARD) == {
        "text": "A kindness given by Mia Member",
        "blocks": [
            {
                "type": "rich_text",
                "elements": [
                    {
                        "type": "rich_text_section",
                        "elements": [{"type": "text", "text": CARD.heading, "style": {"bold": True}}],
                    },
                    {"type": "rich_text_quote", "elements": [{"type": "text", "text": CARD.body}]},
                    {
                        "type": "rich_text_section",
                        "elements": [
                            {"type": "link", "url": CARD.url, "text": "Read it on the wall"},
                            {"type": "text", "text": " · Harbour · hope, love"},
                        ],
                    },
                ],
            }
        ],
        "unfurl_links": False,
        "unfurl_media": False,
    }


def test_teams_message() -> None:
    def line(text: str, **style: Any) -> dict[str, Any]:
        return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **style}]}

    assert SENDERS["teams"].payload(CARD) == {
        "type": "message",
        "attachments": [
            {
                "contentType": "application/vnd.microsoft.card.adaptive",
                "contentUrl": None,
                "content": {
                    "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                    "type": "AdaptiveCard",
                    "version": "1.4",
                    "body": [
                        line(CARD.heading, weight="Bolder"),
                        line("Held the door."),
                        line("And my tongue."),
                        line(CARD.footer, isSubtle=True, size="Small"),
                    ],
                    "actions": [{"type": "Action.OpenUrl", "title": "Read it on the wall", "url": CARD.url}],
                },
            }
        ],
    }


def test_mattermost_message() -> None:
    assert SENDERS["mattermost"].payload(CARD) == {
        "attachments": [
            {
                "fallback": CARD.heading,
                "title": CARD.heading,
                "title_link": CARD.url,
                "text": CARD.body,
                "footer": CARD.footer,
            }
        ]
    }


def test_discord_message() -> None:
    assert SENDERS["discord"].payload(CARD) == {
        "embeds": [{"title": CARD.heading, "url": CARD.url, "description": CARD.body, "footer": {"text": CARD.footer}}],
        "allowed_mentions": {"parse": []},
    }


def test_google_chat_message() -> None:
    button = {"text": "Read it on the wall", "onClick": {"openLink": {"url": CARD.url}}}
    assert SENDERS["google-chat"].payload(CARD) == {
        "cardsV2": [
            {
                "cardId": "kindwall",
                "card": {
                    "header": {"title": CARD.heading, "subtitle": CARD.footer},
                    "sections": [
                        {
                            "widgets": [
                                {"textParagraph": {"text": "Held the door.<br><br>And my tongue."}},
                                {"buttonList": {"buttons": [button]}},
                            ]
                        }
                    ],
                },
            }
        ]
    }


@pytest.mark.parametrize("kind", SENDERS)
def test_count_is_a_message_without_a_text(kind: str) -> None:
    card = replace(CARD, heading="12 kindnesses last week", body="", footer="Harbour")
    payload = json.dumps(SENDERS[kind].payload(card), ensure_ascii=False)
    assert "12 kindnesses last week" in payload
    assert not any(empty in payload for empty in ("description", "rich_text_quote", "textParagraph"))


# Hostile texts

HOSTILE = "<!channel> <@U1> @everyone @here [x](https://evil.example) **b** _i_ `c` ~s~ <b>h</b> & <users/all>"
LINES = "# heading\n> quote\n- list\n1. first\n    code\nunder\n===\n| a | b |\n![x](https://evil.example/p.png)"


def texts_in(value: Any) -> list[str]:
    """Return the texts of a message, without the names of its fields."""
    if isinstance(value, dict):
        return [text for inner in value.values() for text in texts_in(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in texts_in(inner)]
    return [value] if isinstance(value, str) else []


def test_slack_reads_markup_in_no_text_of_people() -> None:
    payload = SENDERS["slack"].payload(replace(CARD, heading=HOSTILE, body=HOSTILE, footer=HOSTILE))
    assert "<" not in payload["text"]
    assert payload["text"].startswith("&lt;!channel&gt; &lt;@U1&gt;")
    assert {part["type"] for block in payload["blocks"] for part in block["elements"]} == {
        "rich_text_section",
        "rich_text_quote",
    }
    kinds = {leaf["type"] for block in payload["blocks"] for part in block["elements"] for leaf in part["elements"]}
    assert kinds == {"text", "link"}, "no mrkdwn, no user, no broadcast"


def test_teams_reads_markdown_in_no_text_of_people() -> None:
    payload = SENDERS["teams"].payload(replace(CARD, heading=HOSTILE, body=f"{HOSTILE}\n{LINES}", footer=HOSTILE))
    content = payload["attachments"][0]["content"]
    assert {block["type"] for block in content["body"]} == {"RichTextBlock"}
    assert "msteams" not in content, "nobody can be called without it"


MARKDOWN = {
    "mattermost": (
        "<\\!channel\\> <@\u200bU1\\> @\u200beveryone @\u200bhere \\[x\\]\\(https://evil.example\\) \\*\\*b\\*\\* "
        "\\_i\\_ \\`c\\` \\~s\\~ <b\\>h</b\\> & <users/all\\>"
    ),
    "discord": (
        "\\<!channel\\> \\<@\u200bU1\\> @\u200beveryone @\u200bhere \\[x\\]\\(https://evil.example\\) \\*\\*b\\*\\* "
        "\\_i\\_ \\`c\\` \\~s\\~ \\<b\\>h\\</b\\> & \\<users/all\\>"
    ),
}


@pytest.mark.parametrize("kind", MARKDOWN)
def test_markdown_is_escaped_and_nobody_is_called(kind: str) -> None:
    message = texts_in(SENDERS[kind].payload(replace(CARD, heading="@channel", body=HOSTILE, footer="Harbour")))
    assert MARKDOWN[kind] in message
    assert not [text for text in message if "@channel" in text]
    lines = "\\# heading\n\\> quote\n\\- list\n1\\. first\n   code\nunder\n\u200b===\n\\| a \\| b \\|\n"
    [escaped] = [text for text in texts_in(SENDERS[kind].payload(replace(CARD, body=LINES))) if "code" in text]
    assert escaped.startswith(lines)
    assert "![" not in escaped


def test_google_chat_reads_no_html_in_texts_of_people() -> None:
    message = SENDERS["google-chat"].payload(replace(CARD, body=HOSTILE))
    [text] = [text for text in texts_in(message) if "evil" in text]
    assert "&lt;users/all&gt;" in text
    assert "&amp;" in text
    assert "<" not in text
    assert "text" not in message, "only there would somebody be called"


@pytest.mark.parametrize("kind", SENDERS)
def test_message_has_no_control_characters(service: Service, kind: str) -> None:
    send(kind, EVENT, story=replace(STORY, body="a\x00b\x1b\rc", author="M\x07ia"))
    [(_method, _address, payload)] = service.requests
    assert not [text for text in texts_in(payload) if any(ord(letter) < 32 and letter != "\n" for letter in text)]


# Limits

LONGEST = {
    "letters": "Word " * 2_000,
    "escaped": "<&*_" * 2_500,
    "family": "👩🏽‍👩🏽‍👧🏽‍👦🏽" * 900,
    "lines": "x\n" * 5_000,
}


@pytest.mark.parametrize("longest", LONGEST)
def test_longest_texts_stay_within_the_limits(longest: str) -> None:
    card = replace(CARD, heading="N" * 110, body=LONGEST[longest])
    payloads = {kind: sender.payload(card) for kind, sender in SENDERS.items()}
    sizes = {kind: len(json.dumps(payload, ensure_ascii=False).encode()) for kind, payload in payloads.items()}
    quoted = payloads["slack"]["blocks"][0]["elements"][1]["elements"][0]["text"]
    embed = payloads["discord"]["embeds"][0]
    assert utf16_length(quoted) <= 3_000
    assert utf16_length(embed["description"]) <= 4_096
    assert utf16_length(embed["title"]) <= 256
    assert utf16_length(payloads["mattermost"]["attachments"][0]["text"]) <= 6_000
    assert sizes["teams"] < 28_000
    assert sizes["google-chat"] < 32_000
    assert quoted.endswith("…")
    assert embed["description"].endswith("…")


def test_text_is_cut_at_the_end_of_a_word_and_before_it_is_escaped() -> None:
    assert clamped("short", 5) == "short"
    assert clamped("one two three four five six seven", 30) == "one two three four five six…"
    assert clamped("a" * 40, 30) == "a" * 29 + "…"
    assert clamped("<" * 40, 9, lambda text: text.replace("<", "&lt;")) == "&lt;&lt;…"
    assert utf8_length(clamped("ä" * 40, 9, measure=utf8_length)) <= 9


# Which events are sent

NOT_CHANGEABLE = [kind for kind in SENDERS if kind != "discord"]


@pytest.mark.parametrize("kind", NOT_CHANGEABLE)
def test_service_that_changes_nothing_gets_news_alone(service: Service, kind: str) -> None:
    result = send(kind, EVENT)
    assert result == SendResult(200, message_id="posted")
    assert service.requests[0][:2] == ("POST", ADDRESSES[kind])
    for event in (EventType.CHANGED, EventType.REMOVED):
        assert send(kind, EVENT, type=event, story=STORY if event == EventType.CHANGED else None) is None
    assert send(kind, EVENT, type=EventType.RESTORED, message_id="posted") is None, "it is there still"
    assert send(kind, EVENT, type=EventType.RESTORED) is not None
    assert service.methods == ["POST", "POST"]


def test_refusal_is_returned(service: Service) -> None:
    service.responses = [(400, "invalid_blocks")]
    assert send("slack", EVENT) == SendResult(400, "invalid_blocks")


@pytest.mark.parametrize(
    ("kind", "response"), [("slack", "no_service"), ("discord", '{"message": "Unknown Webhook", "code": 10015}')]
)
def test_webhook_that_was_deleted_there_is_gone(service: Service, kind: str, response: str) -> None:
    service.responses = [(404, response)]
    result = send(kind, EVENT)
    assert result is not None
    assert result.is_gone


def test_discord_changes_and_deletes_what_it_has_posted(service: Service) -> None:
    service.responses = [(200, '{"id": "77"}'), (200, '{"id": "77"}'), (204, "")]
    assert send("discord", EVENT) == SendResult(200, message_id="77")
    changed = send("discord", EVENT, type=EventType.CHANGED, message_id="77", story=replace(STORY, body="Both doors."))
    assert changed == SendResult(200, message_id="77")
    assert send("discord", EVENT, type=EventType.REMOVED, message_id="77", story=None) == SendResult(204)
    base = ADDRESSES["discord"]
    assert [request[:2] for request in service.requests] == [
        ("POST", f"{base}?wait=true"),
        ("PATCH", f"{base}/messages/77"),
        ("DELETE", f"{base}/messages/77"),
    ]
    assert service.requests[1][2]["embeds"][0]["description"] == "Both doors."


def test_discord_neither_changes_nor_removes_what_it_never_posted(service: Service) -> None:
    assert send("discord", EVENT, type=EventType.CHANGED) is None
    assert send("discord", EVENT, type=EventType.REMOVED, story=None) is None
    assert service.requests == []


def test_message_that_was_deleted_in_the_room_stays_deleted(service: Service) -> None:
    unknown = (404, '{"message": "Unknown Message", "code": 10008}')
    service.responses = [unknown, unknown, unknown, (200, '{"id": "78"}')]
    assert send("discord", EVENT, type=EventType.CHANGED, message_id="77") is None
    assert send("discord", EVENT, type=EventType.REMOVED, message_id="77", story=None) == SendResult(204)
    assert send("discord", EVENT, type=EventType.RESTORED, message_id="77") == SendResult(200, message_id="78")


def test_discord_thread_stays_in_the_address(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ADDRESSES, "discord", f"{ADDRESSES['discord']}/?thread_id=9")
    send("discord", EVENT)
    send("discord", EVENT, type=EventType.REMOVED, message_id="77", story=None)
    assert [address.partition("s3cret")[2] for _method, address, _body in service.requests] == [
        "?thread_id=9&wait=true",
        "/messages/77?thread_id=9",
    ]


# Addresses


@pytest.mark.parametrize("kind", ADDRESSES)
def test_service_is_known_by_its_address(kind: str) -> None:
    assert kind_of(ADDRESSES[kind]) == (None if kind == "mattermost" else ChannelKind(kind))
    senders[kind].check_address(ADDRESSES[kind])
    for other in SENDERS.keys() - {kind}:
        with pytest.raises(ValidationError, match="This is no address of a room"):
            senders[other].check_address(ADDRESSES[kind])


@pytest.mark.parametrize(
    "address",
    [
        "https://hooks.slack.com.evil.example/services/T0/B0/x",
        "https://evil.example/hooks.slack.com/services/T0/B0/x",
        "http://hooks.slack.com/services/T0/B0/x",
        "https://hooks.slack.com/triggers/T0/1/x",
        "https://notdiscord.com/api/webhooks/1/x",
        "https://discord.com/channels/1/2",
        "https://example.org/",
    ],
)
def test_other_address_belongs_to_no_service(address: str) -> None:
    assert kind_of(address) is None


def test_retired_addresses_of_teams_are_refused_with_the_way_out() -> None:
    with pytest.raises(ValidationError, match="Make one with the app Workflows"):
        senders["teams"].check_address("https://harbour.webhook.office.com/webhookb2/1@2/IncomingWebhook/3/4")

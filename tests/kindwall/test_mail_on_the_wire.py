"""Tests of mails as a mail server receives them, byte by byte."""

import re
from base64 import b64encode
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from pytest_django.fixtures import Settings

from kindwall.mail import Mail, headers_of, send_mail_now
from kindwall.settings.mail import mailer
from kindwall.unsubscribe import link
from tests.journeys.installation import free_port

pytestmark = pytest.mark.once

LINK = f"https://wall.example.org/accounts/password/reset/key/{'1-Secret_' * 30}/?a=b&c=%3D"


class Server:
    def __init__(self) -> None:
        self.port = free_port()
        self.received: list[bytes] = []
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's word
        self.received.append(envelope.content)
        return "250 Thank you"


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    server = Server()
    server.controller.start()
    yield server
    server.controller.stop()


@pytest.fixture
def server(running: Server, settings: Settings) -> Server:
    settings.MAILERS = {"default": mailer(f"smtp://127.0.0.1:{running.port}")}
    settings.ORIGIN = "https://wall.example.org"
    running.received.clear()
    return running


def received(server: Server, mail: Mail) -> tuple[bytes, EmailMessage]:
    """Send the mail and return it as it arrived, and as a mail program reads it."""
    send_mail_now(mail)
    [content] = server.received
    return content, message_from_bytes(content, policy=policy.default)


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


@pytest.mark.parametrize("sentence", ["Here it is.", "Hier wäre er, für „Zoë“."])
def test_long_link_arrives_in_one_piece(server: Server, sentence: str) -> None:
    html = f'<a href="{LINK.replace("&", "&amp;")}">{sentence}</a>\n'
    content, message = received(server, Mail("ana@example.org", "A link", f"{sentence}\n\n{LINK}\n", html))
    assert b"\r\n" + LINK.encode() + b"\r\n" in content, "the text is sent as it is"
    assert max(map(len, content.split(b"\r\n"))) < 998
    assert (body(message, "plain"), body(message, "html")) == (f"{sentence}\n\n{LINK}\n", html)


def test_line_that_is_too_long_for_mail_arrives_whole(server: Server) -> None:
    text = f"{'親切な言葉' * 400}\n\n{LINK}\n"
    content, message = received(server, Mail("ana@example.org", "Long", text, f"<p>{text}</p>\n"))
    assert max(map(len, content.split(b"\r\n"))) < 998
    assert body(message, "plain") == text


@pytest.mark.parametrize(
    "subject",
    [
        "שרה invites you to 日本語チーム at the harbour, with a name that is rather long",
        "👩‍👩‍👧‍👦 " * 12 + "the end",
        "\u2068مريم عبد الله\u2069 lifted your story",
        "Zoë " * 40,
        "A story of 3 lines = 100 % kind?_",
    ],
)
def test_subject_arrives_as_it_was_written(server: Server, subject: str) -> None:
    subject = subject.strip()
    content, message = received(server, Mail("ana@example.org", subject, "Text.\n"))
    assert content.partition(b"\r\n\r\n")[0].isascii()
    assert message["Subject"] == subject


def test_name_that_looks_like_an_encoded_word_is_not_decoded(server: Server) -> None:
    hidden = b64encode(b"https://evil.example").decode()
    _, message = received(server, Mail("ana@example.org", f"=?utf-8?B?{hidden}?= invites you", "Text.\n"))
    assert message["Subject"].startswith("= ?utf-8?B?")


def test_headers_arrive_unbroken(server: Server) -> None:
    address = link("weekly", 1_234_567, 7_654_321)
    headers = headers_of(address, "story-5")
    content, message = received(server, Mail("ana@example.org", "A story", "Text.\n", headers=headers))
    head = content.partition(b"\r\n\r\n")[0].decode()
    # One-click needs both, and reads them as they are.
    assert f"<{address}>" in re.sub(r"\r\n\s+", " ", head)
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert {name: message[name] for name in headers} == headers
    assert "=?" not in head


def test_mails_about_one_story_follow_the_same_message_and_reveal_nothing(settings: Settings) -> None:
    settings.ORIGIN = "https://wall.example.org:8443"
    first, second, other = (headers_of("", thread) for thread in ("story-5", "story-5", "story-6"))
    assert first["References"] == first["In-Reply-To"] == second["References"] != other["References"]
    assert first["Message-ID"] != second["Message-ID"]
    for headers in (first, other):
        assert re.fullmatch(r"<[0-9a-f]{32}@wall\.example\.org>", headers["References"])
        assert headers["Message-ID"].endswith("@wall.example.org>")

"""The letters of a journey: of a real mail server, which takes every one and hands them out; or kept in a folder."""

import queue
import re
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from tests.journeys.installation import free_port

PATIENCE = 30.0  # seconds
LINK = re.compile(r"http://[^/\s]+/\S+")


class Letters:
    def __init__(self, port: int = 0) -> None:
        self.port = port or free_port()
        self.arrived: queue.Queue[EmailMessage] = queue.Queue()
        self.server = Controller(self, hostname="127.0.0.1", port=self.port)
        self.server.start()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's word
        self.arrived.put(message_from_bytes(envelope.content, policy=policy.default))
        return "250 Thank you"

    def next_to(self, address: str) -> EmailMessage:
        """The next letter to this address; others in between are put aside for good."""
        while True:
            letter = self.arrived.get(timeout=PATIENCE)
            if letter["To"] == address:
                return letter

    def close(self) -> None:
        self.server.stop()


def kept_for(address: str, folder: Path) -> EmailMessage:
    """The newest letter to this address, where an installation without a mail server keeps them."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for file in sorted(folder.glob("*.log"), key=lambda one: one.stat().st_mtime, reverse=True):
            letter = message_from_bytes(file.read_bytes().rpartition(b"\n---")[0], policy=policy.default)
            if letter["To"] == address:
                return letter
        time.sleep(0.05)  # looked for again until it is there: there is nothing to be told by
    raise AssertionError(f"no letter to {address} in {folder}")


def link_in(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    links = LINK.findall(body.get_content())
    assert len(links) == 1, links
    return str(links[0])

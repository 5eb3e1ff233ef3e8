"""Tests of a mail server that accepts connections and never responds, and of many requests for mails."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.hostile.target import PATIENCE, Target
from tests.journeys.installation import Installation, free_port
from tests.journeys.letters import Letters

pytestmark = pytest.mark.once

RESETS = 10
SERVER_TIMEOUT = 3.0  # seconds, of mail_settings.py


@contextmanager
def silent_server(port: int) -> Iterator[list[socket.socket]]:
    """Accept every connection without ever responding, and yield the accepted ones."""
    taken: list[socket.socket] = []
    listener = socket.create_server(("127.0.0.1", port))

    def accept() -> None:
        while True:
            try:
                taken.append(listener.accept()[0])
            except OSError:
                return

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield taken
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in taken:
            connection.close()


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def target(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Target]:
    installation = Installation(
        tmp_path_factory.mktemp("mail"),
        DJANGO_SETTINGS_MODULE="tests.hostile.mail_settings",
        MAIL_URL=f"smtp://127.0.0.1:{port}",
        LOG_LEVEL="WARNING",
    )
    try:
        installation.prepare(demo=False)
        installation.start()
        yield Target(installation)
    finally:
        installation.close()


def test_pages_work_while_the_mail_server_is_silent_and_mails_are_sent_later(target: Target, port: int) -> None:
    visitor = target.visitor()
    form = visitor.get("/accounts/password/reset/")
    visitor.cookies["kindwall_csrf"] = form.headers["set-cookie"].partition("kindwall_csrf=")[2].partition(";")[0]
    with ExitStack() as until_now:
        taken = until_now.enter_context(silent_server(port))
        with target.watched() as watch:
            asked = [
                visitor.post("/accounts/password/reset/", {"email": f"nobody{number}@example.org"})
                for number in range(RESETS)
            ]
            page = visitor.get("/accounts/login/")
            deadline = time.monotonic() + PATIENCE
            while not taken:
                assert time.monotonic() < deadline, "nobody has spoken to the mail server"
                time.sleep(0.05)
    assert {reply.status for reply in asked} == {302}
    assert page.status == 200
    # In one request's thread each would have taken as long as the mail server's timeout, and the last one all of them.
    assert max(reply.seconds for reply in (*asked, page)) < SERVER_TIMEOUT
    assert watch.slowest < SERVER_TIMEOUT
    letters = Letters(port)
    try:
        arrived = {str(letters.arrived.get(timeout=PATIENCE)["To"]) for _ in range(RESETS)}
    finally:
        letters.close()
    assert arrived == {f"nobody{number}@example.org" for number in range(RESETS)}
    assert "nobody" not in target.installation.log.read_text(), "an address is not logged"

"""Tests of open streams: limited for each person, and ended with their session."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from stories.live.hub import BEATS_BETWEEN_CHECKS
from tests.hostile.target import Person, Target
from tests.hostile.wire import connect, head, status_of

pytestmark = pytest.mark.once

LIVE = "/harbour/live/"
HEARTBEAT = 2.0  # as tests/journeys/settings.py has it
AT_ONCE = 1.0  # seconds; less than a heartbeat


@contextmanager
def streams(target: Target, person: Person, number: int, path: str = LIVE) -> Iterator[list[socket.socket]]:
    opened = [connect(target.port) for _ in range(number)]
    try:
        for client in opened:
            client.sendall(head("GET", path, {**person.headers(), "Accept": "text/event-stream"}))
        yield opened
    finally:
        for client in opened:
            client.close()


def seconds_until_end(stream: socket.socket) -> float:
    """Read the stream to its last chunk."""
    began, said = time.monotonic(), b""
    while not said.endswith(b"0\r\n\r\n") and (piece := stream.recv(65_536)):
        said += piece
    return time.monotonic() - began


def freed(target: Target, person: Person) -> bool:
    """Return whether the person gets a stream once the server has noticed that the others are closed."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with streams(target, person, 1) as [again]:
            if status_of(again) == 200:
                return True
    return False


def test_one_member_holds_no_more_streams_than_their_tabs(target: Target) -> None:
    member, moderator = target.person("member"), target.person("moderator")
    with target.watched(), streams(target, member, 120) as opened:
        statuses = [status_of(stream) for stream in opened]
        assert (statuses.count(200), statuses.count(429)) == (50, 70)
        with streams(target, moderator, 1) as [other]:
            assert status_of(other) == 200
    assert freed(target, member), "those that were closed count no more"


def test_stream_ends_at_once_with_its_session_and_another_goes_on(target: Target) -> None:
    one, other = target.person("newcomer"), target.person("newcomer")
    with target.watched(), streams(target, one, 1) as [ended], streams(target, other, 1) as [kept]:
        assert status_of(ended) == status_of(kept) == 200
        assert one.post("/accounts/logout/", {}).status == 302
        assert seconds_until_end(ended) < AT_ONCE
        assert one.get(LIVE, Accept="text/event-stream").status == 401
        beats = kept.recv(4_096)
        while b"event: beat" not in beats:
            beats += kept.recv(4_096)
        assert not beats.endswith(b"0\r\n\r\n")


def test_stream_ends_at_the_next_check_after_a_new_password_elsewhere(target: Target) -> None:
    """The password changes in another process, which cannot notify this one."""
    person = target.person("newcomer")
    with streams(target, person, 1) as [stream]:
        assert status_of(stream) == 200
        target.installation.behind("new_password", who="newcomer")
        assert seconds_until_end(stream) < (BEATS_BETWEEN_CHECKS + 1) * HEARTBEAT
    assert person.get(LIVE, Accept="text/event-stream").status == 401

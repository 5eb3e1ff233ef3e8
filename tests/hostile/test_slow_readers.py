"""Tests of slow readers, for which no thread waits."""

import time
from threading import Event, Thread

import pytest

from tests.hostile.target import Target
from tests.hostile.wire import connect, head
from tests.prepared import DEMO_PASSWORD

pytestmark = pytest.mark.once

SIZE = 12 << 20  # bytes of the demo team's archive
RATE = 70_000  # bytes a second
AT_ONCE = 6  # more than there are threads


def slow_download(target: Target, headers: dict[str, str], stop: Event, read: list[int]) -> None:
    """Read at RATE until told to stop."""
    with connect(target.port, receive_buffer=8_192) as client:
        client.sendall(head("POST", "/harbour/settings/export/download/", {**headers, "Content-Length": "0"}))
        while not stop.wait(4_096 / RATE) and (piece := client.recv(4_096)):
            read.append(len(piece))


def test_slow_downloads_leave_the_site_answering(target: Target) -> None:
    target.installation.behind("ready_export", who="owner", size=SIZE)
    owner = target.person("owner")
    confirmed = owner.post("/accounts/reauthenticate/", {"password": DEMO_PASSWORD})
    assert confirmed.status == 302
    stop, reads = Event(), [list[int]() for _ in range(AT_ONCE)]
    before = target.status("VmRSS")
    readers = [Thread(target=slow_download, args=(target, owner.headers(), stop, read), daemon=True) for read in reads]
    with target.watched() as watch:
        for reader in readers:
            reader.start()
        try:
            time.sleep(1)
            for _ in range(5):
                assert owner.get("/harbour/").status == 200
        finally:
            stop.set()
    assert all(sum(read) > RATE // 2 for read in reads), "each has begun to read its file"
    assert watch.slowest < 5
    assert watch.memory - before < 60 << 20

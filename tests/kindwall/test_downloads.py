"""Tests of sending long responses."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from kindwall import downloads
from kindwall.downloads import TURN
from kindwall.quota import Quota
from tests.kindwall.bridges import PATIENCE, Handler, Parts, Reader, make_bridge, scope, send_request

pytestmark = pytest.mark.once


def test_long_response_is_sent_part_by_part() -> None:
    parts = Parts(number=40)
    reader, _ = send_request(lambda request: StreamingHttpResponse(parts))
    assert len(reader.body) == 40 * 65_536
    assert len(reader.sent) == 42
    assert reader.complete
    assert parts.closed.wait(PATIENCE)
    assert downloads.download_quota.used == 0


@pytest.mark.parametrize("declared", [{}, {"Content-Length": "20"}])
def test_short_streaming_response_is_sent_at_once(declared: dict[str, str]) -> None:
    parts = Parts(number=2, part=b"x" * 10)
    reader, _ = send_request(lambda request: StreamingHttpResponse(parts, headers=declared))
    assert (reader.body, len(reader.sent)) == (b"x" * 20, 2)
    assert parts.closed.wait(PATIENCE)


class StoppedReader(Reader):
    """A client that stops reading after the first part of the body, until it leaves."""

    async def send(self, message: dict[str, Any]) -> None:
        await super().send(message)
        if message.get("body"):
            await self.left.wait()


def test_no_thread_waits_for_readers_that_stopped_reading() -> None:
    responses: list[Parts] = []

    def view(request: Any) -> HttpResponseBase:
        if request.path == "/":
            return HttpResponse("A page.")
        responses.append(Parts())
        return StreamingHttpResponse(responses[-1])

    async def test() -> None:
        application = make_bridge(Handler(view))
        slow = [StoppedReader() for _ in range(8)]
        downloads_of = [
            asyncio.ensure_future(application(scope(path="/table/"), one.receive, one.send)) for one in slow
        ]
        async with asyncio.timeout(PATIENCE):
            while not all(one.body for one in slow):
                await asyncio.sleep(0)
            assert application.pool._work_queue.qsize() == 0
            page = Reader()
            await application(scope(), page.receive, page.send)
            assert page.body == b"A page."
            assert downloads.download_quota.used == 8
            assert [parts.given * len(parts.part) for parts in responses] == [TURN] * 8, (
                "no part is made before its reader needs it"
            )
            for one in slow:
                one.left.set()
            await asyncio.gather(*downloads_of)
        application.pool.shutdown()

    asyncio.run(test())
    assert all(parts.closed.is_set() for parts in responses)
    assert downloads.download_quota.used == 0


def test_long_response_without_room_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "download_quota", Quota(0))
    parts = Parts()
    reader, _ = send_request(lambda request: StreamingHttpResponse(parts))
    assert (reader.status, reader.headers[b"retry-after"]) == (503, b"60")
    assert parts.closed.wait(PATIENCE)


def test_long_response_ends_when_its_reader_leaves() -> None:
    parts = Parts()
    reader = Reader(leaves_after=TURN)
    send_request(lambda request: StreamingHttpResponse(parts), reader=reader)
    assert parts.closed.wait(PATIENCE)
    assert parts.given < 100
    assert not reader.complete


def test_long_response_ends_when_its_reader_stops_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "SEND_TIMEOUT", 0.05)

    class Stopped(Reader):
        async def send(self, message: dict[str, Any]) -> None:
            await super().send(message)
            if len(self.sent) > 3:
                await asyncio.Event().wait()

    parts = Parts()
    send_request(lambda request: StreamingHttpResponse(parts), reader=Stopped())
    assert parts.closed.wait(PATIENCE)
    assert parts.given < 10


def test_failure_within_a_response_cuts_the_connection() -> None:
    class Breaking(Parts):
        def __iter__(self) -> Iterator[bytes]:
            yield b"h" * TURN
            raise RuntimeError("boom")

    parts = Breaking()
    reader = Reader()
    with pytest.raises(RuntimeError, match="boom"):
        send_request(lambda request: StreamingHttpResponse(parts), reader=reader)
    assert reader.body == b"h" * TURN
    assert not reader.complete
    assert parts.closed.wait(PATIENCE)

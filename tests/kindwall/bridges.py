"""Helpers for tests of the bridge: a client's end of a connection, and a site of one view."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http.response import HttpResponseBase

from kindwall.bridge import Bridge, Send, StreamResponse
from kindwall.uploads import Receive

PATIENCE = 10.0


class Parts:
    """The parts of a long response; `closed` is set when Django closes it."""

    def __init__(self, number: int = 1_000_000, part: bytes = b"x" * 65_536) -> None:
        self.number, self.part = number, part
        self.given = 0
        self.closed = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(self.number):
            self.given += 1
            yield self.part

    def close(self) -> None:
        self.closed.set()


class Stream(StreamResponse):
    async def stream(self, headers: list[tuple[bytes, bytes]], receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"on the loop"})


class Handler(WSGIHandler):
    """Django's handler with one view instead of the site."""

    def __init__(self, view: Any) -> None:
        super().__init__()
        self.view = view
        self.requests: list[WSGIRequest] = []

    def get_response(self, request: Any) -> HttpResponseBase:
        self.requests.append(request)
        response: HttpResponseBase = self.view(request)
        return response


class Reader:
    """The client's end of a connection, which it closes after `leaves_after` bytes of the response."""

    def __init__(self, *messages: dict[str, Any], leaves_after: int | None = None) -> None:
        self.messages = list(messages) or [{"type": "http.request", "body": b"", "more_body": False}]
        self.leaves_after = leaves_after
        self.left = asyncio.Event()
        self.sent: list[dict[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        if self.messages:
            return self.messages.pop(0)
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)
        if self.leaves_after is not None and len(self.body) > self.leaves_after:
            self.left.set()
            await asyncio.sleep(0)

    @property
    def status(self) -> int:
        status: int = self.sent[0]["status"]
        return status

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.sent[0]["headers"])

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)

    @property
    def complete(self) -> bool:
        return not self.sent[-1].get("more_body", False)


def scope(method: str = "GET", path: str = "/", *, query: bytes = b"", **headers: Any) -> dict[str, Any]:
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query,
        "scheme": "http",
        "http_version": "1.1",
        "headers": [(name.replace("__", "-").lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("192.0.2.7", 1234),
        "server": ("testserver", 80),
    }


async def do_nothing() -> None: ...


def make_bridge(handler: WSGIHandler) -> Bridge:
    return Bridge(handler, start=do_nothing, stop=do_nothing, threads=2)


def send_request(
    view: Any, request_scope: dict[str, Any] | None = None, reader: Reader | None = None
) -> tuple[Reader, Handler]:
    """Send one request to a bridge whose only view is `view`."""
    handler = Handler(view)

    async def test() -> Reader:
        other_end = reader or Reader()
        application = make_bridge(handler)
        async with asyncio.timeout(PATIENCE):
            await application(request_scope or scope(), other_end.receive, other_end.send)
        application.pool.shutdown()
        return other_end

    return asyncio.run(test()), handler

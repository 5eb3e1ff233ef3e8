"""The ASGI application: every request passes through Django's WSGI handler in a worker thread.

Django's own ASGI handler hops between threads around its middleware, and keeps a thread and its
database connection for as long as a response lasts: for a live stream, for hours. Here a request
costs one hop, streams included. A view that wants its connection kept open returns a
`StreamResponse`: by then Django has checked the person and the team and given its thread back, and
the event loop carries the stream alone (docs/decisions/0002-server.md has the figures).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any

from asgiref.wsgi import WsgiToAsgiInstance
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse
from django.http.response import HttpResponseBase

from kindwall import downloads
from kindwall.addresses import network_of
from kindwall.downloads import LongResponse
from kindwall.uploads import Message, Receive, Upload

type Send = Callable[[Message], Awaitable[None]]
type Callback = Callable[[], Awaitable[None]]

logger = logging.getLogger(__name__)

PERSON_KEY = "kindwall.person"  # in the environ: the person who is signed in, once Django knows
HEALTH = "/healthz/"

NO_ROOM = b"Too much is being sent here just now. Please try again in a minute.\n"


class StreamResponse(HttpResponse):
    """A response whose connection stays open; `stream` writes the body on the event loop."""

    async def stream(self, headers: list[tuple[bytes, bytes]], receive: Receive, send: Send) -> None:
        raise NotImplementedError


class Bridge:
    """An ASGI application over Django's WSGI handler. `start` and `stop` run on the loop, with the server."""

    def __init__(self, handler: WSGIHandler, *, start: Callback, stop: Callback, threads: int) -> None:
        self.handler = handler
        self.start = start
        self.stop = stop
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="django")
        # The health check has a thread of its own, so that it responds while all others are busy.
        self.health = ThreadPoolExecutor(1, thread_name_prefix="health")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._run_lifespan(receive, send)
        elif scope["type"] == "http":
            upload = Upload(scope, receive, network_of(scope["client"][0] if scope.get("client") else ""))
            try:
                await self._serve(scope, upload, receive, send)
            finally:
                upload.close()
        else:
            raise ValueError(f"HTTP only, not {scope['type']}")

    async def _run_lifespan(self, receive: Receive, send: Send) -> None:
        for phase, callback in (("startup", self.start), ("shutdown", self.stop)):
            await receive()
            await callback()
            await send({"type": f"lifespan.{phase}.complete"})

    async def _serve(self, scope: Message, upload: Upload, receive: Receive, send: Send) -> None:
        if not await upload.read():
            return
        if upload.no_room:
            await send_text(send, 503, NO_ROOM, (b"retry-after", b"60"))
            return
        try:
            environ = environ_of(scope, upload.body, upload.size)
        except ValueError:  # a query that is not ASCII, a header repeated without end
            await send_text(send, 400, b"This request cannot be read.")
            return
        pool = self.health if scope["path"] == HEALTH else self.pool
        try:
            start, content = await asyncio.get_running_loop().run_in_executor(pool, self._call, environ)
        except Exception:
            logger.exception("%s %s failed outside Django", environ["REQUEST_METHOD"], environ["PATH_INFO"])
            await send_text(send, 500, b"Something went wrong.")
            return
        if (person := environ.get(PERSON_KEY)) is not None and (connection := scope.get("kindwall.connection")):
            connection.belongs_to(person)
        if upload.is_unread:
            start["headers"].append((b"connection", b"close"))
        if isinstance(content, StreamResponse):
            upload.close()
            await content.stream(start["headers"], receive, send)
        elif isinstance(content, LongResponse):
            upload.close()
            await self._send_long(content, start, scope, upload.address, receive, send)
        else:
            await send(start)
            await send({"type": "http.response.body", "body": content})

    def _call(self, environ: dict[str, Any]) -> tuple[Message, bytes | StreamResponse | LongResponse]:
        """Call Django in a worker thread, and read its whole response, or the first part of a long one."""
        start: Message = {"type": "http.response.start"}

        def start_response(status: str, headers: list[tuple[str, str]]) -> None:
            start["status"] = int(status[:3])
            start["headers"] = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]

        response: HttpResponseBase = self.handler(environ, start_response)  # type: ignore[arg-type]
        long = None
        try:
            if isinstance(response, StreamResponse):  # CommonMiddleware has given it the length of an empty body
                start["headers"] = [header for header in start["headers"] if header[0] != b"content-length"]
                return start, response
            if environ["REQUEST_METHOD"] == "HEAD":
                return start, b""
            if not response.streaming:
                return start, b"".join(response)
            long = LongResponse(response)
            return start, long if long.has_more else long.first
        finally:
            if long is None or not long.has_more:
                response.close()

    async def _send_long(
        self, long: LongResponse, start: Message, scope: Message, address: str, receive: Receive, send: Send
    ) -> None:
        if not downloads.download_quota.take(address):
            self.pool.submit(long.close)
            await send_text(send, 503, NO_ROOM, (b"retry-after", b"60"))
            return
        try:
            sent = await long.send(start, self.pool, receive, send)
        finally:
            downloads.download_quota.give_back(address)
        if not sent and (connection := scope.get("kindwall.connection")):
            await connection.cut()


def environ_of(scope: Message, body: IO[bytes], size: int) -> dict[str, Any]:
    """The WSGI environ of a request whose body has been read.

    A header with an underscore is dropped: `X_Real_Ip` would pass for `X-Real-Ip`. Cookies that came in several
    headers are joined as cookies are (RFC 9113, 8.2.3). The length is what arrived: Django takes a chunked body,
    which declares none, for an empty one.
    """
    headers = [(name, value) for name, value in scope["headers"] if b"_" not in name and name != b"cookie"]
    if cookies := [value for name, value in scope["headers"] if name == b"cookie"]:
        headers.append((b"cookie", b"; ".join(cookies)))
    instance = WsgiToAsgiInstance(None)  # type: ignore[no-untyped-call]
    instance.scope = scope | {"headers": headers}
    environ: dict[str, Any] = instance.build_environ(instance.scope, body)  # type: ignore[no-untyped-call]
    return environ | {"CONTENT_LENGTH": str(size)}


async def send_text(send: Send, status: int, text: bytes, *more: tuple[bytes, bytes]) -> None:
    headers = [
        *more,
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"%d" % len(text)),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})

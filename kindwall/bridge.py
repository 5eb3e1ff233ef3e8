"""The one way in: every request passes through Django's WSGI handler in a worker thread.

Django's own ASGI handler hops between threads around its middleware, and keeps a thread and its
database connection for as long as a response lasts: for a live stream, for hours. Here a request
costs one hop, streams included. A view that wants its connection kept open returns a
`StreamResponse`: by then Django has checked the person and the team and given its thread back, and
the event loop carries the stream alone (docs/decisions/0002-server.md has the figures).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from asgiref.wsgi import WsgiToAsgiInstance
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse
from django.http.response import HttpResponseBase

type Message = dict[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type Callback = Callable[[], Awaitable[None]]

logger = logging.getLogger(__name__)

HEALTH = "/healthz/"
MOST_BODY = 32 << 20  # bytes; a larger request is refused before Django sees it
IN_MEMORY = 256 << 10  # bytes of a request kept in memory; more goes to a temporary file
WHOLE = 1 << 20  # bytes of a response sent in one go, so that a slow reader holds no thread
SEND_TIMEOUT = 30.0  # seconds that a reader of a longer response may take for one part


class StreamResponse(HttpResponse):
    """What a view returns to have its connection kept open; `stream` writes the body on the event loop."""

    async def stream(self, headers: list[tuple[bytes, bytes]], receive: Receive, send: Send) -> None:
        raise NotImplementedError


class Bridge:
    """An ASGI application over Django's WSGI handler. `start` and `stop` run on the loop, with the server."""

    def __init__(self, handler: WSGIHandler, *, start: Callback, stop: Callback, threads: int) -> None:
        self.handler = handler
        self.start = start
        self.stop = stop
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="django")
        # Of its own, so that it says so when all the others wait.
        self.health = ThreadPoolExecutor(1, thread_name_prefix="health")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            with SpooledTemporaryFile(max_size=IN_MEMORY) as body:
                await self._serve(scope, body, receive, send)
        else:
            raise ValueError(f"HTTP only, not {scope['type']}")

    async def _live(self, receive: Receive, send: Send) -> None:
        for phase, callback in (("startup", self.start), ("shutdown", self.stop)):
            await receive()
            await callback()
            await send({"type": f"lifespan.{phase}.complete"})

    async def _serve(self, scope: Message, body: IO[bytes], receive: Receive, send: Send) -> None:
        size = await spool(scope, receive, body)
        if size is None:
            return  # the client left during its upload: nobody to answer
        if size > MOST_BODY:
            await plain(send, 413, b"This upload is too large.")
            return
        try:
            environ = environ_of(scope, body, size)
        except ValueError:  # a query that is not ASCII, a header repeated without end
            await plain(send, 400, b"This request cannot be read.")
            return
        parts = Parts(asyncio.get_running_loop(), receive, send)
        pool = self.health if scope["path"] == HEALTH else self.pool
        try:
            answer = await parts.loop.run_in_executor(pool, self._call, environ, parts.emit)
        except Exception:
            logger.exception("%s %s failed outside Django", environ["REQUEST_METHOD"], environ["PATH_INFO"])
            if parts.begun:
                raise  # too late for a status: the server cuts the connection, and the reader sees that it was cut
            await plain(send, 500, b"Something went wrong.")
            return
        finally:
            parts.end()
        if answer is None:
            return
        start, content = answer
        if isinstance(content, StreamResponse):
            await content.stream(start["headers"], receive, send)
        else:
            await send(start)
            await send({"type": "http.response.body", "body": content})

    def _call(
        self, environ: dict[str, Any], emit: Callable[[Message], bool]
    ) -> tuple[Message, bytes | StreamResponse] | None:
        """In a worker thread: call Django, read the content and close, all where the database connection is.

        Returns what the loop shall send, or None when this has sent it, part by part.
        """
        start: Message = {"type": "http.response.start"}

        def start_response(status: str, headers: list[tuple[str, str]]) -> None:
            start["status"] = int(status[:3])
            start["headers"] = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]

        response: HttpResponseBase = self.handler(environ, start_response)  # type: ignore[arg-type]
        try:
            if isinstance(response, StreamResponse):  # CommonMiddleware has given it the length of an empty body
                start["headers"] = [header for header in start["headers"] if header[0] != b"content-length"]
                return start, response
            if environ["REQUEST_METHOD"] == "HEAD":
                return start, b""
            parts: Iterable[bytes] = response
            if not response.streaming or int(response.get("Content-Length", str(WHOLE + 1))) <= WHOLE:
                return start, b"".join(parts)
            if emit(start) and all(
                emit({"type": "http.response.body", "body": part, "more_body": True}) for part in parts
            ):
                emit({"type": "http.response.body", "body": b""})
            return None
        finally:
            response.close()


class Parts:
    """Sends a long response from its worker thread, part by part, for as long as somebody reads it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, receive: Receive, send: Send) -> None:
        self.loop = loop
        self.receive = receive
        self.send = send
        self.gone: asyncio.Future[Message] | None = None

    @property
    def begun(self) -> bool:
        return self.gone is not None

    def emit(self, message: Message) -> bool:
        """From the worker thread; False when the reader has gone or has stopped reading."""
        return asyncio.run_coroutine_threadsafe(self._push(message), self.loop).result()

    async def _push(self, message: Message) -> bool:
        # Servers swallow what nobody reads, so the connection's end has to be watched for.
        self.gone = self.gone or asyncio.ensure_future(self.receive())
        try:
            await asyncio.wait_for(self.send(message), SEND_TIMEOUT)
        except TimeoutError:
            return False
        return not self.gone.done()

    def end(self) -> None:
        if self.gone is not None:
            self.gone.cancel()


async def spool(scope: Message, receive: Receive, body: IO[bytes]) -> int | None:
    """Write the request's body to `body`; its size, more than MOST_BODY if refused, None if the client left."""
    declared = dict(scope["headers"]).get(b"content-length", b"")
    if declared.isdigit() and int(declared) > MOST_BODY:
        return int(declared)
    size, more = 0, True
    while more and size <= MOST_BODY:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        size += body.write(message.get("body", b""))
        more = message.get("more_body", False)
    body.seek(0)
    return size


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


async def plain(send: Send, status: int, text: bytes) -> None:
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"%d" % len(text)),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})

"""Read a request's body on the event loop, before a thread serves the request.

A page accepts as much as a form of text can hold, and a view for files more (`takes_files`). A larger body is read to
its end and discarded, because a browser reads the response only then.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from tempfile import TemporaryFile
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.urls import Resolver404, resolve

from kindwall.quota import Quota

logger = logging.getLogger(__name__)

type Message = dict[str, Any]
type Receive = Callable[[], Awaitable[Message]]

MOST_TEXT = settings.DATA_UPLOAD_MAX_MEMORY_SIZE  # bytes that a page without files accepts
MOST_BODY = 32 << 20  # bytes that any page accepts
MOST_READ = 96 << 20  # bytes that are read, if only to be discarded
IN_MEMORY = 16 << 10  # bytes of a body kept in memory; more goes to a file
MOST_IN_FILES = 256 << 20  # bytes of bodies in files at the same time
MOST_OF_ONE = 48 << 20  # of these, what one address may always use

upload_quota = Quota(MOST_IN_FILES, share=0.25, least=MOST_OF_ONE)
# The loop never waits for a disk.
files = ThreadPoolExecutor(1, thread_name_prefix="uploads")


def takes_files[View: Callable[..., Any]](most: int) -> Callable[[View], View]:
    """Allow requests of `most` bytes to a view. It has to be the outermost decorator."""

    def declared(view: View) -> View:
        view.most_body = min(most, MOST_BODY)  # type: ignore[attr-defined]
        return view

    return declared


def most_body(path: str) -> int:
    """Return how many bytes a request to this address may have."""
    try:
        return int(getattr(resolve(path).func, "most_body", MOST_TEXT))
    except Resolver404:
        return MOST_TEXT


class TooLarge(BytesIO):
    """The body of a request that was too large. Reading it raises an error, for which `errors.bad_request` responds."""

    def read(self, size: int | None = -1, /) -> bytes:
        raise RequestDataTooBig

    def readline(self, size: int | None = -1, /) -> bytes:
        raise RequestDataTooBig


class Upload:
    """One request's body, from its first byte until the response. It counts for the client's `address`."""

    def __init__(self, scope: Message, receive: Receive, address: str) -> None:
        self.scope = scope
        self.receive = receive
        self.address = address
        self.body: IO[bytes] = BytesIO()
        self.size = 0
        self.limit = MOST_TEXT
        self.too_large = False
        self.no_room = False
        self.is_unread = False  # some of it may still come: the connection cannot be used again
        self._held = 0

    @property
    def is_endless(self) -> bool:
        """Whether the body is larger than what is read even to be discarded."""
        return self.size > MOST_READ

    async def read(self) -> bool:
        """Read the whole body, unless it is endless. Return False when the client has left meanwhile."""
        if self._is_refused_unread():
            return True
        more = True
        while more and not self.is_endless:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                return False
            more = message.get("more_body", False)
            if chunk := message.get("body"):
                await self._add(chunk)
        self.is_unread = more
        self.body.seek(0)
        return True

    def close(self) -> None:
        self.body.close()
        if self._held:
            upload_quota.give_back(self.address, self._held)
            self._held = 0

    def _is_refused_unread(self) -> bool:
        """Return whether a body declared too large is left unread, because it is endless or its client still waits."""
        headers = dict(self.scope["headers"])
        declared = headers.get(b"content-length", b"")
        size = int(declared) if declared.isdigit() and len(declared) < 19 else 0
        if size <= MOST_TEXT or size <= most_body(self.scope["path"]):
            return False
        self._discard("too_large")
        if size > MOST_READ or b"expect" in headers:
            self.size, self.is_unread = size, True
        return self.is_unread

    async def _add(self, chunk: bytes) -> None:
        self.size += len(chunk)
        if self.too_large or self.no_room:
            return
        if self.size > self.limit:
            self.limit = most_body(self.scope["path"])
        if self.size > self.limit:
            self._discard("too_large")
        elif self.size <= IN_MEMORY:
            self.body.write(chunk)
        else:
            await self._write(chunk)

    async def _write(self, chunk: bytes) -> None:
        """Write the chunk to a file, if there is room for it."""
        amount = self.size - self._held
        if not upload_quota.take(self.address, amount):
            self._discard("no_room")
            return
        self._held += amount
        try:
            self.body = await asyncio.get_running_loop().run_in_executor(files, append_to_file, self.body, chunk)
        except OSError:
            logger.exception("An upload could not be written to %s", settings.DATA_DIR)
            self._discard("no_room")

    def _discard(self, why: str) -> None:
        setattr(self, why, True)
        self.close()
        self.body = TooLarge()


def append_to_file(body: IO[bytes], chunk: bytes) -> IO[bytes]:
    """Append `chunk` to the body and return it, as a file from now on."""
    if not isinstance(body, BytesIO):
        body.write(chunk)
        return body
    file = TemporaryFile(dir=settings.DATA_DIR)  # noqa: SIM115 - closed with the upload
    try:
        file.write(body.getvalue())
        file.write(chunk)
    except OSError:
        file.close()
        raise
    return file

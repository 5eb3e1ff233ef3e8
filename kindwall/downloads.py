"""Sending a response that is too long to be made at once: no thread waits for its reader."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Executor
from contextlib import suppress
from typing import Any

from django.http.response import HttpResponseBase

from kindwall.quota import Quota

type Message = dict[str, Any]

TURN = 256 << 10  # bytes that a thread makes before it answers somebody else
WRITE = 64 << 10  # bytes sent at once
SEND_TIMEOUT = 30.0  # seconds that a reader may take for these
UNDER_WAY = 128  # long responses at the same time; each holds a part of its own, at most about a megabyte

under_way = Quota(UNDER_WAY, share=0.25, least=8)


class LongResponse:
    """A streaming response, made in turns by whichever thread is free; so it must not depend on a thread.

    Its parts are made no faster than they are read, and none once the reader has left. Between two turns no thread and
    no database connection is held. The alternative, all of it in a temporary file, would keep a thread for as long as
    a table of a million rows takes, and need room on the disk for every reader.
    """

    def __init__(self, response: HttpResponseBase) -> None:
        self.close = response.close
        self.parts: Iterator[bytes] = iter(response)
        self.goes_on = True
        self.first = self.take()

    def take(self) -> bytes:
        """The next turn, in a thread; nothing once it is over."""
        parts, size = [], 0
        while size < TURN and self.goes_on:
            part = next(self.parts, None)
            if part is None:
                self.goes_on = False
            else:
                parts.append(part)
                size += len(part)
        return b"".join(parts)

    async def send(
        self, start: Message, threads: Executor, receive: Callable[[], Awaitable[Message]], send: Any
    ) -> bool:
        """Send it whole. False when its reader has left, or takes too long."""
        # Servers swallow what nobody reads, so the connection's end has to be watched for.
        gone = asyncio.ensure_future(receive())
        try:
            await send(start)
            turn = self.first
            while turn:
                for place in range(0, len(turn), WRITE):
                    part = {"type": "http.response.body", "body": turn[place : place + WRITE], "more_body": True}
                    await asyncio.wait_for(send(part), SEND_TIMEOUT)
                    if gone.done():
                        return False
                turn = await asyncio.get_running_loop().run_in_executor(threads, self.take)
            await send({"type": "http.response.body", "body": b""})
        except TimeoutError:
            return False
        finally:
            gone.cancel()
            with suppress(RuntimeError):  # the process ends
                threads.submit(self.close)
        return True

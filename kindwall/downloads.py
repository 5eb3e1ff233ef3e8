"""Send long responses part by part, so that no thread waits for a slow reader."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import suppress
from typing import Any

from django.http.response import HttpResponseBase

from kindwall.quota import Quota
from kindwall.uploads import Message, Receive

TURN = 256 << 10  # bytes that a thread produces before it serves another request
WRITE = 64 << 10  # bytes sent at once
SEND_TIMEOUT = 30.0  # seconds that a reader may take for these
MOST_DOWNLOADS = 128  # long responses at the same time; each holds at most about a megabyte

download_quota = Quota(MOST_DOWNLOADS, share=0.25, least=8)


class LongResponse:
    """A streaming response, produced in turns by any free thread; so it must not depend on a thread.

    Its parts are produced no faster than they are read, and none once the reader has left. Between two turns it holds
    no thread and no database connection. A temporary file for the whole response would occupy a thread for as long as
    a table of a million rows takes, and need space on the disk for every reader.
    """

    def __init__(self, response: HttpResponseBase) -> None:
        self.close = response.close
        self.parts: Iterator[bytes] = iter(response)
        self.has_more = True
        self.first = self.next_turn()

    def next_turn(self) -> bytes:
        """Produce the next turn, in a thread; return nothing at the end."""
        parts, size = [], 0
        while size < TURN and self.has_more:
            part = next(self.parts, None)
            if part is None:
                self.has_more = False
            else:
                parts.append(part)
                size += len(part)
        return b"".join(parts)

    async def send(self, start: Message, threads: Executor, receive: Receive, send: Any) -> bool:
        """Send the whole response. Return False when its reader has left, or takes too long."""
        # uvicorn discards output for a closed connection silently, so the end of the connection is awaited here.
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
                turn = await asyncio.get_running_loop().run_in_executor(threads, self.next_turn)
            await send({"type": "http.response.body", "body": b""})
        except TimeoutError:
            return False
        finally:
            gone.cancel()
            with suppress(RuntimeError):  # the process ends
                threads.submit(self.close)
        return True

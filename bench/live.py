"""The live wall: open streams, what each costs the server, and how long a moderator's press takes to reach them."""

import asyncio
import gc
import re
import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.clients import Browser, get
from bench.server import Server

AT_ONCE = 100  # streams being opened at the same time
PAUSE = 0.1  # seconds between the last screen and the next press
PATIENCE = 20.0  # seconds for all streams to receive one story
STREAM = re.compile(r'<live-stream data-live="(?P<path>[^"]+)".*?data-after="(?P<after>[^"]+)"', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Spread:
    """The times in which one story reached the screens, in seconds from the moderator's press."""

    median: float
    last: float


@dataclass(frozen=True, slots=True)
class Audience:
    viewers: int
    memory: float  # KB of the server's resident memory for each viewer
    threads: int  # of the server, while they watch
    opened_in: float  # seconds
    spreads: list[Spread]


class Viewer(asyncio.Protocol):
    """One open stream. It notes when it has received the card that all are waiting for."""

    card = b""  # what is in the awaited card alone
    seen: list[float]

    def __init__(self, asking: bytes) -> None:
        self.asking = asking
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.pending = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self.asking)

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        self.pending += data
        if not self.pending.endswith(b"\n\n\r\n"):  # an event that ends here, and the HTTP chunk around it
            return
        if not self.opened.done() and b"retry:" in self.pending:
            self.opened.set_result(None)
        if Viewer.card and Viewer.card in self.pending:
            Viewer.seen.append(now)
        self.pending = b""

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(exc or ConnectionResetError(f"a stream was refused: {self.pending[:80]!r}"))


async def measure(
    server: Server, reader: Browser, moderator: Browser, wall: str, viewers: int, stories: Sequence[int]
) -> Audience:
    """Open the streams of a wall and publish each of `stories` when the one before has reached everybody."""
    page = (await reader.get(wall)).text
    await moderator.get(wall)  # its token
    found = STREAM.search(page)
    assert found, "the wall has no stream"
    asking = get(f"{found['path']}?after={found['after']}", accept="text/event-stream", cookie=reader.cookie)
    before, began = server.rss, time.perf_counter()
    transports = await open_streams(server.port, asking, viewers)
    opened_in = time.perf_counter() - began
    try:
        await asyncio.sleep(0.5)
        memory, threads = (server.rss - before) / viewers, server.threads
        # The clients are here, in one process; their own collector would pause what is measured.
        gc.collect()
        gc.disable()
        spreads = [await publish(moderator, wall, story, viewers) for story in stories]
    finally:
        gc.enable()
        for transport in transports:
            transport.close()
    return Audience(viewers, memory, threads, opened_in, spreads)


async def open_streams(port: int, asking: bytes, number: int) -> list[asyncio.Transport]:
    loop, gate = asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE)

    async def open_one() -> asyncio.Transport:
        async with gate, asyncio.timeout(PATIENCE):
            transport, viewer = await loop.create_connection(lambda: Viewer(asking), "127.0.0.1", port)
            await viewer.opened
            return transport

    return await asyncio.gather(*(open_one() for _ in range(number)))


async def publish(moderator: Browser, wall: str, story: int, viewers: int) -> Spread:
    """Press “publish” as the desk does, and wait for the card on every screen."""
    await asyncio.sleep(PAUSE)
    press = moderator.form(
        f"{wall}stories/{story}/publish/",
        {"revision": "1"},
        HX_Request="true",
        X_CSRFToken=moderator.token,
        accept_encoding="gzip, deflate, br, zstd",
    )
    Viewer.card, Viewer.seen = f'id="story-{story}-card"'.encode(), []
    pressed = time.perf_counter()
    response = await moderator.connection.ask(press)
    if response.status != 200:
        raise SystemExit(f"Publishing was answered with {response.status}.")
    async with asyncio.timeout(PATIENCE):
        while len(Viewer.seen) < viewers:
            await asyncio.sleep(0.005)
    seen = sorted(Viewer.seen)
    return Spread(median=seen[len(seen) // 2] - pressed, last=seen[-1] - pressed)


def allow_many_files() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

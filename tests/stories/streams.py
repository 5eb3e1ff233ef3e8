"""Browsers that follow a wall, connected to the hub without a server."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from django.db import connection

from accounts.models import Membership, Team
from stories.live.hub import Hub, LiveResponse
from stories.live.position import read_position
from stories.live.render import Audience
from stories.live.viewers import Watcher

MEMBERS = Audience(language="en", visitor=False)
VISITORS = Audience(language="en", visitor=True)
DESK = Audience(language="en", visitor=False, desk=True)

PATIENCE = 10.0  # seconds after which a test gives up; no test waits them out


def watcher_for(reader: Membership, address: str = "192.0.2.7") -> Watcher:
    """Somebody of a team in a browser where they have just signed in."""

    def sign_in() -> Watcher:
        session = SessionStore()
        session.create()
        connection.close()
        key = session.session_key or ""
        return Watcher(
            user_id=reader.user_id,
            session=key,
            password=reader.user.password,
            address=address,
            moderates=reader.may_moderate,
        )

    # The loop's thread may not touch the database.
    with ThreadPoolExecutor(1) as elsewhere:
        return elsewhere.submit(sign_in).result()


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(3 * PATIENCE):
            await test()

    asyncio.run(limited())


class Browser:
    """One open stream. `stalled` is a reader that has stopped taking what it is sent."""

    def __init__(
        self,
        hub: Hub,
        team: Team,
        *,
        after: int,
        audience: Audience = MEMBERS,
        reader: Membership | None = None,
        watcher: Watcher | None = None,
        stalled: bool = False,
    ) -> None:
        self.team_id = team.pk
        self.sent = b""
        self.started: dict[str, Any] | None = None
        self.ended = False
        self.writes = 0
        self.flow = asyncio.Event()
        if not stalled:
            self.flow.set()
        self._left = asyncio.Event()
        self._changed = asyncio.Condition()
        if watcher is None:
            watcher = watcher_for(reader) if reader else Watcher()
        response = LiveResponse(team_id=team.pk, audience=audience, watcher=watcher, after=after)
        headers = [(name.lower().encode(), value.encode()) for name, value in response.items()]
        self.task = asyncio.create_task(hub.stream(response, headers, self.receive, self.send))

    async def receive(self) -> dict[str, Any]:
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.started = message
        else:
            await self.flow.wait()
            self.sent += message["body"]
            self.writes += 1
            self.ended = not message.get("more_body", False)
        async with self._changed:
            self._changed.notify_all()

    async def leave(self) -> None:
        self._left.set()
        await self.task

    async def until(self, seen: Callable[["Browser"], Any]) -> None:
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: seen(self))

    async def until_sent(self, words: str, times: int = 1) -> None:
        try:
            await self.until(lambda browser: browser.sent.decode().count(words) >= times)
        except TimeoutError:
            raise AssertionError(f"never sent: {words!r}; but this: {self.sent!r}") from None

    async def until_open(self) -> None:
        """Connected and up to date."""
        await self.until_sent("retry:")

    @property
    def events(self) -> list[str]:
        """The names of the events, without heartbeats."""
        return re.findall(r"^event: (\w+)$", self.sent.decode(), re.MULTILINE)

    @property
    def ids(self) -> list[int]:
        """The events that the positions stand for, which the browser itself cannot read."""
        positions = re.findall(r"^id: (.+)$", self.sent.decode(), re.MULTILINE)
        return [read_position(position, self.team_id) for position in positions]


class Elsewhere:
    """A thread of its own for changes, as a request would have: the loop's thread may not touch the database."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(1)

    async def __call__[T](self, change: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.pool, change)


@asynccontextmanager
async def running_hub() -> AsyncIterator[tuple[Hub, Elsewhere]]:
    hub, elsewhere = Hub(), Elsewhere()
    await hub.start()
    try:
        yield hub, elsewhere
    finally:
        await hub.stop()
        await elsewhere(lambda: connection.close())
        elsewhere.pool.shutdown()


async def until(true: Callable[[], Any]) -> None:
    """Let the loop go on until it is so."""
    async with asyncio.timeout(PATIENCE):
        while not true():
            await asyncio.sleep(0.002)

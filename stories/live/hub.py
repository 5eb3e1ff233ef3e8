"""The live hub: one in each process, however many people watch.

One task follows the outbox for all teams that are being watched and draws each change once for each
audience, which is sent the same bytes. All async code of the product is in this module.
"""

import asyncio
import contextlib
import gc
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import close_old_connections, connection, connections

from kindwall.bridge import Send, StreamResponse
from kindwall.uploads import Receive
from stories.live import access as watching
from stories.live.access import still_allowed
from stories.live.render import Audience, News, announcements, message
from stories.live.viewers import TOO_MANY, Viewer, Viewers, Watcher
from stories.models import OutboxEvent, outbox

logger = logging.getLogger(__name__)

POLL = 1.0  # seconds; the floor that works where nothing wakes the hub
MERGE = 0.05  # seconds between two readings; what happens within them goes out as one
HEARTBEAT = settings.LIVE_HEARTBEAT  # seconds
LONGEST = 900.0  # seconds; then a browser connects anew and is asked again who it is
BETWEEN_CHECKS = 1.0  # seconds, at least: they read every viewer's session, and anybody can sign in and out
STUCK = 30.0  # seconds that one write may take before its reader is dropped
KEPT_MESSAGES = 128  # how far a reader may fall behind before it has to catch up from the outbox
BATCH = 1_000  # outbox rows read at once
MOST_PAST = 300  # outbox rows that are told to a browser that comes back; beyond them it reads the wall anew
RETRY_AFTER = b"60"  # seconds, for those who have too many streams open
PRUNE = 600.0  # seconds between two clearings of the outbox


# It carries no position: whoever saw the team's newest event has missed nothing, however long ago that was.
HEARTBEAT_MESSAGE = b"event: beat\ndata\n\n"
# It carries nothing: what has changed, each moderator's page asks for itself.
DESK_HAS_CHANGED = b"event: desk\ndata\n\n"


class LiveResponse(StreamResponse):
    """A view's permission to follow a team from event `after` on."""

    def __init__(self, *, team_id: int, audience: Audience, watcher: Watcher, after: int) -> None:
        super().__init__(content_type="text/event-stream")
        self.team_id = team_id
        self.audience = audience
        self.watcher = watcher
        self.after = after
        self["Cache-Control"] = "no-store"
        self["X-Accel-Buffering"] = "no"

    async def stream(self, headers: list[tuple[bytes, bytes]], receive: Receive, send: Send) -> None:
        await hub.stream(self, headers, receive, send)


@dataclass(slots=True)
class Channel:
    """What one audience of a team is sent. A viewer is a place in it, not a queue of its own."""

    # Each with the newest event that it tells of.
    messages: deque[tuple[int, bytes]] = field(default_factory=lambda: deque(maxlen=KEPT_MESSAGES))
    end: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    viewers: int = 0

    @property
    def start(self) -> int:
        return self.end - len(self.messages)

    def publish(self, event: int, chunk: bytes) -> None:
        self.messages.append((event, chunk))
        self.end += 1
        changed, self.changed = self.changed, asyncio.Event()
        changed.set()

    def read_from(self, place: int, known: int) -> bytes:
        """What was sent from that place on, without what a viewer who knows all up to event `known` has had."""
        new = islice(self.messages, place - self.start, None)
        return b"".join(chunk for event, chunk in new if event > known)


class Hub:
    def __init__(self) -> None:
        self.channels: dict[tuple[int, Audience], Channel] = {}
        self.viewers = Viewers()
        self.cursor = 0
        self._running: list[asyncio.Task[None]] = []
        self._catching_up: dict[tuple[int, Audience, int, int], asyncio.Future[tuple[bytes, int]]] = {}
        self._closing = False

    # Starting and stopping, with the server

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._woken = asyncio.Event()
        self._asked_to_check = asyncio.Event()
        # The database is read in threads of the hub's own, so that full request threads never hold it up: one
        # follows the outbox, the other answers those who come back, however many and from however long ago.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="live")
        self._past_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="live-past")
        self._closing = False
        self.cursor = await self._in_thread(OutboxEvent.objects.newest_id)
        outbox.listeners.append(self.wake)
        outbox.desk_listeners.append(self.notify_desk)
        watching.listeners.append(self.check)
        jobs = [self._follow(), self._keep_alive(), self._check_when_asked(), self._tidy()]
        if connection.vendor == "postgresql":
            jobs.append(self._listen())
        self._running = [asyncio.create_task(job) for job in jobs]
        calm_garbage_collection()

    def close(self) -> None:
        """End every stream now; the browsers come back to whoever serves next."""
        self._closing = True
        for channel in self.channels.values():
            channel.publish(0, b"")

    async def stop(self) -> None:
        self.close()
        outbox.listeners.remove(self.wake)
        outbox.desk_listeners.remove(self.notify_desk)
        watching.listeners.remove(self.check)
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        for thread in (self._thread, self._past_thread):
            await self._loop.run_in_executor(thread, connections.close_all)
            thread.shutdown()

    def wake(self) -> None:
        """Look at the outbox now. Safe from any thread."""
        with contextlib.suppress(RuntimeError):  # the loop may have ended a moment ago
            self._loop.call_soon_threadsafe(self._woken.set)

    def check(self, owner: int | str) -> None:
        """Ask now whether the streams of this person, or of this session, may go on. Safe from any thread."""
        if self.viewers.belong_to(owner):
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._asked_to_check.set)

    def notify_desk(self, team_id: int) -> None:
        """That something has changed at a team's desk. Safe from any thread."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._notify_desk, team_id)

    def _notify_desk(self, team_id: int) -> None:
        for (team, audience), channel in self.channels.items():
            if team == team_id and audience.desk:
                channel.publish(self.cursor + 1, DESK_HAS_CHANGED)

    # One open stream

    async def stream(
        self, response: LiveResponse, headers: list[tuple[bytes, bytes]], receive: Receive, send: Send
    ) -> None:
        """Serve one viewer until they leave, fall too far behind, may not watch any more, or the hub closes."""
        key = (response.team_id, response.audience)
        viewer = Viewer(response.watcher, *key, leaves_at=time.monotonic() + LONGEST)
        # The view has looked; of many that ask in the same moment, here they are counted.
        if not self.viewers.add(viewer):
            await send({"type": "http.response.start", "status": TOO_MANY, "headers": [(b"retry-after", RETRY_AFTER)]})
            await send({"type": "http.response.body", "body": b""})
            return
        channel = self.channels.setdefault(key, Channel())
        channel.viewers += 1
        try:
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            viewer.task = asyncio.create_task(self._write(response, channel, viewer, send))
            gone = asyncio.ensure_future(wait_for_disconnect(receive))
            await asyncio.wait([viewer.task, gone], return_when=asyncio.FIRST_COMPLETED)
            gone.cancel()
            viewer.task.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await viewer.task
        finally:
            self.viewers.remove(viewer)
            channel.viewers -= 1
            if not channel.viewers:
                self.channels.pop(key, None)

    async def _write(self, response: LiveResponse, channel: Channel, viewer: Viewer, send: Send) -> None:
        # The place is taken before the past is read: what happens meanwhile is sent after it, once.
        place = channel.end
        past, known = await self._catch_up(response.team_id, response.audience, response.after)
        await self._send(b"retry: 2000\n\n" + past, viewer, send)
        while not (self._closing or viewer.done) and place >= channel.start:
            if place == channel.end:
                await channel.changed.wait()
                continue
            chunk, place = channel.read_from(place, known), channel.end
            if chunk:
                await self._send(chunk, viewer, send)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send(self, chunk: bytes, viewer: Viewer, send: Send) -> None:
        viewer.writing_since = time.monotonic()
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
        viewer.writing_since = None

    async def _catch_up(self, team_id: int, audience: Audience, after: int) -> tuple[bytes, int]:
        """What this audience was sent since event `after`, and up to which. Many who come back share it.

        A desk that comes back reads itself anew.
        """
        if after == self.cursor or audience.desk:
            return b"", after
        key = (team_id, audience, after, self.cursor)
        if key not in self._catching_up:
            reading = self._loop.run_in_executor(
                self._past_thread, with_fresh_connection, read_since, team_id, audience, after
            )
            self._catching_up[key] = asyncio.ensure_future(reading)
            self._loop.call_later(1, self._catching_up.pop, key, None)
        return await asyncio.shield(self._catching_up[key])

    # The hub's own tasks

    async def _follow(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), POLL)
            self._woken.clear()
            try:
                cursor, teams, more = await self._in_thread(read_after, self.cursor, list(self.channels))
            except Exception:
                logger.exception("The live hub could not read the outbox; it tries again.")
                await asyncio.sleep(POLL)
                continue
            # The cursor and the channels move together, without an await between: whoever joins now and
            # is up to date with the cursor has missed nothing.
            self.cursor = cursor
            for (team_id, audience), channel in self.channels.items():
                if (news := teams.get(team_id)) and not audience.desk:
                    # Drawn by now, unless this audience has come while the outbox was read.
                    channel.publish(cursor, news.for_audience(audience))
            if more:
                self._woken.set()
            elif teams:
                await asyncio.sleep(MERGE)

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT)
            await self._end_disallowed()
            now = time.monotonic()
            for viewer in list(self.viewers):
                viewer.done = viewer.done or now > viewer.leaves_at
                if viewer.task and viewer.writing_since and now - viewer.writing_since > STUCK:
                    viewer.task.cancel()
            for channel in self.channels.values():
                channel.publish(self.cursor + 1, HEARTBEAT_MESSAGE)

    async def _check_when_asked(self) -> None:
        while True:
            await self._asked_to_check.wait()
            self._asked_to_check.clear()
            await self._end_disallowed()
            for key in {(viewer.team_id, viewer.audience) for viewer in self.viewers if viewer.done}:
                self.channels[key].publish(0, b"")
            await asyncio.sleep(BETWEEN_CHECKS)

    async def _end_disallowed(self) -> None:
        """Mark the viewers who may no longer watch: signed out, out of the team, or the wall has closed."""
        viewers = list(self.viewers)
        if not viewers:
            return
        watchers = [(viewer.team_id, viewer.audience.desk, viewer.watcher) for viewer in viewers]
        try:
            welcome = await self._in_thread(still_allowed, watchers)
        except Exception:
            logger.exception("The live hub could not read who may still watch; it tries again.")
            return
        for viewer, may_stay in zip(viewers, welcome, strict=True):
            viewer.done = viewer.done or not may_stay

    async def _tidy(self) -> None:
        while True:
            with contextlib.suppress(Exception):  # housekeeping; the next round tries again
                await self._in_thread(OutboxEvent.objects.prune)
                await self._in_thread(watching.delete_expired_sessions)
            await asyncio.sleep(PRUNE)

    async def _listen(self) -> None:
        """Be woken by other processes on the same PostgreSQL."""
        import psycopg  # only installations on PostgreSQL pay for it

        parameters = connection.get_connection_params()
        for djangos_own in ("context", "cursor_factory", "prepare_threshold"):
            parameters.pop(djangos_own, None)
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(**parameters, autocommit=True) as listening:
                    await listening.execute(f"LISTEN {outbox.CHANNEL}")
                    async for word in listening.notifies():
                        self._heard(word.payload)
            except psycopg.Error as error:
                logger.warning("Not woken by the database for now, polling instead: %s", error)
            await asyncio.sleep(POLL)

    def _heard(self, word: str) -> None:
        if word.startswith(outbox.DESK):
            self._notify_desk(int(word.removeprefix(outbox.DESK)))
        else:
            self._woken.set()

    async def _in_thread[T](self, function: Callable[..., T], *args: Any) -> T:
        return await self._loop.run_in_executor(self._thread, with_fresh_connection, function, *args)


hub = Hub()


def calm_garbage_collection() -> None:
    """Thousands of streams are long-lived objects; going through all of them again and again stalls a broadcast."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


def with_fresh_connection[T](function: Callable[..., T], *args: Any) -> T:
    close_old_connections()
    return function(*args)


def read_after(cursor: int, watched: Iterable[tuple[int, Audience]]) -> tuple[int, dict[int, News], bool]:
    """The new cursor, the news of each team, drawn for those who watch, and whether there is more to read."""
    events = list(OutboxEvent.objects.after(cursor)[:BATCH])
    if not events:
        return cursor, {}, False
    teams = announcements(events)
    for team_id, audience in watched:
        if (news := teams.get(team_id)) and not audience.desk:
            news.for_audience(audience)
    return events[-1].pk, teams, len(events) == BATCH


def read_since(team_id: int, audience: Audience, after: int) -> tuple[bytes, int]:
    """What happened on this team's wall since event `after`, or word that it is too long ago; and up to which event."""
    newest, of_team = OutboxEvent.objects.newest_id(), OutboxEvent.objects.of_team(team_id)
    if after > newest or not of_team.reaches_back_to(after):
        return message("reload", "the outbox no longer reaches back so far"), newest
    events = list(of_team.after(after)[: MOST_PAST + 1])
    if len(events) > MOST_PAST:
        return message("reload", "too much has happened"), newest
    # Counted up to the newest that was there before they were read: what came in between is told again.
    news = announcements(events).get(team_id)
    return news.for_audience(audience) if news else b"", newest


async def wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass

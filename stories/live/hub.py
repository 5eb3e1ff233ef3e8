"""The live hub: one in each process, however many people follow a wall.

One task reads the outbox for all teams that are followed and renders each change once for each audience, whose viewers
are all sent the same bytes.
"""

import asyncio
import contextlib
import gc
import logging
import time
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

from django.conf import settings
from django.db import connection, connections

from kindwall.bridge import Send, StreamResponse
from kindwall.uploads import Receive
from stories.live import access, notifications, nudges
from stories.live.channel import DESK_HAS_CHANGED, HEARTBEAT_MESSAGE, NUDGE, AudienceChannel, wake
from stories.live.outbox_reader import read_after, read_since, with_fresh_connection
from stories.live.render import Audience
from stories.live.viewers import TOO_MANY, Viewer, Viewers, Watcher
from stories.models import OutboxEvent, outbox

logger = logging.getLogger(__name__)

POLL = 1.0  # seconds between two readings where nothing wakes the hub
MERGE = 0.05  # seconds between two readings; changes within them are sent as one
HEARTBEAT = settings.LIVE_HEARTBEAT  # seconds
BEATS_BETWEEN_CHECKS = 5  # heartbeats until it is checked again who may still watch
LONGEST_STREAM = 900.0  # seconds; then the browser connects again and its session is checked again
BETWEEN_CHECKS = 1.0  # seconds at least: a check reads every viewer's session, and anybody can sign in and out
STUCK = 30.0  # seconds that one write may take before its reader is dropped
RETRY_AFTER = b"60"  # seconds, where a person has too many streams open
PRUNE = 600.0  # seconds between two removals of old outbox rows


class LiveResponse(StreamResponse):
    """A response that lets a browser follow a team from event `after` on."""

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


class Hub:
    def __init__(self) -> None:
        self.channels: dict[tuple[int, Audience], AudienceChannel] = {}
        self.viewers = Viewers()
        self.cursor = 0
        self._running: list[asyncio.Task[None]] = []
        self._catching_up: dict[tuple[int, Audience, int, int], asyncio.Future[tuple[bytes, int]]] = {}
        self._closing = False
        self._news = nudges.PeopleNews()

    # Starting and stopping, with the server

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._woken = asyncio.Event()
        self._asked_to_check = asyncio.Event()
        # The hub has threads of its own for the database, so that it never waits for a request's thread: one
        # follows the outbox, the other reads the past for browsers that reconnect.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="live")
        self._past_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="live-past")
        self._closing = False
        self.cursor = await self._in_thread(OutboxEvent.objects.newest_id)
        outbox.event_listeners.append(self.wake)
        outbox.desk_listeners.append(self.notify_desk)
        nudges.nudge_listeners.append(self.nudge)
        access.access_listeners.append(self.check)
        jobs = [self._follow(), self._keep_alive(), self._check_when_asked(), self._tidy()]
        if connection.vendor == "postgresql":
            jobs.append(self._listen())
        self._running = [asyncio.create_task(job) for job in jobs]
        calm_garbage_collection()

    def close(self) -> None:
        """End every stream now; the browsers reconnect to the process that serves next."""
        self._closing = True
        for channel in self.channels.values():
            channel.publish(0, b"")

    async def stop(self) -> None:
        self.close()
        outbox.event_listeners.remove(self.wake)
        outbox.desk_listeners.remove(self.notify_desk)
        nudges.nudge_listeners.remove(self.nudge)
        access.access_listeners.remove(self.check)
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        for thread in (self._thread, self._past_thread):
            await self._loop.run_in_executor(thread, connections.close_all)
            thread.shutdown()

    def wake(self) -> None:
        """Have the outbox read now. Safe from any thread."""
        self._soon(self._woken.set)

    def check(self, owner: int | str) -> None:
        """Check now whether the streams of this person or session may continue. Safe from any thread."""
        if self.viewers.belong_to(owner):
            self._soon(self._asked_to_check.set)

    def notify_desk(self, team_id: int, alone: bool) -> None:
        """Send the team's desks word that something has changed there, and its moderators' other pages unless `alone`.

        Safe from any thread.
        """
        self._soon(self._notify_desk, team_id, alone)

    def _notify_desk(self, team_id: int, alone: bool) -> None:
        for (team, audience), channel in self.channels.items():
            if team == team_id and audience.desk:
                channel.publish(self.cursor + 1, DESK_HAS_CHANGED)
        if not alone:
            self._send_nudges(self.viewers.of_moderators(team_id))

    def nudge(self, people: Collection[int]) -> None:
        """Send the streams of these people word that something is new for them. Safe from any thread."""
        self._soon(self._nudge, people)

    def _nudge(self, people: Collection[int]) -> None:
        self._news.forget(people)
        self._send_nudges(self.viewers.of_people(people))

    def _send_nudges(self, viewers: Iterable[Viewer]) -> None:
        for viewer in viewers:
            viewer.nudged = True
            if viewer.waits_for:
                wake(viewer.waits_for)

    def _soon(self, function: Callable[..., None], *args: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop may have ended a moment ago
            self._loop.call_soon_threadsafe(function, *args)

    # One open stream

    async def stream(
        self, response: LiveResponse, headers: list[tuple[bytes, bytes]], receive: Receive, send: Send
    ) -> None:
        """Serve one viewer until they leave, fall too far behind, may not watch any more, or the hub closes."""
        key = (response.team_id, response.audience)
        viewer = Viewer(response.watcher, *key, leaves_at=time.monotonic() + LONGEST_STREAM)
        # The view has checked the quota too, but of many requests at the same moment only this one counts.
        if not self.viewers.add(viewer):
            await send({"type": "http.response.start", "status": TOO_MANY, "headers": [(b"retry-after", RETRY_AFTER)]})
            await send({"type": "http.response.body", "body": b""})
            return
        channel = self.channels.setdefault(key, AudienceChannel())
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

    async def _write(self, response: LiveResponse, channel: AudienceChannel, viewer: Viewer, send: Send) -> None:
        # The place is taken before the past is read, so that events in between are sent after it, once.
        place = channel.end
        past, known = await self._catch_up(response.team_id, response.audience, response.after)
        await self._send(b"retry: 2000\n\n" + past, viewer, send)
        while not (self._closing or viewer.done) and place >= channel.start:
            if place == channel.end and not viewer.nudged:
                viewer.waits_for = channel.next_change()
                await viewer.waits_for
                continue
            chunk, place = channel.read_from(place, known), channel.end
            if viewer.nudged:
                viewer.nudged = False
                chunk += NUDGE
            if chunk:
                await self._send(chunk, viewer, send)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send(self, chunk: bytes, viewer: Viewer, send: Send) -> None:
        viewer.writing_since = time.monotonic()
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
        viewer.writing_since = None

    async def _catch_up(self, team_id: int, audience: Audience, after: int) -> tuple[bytes, int]:
        """Return what this audience was sent since event `after`, and the newest event in it.

        Viewers who reconnect at the same moment share one reading. A desk needs none: its page reloads itself.
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
            # The cursor and the channels change together, without an await between: a viewer who joins now and
            # knows the cursor's event has missed nothing.
            self.cursor = cursor
            for (team_id, audience), channel in self.channels.items():
                if (news := teams.get(team_id)) and not audience.desk:
                    # Rendered already, unless this audience came while the outbox was read.
                    channel.publish(cursor, news.for_audience(audience))
            if more:
                self._woken.set()
            elif teams:
                await asyncio.sleep(MERGE)

    async def _keep_alive(self) -> None:
        for beat in count(1):
            await asyncio.sleep(HEARTBEAT)
            if beat % BEATS_BETWEEN_CHECKS == 0:
                await self._end_disallowed()
                await self._compare_news()
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
        """Mark the viewers who may not continue: signed out, no longer in the team, or the wall is not public now."""
        viewers = list(self.viewers)
        if not viewers:
            return
        watchers = [(viewer.team_id, viewer.audience.desk, viewer.watcher) for viewer in viewers]
        try:
            allowed = await self._in_thread(access.still_allowed, watchers)
        except Exception:
            logger.exception("The live hub could not read who may still watch; it tries again.")
            return
        for viewer, is_allowed in zip(viewers, allowed, strict=True):
            viewer.done = viewer.done or not is_allowed

    async def _compare_news(self) -> None:
        """Nudge people of whom another process on the same SQLite file has news; PostgreSQL notifies this one."""
        if connection.vendor != "postgresql":
            people = {viewer.watcher.user_id for viewer in self.viewers} - {None}
            with contextlib.suppress(Exception):  # the next round tries again
                self._nudge(await self._in_thread(self._news.changed, people))

    async def _tidy(self) -> None:
        while True:
            with contextlib.suppress(Exception):  # housekeeping; the next round tries again
                await self._in_thread(OutboxEvent.objects.prune)
                await self._in_thread(access.delete_expired_sessions)
            await asyncio.sleep(PRUNE)

    async def _listen(self) -> None:
        async for payload in notifications.payloads():
            self._notified(payload)

    def _notified(self, payload: str) -> None:
        if payload.startswith((outbox.DESK, outbox.DESK_ALONE)):
            prefix, _colon, team = payload.partition(":")
            self._notify_desk(int(team), alone=f"{prefix}:" == outbox.DESK_ALONE)
        elif payload.startswith(nudges.PEOPLE):
            self._nudge(nudges.people_of_payload(payload))
        else:
            self._woken.set()

    async def _in_thread[T](self, function: Callable[..., T], *args: Any) -> T:
        return await self._loop.run_in_executor(self._thread, with_fresh_connection, function, *args)


hub = Hub()


def calm_garbage_collection() -> None:
    """Collect garbage less often: thousands of streams live long, and scanning them delays every broadcast."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


async def wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass

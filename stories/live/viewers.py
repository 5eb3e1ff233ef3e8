"""The open streams of this process, by owner, and their limits."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.conf import settings

from kindwall.quota import Quota
from stories.live.render import Audience

MOST_VISITORS = 5_000  # streams of people outside; one address may take a quarter of what is free
LEAST_OF_ADDRESS = 50
MOST_MEMBERS = 10_000  # streams of members
FULL, TOO_MANY = 503, 429


@dataclass(frozen=True, slots=True)
class Watcher:
    """The person and the session that ask for a stream; `user_id` is None where nobody is signed in."""

    user_id: int | None = None
    session: str = ""
    password: str = ""  # its hash as stored: a new one ends every other session
    address: str = ""
    moderates: bool = False  # the team, so that its pages are told when the desk has changed


@dataclass(slots=True, eq=False)
class Viewer:
    """One open stream."""

    watcher: Watcher
    team_id: int
    audience: Audience
    leaves_at: float
    writing_since: float | None = None
    done: bool = False
    task: asyncio.Task[None] | None = None
    nudged: bool = False  # whether a nudge is to be sent
    waits_for: asyncio.Future[None] | None = None


class Viewers:
    """The open streams. Changed by the hub's loop only, readable from any thread."""

    def __init__(self) -> None:
        self.visitors = Quota(MOST_VISITORS, share=0.25, least=LEAST_OF_ADDRESS)
        self.members = Quota(MOST_MEMBERS, least=settings.STREAMS_OF_PERSON)
        self.open: set[Viewer] = set()
        # By the number of a person and by the key of a session.
        self._by_owner: defaultdict[int | str, set[Viewer]] = defaultdict(set)

    def __len__(self) -> int:
        return len(self.open)

    def __iter__(self) -> Iterator[Viewer]:
        return iter(self.open)

    def refusal(self, watcher: Watcher) -> int:
        """Return the status with which one more stream is refused; 0 where it is allowed."""
        quota, who = self._quota(watcher)
        if quota.is_full:
            return FULL
        return 0 if quota.has_room(who) else TOO_MANY

    def add(self, viewer: Viewer) -> bool:
        quota, who = self._quota(viewer.watcher)
        if not quota.take(who):
            return False
        self.open.add(viewer)
        for owner in owners(viewer.watcher):
            self._by_owner[owner].add(viewer)
        return True

    def remove(self, viewer: Viewer) -> None:
        quota, who = self._quota(viewer.watcher)
        quota.give_back(who)
        self.open.discard(viewer)
        for owner in owners(viewer.watcher):
            self._by_owner[owner].discard(viewer)
            if not self._by_owner[owner]:
                del self._by_owner[owner]

    def belong_to(self, owner: int | str) -> bool:
        """Return whether this person or session has an open stream."""
        return owner in self._by_owner

    def of_people(self, people: Collection[int]) -> Iterator[Viewer]:
        """Return the open streams of these people."""
        for person in self._by_owner.keys() & set(people):
            yield from self._by_owner[person]

    def of_moderators(self, team_id: int) -> Iterator[Viewer]:
        """Return the open streams of this team's moderators, but for those of its desk."""
        for viewer in self.open:
            if viewer.watcher.moderates and viewer.team_id == team_id and not viewer.audience.desk:
                yield viewer

    def _quota(self, watcher: Watcher) -> tuple[Quota, int | str]:
        if watcher.user_id is None:
            return self.visitors, watcher.address
        return self.members, watcher.user_id


def owners(watcher: Watcher) -> Iterator[int | str]:
    if watcher.user_id is not None:
        yield watcher.user_id
    if watcher.session:
        yield watcher.session

"""The channel of messages that all viewers of one audience of a team share."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from itertools import islice

MOST_MESSAGES = 128  # a reader further behind than this has to read what it missed from the outbox

# Without a position: a browser that has the team's newest event has missed nothing, however old that event is.
HEARTBEAT_MESSAGE = b"event: beat\ndata\n\n"
# Without data: each moderator's page asks for the change itself.
DESK_HAS_CHANGED = b"event: desk\ndata\n\n"
# To one person's streams alone, and without data too: each of their pages asks for what is new.
NUDGE = b"event: nudge\ndata\n\n"


def wake(change: asyncio.Future[None]) -> None:
    if not change.done():
        change.set_result(None)


@dataclass(slots=True)
class AudienceChannel:
    """The messages sent to one audience of a team. A viewer holds a place in it, not a queue of its own."""

    # Each with the newest event that it includes.
    messages: deque[tuple[int, bytes]] = field(default_factory=lambda: deque(maxlen=MOST_MESSAGES))
    end: int = 0
    waiting: list[asyncio.Future[None]] = field(default_factory=list)
    viewers: int = 0

    @property
    def start(self) -> int:
        return self.end - len(self.messages)

    def publish(self, event: int, chunk: bytes) -> None:
        self.messages.append((event, chunk))
        self.end += 1
        waiting, self.waiting = self.waiting, []
        for change in waiting:
            wake(change)

    def next_change(self) -> asyncio.Future[None]:
        """Return a future that is done at the next message; `wake` ends one of them before."""
        change = asyncio.get_running_loop().create_future()
        self.waiting.append(change)
        return change

    def read_from(self, place: int, known: int) -> bytes:
        """Return the messages from `place` on, without those that only hold events up to `known`."""
        new = islice(self.messages, place - self.start, None)
        return b"".join(chunk for event, chunk in new if event > known)

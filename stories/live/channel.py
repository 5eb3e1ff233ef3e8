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


@dataclass(slots=True)
class Channel:
    """The messages sent to one audience of a team. A viewer holds a place in it, not a queue of its own."""

    # Each with the newest event that it includes.
    messages: deque[tuple[int, bytes]] = field(default_factory=lambda: deque(maxlen=MOST_MESSAGES))
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
        """Return the messages from `place` on, without those that only hold events up to `known`."""
        new = islice(self.messages, place - self.start, None)
        return b"".join(chunk for event, chunk in new if event > known)

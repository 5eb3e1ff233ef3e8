"""Nudges: word to one person's open pages that something is new for them. Each page then asks for it itself.

A nudge carries nothing, and reaches only the streams of that person.
"""

from collections.abc import Callable, Collection, Mapping
from functools import partial

from django.db import connection, transaction

from stories.models.outbox import CHANNEL

PEOPLE = "people:"  # prefix of notifications about people, before their numbers
MOST_PEOPLE_NUDGED = 400  # people in one notification, which PostgreSQL limits to 8,000 bytes

# Called after each commit with the numbers of people. The live hub of this process registers itself here.
nudge_listeners: list[Callable[[Collection[int]], None]] = []


# Returns the latest news of people, such as a moment, by their number. An app above sets it.
latest_of: Callable[[Collection[int]], Mapping[int, object]] | None = None


class PeopleNews:
    """The latest news of the people with open streams, compared from time to time.

    On SQLite a process that only runs tasks cannot wake the one that has the streams.
    """

    def __init__(self) -> None:
        self._known: dict[int, object] = {}

    def forget(self, people: Collection[int]) -> None:
        """Take the next news of these people as known: they are being nudged."""
        for person in people:
            self._known.pop(person, None)

    def changed(self, people: Collection[int]) -> list[int]:
        """Return those of these people who have other news than when they were last compared. One query."""
        if latest_of is None or not people:
            return []
        latest = dict(latest_of(people))
        changed = [person for person in latest.keys() & self._known.keys() if latest[person] != self._known[person]]
        self._known = latest
        return changed


def nudge(people: Collection[int]) -> None:
    """Nudge the open pages of these people after the commit."""
    everybody = list(people)
    if connection.vendor == "postgresql":
        for place in range(0, len(everybody), MOST_PEOPLE_NUDGED):
            payload = PEOPLE + ",".join(map(str, everybody[place : place + MOST_PEOPLE_NUDGED]))
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])
    transaction.on_commit(partial(notify_nudge_listeners, everybody), robust=True)


def notify_nudge_listeners(people: Collection[int]) -> None:
    for listener in nudge_listeners:
        listener(people)


def people_of_payload(payload: str) -> list[int]:
    """Return the numbers in a notification that starts with PEOPLE."""
    return [int(number) for number in payload.removeprefix(PEOPLE).split(",")]

"""Nudges: word to one person's open pages that something is new for them. Each page then asks for it itself.

A nudge carries nothing, and reaches only the streams of that person.
"""

from collections.abc import Callable, Collection
from functools import partial

from django.db import connection, transaction

from stories.models.outbox import CHANNEL

PEOPLE = "people:"  # prefix of notifications about people, before their numbers
BATCH = 400  # people in one notification, which PostgreSQL limits to 8,000 bytes

# Called after each commit with the numbers of people. The live hub of this process registers itself here.
nudge_listeners: list[Callable[[Collection[int]], None]] = []


def nudge(people: Collection[int]) -> None:
    """Nudge the open pages of these people after the commit."""
    everybody = list(people)
    if connection.vendor == "postgresql":
        for place in range(0, len(everybody), BATCH):
            payload = PEOPLE + ",".join(map(str, everybody[place : place + BATCH]))
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])
    transaction.on_commit(partial(notify_listeners, everybody), robust=True)


def notify_listeners(people: Collection[int]) -> None:
    for listener in nudge_listeners:
        listener(people)


def people_in(payload: str) -> list[int]:
    """Return the numbers in a notification that starts with PEOPLE."""
    return [int(number) for number in payload.removeprefix(PEOPLE).split(",")]

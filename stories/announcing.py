"""From outbox rows to the bytes of the live stream: read the present once, draw it once, for everybody.

The bytes are impersonal: a card's body and its counts. Nothing here knows a reader.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.utils import timezone

from stories.cards import UPLIFT, Card, counts_of
from stories.models import OutboxEvent, ReactionKind, Story

KEYS = (UPLIFT, *ReactionKind.values)
Kind = OutboxEvent.Kind


def announcements(events: Iterable[OutboxEvent]) -> dict[int, bytes]:
    """What to send to each team's viewers for these outbox rows, by team; two queries in all.

    A story's changes are merged into one: its present. Only the last message of a batch carries
    the batch's id, so that a browser cut off in between asks for the whole of it again, and
    applying it twice is harmless.
    """
    teams: dict[int, dict[int, str]] = {}
    newest: dict[int, int] = {}
    for event in events:
        changes = teams.setdefault(event.team_id, {})
        changes[event.story_id] = merged(changes.pop(event.story_id, None), event.kind)
        newest[event.team_id] = event.pk
    wanted = {pk for changes in teams.values() for pk in changes}
    published = Story.objects.published().select_related("author", "team").in_bulk(wanted)
    now = timezone.now()
    return {team: batch(changes, published, newest[team], now) for team, changes in teams.items()}


def merged(before: str | None, kind: str) -> str:
    """One word for two changes: a whole card tells its counts too, and coming back says most."""
    if before == Kind.BACK and kind != Kind.GONE:
        return before
    return before if before == Kind.CARD and kind == Kind.COUNTS else kind


def batch(changes: Mapping[int, str], published: Mapping[int, Story], last_id: int, now: datetime) -> bytes:
    messages: list[bytes] = []
    counts: dict[int, dict[str, int]] = {}
    for pk, kind in changes.items():
        story = published.get(pk)
        if story is None:
            messages.append(message("gone", str(pk)))
        elif kind == Kind.COUNTS:
            counts[pk] = dict(zip(KEYS, counts_of(story), strict=True))
        else:
            messages.append(message(kind, Card.of(story, story.team.slug).draw(frozenset(), now)))
    if counts:
        messages.append(message("counts", json.dumps(counts, separators=(",", ":"))))
    messages[-1] = b"id: %d\n" % last_id + messages[-1]
    return b"".join(messages)


def message(event: str, data: str) -> bytes:
    """One Server-Sent Event (WHATWG HTML, section 9.2)."""
    # Every kind of line break ends a line there, a lone carriage return too.
    lines = "".join(f"data: {line}\n" for line in data.splitlines() if line.strip())
    return f"event: {event}\n{lines}\n".encode()

"""From outbox rows to the bytes of the live stream: read the present once, draw it once for each audience.

The bytes are impersonal: a card's body and its counts. Nothing here knows a reader.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone
from django.utils.translation import override

from stories.cards import UPLIFT, Card, counts_of
from stories.live.position import write_position
from stories.models import OutboxEvent, ReactionKind, Story

KEYS = (UPLIFT, *ReactionKind.values)
Kind = OutboxEvent.Kind


@dataclass(frozen=True, slots=True)
class Audience:
    """Those who are sent the same bytes."""

    language: str
    visitor: bool  # from outside the team: nothing to press
    desk: bool = False  # the team's moderators at their desk: told that something has changed there, and no more


@dataclass(slots=True)
class News:
    """What has become of one team's stories, in no language yet."""

    team_id: int
    changes: dict[int, str] = field(default_factory=dict)
    newest: int = 0
    published: Mapping[int, Story] = field(default_factory=dict)
    told: dict[Audience, bytes] = field(default_factory=dict)

    def add(self, event: OutboxEvent) -> None:
        self.changes[event.story_id] = merged(self.changes.pop(event.story_id, None), event.kind)
        self.newest = event.pk

    def for_audience(self, audience: Audience) -> bytes:
        """What to send; no query, and drawn at the first asking."""
        if audience not in self.told:
            with override(audience.language):
                self.told[audience] = batch(self, timezone.now(), visitor=audience.visitor)
        return self.told[audience]


def announcements(events: Iterable[OutboxEvent]) -> dict[int, News]:
    """What these outbox rows tell each team's viewers, by team; two queries in all.

    A story's changes are merged into one: its present. Only the last message of a batch carries
    the batch's id, so that a browser cut off in between asks for the whole of it again, and
    applying it twice is harmless.
    """
    teams: dict[int, News] = {}
    for event in events:
        teams.setdefault(event.team_id, News(event.team_id)).add(event)
    wanted = {pk for news in teams.values() for pk in news.changes}
    published = Story.objects.published().select_related("author", "team").in_bulk(wanted)
    for news in teams.values():
        news.published = published
    return teams


def merged(before: str | None, kind: str) -> str:
    """One word for two changes: a whole card tells its counts too, and coming back says most."""
    if before == Kind.BACK and kind != Kind.GONE:
        return before
    return before if before == Kind.CARD and kind == Kind.COUNTS else kind


def batch(news: News, now: datetime, *, visitor: bool) -> bytes:
    messages: list[bytes] = []
    counts: dict[int, dict[str, int]] = {}
    for pk, kind in news.changes.items():
        story = news.published.get(pk)
        if story is None:
            messages.append(message("gone", str(pk)))
        elif kind == Kind.COUNTS:
            counts[pk] = dict(zip(KEYS, counts_of(story), strict=True))
        else:
            card = Card.of(story, story.team.slug)
            messages.append(message(kind, card.draw(frozenset(), now, visitor=visitor)))
    if counts:
        messages.append(message("counts", json.dumps(counts, separators=(",", ":"))))
    messages[-1] = f"id: {write_position(news.team_id, news.newest)}\n".encode() + messages[-1]
    return b"".join(messages)


def message(event: str, data: str) -> bytes:
    """One Server-Sent Event (WHATWG HTML, section 9.2)."""
    # Every kind of line break ends a line there, a lone carriage return too.
    lines = "".join(f"data: {line}\n" for line in data.splitlines() if line.strip())
    return f"event: {event}\n{lines}\n".encode()

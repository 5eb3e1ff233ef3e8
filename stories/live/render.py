"""From outbox rows to the bytes of the live stream: stories are read once, and rendered once for each audience.

The bytes hold nothing personal, only cards and counts.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone
from django.utils.translation import override

from stories.cards import KEYS, Card, counts_of
from stories.live.position import write_position
from stories.models import OutboxEvent, Story

EventKind = OutboxEvent.Kind


@dataclass(frozen=True, slots=True)
class Audience:
    """The viewers of a team who are sent the same bytes."""

    language: str
    visitor: bool  # from outside the team, without buttons
    desk: bool = False  # moderators at the desk, who are only sent word that something has changed


@dataclass(slots=True)
class TeamNews:
    """The changes of one team's stories, before they are put into a language."""

    team_id: int
    changes: dict[int, str] = field(default_factory=dict)
    newest: int = 0
    published: Mapping[int, Story] = field(default_factory=dict)
    rendered: dict[Audience, bytes] = field(default_factory=dict)

    def add(self, event: OutboxEvent) -> None:
        self.changes[event.story_id] = merged(self.changes.pop(event.story_id, None), event.kind)
        self.newest = event.pk

    def for_audience(self, audience: Audience) -> bytes:
        """Return the messages for this audience, rendered at the first call; no query."""
        if audience not in self.rendered:
            with override(audience.language):
                self.rendered[audience] = batch(self, timezone.now(), visitor=audience.visitor)
        return self.rendered[audience]


def announcements(events: Iterable[OutboxEvent]) -> dict[int, TeamNews]:
    """Return the news in these outbox rows by team; two queries in all.

    All changes of a story are merged into one message with its present content. Only the last message of a batch has
    the batch's id, so a browser that is cut off before it asks for the whole batch again; a second time is harmless.
    """
    teams: dict[int, TeamNews] = {}
    for event in events:
        teams.setdefault(event.team_id, TeamNews(event.team_id)).add(event)
    wanted = {pk for news in teams.values() for pk in news.changes}
    published = Story.objects.published().select_related("author", "team").in_bulk(wanted)
    for news in teams.values():
        news.published = published
    return teams


def merged(before: str | None, kind: str) -> str:
    """Return the kind that stands for both changes: a card includes its counts, and a card put back includes all."""
    if before == EventKind.BACK and kind != EventKind.GONE:
        return before
    return before if before == EventKind.CARD and kind == EventKind.COUNTS else kind


def batch(news: TeamNews, now: datetime, *, visitor: bool) -> bytes:
    messages: list[bytes] = []
    counts: dict[int, dict[str, int]] = {}
    for pk, kind in news.changes.items():
        story = news.published.get(pk)
        if story is None:
            messages.append(message("gone", str(pk)))
        elif kind == EventKind.COUNTS:
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

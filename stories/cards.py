"""A story as it hangs on the wall: the part that everybody sees alike, drawn once and kept."""

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

from stories.models import ReactionKind, Story
from stories.text import count_characters

UPLIFT = "uplift"
# What differs from reader to reader, or minute to minute, is left open in the drawn card. No
# text can contain the mark: forms refuse NUL.
SLOT = re.compile("\x00([a-z-]+)\x00")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SIZES = ((70, "xs"), (200, "s"), (420, "m"), (700, "l"))


@dataclass(frozen=True, slots=True)
class Answer:
    """One of the six buttons below a story."""

    key: str
    name: str
    count: int
    pressed: str


@dataclass(frozen=True, slots=True)
class Card:
    """All that a card shows to everybody. Equal cards look the same, so the drawing is kept by value."""

    pk: int
    team: str
    kind: str
    kind_label: str
    qualities: tuple[str, ...]
    body: str
    author: str
    published_at: datetime
    counts: tuple[int, ...]

    @classmethod
    def of(cls, story: Story, team: str) -> "Card":
        """`story` with its author; `team` is the slug."""
        assert story.published_at is not None
        return cls(
            pk=story.pk,
            team=team,
            kind=story.kind,
            kind_label=story.get_kind_display(),
            qualities=tuple(story.qualities),
            body=story.body,
            author=story.author.name,
            published_at=story.published_at,
            counts=counts_of(story),
        )

    @property
    def paper(self) -> str:
        return self.qualities[0]

    @property
    def moment(self) -> int:
        """Microseconds since 1970: the wall's order, exactly."""
        return moment(self.published_at)

    @property
    def size(self) -> str:
        return size(self.body)

    def answers(self, pressed: Set[str] | None = None) -> Iterator[Answer]:
        """The buttons as a reader sees them who has pressed those; left open without a reader."""
        names = {UPLIFT: "Uplift", **{kind.value: kind.label for kind in ReactionKind}}
        for (key, name), count in zip(names.items(), self.counts, strict=True):
            state = f"\x00{key}\x00" if pressed is None else is_pressed(key in pressed)
            yield Answer(key=key, name=str(name), count=count, pressed=state)

    def draw(self, pressed: Set[str], now: datetime, *, alone: bool = False) -> SafeString:
        """The card's HTML for a reader who has pressed those; `alone` on a page of its own."""
        pieces = list(drawn(self, alone))
        for place in range(1, len(pieces), 2):
            slot = pieces[place]
            pieces[place] = age(self.published_at, now) if slot == "age" else is_pressed(slot in pressed)
        return mark_safe("".join(pieces))  # noqa: S308 - drawn by a template, and words of our own


@lru_cache(maxsize=4096)
def drawn(card: Card, alone: bool) -> tuple[str, ...]:
    """Alternately HTML and the name of what belongs between."""
    context = {"card": card, "alone": alone, "answers": card.answers(), "age": "\x00age\x00"}
    return tuple(SLOT.split(get_template("stories/card.html").render(context)))


def is_pressed(pressed: bool) -> str:
    return "true" if pressed else "false"


def counts_of(story: Story) -> tuple[int, ...]:
    """Uplifts first, then the reactions in their order."""
    return (story.uplift_count, *(getattr(story, kind.counter) for kind in ReactionKind))


def moment(published_at: datetime) -> int:
    return (published_at - EPOCH) // timedelta(microseconds=1)


@lru_cache(maxsize=4096)
def size(body: str) -> str:
    """How much of the wall the note takes, by how much there is to read; each line counts for forty."""
    weight = max(count_characters(body), 40 * (body.count("\n") + 1) if "\n" in body else 0)
    return next((name for most, name in SIZES if weight <= most), "xl")


def age(then: datetime, now: datetime) -> str:
    """How long ago, as people say it; a date when it is more than a week."""
    passed = now - then
    minutes = int(passed / timedelta(minutes=1))
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return plural(minutes, "minute") + " ago"
    if minutes < 24 * 60:
        return plural(minutes // 60, "hour") + " ago"
    if passed.days < 7:
        return "yesterday" if passed.days == 1 else f"{passed.days} days ago"
    return f"{then.day} {then:%B}" if then.year == now.year else f"{then.day} {then:%B %Y}"


def plural(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"

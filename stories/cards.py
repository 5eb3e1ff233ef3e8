"""A story as it hangs on the wall: the part that everybody sees alike, drawn once and kept."""

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from sys import getsizeof

from django.conf import settings
from django.template.loader import get_template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, ngettext, override, pgettext

from kindwall.byte_cache import cached_up_to
from stories.models import ReactionKind, Story
from stories.text import count_characters

UPLIFT = "uplift"
# What differs from reader to reader, or minute to minute, is left open in the drawn card. No
# text can contain the mark: forms refuse NUL.
SLOT = re.compile("\x00([a-z-]+)\x00")
PRESSED = {True: "true", False: "false"}  # as aria-pressed has it
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
# About 2,000 stories as people write them, or 150 of the longest there can be.
CACHE_BYTES = 24 << 20
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
    """All that a card shows to everybody, in no language yet.

    Equal cards look the same in a language, so the drawing is kept by value.
    """

    pk: int
    team: str
    kind: str
    qualities: tuple[str, ...]
    body: str
    author: str  # empty when nobody is named
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
            qualities=tuple(story.qualities),
            body=story.body,
            author=story.author.name if story.author else story.signature,
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
        names = {UPLIFT: gettext("Uplift"), **{kind.value: kind.label for kind in ReactionKind}}
        for (key, name), count in zip(names.items(), self.counts, strict=True):
            state = f"\x00{key}\x00" if pressed is None else PRESSED[key in pressed]
            yield Answer(key=key, name=str(name), count=count, pressed=state)

    def draw(self, pressed: Set[str], now: datetime, *, alone: bool = False, visitor: bool = False) -> SafeString:
        """The card's HTML for a reader who has pressed those; `alone` on a page of its own.

        A `visitor` finds figures where the team has buttons.
        """
        language = spoken()
        pieces = list(drawn(self, alone, visitor, language))
        pieces[1::2] = [
            age(self.published_at, now, language) if slot == "age" else PRESSED[slot in pressed]
            for slot in pieces[1::2]
        ]
        return mark_safe("".join(pieces))  # noqa: S308 - drawn by a template, and words of our own


def weight(pieces: tuple[str, ...]) -> int:
    """Of a drawn card; its body, which is in it, is also in the card that it is kept by."""
    return 2 * sum(map(getsizeof, pieces))


@cached_up_to(CACHE_BYTES, weight)
def drawn(card: Card, alone: bool, visitor: bool, language: str) -> tuple[str, ...]:
    """Alternately HTML and the name of what belongs between."""
    context = {"card": card, "alone": alone, "visitor": visitor, "answers": card.answers(), "age": "\x00age\x00"}
    # In nobody's time zone: the next reader need not learn where the first one lives.
    with override(language), timezone.override(UTC):
        return tuple(SLOT.split(get_template("stories/card.html").render(context)))


def counts_of(story: Story) -> tuple[int, ...]:
    """Uplifts first, then the reactions in their order."""
    return (story.uplift_count, *(getattr(story, kind.counter) for kind in ReactionKind))


def moment(published_at: datetime) -> int:
    return (published_at - EPOCH) // timedelta(microseconds=1)


def size(body: str) -> str:
    """How much of the wall the note takes, by how much there is to read; each line counts for forty."""
    weight = max(count_characters(body), 40 * (body.count("\n") + 1) if "\n" in body else 0)
    return next((name for most, name in SIZES if weight <= most), "xl")


def age(then: datetime, now: datetime, language: str = "") -> str:
    """How long ago, as people say it; a date, as it was in the reader's time zone, when it is more than a week.

    In the language that is being spoken, unless the caller has asked for it before.
    """
    language = language or spoken()
    minutes = (now - then) // MINUTE
    if minutes < 7 * 24 * 60:
        return ago(minutes, language)
    then, now = timezone.localtime(then), timezone.localtime(now)
    return day(then.date(), then.year == now.year, language)


# A page says two dozen of these. Looking one up is ten times as fast as saying it anew.
@lru_cache(maxsize=4096)
def ago(minutes: int, language: str) -> str:
    hours, days = minutes // 60, minutes // (24 * 60)
    with override(language):
        if minutes < 1:
            return gettext("just now")
        if hours < 1:
            return ngettext("%(number)d minute ago", "%(number)d minutes ago", minutes) % {"number": minutes}
        if days < 1:
            return ngettext("%(number)d hour ago", "%(number)d hours ago", hours) % {"number": hours}
        if days == 1:
            return gettext("yesterday")
        return ngettext("%(number)d day ago", "%(number)d days ago", days) % {"number": days}


@lru_cache(maxsize=1024)
def day(then: date, this_year: bool, language: str) -> str:
    with override(language):
        if this_year:
            return date_format(then, pgettext("a day and its month, in the letters of Django’s date filter", "j F"))
        return date_format(then, pgettext("a day, its month and year, in the letters of Django’s date filter", "j F Y"))


def spoken() -> str:
    """The language that is being spoken at the moment."""
    return get_language() or settings.LANGUAGE_CODE

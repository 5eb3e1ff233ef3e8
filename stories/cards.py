"""The card of a published story: the part that is the same for every reader, rendered once and cached."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from sys import getsizeof

from django.conf import settings
from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, gettext_lazy, ngettext, override, pgettext

from accounts.names import isolated
from kindwall.byte_cache import cached_up_to
from stories import note_shape
from stories.models import Kind, ReactionKind, Story, StoryText

UPLIFT = "uplift"
KEYS = (UPLIFT, *ReactionKind.values)
# A rendered card has slots for whatever differs between readers or minutes. No text can contain a slot: forms refuse
# NUL.
SLOT = re.compile("\x00([a-z-]+)\x00")
PRESSED = {True: "true", False: "false"}  # as aria-pressed has it
# The field that a press sends, by whether the reaction is given: each button posts the state that is wanted.
PRESS_FIELDS = {True: "take-back", False: "give"}
FIELD = "field-"  # begins the name of a slot for one of them
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
# About 2,000 stories as people write them, or 150 of the longest there can be.
CARD_CACHE_BYTES = 24 << 20
CARD_TITLES = {
    Kind.GIVEN: gettext_lazy("A kindness given"),
    Kind.RECEIVED: gettext_lazy("A kindness received"),
    Kind.WITNESSED: gettext_lazy("A kindness witnessed"),
}
CARD_HEADINGS = {
    Kind.GIVEN: gettext_lazy("A kindness given by {name}"),
    Kind.RECEIVED: gettext_lazy("A kindness received by {name}"),
    Kind.WITNESSED: gettext_lazy("A kindness witnessed by {name}"),
}


@dataclass(frozen=True, slots=True)
class ReactionButton:
    """One of the buttons below a story: the uplift, or a kind of reaction."""

    key: str
    name: str
    count: int
    pressed: str
    field: str
    address: str

    @property
    def is_uplift(self) -> bool:
        return self.key == UPLIFT


@dataclass(frozen=True, slots=True)
class Card:
    """The values that a card shows to everybody, before they are put into a language.

    Equal cards look the same in a language, so the rendered card is cached by value.
    """

    pk: int
    team: str
    text: StoryText
    author: str  # empty when nobody is named
    author_id: int | None  # None where the author's account is deleted, or no longer named here
    published_at: datetime
    counts: tuple[int, ...]
    excerpt: str  # the part of the text that it shows: all of it, unless it is long
    edited_at: datetime | None = None

    @classmethod
    def of(cls, story: Story, team: str) -> "Card":
        """Make the card of a story that was read with its author; `team` is the slug."""
        assert story.published_at is not None
        return cls(
            pk=story.pk,
            team=team,
            text=story.text,
            author=story.author.name if story.author else story.signature,
            author_id=story.author_id,
            published_at=story.published_at,
            counts=counts_of(story),
            excerpt=note_shape.excerpt(story.body),
            edited_at=story.edited_at,
        )

    @property
    def paper(self) -> str:
        return self.text.qualities[0]

    @property
    def element(self) -> str:
        """Return the id of its element on the page."""
        return f"story-{self.pk}-card"

    @property
    def moment(self) -> int:
        """Microseconds since 1970, by which the wall is ordered."""
        return microseconds_since_epoch(self.published_at)

    @property
    def size(self) -> str:
        return note_shape.size(self.text.body)

    @property
    def width(self) -> int:
        return note_shape.width(self.excerpt)

    @property
    def is_cut(self) -> bool:
        return self.excerpt != self.text.body

    @property
    def heading(self) -> str:
        """Name the card for screen readers, which find their way from heading to heading."""
        return format_html(self._title, name=format_html("<bdi>{}</bdi>", self.author))

    @property
    def title(self) -> str:
        """Name the card where there is no markup, as in a feed."""
        return self._title.format(name=isolated(self.author))

    @property
    def _title(self) -> str:
        return str(CARD_HEADINGS[Kind(self.text.kind)] if self.author else CARD_TITLES[Kind(self.text.kind)])

    def buttons(self, pressed: Set[str] | None = None) -> Iterator[ReactionButton]:
        """Yield the uplift and the five reactions for a reader who has pressed `pressed`; None draws slots."""
        names = {UPLIFT: gettext("Uplift"), **{kind.value: kind.label for kind in ReactionKind}}
        place = {"team": self.team, "pk": self.pk}
        uplift, react = reverse("uplift", kwargs=place), reverse("react", kwargs=place)
        for (key, name), count in zip(names.items(), self.counts, strict=True):
            yield ReactionButton(
                key=key,
                name=str(name),
                count=count,
                pressed=f"\x00{key}\x00" if pressed is None else PRESSED[key in pressed],
                field=f"\x00{FIELD}{key}\x00" if pressed is None else PRESS_FIELDS[key in pressed],
                address=uplift if key == UPLIFT else react,
            )

    def reactions(self, pressed: Set[str] | None = None) -> Iterator[ReactionButton]:
        """Yield the uplift, and the reactions that somebody has given."""
        return (button for button in self.buttons(pressed) if button.is_uplift or button.count)

    @property
    def has_reactions(self) -> bool:
        return any(self.counts)

    def draw(
        self,
        pressed: Set[str],
        now: datetime,
        *,
        reader: int | None = None,
        alone: bool = False,
        visitor: bool = False,
    ) -> SafeString:
        """Return the card's HTML for the `reader`, who has pressed `pressed`; `alone` on a page of its own.

        Nobody uplifts their own story. A `visitor` gets figures instead of buttons.
        """
        language = active_language()
        own = reader is not None and reader == self.author_id
        drawing = drawn_card(self, alone, visitor, own, language)
        pieces = list(drawing.pieces)
        for place, then in drawing.ages:
            pieces[place] = age_or_date(then, now, language)
        for key in pressed:
            for place, given in drawing.given.get(key, ()):
                pieces[place] = given
        return mark_safe("".join(pieces))  # noqa: S308 - drawn by a template, and words of our own


def choices(card: Card | None = None, pressed: Set[str] = frozenset()) -> list[ReactionButton]:
    """Return the five reactions for the menu: of one story, or of the story that the page opens it for."""
    if card:
        return [button for button in card.buttons(pressed) if not button.is_uplift]
    return [
        ReactionButton(
            kind.value, str(kind.label), count=0, pressed=PRESSED[False], field=PRESS_FIELDS[False], address=""
        )
        for kind in ReactionKind
    ]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A rendered card in pieces of HTML, as readers have it who have given no reaction."""

    pieces: tuple[str, ...]
    ages: tuple[tuple[int, datetime], ...]  # which pieces are an age, and of when
    given: Mapping[str, Sequence[tuple[int, str]]]  # by reaction: which pieces are others for readers who have given it

    @classmethod
    def of(cls, html: str, ages: Mapping[str, datetime | None]) -> "Drawing":
        """Take the HTML apart at its slots; `ages` are those that are filled with an age."""
        pieces = SLOT.split(html)
        when, given = [], defaultdict(list)
        for place in range(1, len(pieces), 2):
            slot = pieces[place]
            if then := ages.get(slot):
                when.append((place, then))
                continue
            values = PRESS_FIELDS if slot.startswith(FIELD) else PRESSED
            pieces[place] = values[False]
            given[slot.removeprefix(FIELD)].append((place, values[True]))
        return cls(tuple(pieces), tuple(when), dict(given))

    @property
    def weight(self) -> int:
        """Return its bytes and those of the key that it is cached by, which holds the body once more."""
        return 2 * sum(map(getsizeof, self.pieces))


@cached_up_to(CARD_CACHE_BYTES, lambda drawing: drawing.weight)
def drawn_card(card: Card, alone: bool, visitor: bool, own: bool, language: str) -> Drawing:
    reactions = card.buttons() if visitor else card.reactions()
    slots = {"age": "\x00age\x00", "edited": "\x00edited\x00"}
    context = {"card": card, "reactions": reactions, "alone": alone, "visitor": visitor, "own": own, **slots}
    # In UTC, so that a cached card does not show the time zone of its first reader.
    with override(language), timezone.override(UTC):
        html = get_template("stories/card.html").render(context)
    return Drawing.of(html, {"age": card.published_at, "edited": card.edited_at})


def counts_of(story: Story) -> tuple[int, ...]:
    """Return the number of uplifts, then those of the reactions in their order."""
    return (story.uplift_count, *(getattr(story, kind.counter) for kind in ReactionKind))


def microseconds_since_epoch(published_at: datetime) -> int:
    return (published_at - EPOCH) // timedelta(microseconds=1)


def age_or_date(then: datetime, now: datetime, language: str = "") -> str:
    """Describe how long ago `then` was; beyond a week, return the date in the reader's time zone.

    `language` saves callers that know the active language from looking it up again.
    """
    language = language or active_language()
    minutes = (now - then) // MINUTE
    if minutes < 7 * 24 * 60:
        return age_words(minutes, language)
    then, now = timezone.localtime(then), timezone.localtime(now)
    return day(then.date(), then.year == now.year, language)


# A page shows two dozen ages. A cached one takes a tenth of the time.
@lru_cache(maxsize=4096)
def age_words(minutes: int, language: str) -> str:
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


def active_language() -> str:
    return get_language() or settings.LANGUAGE_CODE

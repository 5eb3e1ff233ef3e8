"""The part of a wall that its reader asks for in the address: words, an order, and filters.

    /<team>/?q=…&order=warm&kind=given&quality=hope&quality=peace&author=5&month=2026-11&mine=1&lifted=1&before=…

Each name that is left out has its usual value. A value that is not known is left out too, and the page says so.
"""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import ClassVar

from django.http import QueryDict
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kindwall.numbers import read_number
from stories.models import Kind, Quality, Story
from stories.models.queryset import StoryQuerySet
from stories.models.text import MOST_QUALITIES
from stories.search import match, names
from stories.search.query import LONGEST, SearchQuery

BEST = ""  # the usual order where words are looked for
NEW = "new"
WARM = "warm"
# The orders by uplifts, with the time since the publication that they look back.
PERIODS = {
    "week": timedelta(days=7),
    "month": timedelta(days=30),
    "year": timedelta(days=365),
    "all": None,
}
ORDERS = {
    NEW: gettext_lazy("Newest"),
    WARM: gettext_lazy("Warmest"),
    "week": gettext_lazy("Most uplifted this week"),
    "month": gettext_lazy("Most uplifted this month"),
    "year": gettext_lazy("Most uplifted this year"),
    "all": gettext_lazy("Most uplifted of all time"),
}
MONTH = re.compile(r"(?P<year>\d{4})-(?P<month>0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, slots=True)
class WallFilter:
    """The words, the order and the filters of one reading. Equal ones show the same stories to the same reader."""

    words: str = ""
    order: str = NEW
    kinds: tuple[str, ...] = ()
    qualities: tuple[str, ...] = ()  # a story has all of them
    author: int | None = None
    month: date | None = None  # its first day
    lifted_by: int | None = None
    problems: tuple[str, ...] = field(default=(), compare=False)  # sentences about what was left out

    NAMES: ClassVar = ("q", "order", "kind", "quality", "author", "month", "mine", "lifted")  # in the address

    @classmethod
    def read(cls, asked: QueryDict, reader: int | None = None) -> "WallFilter":
        """Read the filter from an address; `reader` is the person's number, None for somebody outside the team."""
        problems: list[str] = []
        words = " ".join(asked.get("q", "").replace("\0", " ").split())
        if len(words) > LONGEST:
            problems.append(
                _("Your search is very long, so only its first %(number)d letters are used.") % {"number": LONGEST}
            )
            words = words[:LONGEST]
        query = SearchQuery.read(words)
        if words and not query:
            problems.append(_("There is no letter and no digit in your search, so it leaves nothing out."))
        order = known_value(asked.get("order", ""), ORDERS, problems)
        author = read_number(asked.get("author", ""))
        if reader is None and ("mine" in asked or "lifted" in asked):
            problems.append(_("Sign in to see your own stories, or those that you uplifted."))
        return cls(
            words=words,
            order=order or (BEST if query else NEW),
            kinds=known_values(asked.getlist("kind"), Kind.values, problems),
            qualities=known_values(asked.getlist("quality"), Quality.values, problems)[:MOST_QUALITIES],
            author=reader if reader and asked.get("mine") == "1" else author,
            month=read_month(asked.get("month", ""), problems),
            lifted_by=reader if asked.get("lifted") == "1" else None,
            problems=tuple(problems),
        )

    @property
    def query(self) -> SearchQuery:
        return SearchQuery.read(self.words)

    @property
    def is_usual(self) -> bool:
        """Return whether this is the whole wall, the newest story first."""
        return self == WallFilter()

    @property
    def is_filtered(self) -> bool:
        return replace(self, words="", order=NEW) != WallFilter()

    def address(self, reader: int | None = None) -> str:
        """Return the query of the address, without “?”; empty for the whole wall. One filter has one address."""
        return urlencode(list(self.fields(reader)))

    def fields(self, reader: int | None) -> Iterator[tuple[str, str]]:
        if self.words:
            yield "q", self.words
        if self.order not in (BEST, NEW) or (self.order == NEW and self.query):
            yield "order", self.order
        yield from (("kind", kind) for kind in self.kinds)
        yield from (("quality", quality) for quality in self.qualities)
        if self.author is not None:
            yield ("mine", "1") if self.author == reader else ("author", str(self.author))
        if self.month:
            yield "month", f"{self.month:%Y-%m}"
        if self.lifted_by is not None:
            yield "lifted", "1"

    def stories(self, team_id: int) -> StoryQuerySet:
        """Return the published stories that pass the filter, in no order."""
        stories = Story.objects.filter(team=team_id).published().by_author(self.author)
        if self.kinds:
            stories = stories.filter(kind__in=self.kinds)
        for quality in self.qualities:
            stories = stories.with_quality(quality)
        if self.month:
            stories = stories.published_between(*bounds(self.month))
        if self.lifted_by is not None:
            stories = stories.lifted_by(self.lifted_by)
        return self._matching(stories, team_id)

    def _matching(self, stories: StoryQuerySet, team_id: int) -> StoryQuerySet:
        query = self.query
        facets = [f"q{quality}" for quality in self.qualities]
        if len(self.kinds) == 1:
            facets.append(f"k{self.kinds[0]}")
        if not query and not (facets and match.knows_facets()):
            return stories
        named = names.people_named(team_id, query)
        hits = match.found(team_id, query, named, facets)
        return stories.filter(match.containing(query, named)) if hits is None else stories.filter(pk__in=hits)


def page_address(address: str, before: str) -> str:
    """Return the query of the page of a reading that begins after the cursor; of the first one where that is empty."""
    return "&".join(part for part in (address, f"before={before}" if before else "") if part)


def known_value(asked: str, known: Container[str], problems: list[str]) -> str:
    return next(iter(known_values([asked] if asked else [], known, problems)), "")


def known_values(asked: list[str], known: Container[str], problems: list[str]) -> tuple[str, ...]:
    """Return the known ones, each once, in the order of the address; a sentence says that others are left out."""
    unknown = [value for value in asked if value not in known]
    if unknown:
        problems.append(_("This address asks for something that this wall does not have. It is left out."))
    return tuple(dict.fromkeys(value for value in asked if value not in unknown))


def read_month(asked: str, problems: list[str]) -> date | None:
    if not asked:
        return None
    found = MONTH.fullmatch(asked)
    if found is None or not 2 <= int(found["year"]) <= 9998:
        problems.append(_("This address asks for a month that there is not. It is left out."))
        return None
    return date(int(found["year"]), int(found["month"]), 1)


def next_month(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def bounds(month: date) -> tuple[datetime, datetime]:
    """Return the beginning of the month, and of the next one, in the reader's time zone."""
    zone = timezone.get_current_timezone()
    first, last = (datetime(day.year, day.month, 1, tzinfo=zone) for day in (month, next_month(month)))
    return first, last

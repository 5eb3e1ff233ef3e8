"""The part of a wall that its reader asks for in the address: words, an order, and filters.

    /<team>/?q=…&order=warm&kind=given&quality=hope&quality=peace&author=5&month=2026-11&mine=1&lifted=1&before=…

Each name that is left out has its usual value. A value that is not known is left out too, and the page says so.
"""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from django.db.models import F
from django.db.models.functions import Coalesce
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
from stories.search.query import MOST_CHARACTERS_READ, SearchQuery

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
FEW = 5_000  # stories that are sorted; of more, each page of an order soon has enough of them
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
        if len(words) > MOST_CHARACTERS_READ:
            problems.append(
                _("Your search is very long, so only its first %(number)d letters are used.")
                % {"number": MOST_CHARACTERS_READ}
            )
            words = words[:MOST_CHARACTERS_READ]
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

    @property
    def is_searched(self) -> bool:
        """Return whether the search's index is asked, for words, kinds or qualities."""
        return bool(self.words or self.kinds or self.qualities)

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

    def stories(self, team_id: int, *, since: datetime | None = None, along: bool = False) -> StoryQuerySet:
        """Return the published stories that pass the filter, and were published `since` then, in no order.

        With `along`, the database goes along the index of an order, and not into that of an author or a time. Where
        few are found, each is looked up: they are read without the conditions of the indexes that it could go along,
        so one may have left the wall since (`wall_order.stories_in_order`).
        """
        wall = Story.objects.filter(team=team_id).published()
        query, facets = self.query, self._facets
        if not query and not facets:
            return self._narrowed(wall, since, along)
        named = names.author_ids_named(team_id, query)
        walked = wall.filter(match.containing(query, named))
        hits = match.found(self._narrowed(walked, since, along=False), team_id, query, named, facets)
        if hits is None:
            return self._narrowed(walked, since, along)
        if match.are_looked_up(hits):
            return self._narrowed(Story.objects.filter(pk__in=match.numbers(hits)), since, along=True)
        return self._narrowed(wall.alias(number=F("pk") + 0).filter(number__in=match.numbers(hits)), since, along)

    @property
    def _facets(self) -> list[match.Facets]:
        kinds: list[match.Facets] = [("k", self.kinds)] if 0 < len(self.kinds) < len(Kind) else []
        return [*kinds, *(("q", [quality]) for quality in self.qualities)]

    def _narrowed(self, stories: StoryQuerySet, since: datetime | None, along: bool) -> StoryQuerySet:
        if along:
            plain = {f"any_{column}": Coalesce(column, column) for column in ("author_id", "published_at")}
            stories = stories.alias(**plain).filter(**{f"any_{name}": value for name, value in self._part(since)})
        else:
            stories = stories.filter(**dict(self._part(since)))
        if self.kinds:
            stories = stories.filter(kind__in=self.kinds)
        for quality in self.qualities:
            stories = stories.with_quality(quality)
        return stories if self.lifted_by is None else stories.lifted_by(self.lifted_by)

    def is_small_part(self, team_id: int, since: datetime | None) -> bool:
        """Return whether only a few stories are by this author and of this time, so that they are quickly sorted."""
        if conditions := dict(self._part(since)):
            part = Story.objects.filter(team=team_id, **conditions).published().newest_first()
            return not part[FEW : FEW + 1].exists()
        return False

    def _part(self, since: datetime | None) -> Iterator[tuple[str, Any]]:
        """Yield the conditions that an index beside those of the orders is for."""
        if self.author is not None:
            yield "author_id", self.author
        first, last = bounds(self.month) if self.month else (None, None)
        if begins := max(filter(None, (first, since)), default=None):
            yield "published_at__gte", begins
        if last:
            yield "published_at__lt", last


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

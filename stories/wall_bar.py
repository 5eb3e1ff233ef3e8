"""The words around a wall: what its reader looks for, in which order, by which filters, and how to change that."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import Team, User
from accounts.names import isolated
from stories.cards import EPOCH
from stories.models import Kind, Quality, WallCount
from stories.wall_filter import BEST, NEW, ORDERS, WallFilter


@dataclass(frozen=True, slots=True)
class FilterChoice:
    """One choice of a filter; `number` is how many published stories it has, None where nobody counts them."""

    value: str
    label: str
    is_chosen: bool
    number: int | None = None


@dataclass(frozen=True, slots=True)
class WallBar:
    wanted: WallFilter
    reader: int | None = None
    author: User | None = None
    before: str = ""  # the cursor of a page further down
    is_place_unknown: bool = False  # whether the address names a page that this reading does not have

    @property
    def problems(self) -> list[str]:
        """Return sentences about what was left out of the address."""
        place = _("This address is of a page that there is not in this order. You see the first one.")
        return [*self.wanted.problems, *([place] if self.is_place_unknown else [])]

    @property
    def sentence(self) -> str:
        """Say what is shown, such as “Most uplifted this month · given · “popcorn””; empty for the whole wall."""
        return " · ".join(self._parts())

    def _parts(self) -> Iterator[str]:
        wanted = self.wanted
        if wanted.order == BEST:
            yield _("Best matches")
        elif wanted.order != NEW or wanted.words:
            yield str(ORDERS[wanted.order])
        yield from (str(Kind(kind).label) for kind in wanted.kinds)
        yield from (str(Quality(quality).label) for quality in wanted.qualities)
        if self.is_mine:
            yield _("Your stories")
        elif self.author:
            yield _("Stories by %(name)s") % {"name": isolated(self.author.name)}
        if wanted.month:
            yield month_name(wanted.month)
        if wanted.lifted_by is not None:
            yield _("uplifted by you")
        if wanted.words:
            yield pgettext("words that somebody looks for", "“%(words)s”") % {"words": wanted.words}

    @property
    def is_mine(self) -> bool:
        return self.wanted.author is not None and self.wanted.author == self.reader

    @property
    def advice(self) -> str:
        """Say what to change where nothing was found."""
        if self.wanted.words and self.wanted.is_filtered:
            return _("Try fewer words, or search the whole wall.")
        if self.wanted.words:
            return _("Try another word, or only its beginning.")
        if self.wanted.is_filtered:
            return _("Take one of the filters away.")
        return _("Look back over a longer time.")

    @property
    def page_title(self) -> str:
        """Name a page further down the wall, such as “Stories before 12 November 2026”; empty for the first one."""
        if not self.before:
            return ""
        if self.wanted.order != NEW:
            return _("More stories")
        day = timezone.localtime(EPOCH + timedelta(microseconds=int(self.before.partition("-")[0])))
        return _("Stories before %(day)s") % {"day": date_format(day, "DATE_FORMAT")}

    @property
    def address(self) -> str:
        return self.wanted.address(self.reader)

    @property
    def address_without_words(self) -> str:
        order = NEW if self.wanted.order == BEST else self.wanted.order
        return replace(self.wanted, words="", order=order).address(self.reader)

    @property
    def hidden_fields(self) -> list[tuple[str, str]]:
        """Return the names and values that a search in the same filters sends along."""
        fields = list(self.wanted.fields(self.reader))
        return [(name, value) for name, value in fields if name != "q"]

    @property
    def orders(self) -> list[FilterChoice]:
        best = [FilterChoice(BEST, _("Best matches"), is_chosen=self.wanted.order == BEST)] if self.wanted.words else []
        return best + [
            FilterChoice(order, str(label), is_chosen=order == self.wanted.order) for order, label in ORDERS.items()
        ]


@dataclass(frozen=True, slots=True)
class Filters:
    """The choices of kinds and qualities with the numbers of their stories, read with one query."""

    kinds: list[FilterChoice]
    qualities: list[FilterChoice]

    @classmethod
    def read(cls, team: Team, wanted: WallFilter) -> "Filters":
        numbers = WallCount.objects.in_team(team.pk)
        return cls(
            kinds=[FilterChoice(kind, str(kind.label), kind in wanted.kinds, numbers.get(kind, 0)) for kind in Kind],
            qualities=[
                FilterChoice(quality, str(quality.label), quality in wanted.qualities, numbers.get(quality, 0))
                for quality in Quality
            ],
        )


def month_name(month: date) -> str:
    return date_format(month, pgettext("a month and its year, in the letters of Django’s date filter", "F Y"))

"""The part of the desk's queue that a moderator asks for in the address.

    /<team>/moderation/?show=new&order=newest&q=…&after=…

Each name that is left out has its usual value, and so has a value that is not known.
"""

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from stories.cards import EPOCH, microseconds_since_epoch
from stories.models.sent import LARGEST_NUMBER, SentStoryQuerySet
from stories.search.match import has
from stories.search.names import folded_names, people_with
from stories.search.query import MOST_CHARACTERS_READ, MOST_TERMS, SEARCH_PART, Term

CURSOR = re.compile(r"(?P<place>\d{1,17})-(?P<pk>\d{1,18})", re.ASCII)
NUMBER = re.compile(r"#?(?P<pk>\d{1,18})", re.ASCII)


class Show(models.TextChoices):
    """The lists of the desk."""

    ALL = "all", _("All")
    NEW = "new", _("New people")
    BACK = "back", _("Resubmitted")
    STOOD_BY = "stood-by", _("Second opinion")
    REPORTED = "reported", _("Reported")
    MINE = "mine", _("Assigned to me")
    UNREAD = "unread", _("Not reviewed yet")
    SPAM = "spam", _("Spam")


# The moment that a list is ordered by, where it is not that of the submission.
ORDERED_BY = {Show.REPORTED: "published_at", Show.UNREAD: "unreviewed_since", Show.SPAM: "decided_at"}
NEWEST_FIRST = (Show.UNREAD, Show.SPAM)  # unless another order is asked for


class Order(models.TextChoices):
    OLDEST = "oldest", _("Oldest first")
    NEWEST = "newest", _("Newest first")


@dataclass(frozen=True, slots=True)
class Selection:
    """A list of the desk, its order, the words that are looked for, and the place in it where the page begins."""

    NAMES: ClassVar = ("show", "order", "q", "after")  # in the address

    show: Show = Show.ALL
    asked_order: str = ""  # empty for the usual one of the list
    words: str = ""
    after: str = ""

    @classmethod
    def read(cls, asked: QueryDict) -> "Selection":
        show, order, after = asked.get("show", ""), asked.get("order", ""), asked.get("after", "")
        return cls(
            show=Show(show) if show in Show.values else Show.ALL,
            asked_order=order if order in Order.values else "",
            words=" ".join(asked.get("q", "").split())[:MOST_CHARACTERS_READ],
            after=after if CURSOR.fullmatch(after) else "",
        )

    @property
    def order(self) -> Order:
        usual = Order.NEWEST if self.show in NEWEST_FIRST else Order.OLDEST
        return Order(self.asked_order or usual)

    @property
    def ordered_by(self) -> str:
        return ORDERED_BY.get(self.show, "submitted_at")

    @property
    def from_the_beginning(self) -> "Selection":
        return replace(self, after="")

    @property
    def is_narrowed(self) -> bool:
        """Return whether the list may have stories that are left out here."""
        return bool(self.words or self.after)

    @property
    def parameters(self) -> dict[str, str]:
        """Return the parameters of the address that differ from the usual ones."""
        values = {
            "show": "" if self.show is Show.ALL else self.show.value,
            "order": self.asked_order,
            "q": self.words,
            "after": self.after,
        }
        return {name: value for name, value in values.items() if value}

    @property
    def query(self) -> str:
        return urlencode(self.parameters)

    def arrange(self, stories: SentStoryQuerySet) -> SentStoryQuerySet:
        """Return those of the stories that are looked for, from the place on and in the order of the selection."""
        field, by = self.ordered_by, (self.ordered_by, "pk")
        newest = self.order is Order.NEWEST
        line: SentStoryQuerySet = find_words(stories, self.words).annotate(place=F(field))
        ordered: SentStoryQuerySet = line.order_by(*(f"-{name}" if newest else name for name in by))
        match = CURSOR.fullmatch(self.after)
        if match is None:
            return ordered
        place = EPOCH + timedelta(microseconds=int(match["place"]))
        beyond, reached = ("lte", "gte") if newest else ("gte", "lte")
        # The first condition lets the index start at the place; the second settles equal moments.
        seen = Q(place=place) & Q(**{f"pk__{reached}": int(match["pk"])})
        later: SentStoryQuerySet = ordered.filter(**{f"place__{beyond}": place}).filter(~seen)
        return later


def cursor_after(story: Any) -> str:
    """Return the cursor of the page that begins after this story."""
    return f"{microseconds_since_epoch(story.place)}-{story.pk}"


def find_words(stories: SentStoryQuerySet, words: str) -> SentStoryQuerySet:
    """Return the stories that have each word in their text, in the name of their author, or as their number.

    No list of the desk has a story that its author may be changing, so that its words are those that were submitted.
    """
    names = folded_names(stories) if words else ()
    for match in [*SEARCH_PART.finditer(words)][:MOST_TERMS]:
        typed = match["word"] if match["phrase"] is None else match["phrase"]
        term = Term.read(typed, is_phrase=match["phrase"] is not None, is_excluded=bool(match["minus"]))
        if term is None:
            continue
        condition = has(term) | Q(author__in=people_with(term, names)) | Q(author=None, signature__icontains=typed)
        number = NUMBER.fullmatch(typed)
        if number and int(number["pk"]) <= LARGEST_NUMBER:
            condition |= Q(pk=int(number["pk"]))
        stories = stories.exclude(condition) if term.is_excluded else stories.filter(condition)
    return stories

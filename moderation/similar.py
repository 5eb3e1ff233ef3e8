"""A published story whose text is near to one that waits: the same kindness may have been told already.

Texts are compared by their words. A word weighs more the fewer of the compared stories have it, so that the common
words of a language hardly count.
"""

from collections import Counter
from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import timedelta
from math import log

import regex
from django.utils.translation import gettext

from kindwall import clock
from stories.models import Story
from stories.models.queryset import StoryQuerySet
from stories.watch_words import fold

COMPARED_FOR = timedelta(days=90)
# The latest of these: a bound on the work, which is the same in a team of any size.
MOST_COMPARED = 400
FEWEST_COMMON_WORDS = 5
WORD = regex.compile(r"[\p{L}\p{N}\p{M}]{3,}")
# Shares of the shorter text, by weight, from which a story counts as similar.
SOME, MOST, NEARLY_ALL = 0.45, 0.65, 0.9


@dataclass(frozen=True, slots=True)
class Similar:
    story: Story
    share: float  # of the shorter text, by weight

    @property
    def how(self) -> str:
        """Return the share in words."""
        if self.share >= NEARLY_ALL:
            return gettext("nearly all of its words are the same")
        if self.share >= MOST:
            return gettext("most of its words are the same")
        return gettext("about half of its words are the same")


def most_similar(story: Story) -> Similar | None:
    """Return the published story of the last 90 days that is nearest to this one, if any is near; one query."""
    words = words_of(story.body)
    compared = {other: words_of(other.body) for other in stories_compared(story)} if words else {}
    found = [Similar(other, share) for other, share in shares(words, compared.items())]
    return max(found, key=lambda similar: similar.share, default=None)


def stories_compared(story: Story) -> StoryQuerySet:
    """Return the latest published stories of the team, without the one that this story would change."""
    lately = Story.objects.of(story.team).published().published_between(clock.now() - COMPARED_FOR, clock.now())
    others = lately.exclude(pk__in=[story.pk, story.edit_of_id or story.pk]).newest_first()
    return others.with_author()[:MOST_COMPARED]


def shares(words: Set[str], compared: Iterable[tuple[Story, Set[str]]]) -> Iterable[tuple[Story, float]]:
    compared = list(compared)
    spread = Counter(word for _other, theirs in compared for word in theirs)
    weights = {word: log(1 + (len(compared) + 1) / number) for word, number in spread.items()}
    alone = log(2 + len(compared))

    def weight(some: Set[str]) -> float:
        return sum(weights.get(word, alone) for word in some)

    own = weight(words)
    for other, theirs in compared:
        common = words & theirs
        if len(common) >= FEWEST_COMMON_WORDS:
            share = weight(common) / min(own, weight(theirs))
            if share >= SOME:
                yield other, share


def words_of(body: str) -> frozenset[str]:
    return frozenset(fold(word) for word in WORD.findall(body))

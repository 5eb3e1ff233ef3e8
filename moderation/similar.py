"""A story whose text is near to one that waits: the same kindness may have been told already, or sent twice.

Texts are compared by their words. A word weighs more the fewer of the compared stories have it, so that the common
words of a language hardly count.
"""

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from math import log

from django.utils.translation import gettext

from kindwall import clock
from stories.models import Story
from stories.search.folding import folded
from stories.search.near import stories_near

COMPARED_FOR = timedelta(days=90)
FEWEST_COMMON_WORDS = 5
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
    """Return the story of the last 90 days, published or waiting, that is nearest to this one, if any is near.

    One query, and one more for the story that is found.
    """
    words = folded(story.body).split()
    if len(set(words)) < FEWEST_COMMON_WORDS:
        return None
    near = stories_near(story.team, words, clock.now() - COMPARED_FOR)
    compared = [(pk, frozenset(theirs.split())) for pk, theirs in near if pk not in (story.pk, story.edit_of_id)]
    share, pk = max(((share, pk) for pk, share in shares(frozenset(words), compared)), default=(0.0, 0))
    # It may have been deleted just now.
    found = Story.objects.with_author_and_team().filter(pk=pk).first() if pk else None
    return Similar(found, share) if found else None


def shares(words: Set[str], compared: Sequence[tuple[int, Set[str]]]) -> Iterator[tuple[int, float]]:
    """Yield each story that is similar, with the share of the shorter text that both have."""
    spread = Counter(chain.from_iterable(theirs for _pk, theirs in compared))
    weights = {word: log(1 + (len(compared) + 1) / number) for word, number in spread.items()}
    alone = log(2 + len(compared))

    def weight(some: Set[str]) -> float:
        return sum(weights.get(word, alone) for word in some)

    own = weight(words)
    for pk, theirs in compared:
        common = words & theirs
        if len(common) >= FEWEST_COMMON_WORDS:
            share = weight(common) / min(own, weight(theirs))
            if share >= SOME:
                yield pk, share

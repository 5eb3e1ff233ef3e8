"""A published story whose text is near to one that waits: the same kindness may have been told already.

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
from stories.models.queryset import StoryQuerySet
from stories.search.folding import folded

COMPARED_FOR = timedelta(days=90)
# The latest of these: a bound on the work, which is the same in a team of any size.
MOST_COMPARED = 300
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
    """Return the published story of the last 90 days that is nearest to this one, if any is near.

    One query, and one more for the story that is found.
    """
    words = frozenset(folded(story.body).split())
    if len(words) < FEWEST_COMMON_WORDS:
        return None
    compared = [(pk, frozenset(theirs.split())) for pk, theirs in stories_compared(story).values_list("pk", "words")]
    share, pk = max(((share, pk) for pk, share in shares(words, compared)), default=(0.0, 0))
    # It may have been deleted just now.
    found = Story.objects.with_author_and_team().filter(pk=pk).first() if pk else None
    return Similar(found, share) if found else None


def stories_compared(story: Story) -> StoryQuerySet:
    """Return the latest published stories of the team, without the one that this story would change."""
    lately = Story.objects.of(story.team).published().published_between(clock.now() - COMPARED_FOR, clock.now())
    others = lately.exclude(pk__in=[story.pk, story.edit_of_id or story.pk]).newest_first()
    return others[:MOST_COMPARED]


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

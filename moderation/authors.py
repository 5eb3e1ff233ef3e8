"""The page about one author, for the moderators of their team."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Trust
from kindwall.numbers import read_number
from stories.models import AuditEntry, SentStory, State
from stories.models.choices import LETTER_ACTIONS
from stories.models.sent import SentStoryQuerySet
from stories.review_sentences import review_for_moderators

AUTHOR_STORIES_SHOWN = 25  # stories on one page
MOST_LETTERS_SHOWN = 10  # the latest that are shown

# The states in the order in which the page lists them. Moderators see no drafts, and an accepted edit is no story.
LABELS = {
    State.PENDING: _("Waiting for review"),
    State.PUBLISHED: _("Published"),
    State.RETURNED: _("Returned"),
    State.DECLINED: _("Declined"),
    State.HIDDEN: _("Hidden, under review"),
    State.REMOVED: _("Removed"),
    State.TAKEN_DOWN: _("Taken down by its author"),
    State.SPAM: _("Spam"),
}


@dataclass(frozen=True, slots=True)
class StateList:
    """How many of an author's stories are in a state. The value is empty for all of them."""

    value: str
    label: str | Promise
    number: int


@dataclass(frozen=True, slots=True)
class TrustChoice:
    """A choice of how far the author's stories are trusted."""

    trust: Trust
    label: str | Promise
    chosen: bool
    told: bool = False  # whether the author reads that a moderator asked for it


@dataclass(frozen=True, slots=True)
class AuthorPage:
    member: Membership
    why: str  # why a moderator reads their stories first, or why not
    lists: Sequence[StateList]
    shown: str  # the state whose stories are shown; empty for all
    stories: Sequence[SentStory]
    older: int | None  # the number to continue after; None on the last page
    letters: Sequence[AuditEntry]

    @property
    def choices(self) -> list[TrustChoice]:
        chosen, told = self.member.trust, self.member.trust_told_at is not None
        always = chosen == Trust.ALWAYS
        return [
            TrustChoice(Trust.USUAL, _("By the team’s rule"), chosen == Trust.USUAL),
            TrustChoice(Trust.TRUSTED, _("Trusted"), chosen == Trust.TRUSTED),
            TrustChoice(Trust.ALWAYS, _("Always review"), always and not told),
            TrustChoice(Trust.ALWAYS, _("Always review, and tell them"), always and told, told=True),
        ]

    @property
    def number(self) -> int:
        return self.lists[0].number


def read_author_page(reader: Membership, member: Membership, *, state: str, before: str) -> AuthorPage:
    """Read the page, in the same number of queries for each author. An unknown state shows all stories."""
    theirs = SentStory.objects.for_moderators(reader).written_by(member)
    shown = state if state in LABELS else ""
    page = list(iter(stories_before(theirs, shown, before)))
    return AuthorPage(
        member=member,
        why=review_for_moderators(member),
        lists=count_by_state(theirs),
        shown=shown,
        stories=page[:AUTHOR_STORIES_SHOWN],
        older=page[AUTHOR_STORIES_SHOWN - 1].pk if len(page) > AUTHOR_STORIES_SHOWN else None,
        letters=latest_letters(theirs),
    )


def stories_before(theirs: SentStoryQuerySet, state: str, before: str) -> SentStoryQuerySet:
    """Return the page of the stories that were begun before the one with this number, and one story more."""
    number = read_number(before)
    wanted = theirs.filter(state=state) if state else theirs
    older = wanted.filter(pk__lt=number) if number else wanted
    return older.with_author_and_team().order_by("-pk")[: AUTHOR_STORIES_SHOWN + 1]


def count_by_state(theirs: SentStoryQuerySet) -> list[StateList]:
    counted = dict(theirs.order_by().values_list("state").annotate(number=Count("pk")))
    lists = [StateList(state, label, counted[state]) for state, label in LABELS.items() if state in counted]
    return [StateList("", _("All"), sum(counted.values())), *lists]


def latest_letters(theirs: SentStoryQuerySet) -> list[AuditEntry]:
    """Return the latest letters to the author about these stories, newest first."""
    letters = AuditEntry.objects.with_message().filter(action__in=LETTER_ACTIONS, story__in=theirs.values("pk"))
    return list(letters.select_related("actor", "story").order_by("-pk")[:MOST_LETTERS_SHOWN])

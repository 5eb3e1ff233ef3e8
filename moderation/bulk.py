"""Several waiting stories on which a moderator decides at once: those that are ticked, or all that a list has."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.models import Membership, Refused
from kindwall.numbers import read_number
from moderation.decision_methods import DECIDE
from moderation.queue import STORIES_SHOWN, stories_shown
from moderation.selection import Selection
from stories.models import Action, AuditEntry, Letter, Overtaken, SentStory

MOST_DECIDED_AT_ONCE = 100  # stories, each of which is decided on by itself


@dataclass(frozen=True, slots=True)
class Failure:
    """A story that was left as it is, and the reason."""

    story: SentStory
    why: str


@dataclass(frozen=True, slots=True)
class BulkChoice:
    """The stories, each with the revision that was shown or counted: what comes in later is none of them."""

    stories: Sequence[tuple[SentStory, int]]
    is_whole: bool = False  # all that a list has, whichever are ticked
    left_out: int = 0  # stories of that list beyond the most at once

    @classmethod
    def read(cls, membership: Membership, typed: QueryDict) -> "BulkChoice":
        """Read the stories of a form, each sent as its number and its revision: "5:1"."""
        listed = typed.getlist("listed")
        return cls(list(stories_of(membership, listed or typed.getlist("story"))), is_whole=bool(listed))

    @classmethod
    def of_list(cls, membership: Membership, selection: Selection) -> "BulkChoice":
        """Return all waiting stories of this list and search, on whichever page of it one is; two queries."""
        line = stories_shown(membership, selection.from_the_beginning).waiting()
        found = list(iter(line.with_author_and_team()[:MOST_DECIDED_AT_ONCE]))
        left_out = line.order_by().count() - len(found) if len(found) == MOST_DECIDED_AT_ONCE else 0
        return cls([(story, story.revision) for story in found], is_whole=True, left_out=left_out)

    @classmethod
    def of_undone(cls, membership: Membership, entries: Sequence[AuditEntry]) -> "BulkChoice":
        """Return the stories of these undone decisions. More than a page shows cannot be ticked."""
        values = [f"{entry.story_id}:{entry.revision}" for entry in entries]
        return cls(list(stories_of(membership, values)), is_whole=len(values) > STORIES_SHOWN)

    @property
    def number(self) -> int:
        return len(self.stories)

    @property
    def total(self) -> int:
        return self.number + self.left_out

    @property
    def values(self) -> list[str]:
        """Return the stories as a form sends them."""
        return [f"{story.pk}:{revision}" for story, revision in self.stories]

    @property
    def ticked(self) -> list[int]:
        return [] if self.is_whole else [story.pk for story, _revision in self.stories]

    @property
    def has_second_opinion(self) -> bool:
        return any(story.is_stood_by for story, _revision in self.stories)

    def only(self, stories: Sequence[SentStory]) -> "BulkChoice":
        """Return those that are among these."""
        return BulkChoice([one for one in self.stories if one[0] in stories], self.is_whole)

    def decide(
        self, action: Action, membership: Membership, letter: Letter | None
    ) -> tuple[list[SentStory], list[Failure]]:
        """Take the decision on each, as one batch. Return the stories that were decided on, and the others."""
        done, failures, batch = [], [], uuid4()
        for story, revision in self.stories:
            parts: Mapping[str, Any] = letter or {}
            try:
                DECIDE[action](story.itself, by=membership, revision=revision, batch=batch, **parts)
            except Refused as refused:
                failures.append(Failure(story, str(refused)))
            except Overtaken as overtaken:
                failures.append(Failure(story, what_happened(overtaken)))
            else:
                done.append(story)
        return done, failures


def stories_of(membership: Membership, values: Sequence[str]) -> Iterator[tuple[SentStory, int]]:
    revisions: dict[int, int] = {}
    for value in values[:MOST_DECIDED_AT_ONCE]:
        pk, _colon, revision = value.partition(":")
        numbers = read_number(pk), read_number(revision)
        if numbers[0] is not None and numbers[1] is not None:
            revisions[numbers[0]] = numbers[1]
    submitted = SentStory.objects.for_moderators(membership).ever_submitted().with_author_and_team()
    for story in submitted.filter_to(revisions):
        yield story, revisions[story.pk]


def what_happened(overtaken: Overtaken) -> str:
    if overtaken.story.is_pending:
        return _("Its author has changed the text; please read it again.")
    return _("It is %(state)s already.") % {"state": overtaken.story.get_state_display()}

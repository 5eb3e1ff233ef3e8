"""Stories as their authors see them, and reports as their reporters do: without decisions that can still be undone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from accounts.models import Membership
from stories.diff import word_diff
from stories.models import AuditEntry, Kind, Report, State, Story, StoryText, seen_by
from stories.models.audit import AuditQuerySet
from stories.models.choices import REFUSED_STATES, WRITING_STATES
from stories.models.review import Review, review_of
from stories.review_sentences import reason_for_author

DECISION_UNSETTLED = gettext_lazy("A moderator is deciding on this story right now. Come back in a moment.")
MOST_REPORTS = 24  # of a person's own, shown at once


@dataclass(frozen=True, slots=True)
class StoryForAuthor:
    """The part of a story that its author's pages show, under the same names, in the state that they may see."""

    pk: int
    state: State
    revision: int
    text: StoryText
    author_name: str
    created_by_editor: UUID
    edit_of: Story | None
    url: str
    is_editable: bool
    is_stood_by: bool
    is_final: bool
    updated_at: datetime
    submitted_at: datetime | None
    published_at: datetime | None

    @classmethod
    def of(cls, story: Story, lately: Sequence[AuditEntry] | None = None) -> "StoryForAuthor":
        """Make the value from a story that was read with its author and team.

        `lately` are the entries in effect that can still be undone, oldest first, where the caller has read them.
        """
        unsettled = story.unsettled_decision(lately)
        state = story.state_before(unsettled)
        # Of an unsettled decision the author knows nothing, so it keeps nobody from writing.
        may_write = not story.is_settling or unsettled is not None
        return cls(
            pk=story.pk,
            state=state,
            revision=story.revision,
            text=story.text,
            author_name=story.author_name,
            created_by_editor=story.created_by_editor,
            edit_of=story.edit_of,
            url=story.get_absolute_url(),
            is_editable=state in WRITING_STATES and may_write,
            is_stood_by=story.is_stood_by,
            is_final=story.is_final,
            updated_at=story.updated_at,
            submitted_at=story.submitted_at,
            published_at=story.published_at,
        )

    @property
    def is_pending(self) -> bool:
        return self.state == State.PENDING

    @property
    def is_published(self) -> bool:
        return self.state == State.PUBLISHED

    @property
    def edit_of_id(self) -> int | None:
        return self.edit_of.pk if self.edit_of else None

    @property
    def kind(self) -> str:
        return self.text.kind

    @property
    def qualities(self) -> Sequence[str]:
        return self.text.qualities

    @property
    def first_quality(self) -> str:
        return next(iter(self.text.qualities), "")

    @property
    def body(self) -> str:
        return self.text.body

    @property
    def fix(self) -> tuple[AuditEntry, AuditEntry] | None:
        return Story.objects.fix_in(self)

    def get_absolute_url(self) -> str:
        return self.url

    def get_state_display(self) -> str:
        return str(self.state.label)

    def get_kind_display(self) -> str:
        return str(Kind(self.kind).label) if self.kind else ""


@dataclass(frozen=True, slots=True)
class AuthorView:
    """A story as its author sees it, with the messages of the conversation about it."""

    story: StoryForAuthor
    messages: list[AuditEntry] = field(default_factory=list)

    @property
    def can_be_stood_by(self) -> bool:
        return self.story.state in REFUSED_STATES and not self.story.is_final

    @property
    def label(self) -> str:
        """The accessible name of the story on its author's page."""
        state = self.story.get_state_display()
        if self.story.edit_of_id:
            return gettext("Change to a story on the wall, %(state)s") % {"state": state}
        if self.story.kind:
            return gettext("%(kind)s story, %(state)s") % {"kind": self.story.get_kind_display(), "state": state}
        return gettext("Unfinished story, %(state)s") % {"state": state}


@dataclass(frozen=True, slots=True)
class Reported:
    report: Report
    story: Story | None  # None where its reporter may no longer read it


def author_views(stories: Sequence[Story]) -> list[AuthorView]:
    """Return each story as its author sees it. One query, and a second while a decision can be undone."""
    messages = conversations(stories, AuditEntry.objects.with_message().settled())
    lately = undoable_entries(stories)
    return [AuthorView(StoryForAuthor.of(story, lately[story.pk]), messages[story.pk]) for story in stories]


def states_for_authors(stories: Sequence[Story]) -> dict[int, State]:
    """Return the state that its author sees of each story. One query while a decision can be undone, else none."""
    lately = undoable_entries(stories)
    return {story.pk: story.state_for_author(lately[story.pk]) for story in stories}


def undoable_entries(stories: Sequence[Story]) -> dict[int, list[AuditEntry]]:
    """Return, by story, the entries in effect that can still be undone, oldest first. One query, or none at all."""
    entries: dict[int, list[AuditEntry]] = {story.pk: [] for story in stories}
    if settling := [story.pk for story in stories if story.is_settling]:
        for entry in AuditEntry.objects.about(settling).in_effect().within_undo().oldest_first():
            entries[entry.story_id].append(entry)
    return entries


def conversations(stories: Iterable[Story], entries: AuditQuerySet) -> dict[int, list[AuditEntry]]:
    """Return, by story, those of `entries` that are about it or about an accepted edit of it, oldest first. One query.

    Used for a story's author and for moderators.
    """
    messages: dict[int, list[AuditEntry]] = {story.pk: [] for story in stories}
    # The edits are found in the table of stories, where an index helps; the audit log has none for this.
    texts = Story.objects.filter(Q(pk__in=messages) | Q(edit_of__in=messages, state=State.ACCEPTED))
    about = entries.filter(story__in=texts.values("pk")).annotate(original=F("story__edit_of"))
    for entry in about.select_related("actor").oldest_first():
        messages[entry.story_id if entry.story_id in messages else entry.original].append(entry)
    return messages


def why_read_first(membership: Membership, story: Story | None = None) -> str:
    """Explain to the author why a moderator reads the story before it is published; empty where none does."""
    review = review_of(membership)
    if review:
        return reason_for_author(membership, review)
    if story and story.was_refused():
        return gettext("It was returned or declined before, so a moderator reads it again.")
    # An author is not told which word it is.
    return str(Review.SPAM.label) if story and story.is_reviewed_first(membership) else ""


def diff_of_edit(edit: Story) -> SafeString | None:
    """Return as HTML what an edit changes in the published text; None for a story that is no edit."""
    return word_diff(edit.edit_of.body, edit.body) if edit.edit_of else None


def reported_by(membership: Membership) -> list[Reported]:
    """Return this person's reports, newest first. Two queries, and two more for moderators."""
    reports = list(Report.objects.by(membership).with_decision().newest_first()[:MOST_REPORTS])
    if not reports:
        return []
    seen = seen_by(membership, (report.story_id for report in reports))
    return [Reported(report, seen.get(report.story_id)) for report in reports]

"""Stories as their authors see them, and reports as their reporters do: without decisions that can still be undone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import F, Q
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from accounts.models import Membership
from stories.diff import word_diff
from stories.models import AuditEntry, Report, State, Story, seen_by
from stories.models.audit import AuditQuerySet
from stories.models.choices import REFUSED_STATES
from stories.models.review import review_of

DECISION_UNSETTLED = gettext_lazy("A moderator is answering it just now. Look again in a moment.")
MOST_REPORTS = 24  # of a person's own, shown at once


@dataclass(frozen=True, slots=True)
class AuthorView:
    """A story in the state that its author sees, with the messages of the conversation about it."""

    story: Story
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
    return [AuthorView(seen, messages[seen.pk]) for seen in as_authors_see_them(stories)]


def as_authors_see_them[S: Story](stories: Sequence[S]) -> list[S]:
    """Return copies in the states that their authors see. One query while a decision can be undone, none otherwise."""
    settling = [story.pk for story in stories if story.is_settling]
    entries: dict[int, list[AuditEntry]] = {pk: [] for pk in settling}
    if settling:
        for entry in AuditEntry.objects.about(settling).in_effect().within_undo().oldest_first():
            entries[entry.story_id].append(entry)
    return [story.as_author_sees_it(entries.get(story.pk)) for story in stories]


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
        return str(review.label)
    if story and story.is_reviewed_first(membership):
        return gettext("It was returned or declined before, so a moderator reads it again.")
    return ""


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

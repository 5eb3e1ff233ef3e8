"""What authors are told of their stories, and reporters of what they reported: never what can still be undone."""

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
    """A story as its author sees it, and what has been said about it."""

    story: Story
    said: list[AuditEntry] = field(default_factory=list)

    @property
    def can_be_stood_by(self) -> bool:
        return self.story.state in REFUSED_STATES and not self.story.is_final


@dataclass(frozen=True, slots=True)
class Reported:
    report: Report
    story: Story | None  # while its reporter may see it


def author_views(stories: Sequence[Story]) -> list[AuthorView]:
    """One query, and a second while something of it can be undone."""
    said = conversations(stories, AuditEntry.objects.with_message().settled())
    return [AuthorView(seen, said[seen.pk]) for seen in as_authors_see_them(stories)]


def as_authors_see_them[S: Story](stories: Sequence[S]) -> list[S]:
    """One query while something of it can be undone."""
    settling = [story.pk for story in stories if story.is_settling]
    lately: dict[int, list[AuditEntry]] = {pk: [] for pk in settling}
    if settling:
        for entry in AuditEntry.objects.about(settling).in_effect().within_undo().oldest_first():
            lately[entry.story_id].append(entry)
    return [story.as_author_sees_it(lately.get(story.pk)) for story in stories]


def conversations(stories: Iterable[Story], entries: AuditQuerySet) -> dict[int, list[AuditEntry]]:
    """Of these entries those about each story, and about the new texts that it has taken over, oldest first; one query.

    For its author and for moderators.
    """
    said: dict[int, list[AuditEntry]] = {story.pk: [] for story in stories}
    # Asked of the stories alone: an index answers that, and none would answer it of the log.
    texts = Story.objects.filter(Q(pk__in=said) | Q(edit_of__in=said, state=State.ACCEPTED))
    about = entries.filter(story__in=texts.values("pk")).annotate(original=F("story__edit_of"))
    for entry in about.select_related("actor").oldest_first():
        said[entry.story_id if entry.story_id in said else entry.original].append(entry)
    return said


def why_read_first(membership: Membership, story: Story | None = None) -> str:
    """Why a moderator reads it before it hangs, in words for its author; nothing where none does."""
    review = review_of(membership)
    if review:
        return str(review.label)
    if story and story.is_reviewed_first(membership):
        return gettext("It was returned or declined before, so a moderator reads it again.")
    return ""


def diff_of_edit(edit: Story) -> SafeString | None:
    """What an edit changes in the text that hangs, as HTML; None for a story of its own."""
    return word_diff(edit.edit_of.body, edit.body) if edit.edit_of else None


def reported_by(membership: Membership) -> list[Reported]:
    """What this person reported, newest first; two queries, and two more for moderators."""
    reports = list(Report.objects.by(membership).with_answer().newest_first()[:MOST_REPORTS])
    if not reports:
        return []
    seen = seen_by(membership, (report.story_id for report in reports))
    return [Reported(report, seen.get(report.story_id)) for report in reports]

"""Finding a story that a moderator may read or decide on."""

from django.db.models import Exists, OuterRef, Subquery
from django.shortcuts import get_object_or_404

from accounts.models import Membership
from kindwall.numbers import read_number
from moderation.author_history import decision_counts
from stories.models import Assignment, ModeratorNote, Report, SentStory, State
from stories.models.sent import SentStoryQuerySet


def find_story(membership: Membership, pk: str | int | None) -> SentStory | None:
    """Return the story with that number, or None where this moderator may not read it.

    For an edit that was accepted, return the story that has its text now.
    """
    number = read_number(pk) if isinstance(pk, str) else pk
    if number is None:
        return None
    readable = with_desk_facts(SentStory.objects.for_moderators(membership))
    story = readable.filter(pk=number).first()
    return story or readable.filter(edits=number, edits__state=State.ACCEPTED).first()


def get_submitted(membership: Membership, pk: int) -> SentStory:
    """Return a story that has been submitted at least once, or raise Http404.

    Its author may have withdrawn it since the moderator opened it. It is found all the same, so that the page can
    return what the moderator has typed.
    """
    submitted = SentStory.objects.of(membership.team).ever_submitted().with_author_and_team()
    story: SentStory = get_object_or_404(submitted, pk=pk)  # type: ignore[assignment]
    return story


def with_desk_facts(stories: SentStoryQuerySet) -> SentStoryQuerySet:
    """Read each story together with what the desk shows beside it."""
    reports = Report.objects.open().filter(story=OuterRef("pk"))
    notes = ModeratorNote.objects.filter(story=OuterRef("pk"))
    notes_on_edits = ModeratorNote.objects.filter(story__edit_of=OuterRef("pk"), story__state=State.ACCEPTED)
    people = ("claim__moderator", "assignment__moderator", "assignment__assigned_by")
    read = stories.with_author_and_team().select_related(*people)
    assigned = Membership.objects.filter(team=OuterRef("team"), user=OuterRef("assignment__moderator"))
    facts: SentStoryQuerySet = read.annotate(
        is_reported=Exists(reports),
        has_notes=Exists(notes) | Exists(notes_on_edits),
        decision_counts=decision_counts(),
        assigned_away_until=Subquery(assigned.values("away_until")),
    )
    return facts


def open_assignment(story: SentStory) -> Assignment | None:
    """Return the assignment of a story that was read together with it; no query."""
    assignment: Assignment | None = getattr(story, "assignment", None)
    return assignment if assignment and assignment.is_open else None

"""A story on the moderators' desk."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from accounts.models import Membership, Reason
from accounts.models.membership_queryset import is_away
from accounts.names import isolated
from moderation.author_history import author_history, count_decisions
from moderation.comparison import body_diff, earlier_facts, text_before
from moderation.forms.assignments import AssignmentForm, NoteForm
from moderation.forms.decisions import FixForm, MessageForm
from moderation.letters import message_form
from moderation.lookup import open_assignment
from moderation.people import TeamPerson, author_among, colleagues_among, read_people
from moderation.people_named import people_named
from moderation.similar import Similar, most_similar
from stories.author_view import StoryForAuthor, conversations
from stories.models import (
    Action,
    Assignment,
    AuditEntry,
    Claim,
    ModeratorNote,
    Report,
    SentStory,
    State,
    Story,
)
from stories.models.assignment import NOBODY
from stories.models.audit import AuditQuerySet
from stories.models.choices import LETTER_ACTIONS, LETTER_ACTIONS_BY_STATE
from stories.watch_words import watched_words, with_watched_words_marked


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The assignment of a story, and the notes that moderators wrote on it. Its author never gets them."""

    assignment: Assignment | None = None
    assigned_words: str = ""  # whom it is assigned to
    notes: Sequence[ModeratorNote] = ()
    may_give_back: bool = False  # they have the assignment, or made it


NO_ARRANGEMENT = Arrangement()


@dataclass(slots=True)
class DeskItem:
    """A story as a moderator sees it, with the forms of the decisions they can take."""

    story: SentStory | StoryForAuthor  # the latter where it is their own and a colleague decides on it
    messages: list[AuditEntry] = field(default_factory=list)
    why_not: str = ""  # the reason this moderator may not decide on it
    refusal: AuditEntry | None = None  # the return or decline that another decision would supersede
    why_not_reopened: str = ""  # the reason it can neither be published nor returned any more
    text_has_changed: bool = False  # since this moderator read it
    overtaken_by: AuditEntry | None = None  # the decision, or the withdrawal, that came first
    open_form: str = ""  # the decision whose form is open
    unsent: str = ""  # the text of a form that came too late
    letter_forms: dict[str, MessageForm] = field(default_factory=dict)
    fix_form: FixForm | None = None
    assignment_form: AssignmentForm | None = None  # where somebody has to decide on it
    note_form: NoteForm | None = None  # None on their own story, where colleagues write among themselves
    author: TeamPerson | None = None  # while they are in the team
    history: str = ""  # of the author's stories in the team, in a line
    people_named: Sequence[str] = ()  # people of the team whose names are in the text
    text_diff: SafeString | None = None  # against the last decision, or against the published text
    earlier_facts: str = ""  # its kind, qualities and so on then, where they have changed
    watched: Sequence[str] = ()  # words in the text that the team watches for, where it waits
    body_marked: SafeString | None = None  # the text with these words marked
    similar: Similar | None = None  # a published story with nearly the same text, where this one waits
    reports: Sequence[Report] = ()
    names_reporters: bool = True
    claim: Claim | None = None
    arrangement: Arrangement = NO_ARRANGEMENT

    @property
    def is_withdrawn(self) -> bool:
        """A draft reaches the desk only where its author withdraws it meanwhile. Its text is not shown."""
        return self.story.state == State.DRAFT

    def accepts_letter(self, action: Action) -> bool:
        """Return whether the page has a form for this decision."""
        if self.why_not or action not in LETTER_ACTIONS_BY_STATE.get(self.story.state, ()):
            return False
        return not (self.why_not_reopened and action == Action.RETURN)


def desk_item(membership: Membership, story: SentStory) -> DeskItem:
    """Read the story with all that helps to decide on it, in the same number of queries for each story.

    Authors see their own stories as every author does where colleagues decide on them. A moderator who is alone decides
    on their own, and sees what was reported without the names.
    """
    own = story.is_for_colleagues_of(membership)
    entries = AuditEntry.objects.settled() if own else AuditEntry.objects.all()
    refusal = None if own else story.refusal_in_effect
    why_not = story.why_not_decided_by(membership) if own else why_not_decided(membership, story)
    messages = messages_about(story, entries)
    # On their own stories, decisions that can still be undone do not count.
    counts = count_decisions(story, entries) if own or story.is_reported is None else story.decision_counts or {}
    people = read_people(membership.team)
    author = author_among(people, story)
    seen = StoryForAuthor.of(story) if own else story
    reasons = Reason.objects.for_letters(membership)
    reports = [] if own else open_reports(story)
    before = text_before(seen, messages)
    watch_list = membership.team.watch_word_list if story.is_pending and not own else []
    watched = watched_words(story.body, watch_list)
    return DeskItem(
        story=seen,
        messages=messages,
        why_not=why_not,
        refusal=refusal,
        why_not_reopened=story.why_not_reopened() if refusal else "",
        history=author_history(counts),
        people_named=[isolated(name) for name in people_named(story, people)],
        text_diff=body_diff(before, seen.text, watch_list),
        earlier_facts=earlier_facts(before, seen.text),
        watched=[isolated(word) for word in watched],
        body_marked=with_watched_words_marked(story.body, watch_list) if watched else None,
        similar=most_similar(story) if story.is_pending and not own else None,
        reports=reports,
        names_reporters=story.author_id != membership.user_id,
        claim=None if own else fresh_claim(story),
        author=author,
        letter_forms={action: message_form(membership, story, action, reasons) for action in LETTER_ACTIONS},
        fix_form=FixForm(initial={"body": seen.body}, auto_id=f"story-{story.pk}-fix-%s"),
        arrangement=read_arrangement(membership, story),
        assignment_form=assignment_form(membership, story, people, reports),
        note_form=None if story.author_id == membership.user_id else NoteForm(auto_id=f"story-{story.pk}-note-%s"),
    )


def read_arrangement(membership: Membership, story: SentStory) -> Arrangement:
    """Return the assignment of this story, and the notes on it.

    One query, and none where the story was read together with the lack of notes.
    Its author gets nothing of it, even where they are the only moderator.
    """
    if story.author_id == membership.user_id:
        return NO_ARRANGEMENT
    assignment = open_assignment(story)
    mine = assignment and membership.user_id in (assignment.moderator_id, assignment.assigned_by_id)
    return Arrangement(
        assignment=assignment,
        assigned_words=assigned_words(membership, assignment, story.assigned_away_until) if assignment else "",
        notes=[] if story.has_notes is False else list(ModeratorNote.objects.on(story)),
        may_give_back=bool(mine),
    )


def assigned_words(membership: Membership, assignment: Assignment, away_until: date | None) -> str:
    """Return the sentence that says whom the story is assigned to."""
    by, name = assignment.assigned_by, isolated(assignment.moderator.name)
    if assignment.moderator_id == membership.user_id:
        if by is None or assignment.is_taken:
            return gettext("This is assigned to you.")
        return gettext("%(name)s has assigned this to you.") % {"name": isolated(by.name)}
    if away_until is not None and is_away(away_until):
        day = date_format(away_until, "DATE_FORMAT")
        return gettext("This is assigned to %(name)s, who is away until %(day)s.") % {"name": name, "day": day}
    return gettext("This is assigned to %(name)s.") % {"name": name}


def assignment_form(
    membership: Membership,
    story: SentStory,
    people: list[TeamPerson],
    reports: Sequence[Report],
) -> AssignmentForm | None:
    """Return the form that assigns the story, or None where nobody has to decide on it, and for its author."""
    if not story.needs_moderator(len(reports)) or story.author_id == membership.user_id:
        return None
    assignment = open_assignment(story)
    return AssignmentForm(
        auto_id=f"story-{story.pk}-assignment-%s",
        initial={"assigned": assignment.moderator_id if assignment else NOBODY},
        me=membership,
        colleagues=colleagues_among(people, membership, story),
    )


def why_not_decided(membership: Membership, story: SentStory) -> str:
    if story.is_being_rewritten:
        return gettext("Its author is changing it. What they write is theirs until they send it again.")
    return story.why_not_decided_by(membership)


def open_reports(story: SentStory) -> list[Report]:
    """Return the open reports, oldest first; one query, and none where the story was read together with their lack."""
    if story.is_reported is False:
        return []
    return list(story.reports.open().oldest_first().select_related("reporter"))


def fresh_claim(story: SentStory) -> Claim | None:
    """Return the claim on the story; no query where the story was read together with it."""
    claim: Claim | None = getattr(story, "claim", None)
    return claim if claim and claim.is_fresh else None


def messages_about(story: Story, entries: AuditQuerySet) -> list[AuditEntry]:
    """Return the messages about this story among these entries, oldest first; one query."""
    return conversations([story], entries.with_message())[story.pk]


def last_entry(story: Story) -> AuditEntry:
    """Return the latest entry about a story that has been submitted at least once."""
    return story.audit_log.select_related("actor").latest("id")

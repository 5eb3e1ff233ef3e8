"""A story on the moderators' desk, and the figures that every page of a team shows in passing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.safestring import SafeString
from django.utils.translation import gettext

from accounts.models import Membership, Reason
from moderation.forms.decisions import FixForm, HandForm, MessageForm
from moderation.letters import message_form
from moderation.queue import figures_of_author
from stories.author_view import conversations
from stories.diff import word_diff
from stories.models import (
    Action,
    AuditEntry,
    Claim,
    Kind,
    Quality,
    Report,
    SentStory,
    State,
    Story,
)
from stories.models.audit import AuditQuerySet

# The answers that the author reads a message with, and where a story is that can be given one.
POSSIBLE: dict[str, tuple[Action, ...]] = {
    State.PENDING: (Action.RETURN, Action.DECLINE),
    State.RETURNED: (Action.DECLINE,),
    State.DECLINED: (Action.RETURN,),
    State.PUBLISHED: (Action.REMOVE,),
    State.HIDDEN: (Action.REMOVE,),
}
ANSWERS_WITH_MESSAGE = (Action.RETURN, Action.DECLINE, Action.REMOVE)
WORDS = re.compile(r"\w+")


@dataclass(slots=True)
class DeskItem:
    """A story as a moderator has it before them, with the answers they can give."""

    story: SentStory
    said: list[AuditEntry] = field(default_factory=list)
    why_not: str = ""  # the reason this moderator may not decide on it
    answer: AuditEntry | None = None  # the return or decline that another answer would take the place of
    why_not_reopened: str = ""  # the reason it can neither hang nor go back to its author any more
    changed: bool = False  # the text is another than the one they had read
    done: AuditEntry | None = None  # what has been decided meanwhile
    opened: str = ""  # the answer whose form is open
    unsent: str = ""  # a message that came too late to be sent
    reasons: Sequence[Reason] = ()  # the team's, for those who may decide
    forms: dict[str, MessageForm] = field(default_factory=dict)
    fix: FixForm | None = None
    hand: HandForm | None = None
    author: Membership | None = None  # while they are in the team
    may_watch: bool = False  # whether publishing it can be joined with reading the author's next ones first
    history: str = ""  # how the author's stories fared here, in a line
    named: Sequence[str] = ()  # people of the team whose names are in the text
    compared: SafeString | None = None  # what has changed since it was last answered, or since it hung
    recast: str = ""  # its kind and qualities then, where they are others now
    reports: Sequence[Report] = ()
    names_reporters: bool = True
    claim: Claim | None = None

    @property
    def taken_back(self) -> bool:
        """A moderator meets a draft only when its author has withdrawn it meanwhile: its text is theirs alone."""
        return self.story.state == State.DRAFT

    def takes(self, answer: Action) -> bool:
        """Whether there is a form for that letter."""
        if self.why_not or answer not in POSSIBLE.get(self.story.state, ()):
            return False
        return not (self.why_not_reopened and answer == Action.RETURN)


def desk_item(membership: Membership, story: SentStory) -> DeskItem:
    """The story with all that helps to decide on it; the same number of queries for each.

    Whoever wrote it sees it as authors do, where colleagues decide on it. Alone they decide, and see what was reported
    of it, without names.
    """
    reasons = Reason.objects.of(membership.team)
    own = story.is_for_colleagues_of(membership)
    told = AuditEntry.objects.settled() if own else AuditEntry.objects.all()
    answer = None if own else story.refusal_in_effect
    why_not = story.why_not_decided_by(membership) if own else why_not_decided(membership, story)
    said = messages_about(story, told)
    author, able = author_and_colleagues(membership, story)
    seen = story.as_author_sees_it() if own else story
    item = DeskItem(
        story=seen,
        said=said,
        why_not=why_not,
        answer=answer,
        why_not_reopened=story.why_not_reopened() if answer else "",
        reasons=reasons,
        history=history_of(story, told),
        named=people_named(seen),
        compared=compared(seen, said),
        recast=recast(seen, said),
        reports=[] if own else list(story.reports.open().oldest_first().select_related("reporter")),
        names_reporters=story.author_id != membership.user_id,
        claim=None if own else Claim.objects.fresh().on(story),
        author=author,
        may_watch=author is not None and author != membership and not author.trust,
        fix=FixForm(initial={"body": seen.body}, auto_id=f"story-{story.pk}-fix-%s"),
        hand=HandForm(auto_id=f"story-{story.pk}-hand-%s", colleagues=able),
    )
    item.forms = {answer: message_form(membership, seen, answer, reasons) for answer in ANSWERS_WITH_MESSAGE}
    return item


def why_not_decided(membership: Membership, story: SentStory) -> str:
    if story.is_being_rewritten:
        return gettext("Its author is changing it. What they write is theirs until they send it again.")
    return story.why_not_decided_by(membership)


def history_of(story: Story, entries: AuditQuerySet) -> str:
    """How the author's stories fared here by these entries, in a line and without a score; one query."""
    figures = figures_of_author(story, entries)
    if not any(figures.values()):
        return gettext("Nothing of theirs was answered here before.")
    words = {
        "published": gettext("%d published"),
        "returned": gettext("%d returned"),
        "declined": gettext("%d declined"),
    }
    return f"{', '.join(words[name] % number for name, number in figures.items() if number)}."


def compared(story: Story, said: Sequence[AuditEntry]) -> SafeString | None:
    """The text against the one that was answered last, or that hangs; nothing where there is none."""
    before = story.edit_of or last_refusal(story, said)
    return word_diff(before.body, story.body) if before and before.body else None


def recast(story: Story, said: Sequence[AuditEntry]) -> str:
    """Its kind and qualities as they were then, in words; nothing where they are the same."""
    before = story.edit_of or last_refusal(story, said)
    if before is None or not before.kind:
        return ""
    qualities = before.qualities.split(", ") if isinstance(before, AuditEntry) else before.qualities
    if (before.kind, qualities) == (story.kind, story.qualities):
        return ""
    return f"{Kind(before.kind).label}: {', '.join(str(Quality(quality).label) for quality in qualities)}"


def last_refusal(story: Story, said: Sequence[AuditEntry]) -> AuditEntry | None:
    answered = [entry for entry in said if entry.action in (Action.RETURN, Action.DECLINE)]
    return answered[-1] if story.is_pending and answered else None


def people_named(story: Story) -> list[str]:
    """People of the team, besides the author, whose whole or first name is in the text; one query."""
    others = Membership.objects.filter(team=story.team_id).exclude(user=story.author_id)
    names = others.order_by("user__name").values_list("user__name", flat=True)
    words = set(WORDS.findall(story.body))
    return [name for name in names if is_named(name, story.body, words)]


def is_named(name: str, text: str, words: set[str]) -> bool:
    """`words` are those of the text: to look there first costs no more for a long text than for a short one."""
    first, *_rest = name.split() or [""]
    return any(len(said) > 2 and words >= set(WORDS.findall(said)) and stands_in(said, text) for said in (name, first))


def stands_in(said: str, text: str) -> bool:
    """Whether it is there by itself, rather than as a part of longer words."""
    place = text.find(said)
    while place >= 0:
        end = place + len(said)
        if not WORDS.match(text[place - 1 : place]) and not WORDS.match(text[end : end + 1]):
            return True
        place = text.find(said, place + 1)
    return False


def author_and_colleagues(membership: Membership, story: Story) -> tuple[Membership | None, list[Membership]]:
    """Its author, while they are in the team; and who else could decide on it, those who are here first. One query."""
    people = list(Membership.objects.in_team(membership.team).able_to_decide(membership.team, or_user=story.author_id))
    author = next((person for person in people if person.user_id == story.author_id), None)
    able = [person for person in people if person != author and person.user_id != membership.user_id]
    return author, sorted(able, key=lambda other: other.is_away)


def messages_about(story: Story, entries: AuditQuerySet) -> list[AuditEntry]:
    """Every message about this story among these entries, oldest first; one query."""
    return conversations([story], entries.with_message())[story.pk]


def last_entry(story: Story) -> AuditEntry:
    """The latest thing done to a story that has been submitted at least once."""
    return story.audit_log.select_related("actor").latest("id")

"""The audit log: one row for each action on a story, with the text at that moment."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Required, Self, TypedDict
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext

from kindwall import clock
from kindwall.numbers import read_number
from stories import listeners
from stories.models.choices import (
    ANNOUNCED_ACTIONS,
    APPROVED_STATES,
    CONVERSATION_ACTIONS,
    DECISIONS,
    DELAYED_DECISIONS,
    READING_ACTIONS,
    REFUSALS,
    SENDING_ACTIONS,
    SUBMISSION_DECISIONS,
    Action,
    State,
)
from stories.models.text import TEXT_PARTS, StoryText

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import Membership, Team, User
    from stories.models.fields import StoryFields


UNDO_FOR = timedelta(seconds=10)  # how long the moderator can undo a decision; nobody else hears of it before


class Letter(TypedDict, total=False):
    """A moderator's message to an author, in four parts."""

    saw: str  # something true and specific about the story
    reason: str  # the name of one of the team's reasons
    message: Required[str]  # the change that is needed
    next_step: str
    talk_to: str


NO_LETTER = Letter(message="")


def is_within_undo(decided_at: datetime) -> bool:
    """Return whether a decision of that moment can still be undone.

    The clocks of two machines may differ a little, so a moment shortly in the future counts as well. A moment far in
    the future comes from before the clock was set back, and that decision settled long ago.
    """
    return abs(clock.now() - decided_at) < UNDO_FOR


def within_undo() -> Q:
    """Return the condition for entries that is_within_undo() holds for."""
    now = clock.now()
    return Q(created_at__gt=now - UNDO_FOR, created_at__lt=now + UNDO_FOR)


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    def about(self, stories: Iterable[int]) -> Self:
        return self.filter(story__in=stories)

    def decisions(self) -> Self:
        return self.filter(action__in=DECISIONS)

    def of(self, team: "Team") -> Self:
        return self.filter(story__team=team)

    def with_numbers(self, numbers: Iterable[str]) -> Self:
        """Return the entries with these numbers and their stories; ignore what is not a number."""
        pks = [pk for number in numbers if (pk := read_number(number)) is not None]
        return self.filter(pk__in=pks).with_story()

    def undone_of(self, moderator: "Membership", numbers: Iterable[str]) -> Self:
        """Return the decisions with these numbers that this moderator took and undid; none without a query."""
        own = self.of(moderator.team).filter(actor=moderator.user_id, undone_by__isnull=False)
        return own.with_numbers(numbers).order_by("pk")

    def with_story(self) -> Self:
        return self.select_related("story__author", "story__team", "story__edit_of", "actor")

    def in_effect(self) -> Self:
        """Leave out each undone entry and the undo itself."""
        return self.filter(undone_by=None).exclude(action=Action.UNDO)

    def with_message(self) -> Self:
        return self.in_effect().filter(action__in=CONVERSATION_ACTIONS).exclude(message="")

    def settled(self) -> Self:
        """Leave out decisions that can still be undone and that the author must not see before."""
        return self.exclude(within_undo(), action__in=DELAYED_DECISIONS)

    def fixes(self) -> Self:
        """Return the fixes of typos, oldest first.

        `fixed_in` is the story that got the fixed text, `undone` the entry that has undone its publication.
        """
        after = AuditEntry.objects.filter(story=OuterRef("story"), pk__gt=OuterRef("pk")).order_by("pk")
        let_in = after.values("undone_by")[:1]  # a fix and its publication are written together
        fixed = self.filter(action=Action.FIX).order_by("pk")
        return fixed.annotate(fixed_in=Coalesce("story__edit_of", "story"), undone=Subquery(let_in))

    def unread(self) -> Self:
        """Return the entries that sent a text which no moderator has read: the latest of each story, undecided since.

        A text also counts as read when a moderator approved the very same one before, on the story or in an edit of
        it. That happens when an edit is accepted, or when its acceptance was undone.
        """
        in_effect = AuditEntry.objects.in_effect()
        later = in_effect.filter(story=OuterRef("story"), pk__gt=OuterRef("pk"))
        since = later.filter(action__in=[*SENDING_ACTIONS, *DECISIONS])
        the_same = {part: OuterRef(part) for part in TEXT_PARTS}
        read = in_effect.filter(pk__lt=OuterRef("pk"), action__in=READING_ACTIONS, **the_same)
        here, in_an_edit = read.filter(story=OuterRef("story")), read.filter(story__edit_of=OuterRef("story"))
        return self.in_effect().filter(~Exists(since), ~Exists(here), ~Exists(in_an_edit), action__in=SENDING_ACTIONS)

    def within_undo(self) -> Self:
        """Return the entries that can still be undone, so that the author may not see them yet."""
        return self.filter(within_undo())

    def sent_lately_by(self, person: "Membership", *, since: timedelta) -> "QuerySet[AuditEntry, datetime]":
        """Return the moments at which this person sent something in any team, latest first."""
        sent = self.filter(
            actor=person.user_id, action__in=[*SENDING_ACTIONS, Action.STAND_BY, Action.OWN_WORDS, Action.PUT_BACK]
        )
        return sent._moments(since)

    def sent_lately_in(self, team: "Team", *, since: timedelta) -> "QuerySet[AuditEntry, datetime]":
        """Return the moments at which stories were submitted in this team, latest first."""
        return self.of(team).filter(action=Action.SUBMIT)._moments(since)

    def _moments(self, since: timedelta) -> "QuerySet[AuditEntry, datetime]":
        now = clock.now()
        # A moment in the future comes from before the clock was set back.
        lately = self.filter(created_at__gt=now - since, created_at__lte=now)
        return lately.order_by("-created_at").values_list("created_at", flat=True)

    def latest_submission_decision(self) -> "AuditEntry | None":
        """Return the latest decision on a submission that was not undone."""
        return self.in_effect().filter(action__in=SUBMISSION_DECISIONS).order_by("-pk").first()

    def last_decided_at(self) -> datetime | None:
        """Return the moment of the latest decision on a submission, or None where the spam mark was cleared."""
        last = self.filter(action__in=SUBMISSION_DECISIONS).order_by("-pk").first()
        return None if last is None or last.action == Action.NOT_SPAM else last.created_at

    def latest_undo_ends_at(self) -> datetime | None:
        """Return until when the latest change can be undone, or None where it cannot."""
        last = self.exclude(action__in=[Action.FIX, Action.ASSIGN]).order_by("-pk").first()
        return last.undo_ends_at if last and last.can_be_undone else None

    def oldest_first(self) -> Self:
        return self.order_by("id")


class AuditEntry(models.Model):
    """One action on a story: who did it, when, and why. Only the methods of Story write it, and nothing changes it.

    The database itself refuses to change a row, and to delete a row whose story exists. It only allows to erase the
    person or the text of a row (append_only.py).
    """

    story = models.ForeignKey("stories.Story", on_delete=models.DB_CASCADE, related_name="audit_log")
    # Null after the person has deleted their account: the entry stays.
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.DB_SET_NULL, null=True, related_name="+")
    action = models.CharField(max_length=10, choices=Action.choices)
    from_state = models.CharField(max_length=10, choices=State.choices)
    to_state = models.CharField(max_length=10, choices=State.choices)
    # The name of one of the team's reasons, as it was at that moment.
    reason = models.CharField(max_length=80, blank=True)
    # The four parts of a letter. `message` also holds the author's words when they ask for a second opinion.
    saw = models.TextField(blank=True)
    message = models.TextField(blank=True)
    next_step = models.TextField(blank=True)
    talk_to = models.TextField(blank=True)
    # The text at that moment.
    revision = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, blank=True)
    qualities = models.CharField(max_length=60, blank=True)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    undoes = models.OneToOneField("self", on_delete=models.DB_CASCADE, null=True, related_name="undone_by")
    # Earlier versions could put the author under review together with a publication. Kept, as the log only grows.
    watching = models.BooleanField(default=False)
    # The same for all stories that were decided on in one go, which are undone in one go. Null for a single decision.
    batch = models.UUIDField(null=True, editable=False)

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "audit log"
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(action__in=Action.values), name="audit_action_known"),
            models.CheckConstraint(
                # Message and text are erased together when the author deletes their account.
                condition=~models.Q(action__in=REFUSALS) | ~models.Q(message="") | models.Q(body=""),
                name="audit_no_without_message",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["story", "id"], name="audit_by_story"),
            models.Index(fields=["created_at"], name="audit_by_time"),
            models.Index(fields=["actor", "created_at"], name="audit_by_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.action} of story {self.story_id}"

    @property
    def text(self) -> StoryText:
        return StoryText.from_audit(**{part: getattr(self, part) for part in TEXT_PARTS})

    @property
    def past(self) -> str:
        return Action(self.action).past

    @property
    def actor_name(self) -> str:
        return self.actor.name if self.actor else gettext("Somebody who has left")

    @property
    def undo_ends_at(self) -> datetime:
        return self.created_at + UNDO_FOR

    @property
    def can_be_undone(self) -> bool:
        return self.action in DECISIONS and is_within_undo(self.created_at)

    @property
    def has_settled(self) -> bool:
        """Return whether it cannot be undone any more. One query.

        A later entry proves it where the clock was set back since.
        """
        later = AuditEntry.objects.filter(pk__gt=self.pk, created_at__gte=self.undo_ends_at)
        return not self.can_be_undone or later.exists()

    @property
    def is_unsettled(self) -> bool:
        """Return whether the author must not see it yet because it can still be undone."""
        return self.action in DELAYED_DECISIONS and self.can_be_undone

    @property
    def is_announced(self) -> bool:
        """Return whether other apps hear of it. An accepted edit is announced by the decision on the edit itself."""
        return self.action in ANNOUNCED_ACTIONS or (self.action == Action.SUBMIT and self.to_state in APPROVED_STATES)

    @property
    def settles_at(self) -> datetime:
        """Return the moment from which nobody can undo it."""
        return self.undo_ends_at if self.action in DECISIONS else self.created_at

    def successor(self) -> "AuditEntry | None":
        """Return what moved the story on before this had settled, unless that was undone."""
        later = AuditEntry.objects.in_effect().filter(story=self.story_id, pk__gt=self.pk)
        moves = later.filter(created_at__lt=self.settles_at).exclude(to_state=models.F("from_state"))
        return moves.order_by("pk").first()

    def announce_when_settled(self) -> None:
        """Enqueue the announcement to other apps in the transaction that writes this row."""
        from stories.tasks import announce_settled

        announce_settled.using(run_after=self.settles_at).enqueue(self.pk)

    @classmethod
    def write(
        cls,
        story: "StoryFields",
        actor: "User | None",
        action: Action,
        from_state: str,
        letter: Letter | None = None,
        *,
        undoes: Self | None = None,
        batch: UUID | None = None,
    ) -> Self:
        entry: Self = cls.objects.create(  # type: ignore[assignment]
            story_id=story.pk,
            actor=actor,
            action=action,
            from_state=from_state,
            to_state=story.state,
            revision=story.revision,
            **story.text.audit_columns(),
            created_at=clock.now(),
            undoes=undoes,
            batch=batch,
            **(letter or NO_LETTER),
        )
        for listener in listeners.story_listeners:
            listener.entry_written(story, entry)
        return entry

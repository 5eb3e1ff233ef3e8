"""The audit log: one row for everything that was done to a story, with the text as it was."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Required, Self, TypedDict

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext

from kindwall import clock
from kindwall.numbers import read_number
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


UNDO_FOR = timedelta(seconds=10)  # in which a decision has reached nobody, and whoever made it can take it back


class Letter(TypedDict, total=False):
    """What a moderator writes to an author."""

    saw: str  # something true and specific that they saw in the story
    reason: str  # the name of one of the team's
    message: Required[str]  # what has to change
    next_step: str
    talk_to: str


NO_LETTER = Letter(message="")


def is_within_undo(decided_at: datetime) -> bool:
    """Whether what was decided then can still be undone.

    Clocks of two machines may differ a little, so a moment just ahead counts as well. One far ahead was before the
    clock was set back: that decision has long settled.
    """
    return abs(clock.now() - decided_at) < UNDO_FOR


def within_undo() -> Q:
    """The condition of entries that is_within_undo() is true of."""
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
        """Those with these numbers, with their stories; whatever is no number counts for nothing."""
        pks = [pk for number in numbers if (pk := read_number(number)) is not None]
        return self.filter(pk__in=pks).with_story()

    def with_story(self) -> Self:
        return self.select_related("story__author", "story__team", "story__edit_of", "actor")

    def in_effect(self) -> Self:
        """Without what was undone, and the undoing of it."""
        return self.filter(undone_by=None).exclude(action=Action.UNDO)

    def with_message(self) -> Self:
        return self.in_effect().filter(action__in=CONVERSATION_ACTIONS).exclude(message="")

    def settled(self) -> Self:
        """What nobody can undo any more: until then its author is told nothing."""
        return self.exclude(within_undo(), action__in=DELAYED_DECISIONS)

    def fixes(self) -> Self:
        """Typos that moderators fixed, latest last: the story that each was for, and what has undone letting it in."""
        after = AuditEntry.objects.filter(story=OuterRef("story"), pk__gt=OuterRef("pk")).order_by("pk")
        let_in = after.values("undone_by")[:1]  # with it, in one go
        fixed = self.filter(action=Action.FIX).order_by("pk")
        return fixed.annotate(fixed_in=Coalesce("story__edit_of", "story"), undone=Subquery(let_in))

    def unread(self) -> Self:
        """The texts that nobody has looked at: of each story the latest that was sent, with no decision since.

        Nor was it read elsewhere or before, word for word: in a new text that a moderator let in, or ahead of one
        whose letting in was undone.
        """
        in_effect = AuditEntry.objects.in_effect()
        later = in_effect.filter(story=OuterRef("story"), pk__gt=OuterRef("pk"))
        since = later.filter(action__in=[*SENDING_ACTIONS, *DECISIONS])
        the_same = {part: OuterRef(part) for part in TEXT_PARTS}
        read = in_effect.filter(pk__lt=OuterRef("pk"), action__in=READING_ACTIONS, **the_same)
        here, in_an_edit = read.filter(story=OuterRef("story")), read.filter(story__edit_of=OuterRef("story"))
        return self.in_effect().filter(~Exists(since), ~Exists(here), ~Exists(in_an_edit), action__in=SENDING_ACTIONS)

    def within_undo(self) -> Self:
        """What its story's author may not have been told yet."""
        return self.filter(within_undo())

    def sent_lately_by(self, person: "Membership", *, since: timedelta) -> "QuerySet[AuditEntry, datetime]":
        """When this person sent something, in whichever team, the latest first."""
        sent = self.filter(actor=person.user_id, action__in=[*SENDING_ACTIONS, Action.STAND_BY, Action.OWN_WORDS])
        return sent._moments(since)

    def sent_lately_in(self, team: "Team", *, since: timedelta) -> "QuerySet[AuditEntry, datetime]":
        """When stories were sent in this team, the latest first."""
        return self.of(team).filter(action=Action.SUBMIT)._moments(since)

    def _moments(self, since: timedelta) -> "QuerySet[AuditEntry, datetime]":
        now = clock.now()
        # What lies ahead was sent before the clock was set back.
        lately = self.filter(created_at__gt=now - since, created_at__lte=now)
        return lately.order_by("-created_at").values_list("created_at", flat=True)

    def answer(self) -> "AuditEntry | None":
        """The latest answer of a moderator that stands."""
        return self.in_effect().filter(action__in=SUBMISSION_DECISIONS).order_by("-pk").first()

    def last_decided_at(self) -> datetime | None:
        """When the latest answer was given, unless that was taken back."""
        last = self.filter(action__in=SUBMISSION_DECISIONS).order_by("-pk").first()
        return None if last is None or last.action == Action.NOT_SPAM else last.created_at

    def still_settling(self) -> datetime | None:
        """Until when the latest change can be undone; nothing where it cannot."""
        last = self.exclude(action__in=[Action.FIX, Action.HAND]).order_by("-pk").first()
        return last.undo_ends_at if last and last.can_be_undone else None

    def oldest_first(self) -> Self:
        return self.order_by("id")


class AuditEntry(models.Model):
    """Who did what, when, and why. Written once by Story's own methods, never changed.

    The database itself refuses to change a row or to delete one whose story is there. All that it lets happen to a
    row is that it forgets: a person, or a text (append_only.py).
    """

    story = models.ForeignKey("stories.Story", on_delete=models.DB_CASCADE, related_name="audit_log")
    # Nobody, once whoever did it has deleted their account: what was done stays.
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.DB_SET_NULL, null=True, related_name="+")
    action = models.CharField(max_length=10, choices=Action.choices)
    from_state = models.CharField(max_length=10, choices=State.choices)
    to_state = models.CharField(max_length=10, choices=State.choices)
    # The name of one of the team's reasons, as it was then.
    reason = models.CharField(max_length=80, blank=True)
    # The four parts of a letter, or the author's own words where they stand by the story.
    saw = models.TextField(blank=True)
    message = models.TextField(blank=True)
    next_step = models.TextField(blank=True)
    talk_to = models.TextField(blank=True)
    # The text as it was.
    revision = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, blank=True)
    qualities = models.CharField(max_length=60, blank=True)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    undoes = models.OneToOneField("self", on_delete=models.DB_CASCADE, null=True, related_name="undone_by")
    # Whether the author was put under review with it ("publish and keep watching").
    watching = models.BooleanField(default=False)

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "audit log"
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(action__in=Action.values), name="audit_action_known"),
            models.CheckConstraint(
                # Both are gone once the author has deleted their account.
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
        """Whether it can be undone no more, also after the clock was set back: something came later. One query."""
        later = AuditEntry.objects.filter(pk__gt=self.pk, created_at__gte=self.undo_ends_at)
        return not self.can_be_undone or later.exists()

    @property
    def is_unsettled(self) -> bool:
        """Whether it waits until nobody can undo it any more."""
        return self.action in DELAYED_DECISIONS and self.can_be_undone

    @property
    def is_announced(self) -> bool:
        """Whether other apps hear of it. Of a new text that is let in, they hear by the decision on the edit."""
        return self.action in ANNOUNCED_ACTIONS or (self.action == Action.SUBMIT and self.to_state in APPROVED_STATES)

    @property
    def settles_at(self) -> datetime:
        """From when on nobody can undo it."""
        return self.undo_ends_at if self.action in DECISIONS else self.created_at

    def successor(self) -> "AuditEntry | None":
        """Return what moved the story on before this had settled, unless that was undone."""
        later = AuditEntry.objects.in_effect().filter(story=self.story_id, pk__gt=self.pk)
        moves = later.filter(created_at__lt=self.settles_at).exclude(to_state=models.F("from_state"))
        return moves.order_by("pk").first()

    def announce_when_settled(self) -> None:
        """Enqueue the task that tells other apps, in the transaction that this row is written in."""
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
        watching: bool = False,
    ) -> Self:
        return cls.objects.create(  # type: ignore[return-value]
            story_id=story.pk,
            actor=actor,
            action=action,
            from_state=from_state,
            to_state=story.state,
            revision=story.revision,
            **story.text.audit_columns(),
            created_at=clock.now(),
            undoes=undoes,
            watching=watching,
            **(letter or NO_LETTER),
        )

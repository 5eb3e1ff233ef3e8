"""A story and its life: who may do what to it, when, and what that leaves behind."""

import uuid
from collections.abc import Iterable
from typing import Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Length
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import Membership, Refused, Team
from stories.models.audit import AuditEntry
from stories.models.outbox import OutboxEvent
from stories.models.reading import StoryQuerySet
from stories.models.response import Reaction, Uplift
from stories.models.words import Action, Kind, Quality, ReactionKind, State

MOST_CHARACTERS = 1_000  # as a person counts them: grapheme clusters
# One character as a person counts may be many code points (a family, a flag, stacked accents).
MOST_CODE_POINTS = 10_000
MOST_QUALITIES = 3

# The moments that an answer to a submitted story sets.
STAMPS: dict[Action, tuple[str, ...]] = {
    Action.PUBLISH: ("decided_at", "published_at"),
    Action.RETURN: ("decided_at",),
    Action.DECLINE: ("decided_at",),
}

models.TextField.register_lookup(Length)


class Overtaken(Exception):
    """Somebody else has changed the story since it was read. `story` is the story as it is now."""

    def __init__(self, story: "Story") -> None:
        super().__init__(f"story {story.pk} is {story.state} at revision {story.revision}")
        self.story = story


def no_quality_before(field: str, earlier: str) -> Q:
    return Q(**{field: ""}) | (~Q(**{earlier: ""}) & ~Q(**{field: F(earlier)}))


class Story(models.Model):
    """A micro-kindness somebody gave, received or witnessed.

    Every change of state is one of the methods below. Each compares and sets (state, revision)
    in the database, so of two people acting at once one wins and the other gets Overtaken;
    doing again what one has just done changes nothing and returns False.
    """

    team = models.ForeignKey(Team, on_delete=models.DB_CASCADE, related_name="stories")
    # Nobody, once its author has gone and left it here. DO_NOTHING leaves the refusal to the database: a story is
    # never orphaned in passing.
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.DO_NOTHING, null=True, related_name="stories")
    signature = models.CharField(
        max_length=80, blank=True, help_text="The name of an author who has gone; empty when it stays unnamed."
    )

    kind = models.CharField(max_length=10, choices=Kind.choices, blank=True)
    body = models.TextField(blank=True)
    # The first quality is the paper that the story is written on.
    first_quality = models.CharField(max_length=13, choices=Quality.choices, blank=True)
    second_quality = models.CharField(max_length=13, choices=Quality.choices, blank=True)
    third_quality = models.CharField(max_length=13, choices=Quality.choices, blank=True)

    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    revision = models.PositiveIntegerField(default=1, help_text="Counts the changes of the text.")
    # Which opened composer made this story, so that sending it twice makes one, and which
    # saved it last and at which of its turns, so that neither another tab nor a save that comes
    # late writes over it.
    composer = models.UUIDField(default=uuid.uuid4, editable=False)
    saved_from = models.UUIDField(null=True, editable=False)
    saved_turn = models.PositiveBigIntegerField(default=0, editable=False)

    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True, help_text="When the latest submission was answered.")
    published_at = models.DateTimeField(null=True, blank=True, help_text="When it first came to the wall.")

    uplift_count = models.PositiveIntegerField(default=0)
    see_count = models.PositiveIntegerField(default=0)
    high_five_count = models.PositiveIntegerField(default=0)
    smile_count = models.PositiveIntegerField(default=0)
    warm_count = models.PositiveIntegerField(default=0)
    try_count = models.PositiveIntegerField(default=0)

    objects = StoryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "stories"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["team", "author", "composer"], name="story_once_per_composer"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="story_state_known"),
            models.CheckConstraint(condition=Q(kind__in=[*Kind.values, ""]), name="story_kind_known"),
            models.CheckConstraint(
                condition=Q(first_quality__in=[*Quality.values, ""])
                & Q(second_quality__in=[*Quality.values, ""])
                & Q(third_quality__in=[*Quality.values, ""]),
                name="story_qualities_known",
            ),
            models.CheckConstraint(
                condition=no_quality_before("second_quality", "first_quality")
                & no_quality_before("third_quality", "second_quality")
                & (Q(third_quality="") | ~Q(third_quality=F("first_quality"))),
                name="story_qualities_in_order_and_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[State.DRAFT, State.RETURNED])
                | (~Q(kind="") & ~Q(first_quality="") & ~Q(body="")),
                name="story_complete_unless_being_written",
            ),
            models.CheckConstraint(condition=Q(body__length__lte=MOST_CODE_POINTS), name="story_not_endless"),
            models.CheckConstraint(
                condition=~Q(state__in=[State.PUBLISHED, State.REMOVED]) | Q(published_at__isnull=False),
                name="story_published_has_its_moment",
            ),
            models.CheckConstraint(
                condition=Q(author__isnull=False) | Q(state__in=[State.PUBLISHED, State.REMOVED]),
                name="story_without_author_only_from_the_wall",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.PENDING) | Q(submitted_at__isnull=False),
                name="story_pending_has_its_moment",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                "team", F("published_at").desc(), F("id").desc(), name="story_wall", condition=Q(state="published")
            ),
            models.Index("team", "submitted_at", "id", name="story_queue", condition=Q(state="pending")),
            models.Index("team", "author", F("updated_at").desc(), F("id").desc(), name="story_mine"),
            models.Index(
                "team",
                F("decided_at").desc(),
                F("id").desc(),
                name="story_decided",
                condition=Q(decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind or 'unfinished'} story {self.pk}, {self.state}"

    def get_absolute_url(self) -> str:
        return reverse("story", kwargs={"team": self.team.slug, "pk": self.pk})

    @property
    def author_name(self) -> str:
        """What it is signed with."""
        return self.author.name if self.author else self.signature or gettext("Somebody kind")

    @property
    def qualities(self) -> list[str]:
        return [quality for quality in (self.first_quality, self.second_quality, self.third_quality) if quality]

    @qualities.setter
    def qualities(self, qualities: Iterable[str]) -> None:
        padded = [*qualities, "", "", ""][:MOST_QUALITIES]
        self.first_quality, self.second_quality, self.third_quality = padded

    @property
    def is_editable(self) -> bool:
        """Whether its author may change the text in place."""
        return self.state in (State.DRAFT, State.RETURNED)

    @property
    def is_published(self) -> bool:
        return self.state == State.PUBLISHED

    @property
    def is_pending(self) -> bool:
        return self.state == State.PENDING

    # What its author does

    @classmethod
    def begin(
        cls, *, by: Membership, composer: uuid.UUID, turn: int = 0, kind: str, qualities: Iterable[str], body: str
    ) -> tuple["Story", bool]:
        """The draft that this composer made, made now if it is the first time it is sent; and whether it was."""
        new = cls(kind=kind, body=body)
        new.qualities = qualities
        return cls.objects.get_or_create(
            team=by.team,
            author=by.user,
            composer=composer,
            defaults={
                "kind": kind,
                "body": body,
                "first_quality": new.first_quality,
                "second_quality": new.second_quality,
                "third_quality": new.third_quality,
                "saved_from": composer,
                "saved_turn": turn,
            },
        )

    def may_be_edited_by(self, by: Membership) -> bool:
        """Authors edit what is not under review; a moderator's own published story needs no review either."""
        if self.author_id != by.user_id:
            return False
        return self.is_editable or (self.is_published and by.may_moderate)

    def revise(
        self,
        *,
        by: Membership,
        revision: int,
        kind: str,
        qualities: Iterable[str],
        body: str,
        composer: uuid.UUID | None = None,
        turn: int = 0,
    ) -> bool:
        """Keep what the author has typed. False when it was kept already.

        `turn` grows with each request of a composer; 0 where they come in the order they were sent.
        Raises Overtaken when another composer has saved the story since `revision` was read or this
        one at a later turn, or when it can no longer be edited.
        """
        current = self._as_it_is()
        # What may be saved into a draft may not be saved onto the wall, should it have got there meanwhile.
        if current.state != self.state or not current.may_be_edited_by(by):
            raise Overtaken(current)
        wanted = Story(kind=kind, body=body)
        wanted.qualities = qualities
        from_here = Q(revision=revision) | Q(saved_from=composer, saved_from__isnull=False)
        later_here = Q(saved_from=composer, saved_turn__gt=turn)
        own = Story.objects.filter(from_here, pk=self.pk, state=current.state).exclude(later_here)
        if current.text == wanted.text:
            own.filter(revision=current.revision).update(saved_from=composer, saved_turn=turn)
            self.refresh_from_db()
            return False
        with transaction.atomic():
            kept = own.update(
                kind=kind,
                body=body,
                first_quality=wanted.first_quality,
                second_quality=wanted.second_quality,
                third_quality=wanted.third_quality,
                revision=F("revision") + 1,
                saved_from=composer,
                saved_turn=turn,
                updated_at=timezone.now(),
            )
            if not kept:
                raise Overtaken(self._as_it_is())
            self.refresh_from_db()
            if self.is_published:
                AuditEntry.write(self, by.user, Action.EDIT, self.state)
                OutboxEvent.announce(self, OutboxEvent.Kind.CARD)
        return True

    @property
    def text(self) -> tuple[str, list[str], str]:
        return self.kind, self.qualities, self.body

    def submit(self, *, by: Membership) -> bool:
        """Hand it to the moderators; where the team's policy does not have them read it first, it hangs at once.

        Raises Overtaken also when the text is no longer the one that was read: it may be unfinished.
        """
        self._only_its_author(by)
        from_states = (State.DRAFT, State.RETURNED)
        to_state, stamps = (
            (State.PENDING, ("submitted_at",))
            if self.is_read_first(by)
            else (State.PUBLISHED, ("submitted_at", "published_at"))
        )
        return self._move(by, Action.SUBMIT, from_states, to_state, revision=self.revision, stamps=stamps)

    def is_read_first(self, by: Membership) -> bool:
        """Whether a moderator reads it before it hangs.

        What was ever returned is somebody's open question: they look again, also when it was taken back in between.
        """
        return by.is_reviewed or self.audit_log.filter(action=Action.RETURN).exists()

    def withdraw(self, *, by: Membership) -> bool:
        self._only_its_author(by)
        return self._move(by, Action.WITHDRAW, (State.PENDING,), State.DRAFT)

    # What a moderator decides

    def publish(self, *, by: Membership, revision: int) -> bool:
        return self._decide(by, Action.PUBLISH, (State.PENDING,), State.PUBLISHED, revision)

    def return_for_change(self, *, by: Membership, revision: int, message: str, reason: str = "") -> bool:
        return self._decide(by, Action.RETURN, (State.PENDING,), State.RETURNED, revision, message, reason)

    def decline(self, *, by: Membership, revision: int, message: str, reason: str = "") -> bool:
        return self._decide(by, Action.DECLINE, (State.PENDING,), State.DECLINED, revision, message, reason)

    def remove(self, *, by: Membership, revision: int, message: str, reason: str = "") -> bool:
        return self._decide(by, Action.REMOVE, (State.PUBLISHED,), State.REMOVED, revision, message, reason)

    def restore(self, *, by: Membership, revision: int) -> bool:
        return self._decide(by, Action.RESTORE, (State.REMOVED,), State.PUBLISHED, revision)

    def why_not_decided_by(self, by: Membership) -> str:
        """The reason this moderator may not decide on this story, or nothing."""
        if not by.may_moderate or by.team_id != self.team_id:
            return gettext("Deciding on stories is for the team’s moderators.")
        if self.author_id == by.user_id and by.has_fellow_moderators:
            return gettext("This one is yours, so a colleague decides on it.")
        return ""

    # What readers do

    def toggle_uplift(self, *, by: Membership) -> bool:
        """Give an uplift or take it back; True when it is given now."""
        if self.author_id == by.user_id:
            raise Refused(gettext("This story is yours. Uplifts are for others to give."))
        return self._toggle(by, Uplift.objects.filter(story=self, user=by.user), Uplift(), "uplift_count")

    def toggle_reaction(self, kind: ReactionKind, *, by: Membership) -> bool:
        """React or take it back; True when the reaction is there now."""
        mine = Reaction.objects.filter(story=self, user=by.user, kind=kind)
        return self._toggle(by, mine, Reaction(kind=kind), kind.counter)

    def _toggle(self, by: Membership, mine: models.QuerySet[Any], new: Uplift | Reaction, counter: str) -> bool:
        with transaction.atomic():
            # The story's row is the lock: two presses at once are one after the other.
            published = Story.objects.published().of(by.team).select_for_update().filter(pk=self.pk)
            if not published.values_list("pk"):
                raise Overtaken(self._as_it_is())
            taken_back, _ = mine.delete()
            if not taken_back:
                new.story, new.user = self, by.user
                new.save(force_insert=True)
            Story.objects.filter(pk=self.pk).update(**{counter: F(counter) + (-1 if taken_back else 1)})
            self.refresh_from_db(fields=[counter])
            OutboxEvent.announce(self, OutboxEvent.Kind.COUNTS)
        return not taken_back

    # How every change of state is made

    def _only_its_author(self, by: Membership) -> None:
        if self.author_id != by.user_id:
            raise Refused(gettext("Only its author can do that."))

    def _decide(
        self,
        by: Membership,
        action: Action,
        from_states: tuple[State, ...],
        to_state: State,
        revision: int,
        message: str = "",
        reason: str = "",
    ) -> bool:
        if refusal := self.why_not_decided_by(by):
            raise Refused(refusal)
        stamps = STAMPS.get(action, ())
        return self._move(
            by, action, from_states, to_state, revision=revision, message=message, reason=reason, stamps=stamps
        )

    def _move(
        self,
        by: Membership,
        action: Action,
        from_states: tuple[State, ...],
        to_state: State,
        *,
        revision: int | None = None,
        message: str = "",
        reason: str = "",
        stamps: tuple[str, ...] = (),
    ) -> bool:
        now = timezone.now()
        current = self._as_it_is()
        read = current.revision if revision is None else revision
        if current.state not in from_states:
            return self._not_moved(by, action, to_state)
        with transaction.atomic():
            moved = Story.objects.filter(pk=self.pk, state=current.state, revision=read).update(
                state=to_state, updated_at=now, **dict.fromkeys(stamps, now)
            )
            if not moved:
                return self._not_moved(by, action, to_state)
            self.refresh_from_db()
            AuditEntry.write(self, by.user, action, current.state, message, reason)
            if to_state == State.PUBLISHED:
                kind = OutboxEvent.Kind.BACK if action == Action.RESTORE else OutboxEvent.Kind.CARD
                OutboxEvent.announce(self, kind)
            elif current.state == State.PUBLISHED:
                OutboxEvent.announce(self, OutboxEvent.Kind.GONE)
        return True

    def _not_moved(self, by: Membership, action: Action, to_state: State) -> bool:
        """False when `by` has done the same a moment before; Overtaken when somebody did something else."""
        current = self._as_it_is()
        last = current.audit_log.order_by("-id").first()
        same = last is not None and last.action == action and last.actor_id == by.user_id
        if not same or current.state != to_state:
            raise Overtaken(current)
        self.refresh_from_db()
        return False

    def _as_it_is(self) -> "Story":
        return Story.objects.with_author_and_team().get(pk=self.pk)

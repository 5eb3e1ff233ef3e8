"""A story and its life: who may do what to it, when, and what that leaves behind."""

import uuid
from collections.abc import Iterable
from copy import copy
from typing import Any, ClassVar, Self

from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.db.models.functions import Length
from django.urls import reverse
from django.utils.translation import gettext

from accounts.models import Membership, Refused
from kindwall import clock
from stories.models.audit import AuditEntry, Letter
from stories.models.choices import Action, Kind, Quality, State
from stories.models.fields import StoryFields
from stories.models.outbox import OutboxEvent
from stories.models.queryset import OPEN, StoryQuerySet
from stories.models.reactions import ReaderActions
from stories.models.review import is_reviewed
from stories.models.transitions import ANSWERED, Overtaken
from stories.text import CODE_POINTS_PER_CHARACTER

MOST_CHARACTERS = 1_000  # as a person counts them: grapheme clusters
MOST_CODE_POINTS = MOST_CHARACTERS * CODE_POINTS_PER_CHARACTER

models.TextField.register_lookup(Length)


def first_unsettled(entries: Iterable[AuditEntry]) -> AuditEntry | None:
    """The one from which on its author is told nothing: one answer may have taken the place of another meanwhile."""
    first: AuditEntry | None = None
    for entry in entries:
        first = (first or entry) if entry.is_unsettled else None
    return first


def no_quality_before(field: str, earlier: str) -> Q:
    return Q(**{field: ""}) | (~Q(**{earlier: ""}) & ~Q(**{field: F(earlier)}))


class Story(ReaderActions):
    """A micro-kindness somebody gave, received or witnessed.

    Every change of state is one of its methods: what its author does is below, what moderators decide is in
    deciding.py, and how readers answer in answering.py. Each compares and sets (state, revision)
    in the database, so of two people acting at once one wins and the other gets Overtaken;
    doing again what one has just done changes nothing and returns False.
    """

    objects = StoryQuerySet.as_manager()

    class Meta(StoryFields.Meta):
        abstract = False
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
                condition=~Q(state__in=[State.PUBLISHED, State.REMOVED, State.HIDDEN]) | Q(published_at__isnull=False),
                name="story_published_has_its_moment",
            ),
            models.CheckConstraint(
                condition=Q(author__isnull=False) | Q(state__in=[State.PUBLISHED, State.REMOVED, State.HIDDEN]),
                name="story_without_author_only_from_the_wall",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.PENDING) | Q(submitted_at__isnull=False),
                name="story_pending_has_its_moment",
            ),
            models.CheckConstraint(
                condition=Q(edit_of__isnull=True)
                | ~Q(state__in=[State.PUBLISHED, State.REMOVED, State.HIDDEN]) & Q(author__isnull=False),
                name="story_edit_never_hangs_itself",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.ACCEPTED) | Q(edit_of__isnull=False), name="story_accepted_is_an_edit"
            ),
            models.UniqueConstraint(
                fields=["edit_of"],
                condition=Q(state__in=OPEN),
                name="story_one_open_edit",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                "team", F("published_at").desc(), F("id").desc(), name="story_wall", condition=Q(state="published")
            ),
            # With the state, so that SQLite counts those who wait without a look at each row.
            models.Index("team", "submitted_at", "id", "state", name="story_queue", condition=Q(state="pending")),
            models.Index(
                "team",
                "submitted_at",
                "id",
                name="story_stood_by",
                condition=Q(state="pending") & Q(stood_by_at__isnull=False),
            ),
            # Who is new here is asked of each author in the queue.
            models.Index(fields=["team", "author"], name="story_let_in", condition=Q(published_at__isnull=False)),
            models.Index(fields=["team", "-decided_at", "-id"], name="story_spam", condition=Q(state="spam")),
            models.Index("team", "author", F("updated_at").desc(), F("id").desc(), name="story_mine"),
            models.Index(fields=["team", "author"], name="story_drafts", condition=Q(state="draft")),
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

    # What its author does

    @classmethod
    def begin(
        cls,
        *,
        by: Membership,
        composer: uuid.UUID,
        turn: int = 0,
        kind: str,
        qualities: Iterable[str],
        body: str,
        edit_of: "Story | None" = None,
    ) -> tuple["Story", bool]:
        """The draft that this composer made, made now if it is the first time it is sent; and whether it was.

        With `edit_of`, a new text for that story. It has one at a time: the open one, if there is.
        """
        if edit_of:
            edit_of._only_its_author(by)
            if opened := edit_of.open_edit:
                return opened, False
        new = cls(kind=kind, body=body)
        new.qualities = qualities
        try:
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
                    "edit_of": edit_of,
                    "saved_turn": turn,
                },
            )
        except IntegrityError:
            if edit_of and (opened := edit_of.open_edit):  # in another window, at the same moment
                return opened, False
            raise

    @property
    def open_edit(self) -> "Story | None":
        """The new text that its author is writing for it, or waiting with."""
        return self.edits.open_to_their_author().with_author_and_team().first()

    @property
    def latest_edit(self) -> "Story | None":
        """The last new text that its author wrote for it and it has not taken over."""
        return self.edits.without_accepted_edits().with_author_and_team().with_original().order_by("-pk").first()

    @property
    def edit_under_way(self) -> "Story | None":
        """The edit that its author has open, as far as they know: also one that is spam, or was declined just now."""
        latest = self.latest_edit
        return latest if latest and latest.as_author_sees_it().state in OPEN else None

    def may_be_edited_by(self, by: Membership) -> bool:
        """Whether its author may change the text in place: what is not under review, or needs none."""
        if self.author_id != by.user_id:
            return False
        return self.is_editable or (self.is_published and not self.needs_review_to_change(by))

    def needs_review_to_change(self, by: Membership) -> bool:
        """Whether a new text of this published story waits for a moderator while the old one stays up."""
        return not by.may_moderate and is_reviewed(by)

    def is_changed_by_an_edit(self, by: Membership) -> bool:
        """Whether its author changes it by writing a new text that waits, while this one hangs."""
        return self.author_id == by.user_id and self.is_published and self.needs_review_to_change(by)

    def as_author_sees_it(self, lately: Iterable[AuditEntry] | None = None) -> Self:
        """What can still be undone has not happened yet, and spam waits.

        `lately` is what stands in its log and may be untold, oldest first, for whoever has read it.
        """
        seen = copy(self)
        if self.state == State.SPAM:
            seen.state = State.PENDING
        elif self.is_settling:
            lately = self.audit_log.in_effect().within_undo().oldest_first() if lately is None else lately
            if untold := first_unsettled(lately):
                seen.state, seen.settles_at = untold.from_state, None
        return seen

    @property
    def has_unsettled_decision(self) -> bool:
        """Whether a moderator has just decided something that its author does not see yet."""
        return self.state != State.SPAM and self.is_settling and self.as_author_sees_it().state != self.state

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
        current = self._fresh()
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
                updated_at=clock.now(),
            )
            if not kept:
                raise Overtaken(self._fresh())
            self.refresh_from_db()
            if self.is_published:
                self._write(by, Action.EDIT, self.state)
                OutboxEvent.announce(self, OutboxEvent.Kind.CARD)
        return True

    def submit(self, *, by: Membership) -> bool:
        """Hand it to the moderators; where the team's policy does not have them read it first, it hangs at once.

        Raises Overtaken also when the text is no longer the one that was read: it may be unfinished.
        """
        self._only_its_author(by)
        current = self._fresh()
        if current.state == State.SPAM:  # to its author it waits
            self.refresh_from_db()
            return False
        now, read_first = clock.now(), self.is_reviewed_first(by)
        # Taken back before the second look was had, it is sent for that again.
        stood_by: dict[str, Any] = {"stood_by_at": now} if self.state == State.DRAFT and self.is_stood_by else {}
        with transaction.atomic():
            moved = (
                self._put_forward(by, Action.SUBMIT, State.PENDING, current, submitted_at=now, **stood_by)
                if read_first
                else self._put_forward(
                    by, Action.SUBMIT, self._published_state, current, submitted_at=now, published_at=now
                )
            )
            if moved and self.state == State.ACCEPTED:
                self._apply_edit()
        return moved

    def is_reviewed_first(self, by: Membership) -> bool:
        """Whether a moderator reads it before it hangs.

        What was ever returned or declined is somebody's open question: they look again, also when it was taken back
        in between.
        """
        noes = (Action.RETURN, Action.DECLINE)
        return is_reviewed(by) or self.audit_log.in_effect().filter(action__in=noes).exists()

    @transaction.atomic
    def withdraw(self, *, by: Membership) -> bool:
        self._only_its_author(by)
        return self._move(by, Action.WITHDRAW, (State.PENDING, State.SPAM), State.DRAFT)

    @transaction.atomic
    def stand_by(self, *, by: Membership, message: str) -> bool:
        """Ask for a second look at what was returned or declined: once, by a moderator who has not looked yet.

        Raises Refused where the second look has been had.
        """
        self._only_its_author(by)
        current = self._fresh()
        if current.state in (State.RETURNED, State.DECLINED):
            if current.is_settling:
                raise Overtaken(current)
            if current.stood_by_at:
                raise Refused(gettext("A second moderator has looked at it; their answer is the last word."))
            if current.edit_of and current.edit_of.edits.open_to_their_author().exclude(pk=self.pk).exists():
                raise Refused(gettext("You are writing another change to this story. Send that one instead."))
        now, letter = clock.now(), Letter(message=message)
        moments = {"submitted_at": now, "stood_by_at": now}
        return self._put_forward(
            by, Action.STAND_BY, State.PENDING, current, from_states=ANSWERED, letter=letter, **moments
        )

    def _put_forward(
        self,
        by: Membership,
        action: Action,
        to_state: State,
        current: "Story",
        *,
        from_states: tuple[State, ...] = (State.DRAFT, State.RETURNED),
        letter: Letter | None = None,
        **moments: Any,
    ) -> bool:
        if current.is_settling and self.state != State.PENDING:
            raise Overtaken(current)
        return self._move(
            by,
            action,
            from_states,
            to_state,
            current=current,
            revision=self.revision,
            letter=letter,
            rounds=F("rounds") + 1,
            **moments,
        )

    # A typo that a moderator has fixed

    @property
    def fix(self) -> "tuple[AuditEntry, AuditEntry] | None":
        """The text as its author sent it and as a moderator fixed it, while it hangs as fixed."""
        fixed = Story.objects.fixes_in([self]).get(self.pk)
        if fixed is None:
            return None
        return AuditEntry.objects.filter(story=fixed.story_id, pk__lt=fixed.pk).latest("pk"), fixed

    def restore_own_words(self, *, by: Membership) -> bool:
        """Take back what a moderator fixed: they had read the author's own words too."""
        self._only_its_author(by)
        current = self._fresh()
        if current.fix is None:
            return current._not_moved(by, Action.OWN_WORDS, State.PUBLISHED)
        own, fixed = current.fix
        with transaction.atomic():
            taken = self._rows(state=State.PUBLISHED, body=fixed.body)
            if not taken.update(body=own.body, revision=F("revision") + 1, updated_at=clock.now()):
                raise Overtaken(self._fresh())
            self.refresh_from_db()
            self._write(by, Action.OWN_WORDS, self.state)
            OutboxEvent.announce(self, OutboxEvent.Kind.CARD)
        return True

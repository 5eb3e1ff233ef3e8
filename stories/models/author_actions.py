"""What an author does with their own story once it is begun."""

import uuid
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext

from accounts.models import Membership, Refused
from kindwall import clock
from stories.models.audit import Letter
from stories.models.choices import REFUSALS, REFUSED_STATES, WRITING_STATES, Action, State
from stories.models.outbox import OutboxEvent
from stories.models.text import StoryText
from stories.models.transitions import Overtaken, Transitions

if TYPE_CHECKING:
    from stories.models.story import Story


class AuthorActions(Transitions):
    class Meta(Transitions.Meta):
        abstract = True

    def revise(
        self,
        *,
        by: Membership,
        revision: int,
        text: StoryText,
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
        from_here = Q(revision=revision) | Q(saved_from=composer, saved_from__isnull=False)
        later_here = Q(saved_from=composer, saved_turn__gt=turn)
        own = self._rows(state=current.state).filter(from_here).exclude(later_here)
        if current.text == text:
            own.filter(revision=current.revision).update(saved_from=composer, saved_turn=turn)
            self.refresh_from_db()
            return False
        with transaction.atomic():
            kept = own.update(
                **text.story_columns(),
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
        return by.is_reviewed or self._log().in_effect().filter(action__in=REFUSALS).exists()

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
        if current.state in REFUSED_STATES:
            if current.is_settling:
                raise Overtaken(current)
            if current.stood_by_at:
                raise Refused(gettext("A second moderator has looked at it; their answer is the last word."))
            if current.edit_of and current.edit_of.edits.open_to_their_author().exclude(pk=self.pk).exists():
                raise Refused(gettext("You are writing another change to this story. Send that one instead."))
        now, letter = clock.now(), Letter(message=message)
        moments = {"submitted_at": now, "stood_by_at": now}
        return self._put_forward(
            by, Action.STAND_BY, State.PENDING, current, from_states=REFUSED_STATES, letter=letter, **moments
        )

    def _put_forward(
        self,
        by: Membership,
        action: Action,
        to_state: State,
        current: "Story",
        *,
        from_states: tuple[State, ...] = WRITING_STATES,
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

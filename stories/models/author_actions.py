"""The actions of an author on their own story."""

import uuid
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext

from accounts.models import Membership, Refused
from kindwall import clock
from stories.models.audit import Letter
from stories.models.choices import DELETABLE_STATES, REFUSALS, REFUSED_STATES, WRITING_STATES, Action, State
from stories.models.outbox import OutboxEvent, notify_desk
from stories.models.review import DECLINES_WITHIN, has_watched_word, is_reviewed
from stories.models.text import StoryText, body_columns
from stories.models.transitions import Overtaken, Transitions
from stories.models.warmth import warmth_once_published

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
        editor: uuid.UUID | None = None,
        sequence: int = 0,
    ) -> bool:
        """Save the author's text. Return False when the story has it already.

        `editor` identifies one opened composer. `sequence` grows with each of its requests; it is 0 where these arrive
        in the order they were sent. Raises Overtaken when another editor has saved the story since `revision`
        was read, when this editor has saved it with a greater `sequence`, or when the story can no longer be edited.
        """
        current = self._fresh()
        # Meanwhile the draft may have been published, and an unfinished text must not get onto the wall.
        if current.state != self.state or not current.may_be_edited_by(by, text):
            raise Overtaken(current)
        from_here = Q(revision=revision) | Q(saved_by_editor=editor, saved_by_editor__isnull=False)
        later_here = Q(saved_by_editor=editor, save_sequence__gt=sequence)
        own = self._rows(state=current.state).filter(from_here).exclude(later_here)
        if current.text == text:
            own.filter(revision=current.revision).update(saved_by_editor=editor, save_sequence=sequence)
            self.refresh_from_db()
            return False
        with transaction.atomic():
            saved = own.update(
                **text.story_columns(),
                revision=F("revision") + 1,
                saved_by_editor=editor,
                save_sequence=sequence,
                updated_at=clock.now(),
                **({"edited_at": clock.now()} if self.is_published else {}),
            )
            if not saved:
                raise Overtaken(self._fresh())
            self.refresh_from_db()
            if self.is_published:
                self._write(by, Action.EDIT, self.state)
                self._update_unreviewed()
                notify_desk(self.team_id)
                OutboxEvent.announce(self, OutboxEvent.Kind.CARD)
        return True

    def submit(self, *, by: Membership) -> bool:
        """Submit the story for review, or publish it at once where the team's policy asks for no review.

        Raises Overtaken also when the text has changed since it was read, because it may be incomplete.
        """
        self._only_its_author(by)
        current = self._fresh()
        if current.state == State.SPAM:  # the author sees it as submitted already
            self.refresh_from_db()
            return False
        now, read_first = clock.now(), self.is_reviewed_first(by)
        # A story that was withdrawn while it waited for a second opinion is submitted for that again.
        stood_by: dict[str, Any] = {"stood_by_at": now} if self.state == State.DRAFT and self.is_stood_by else {}
        with transaction.atomic():
            if read_first:
                moved = self._put_forward(by, Action.SUBMIT, State.PENDING, current, submitted_at=now, **stood_by)
            else:
                on_wall: dict[str, Any] = {"published_at": now, "warmth": warmth_once_published(now)}
                moved = self._put_forward(
                    by, Action.SUBMIT, self._published_state, current, submitted_at=now, **on_wall
                )
            if moved and self.state == State.ACCEPTED:
                self._apply_edit()
        return moved

    def is_reviewed_first(self, by: Membership) -> bool:
        """Return whether a moderator reviews the story before it is published.

        Once returned or declined, a story is always reviewed again, even after a withdrawal. So is one with a word that
        the team watches for.
        """
        return is_reviewed(by) or has_watched_word(self.text, by.team) or self.was_refused()

    def was_refused(self) -> bool:
        """Return whether the story was once returned or declined."""
        return self._log().in_effect().filter(action__in=REFUSALS).exists()

    @transaction.atomic
    def withdraw(self, *, by: Membership) -> bool:
        """Take the story out of the queue. One that was published before is taken down again and is no draft."""
        self._only_its_author(by)
        current = self._fresh()
        to_state = State.TAKEN_DOWN if current.published_at else State.DRAFT
        return self._move(by, Action.WITHDRAW, (State.PENDING, State.SPAM), to_state, current=current)

    @transaction.atomic
    def take_down(self, *, by: Membership) -> bool:
        """Take the published story off the wall. It keeps its reactions."""
        self._only_its_author(by)
        return self._move(by, Action.TAKE_DOWN, (State.PUBLISHED,), State.TAKEN_DOWN)

    @transaction.atomic
    def put_back(self, *, by: Membership) -> bool:
        """Put a taken-down story back in its old place on the wall, through review where the team asks for it."""
        self._only_its_author(by)
        current = self._fresh()
        if not current.is_reviewed_first(by):
            return self._move(by, Action.PUT_BACK, (State.TAKEN_DOWN,), State.PUBLISHED, current=current)
        return self._move(
            by,
            Action.PUT_BACK,
            (State.TAKEN_DOWN,),
            State.PENDING,
            current=current,
            submitted_at=clock.now(),
            submission_count=F("submission_count") + 1,
        )

    @transaction.atomic
    def discard(self, *, by: Membership) -> None:
        """Delete a draft, or a story that its author has taken down, with all that belongs to it.

        Raises Refused where a decline of the last thirty days would be forgotten with it, because the team's policy
        counts those; and Overtaken when the story has changed since it was read.
        """
        self._only_its_author(by)
        since = clock.now() - DECLINES_WITHIN
        if self._log().in_effect().filter(action=Action.DECLINE, created_at__gt=since).exists():
            raise Refused(gettext("This story was declined in the last thirty days. You can delete it later."))
        if not self._rows(state__in=DELETABLE_STATES, state=self.state, revision=self.revision).delete()[0]:
            raise Overtaken(self._fresh())

    @transaction.atomic
    def stand_by(self, *, by: Membership, message: str) -> bool:
        """Ask for a second opinion on a returned or declined story, by a moderator who has not decided on it yet.

        Raises Refused where the story has had its second opinion.
        """
        self._only_its_author(by)
        current = self._fresh()
        if current.state in REFUSED_STATES:
            if current.is_settling:
                raise Overtaken(current)
            if current.stood_by_at:
                raise Refused(gettext("A second moderator has decided on it. That decision is final."))
            if current.edit_of and current.edit_of.edits.open_to_their_author().exclude(pk=self.pk).exists():
                raise Refused(gettext("You are already writing another change to this story. Send that one instead."))
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
            submission_count=F("submission_count") + 1,
            **moments,
        )

    def restore_own_words(self, *, by: Membership) -> bool:
        """Restore the text from before a moderator's fix. It needs no review: the moderator has read it."""
        self._only_its_author(by)
        current = self._fresh()
        if current.fix is None:
            return current._not_moved(by, Action.OWN_WORDS, State.PUBLISHED)
        own, fixed = current.fix
        with transaction.atomic():
            taken = self._rows(state=State.PUBLISHED, body=fixed.body)
            now = clock.now()
            if not taken.update(**body_columns(own.body), revision=F("revision") + 1, updated_at=now, edited_at=now):
                raise Overtaken(self._fresh())
            self.refresh_from_db()
            self._write(by, Action.OWN_WORDS, self.state)
            OutboxEvent.announce(self, OutboxEvent.Kind.CARD)
        return True

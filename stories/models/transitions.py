"""The foundation of all actions on a story: state changes, their log, and their announcement."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import F
from django.utils.translation import gettext

from accounts.models import Membership, Refused
from kindwall import clock
from stories.models.assignment import Assignment
from stories.models.audit import UNDO_FOR, AuditEntry, AuditQuerySet, Letter
from stories.models.choices import DECISIONS, OFF_WALL_STATES, QUIET_ACTIONS, Action, State
from stories.models.fields import StoryFields
from stories.models.outbox import OutboxEvent, notify_desk
from stories.models.text import StoryText

if TYPE_CHECKING:
    from stories.models.story import Story


class Overtaken(Exception):
    """Somebody else has changed the story since it was read. `story` is the story as it is now."""

    def __init__(self, story: "Story") -> None:
        super().__init__(f"story {story.pk} is {story.state} at revision {story.revision}")
        self.story = story


class Transitions(StoryFields):
    class Meta(StoryFields.Meta):
        abstract = True

    def _move(
        self,
        by: Membership | None,
        action: Action,
        from_states: tuple[State, ...],
        to_state: State,
        *,
        current: "Story | None" = None,
        revision: int | None = None,
        letter: Letter | None = None,
        batch: UUID | None = None,
        condition: Mapping[str, Any] | None = None,
        **columns: Any,
    ) -> bool:
        """Compare and set (state, revision), and write the audit entry. `columns` are set along with the state.

        Call it within a transaction. `current` is the story's row where the caller has just read it. `by` is None
        where a rule of the team acts. `condition` has to hold for the row as well. Returns False when `by` has just
        done the same; raises Overtaken when somebody has done something else.
        """
        now = clock.now()
        current = current or self._fresh()
        read = current.revision if revision is None else revision
        if current.state not in from_states:
            return self._not_moved(by, action, to_state)
        settles_at = now + UNDO_FOR if action in DECISIONS else None
        touched = {} if action in QUIET_ACTIONS else {"updated_at": now}
        moved = self._rows(state=current.state, revision=read, **(condition or {})).update(
            state=to_state, settles_at=settles_at, **touched, **columns
        )
        if not moved:
            return self._not_moved(by, action, to_state)
        self.refresh_from_db()
        self._write(by, action, current.state, letter, batch=batch)
        if action == Action.SUBMIT:
            self._update_unreviewed()
        self._announce(current.state)
        return True

    def _write(
        self,
        by: Membership | None,
        action: Action,
        from_state: str,
        letter: Letter | None = None,
        *,
        undoes: AuditEntry | None = None,
        batch: UUID | None = None,
    ) -> AuditEntry:
        actor = by.user if by else None
        entry = AuditEntry.write(self, actor, action, from_state, letter, undoes=undoes, batch=batch)
        if action in DECISIONS:
            Assignment.objects.end(entry)
        if entry.is_announced:
            entry.announce_when_settled()
        return entry

    def _announce(self, before: str) -> None:
        """Notify the desk, and the walls where the story came or went. This is the last write of the transaction."""
        notify_desk(self.team_id)
        if self.state == before:
            return
        if self.state == State.PUBLISHED:
            kind = OutboxEvent.Kind.BACK if before in OFF_WALL_STATES else OutboxEvent.Kind.CARD
            OutboxEvent.announce(self, kind)
        elif before == State.PUBLISHED:
            OutboxEvent.announce(self, OutboxEvent.Kind.GONE)

    def _not_moved(self, by: Membership | None, action: Action, to_state: State) -> bool:
        current = self._fresh()
        last = current.audit_log.order_by("-id").first()
        same = last is not None and last.action == action and last.actor_id == (by.user_id if by else None)
        if not same or current.state != to_state:
            raise Overtaken(current)
        self.refresh_from_db()
        return False

    def _author_membership(self) -> Membership | None:
        return Membership.objects.filter(team=self.team_id, user=self.author_id).first()

    def _only_its_author(self, by: Membership) -> None:
        if self.author_id != by.user_id:
            raise Refused(gettext("Only its author can do that."))

    def _rows(self, **condition: Any) -> Any:
        """Return the query for this story's row under a condition, for compare and set."""
        return type(self)._default_manager.filter(pk=self.pk, **condition)

    def _fresh(self) -> "Story":
        story: Story = self._rows().select_related("author", "team", "edit_of", "claim").get()
        return story

    # The text of a story, and an edit that gives it another one

    @property
    def _published_state(self) -> State:
        """Return the state of this story once it is approved: an edit never gets onto the wall itself."""
        return State.ACCEPTED if self.edit_of_id else State.PUBLISHED

    def _apply_edit(self) -> None:
        """Give the original story the text of this edit. The log of the edit names the moderator."""
        original = self.edit_of
        assert original is not None
        original._set_text(self.text, edited_at=clock.now())
        AuditEntry.write(original, original.author, Action.EDIT, original.state)
        original._update_unreviewed()
        original._announce_text()

    def _set_text(self, text: StoryText, *, edited_at: datetime | None) -> None:
        """Give the story another text. The caller writes the audit row and announces it to the walls."""
        columns = {**text.story_columns(), "edited_at": edited_at, "updated_at": clock.now()}
        self._rows().update(**columns, revision=F("revision") + 1)
        self.refresh_from_db()

    def _update_unreviewed(self) -> None:
        """Note whether a moderator has yet to look at the text that has just been published. One query."""
        if self.is_published:
            self._rows().update_unreviewed()

    def _announce_text(self) -> None:
        """Announce the new text to the open walls."""
        if self.is_published:
            OutboxEvent.announce(self, OutboxEvent.Kind.CARD)

    def _revert_edit(self, by: Membership) -> None:
        """Give this story the text again that the latest edit replaced."""
        edits = self._log().in_effect().filter(action=Action.EDIT).order_by("-pk")
        edit, earlier = (*edits[:2], None)[:2]
        assert edit is not None
        before = self._log().filter(pk__lt=edit.pk).latest("pk")
        self._set_text(before.text, edited_at=earlier.created_at if earlier else None)
        self._write(by, Action.UNDO, self.state, undoes=edit)
        self._update_unreviewed()
        self._announce_text()

    def _log(self) -> AuditQuerySet:
        return AuditEntry.objects.filter(story=self.pk)

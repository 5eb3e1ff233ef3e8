"""The undo of a moderator's decision."""

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext

from accounts.models import Membership, Refused
from stories.models.assignment import Assignment
from stories.models.audit import AuditEntry
from stories.models.choices import SUBMISSION_DECISIONS, Action, State
from stories.models.text import body_columns
from stories.models.transitions import Overtaken, Transitions


class Undo(Transitions):
    class Meta(Transitions.Meta):
        abstract = True

    def undo(self, entry: AuditEntry, *, by: Membership) -> bool:
        """Undo a decision that `by` has just made.

        Returns False when it is undone already. Raises Refused when it is somebody else's or too long ago, and
        Overtaken when the story has changed since.
        """
        if self._is_undone(entry):
            return False
        if entry.story_id != self.pk or entry.actor_id != by.user_id or entry.has_settled:
            raise Refused(gettext("It is too late to undo this. You can take a new decision."))
        with transaction.atomic():
            before = self._log().in_effect().filter(pk__lt=entry.pk)
            was_new = entry.action == Action.PUBLISH and not before.filter(to_state=State.PUBLISHED).exists()
            # The order of the log decides which action was the last, because clocks may have been set back.
            since = self._log().in_effect().filter(pk__gt=entry.pk).exclude(action=Action.ASSIGN)
            as_decided = self._rows(state=entry.to_state, revision=entry.revision, settles_at__isnull=False)
            undone = as_decided.exclude(pk__in=since.values("story"))
            if self._edit_is_superseded or not undone.update(
                state=entry.from_state,
                # Undo resets updated_at so that the author cannot tell a decision was made.
                updated_at=F("submitted_at") if entry.action == Action.PUBLISH else F("updated_at"),
                settles_at=before.latest_undo_ends_at(),
                decided_at=before.last_decided_at() if entry.action in SUBMISSION_DECISIONS else F("decided_at"),
                published_at=None if was_new else F("published_at"),
                warmth=0 if was_new else F("warmth"),
            ):
                if self._is_undone(entry):  # by a second request at the same moment
                    return False
                raise Overtaken(self._fresh())
            if not entry.can_be_undone:  # the time may have run out while the update waited for the row's lock
                raise Refused(gettext("It is too late to undo this. You can take a new decision."))
            self._undo_side_effects(entry, by)
            self.refresh_from_db()
            self._write(by, Action.UNDO, entry.to_state, undoes=entry)
            self._update_unreviewed()
            self._announce(entry.to_state)
        return True

    def _is_undone(self, entry: AuditEntry) -> bool:
        self.refresh_from_db()
        return AuditEntry.objects.filter(undoes=entry).exists()

    @property
    def _edit_is_superseded(self) -> bool:
        """Return whether the author has begun another edit, or the original has another text than this edit gave."""
        original = self._fresh().edit_of
        if original is None:
            return False
        another = original.edits.open_to_their_author().exclude(pk=self.pk).exists()
        return another or (self.state == State.ACCEPTED and original.text != self.text)

    def _undo_side_effects(self, entry: AuditEntry, by: Membership) -> None:
        entry.reports.update(decision=None)
        Assignment.objects.reopen(entry)
        if entry.action == Action.PUBLISH:
            before = self._log().filter(pk__lt=entry.pk).order_by("-pk")[:2]
            if len(before) == 2 and before[0].action == Action.FIX and before[0].revision == entry.revision:
                self._rows().update(**body_columns(before[1].body), revision=F("revision") + 1)
            if self.edit_of:
                self.edit_of._fresh()._revert_edit(by)

"""The decisions of moderators on a story, and their undo."""

from itertools import pairwise
from typing import Any, Unpack

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils.translation import gettext

from accounts.models import Membership, Refused
from kindwall import clock
from stories.models.audit import AuditEntry, Letter
from stories.models.choices import REFUSALS, REFUSED_STATES, SUBMISSION_DECISIONS, WALL_STATES, Action, State
from stories.models.claim import Claim
from stories.models.queryset import SPAM_KEPT_FOR
from stories.models.report import Report
from stories.models.transitions import Overtaken, Transitions


class Decisions(Transitions):
    class Meta(Transitions.Meta):
        abstract = True

    # `supersedes` is the primary key of the audit entry of the return or decline that this decision replaces.

    def publish(
        self,
        *,
        by: Membership,
        revision: int,
        supersedes: int | None = None,
        fixed: str = "",
        watching: bool = False,
    ) -> bool:
        """Publish the story. `fixed` is its body without a typo; `watching` also puts the author under review."""
        now = clock.now()
        with transaction.atomic():
            if fixed and self._fresh().state == State.PENDING:
                revision = self._fix(by, revision, fixed)
            watching = watching and self._watch(by)
            moved = self._decide(
                by,
                Action.PUBLISH,
                self._published_state,
                revision,
                supersedes=supersedes,
                watching=watching,
                decided_at=now,
                published_at=Coalesce(F("published_at"), now),  # a story that was put back gets its old place
            )
            if moved and self.edit_of_id:
                self._apply_edit()
        return moved

    @transaction.atomic
    def return_for_change(
        self, *, by: Membership, revision: int, supersedes: int | None = None, **letter: Unpack[Letter]
    ) -> bool:
        now = clock.now()
        return self._decide(by, Action.RETURN, State.RETURNED, revision, letter, supersedes=supersedes, decided_at=now)

    @transaction.atomic
    def decline(
        self, *, by: Membership, revision: int, supersedes: int | None = None, **letter: Unpack[Letter]
    ) -> bool:
        now = clock.now()
        return self._decide(by, Action.DECLINE, State.DECLINED, revision, letter, supersedes=supersedes, decided_at=now)

    @transaction.atomic
    def mark_spam(self, *, by: Membership, revision: int) -> bool:
        """Mark the story as spam. The author is not told and sees it as pending."""
        return self._decide(by, Action.SPAM, State.SPAM, revision, decided_at=clock.now())

    @transaction.atomic
    def clear_spam(self, *, by: Membership, revision: int) -> bool:
        """Put the story back into the queue. Raises Refused after thirty days."""
        since = clock.now() - SPAM_KEPT_FOR
        if self.state == State.SPAM and not self._log().filter(action=Action.SPAM, created_at__gt=since).exists():
            raise Refused(gettext("It was marked as spam more than thirty days ago."))
        return self._decide(by, Action.NOT_SPAM, State.PENDING, revision, from_states=(State.SPAM,), decided_at=None)

    def remove(self, *, by: Membership, revision: int, **letter: Unpack[Letter]) -> bool:
        with transaction.atomic():
            moved = self._decide(by, Action.REMOVE, State.REMOVED, revision, letter, from_states=WALL_STATES)
            if moved:
                Report.objects.about(self).close(self._last())
        return moved

    @transaction.atomic
    def restore(self, *, by: Membership, revision: int) -> bool:
        return self._decide(by, Action.RESTORE, State.PUBLISHED, revision, from_states=(State.REMOVED,))

    def dismiss_reports(self, *, by: Membership, revision: int) -> bool:
        """Leave the reported story on the wall, or put it back there, and close its reports."""
        if refusal := self._fresh().why_not_decided_by(by):
            raise Refused(refusal)
        last, reports = self._log().order_by("-pk").first(), Report.objects.about(self)
        if last is not None and last.action == Action.KEEP and not reports.open().exists():
            return self._not_moved(by, Action.KEEP, State.PUBLISHED)
        with transaction.atomic():
            moved = self._decide(by, Action.KEEP, State.PUBLISHED, revision, from_states=WALL_STATES)
            if moved:
                reports.close(self._last())
        return moved

    def why_not_decided_by(self, by: Membership) -> str:
        """Return the reason why this moderator may not decide on this story, or an empty text."""
        if not by.may_moderate or by.team_id != self.team_id:
            return gettext("Deciding on stories is for the team’s moderators.")
        if self.is_for_colleagues_of(by):
            return gettext("This one is yours, so a colleague decides on it.")
        if self.stood_by_at and self.state == State.PENDING:
            return self._why_not_second_opinion(by)
        if self.stood_by_at and self.state in REFUSED_STATES:
            return self._why_not_after_second_opinion(by)
        return ""

    def is_for_colleagues_of(self, by: Membership) -> bool:
        """Return whether it is this moderator's own story and a colleague decides on it."""
        return self.author_id == by.user_id and by.has_fellow_moderators

    def _why_not_second_opinion(self, by: Membership) -> str:
        """Return the reason why another moderator has to give the second opinion, or an empty text."""
        conversation = self._log().in_effect().filter(action__in=[*REFUSALS, Action.STAND_BY])
        last, first = (*conversation.order_by("-pk")[:2], None, None)[:2]
        # Only the moderator whose refusal the author objects to has to leave it to a colleague.
        if last is None or last.action != Action.STAND_BY or first is None or first.actor_id != by.user_id:
            return ""
        if self._another_moderator_can_look(by):
            return gettext("You have answered this one before; its author asks for a colleague’s look.")
        return ""

    def _why_not_after_second_opinion(self, by: Membership) -> str:
        """Return the reason why the first moderator may not change the second opinion, or an empty text."""
        conversation = self._log().in_effect().filter(action__in=[*REFUSALS, Action.STAND_BY])
        entries = list(conversation.order_by("-pk").values_list("action", "actor_id"))
        first_moderator = [actor for (action, _), (_, actor) in pairwise(entries) if action == Action.STAND_BY]
        if first_moderator != [by.user_id] or entries[0][1] == by.user_id:
            return ""
        if self._another_moderator_can_look(by):
            return gettext("You had the first look at this one; a colleague’s answer to it is the last word.")
        return ""

    def _another_moderator_can_look(self, by: Membership) -> bool:
        others = Membership.objects.able_to_decide(by.team).not_away()
        return others.exclude(user__in=[by.user_id, self.author_id or 0]).exists()

    @property
    def refusal_in_effect(self) -> AuditEntry | None:
        """Return the return or decline in effect, which another decision may supersede."""
        return self._log().latest_submission_decision() if self.state in REFUSED_STATES else None

    def why_not_reopened(self) -> str:
        """Return the reason why this refused story can be neither published nor returned any more, or an empty text."""
        if self._author_membership() is None:
            return gettext("Its author is not in the team any more.")
        original = self.edit_of
        if original is None:
            return ""
        if original.edits.open_to_their_author().exclude(pk=self.pk).exists():
            return gettext("There is another change to the same story by now, and that one comes first.")
        if not original.is_published:
            return gettext("The story that it changes does not hang any more.")
        if self._original_has_changed(original):
            return gettext("The story that it changes has another text by now.")
        return ""

    def _original_has_changed(self, original: Transitions) -> bool:
        """Return whether the original has another text than when this edit was refused."""
        refusal = self.refusal_in_effect
        then = refusal and original._log().filter(pk__lt=refusal.pk).order_by("-pk").first()
        return not then or then.text != original.text

    def undo(self, entry: AuditEntry, *, by: Membership) -> bool:
        """Undo a decision that `by` has just made.

        Returns False when it is undone already. Raises Refused when it is somebody else's or too long ago, and
        Overtaken when the story has changed since.
        """
        if self._is_undone(entry):
            return False
        if entry.story_id != self.pk or entry.actor_id != by.user_id or entry.has_settled:
            raise Refused(gettext("It is too late to undo this. You can decide anew."))
        with transaction.atomic():
            before = self._log().in_effect().filter(pk__lt=entry.pk)
            was_new = entry.action == Action.PUBLISH and not before.filter(to_state=State.PUBLISHED).exists()
            # The order of the log decides which action was the last, because clocks may have been set back.
            since = self._log().in_effect().filter(pk__gt=entry.pk).exclude(action=Action.HAND)
            as_decided = self._rows(state=entry.to_state, revision=entry.revision, settles_at__isnull=False)
            undone = as_decided.exclude(pk__in=since.values("story"))
            if self._edit_is_superseded or not undone.update(
                state=entry.from_state,
                # Undo resets updated_at so that the author cannot tell a decision was made.
                updated_at=F("submitted_at") if entry.action == Action.PUBLISH else F("updated_at"),
                settles_at=before.latest_undo_ends_at(),
                decided_at=before.last_decided_at() if entry.action in SUBMISSION_DECISIONS else F("decided_at"),
                published_at=None if was_new else F("published_at"),
            ):
                if self._is_undone(entry):  # by a second request at the same moment
                    return False
                raise Overtaken(self._fresh())
            if not entry.can_be_undone:  # the time may have run out while the update waited for the row's lock
                raise Refused(gettext("It is too late to undo this. You can decide anew."))
            self._undo_side_effects(entry, by)
            self.refresh_from_db()
            self._write(by, Action.UNDO, entry.to_state, undoes=entry)
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
        entry.reports.update(answer=None)
        if entry.watching and (author := self._author_membership()):
            author.take_back_trust(by=by)
        if entry.action == Action.PUBLISH:
            before = self._log().filter(pk__lt=entry.pk).order_by("-pk")[:2]
            if len(before) == 2 and before[0].action == Action.FIX and before[0].revision == entry.revision:
                self._rows().update(body=before[1].body, revision=F("revision") + 1)
            if self.edit_of:
                self.edit_of._fresh()._revert_edit(by)

    # Helpers of the decisions

    def _decide(
        self,
        by: Membership,
        action: Action,
        to_state: State,
        revision: int,
        letter: Letter | None = None,
        *,
        from_states: tuple[State, ...] = (State.PENDING,),
        supersedes: int | None = None,
        watching: bool = False,
        **columns: Any,
    ) -> bool:
        current = self._fresh()
        if refusal := current.why_not_decided_by(by):
            raise Refused(refusal)
        if supersedes:
            from_states = current._states_superseding(supersedes, to_state, revision)
        # Deleted before the move, because the outbox has to be the last write.
        Claim.objects.filter(story=self.pk).delete()
        return self._move(
            by,
            action,
            from_states,
            to_state,
            current=current,
            revision=revision,
            letter=letter,
            watching=watching,
            **columns,
        )

    def _states_superseding(self, supersedes: int, to_state: State, revision: int) -> tuple[State, ...]:
        """Return the states from which this decision may supersede that refusal, or none.

        The refusal must be in effect, and the text the one that was refused: the author has not submitted what they
        have changed since.
        """
        refusal = self.refusal_in_effect
        if refusal is None or refusal.pk != supersedes or self.state == to_state:
            return ()
        if not refusal.revision == self.revision == revision:
            return ()
        if to_state != State.DECLINED and (reason := self.why_not_reopened()):
            raise Refused(reason)
        return REFUSED_STATES

    def _fix(self, by: Membership, revision: int, fixed: str) -> int:
        """Set the body without its typo. Return the new revision."""
        current = self._fresh()
        if refusal := current.why_not_decided_by(by):
            raise Refused(refusal)
        if fixed == current.body:
            return revision
        if not self._rows(state=State.PENDING, revision=revision).update(body=fixed, revision=F("revision") + 1):
            raise Overtaken(self._fresh())
        self.refresh_from_db()
        self._write(by, Action.FIX, State.PENDING)
        return self.revision

    def _watch(self, by: Membership) -> bool:
        """Put the author under review. Return whether that is new."""
        author = self._author_membership()
        return author is not None and not author.trust and author.set_trust("always", by=by)

    def _author_membership(self) -> Membership | None:
        return Membership.objects.filter(team=self.team_id, user=self.author_id).first()

    def _last(self) -> AuditEntry:
        return self._log().latest("pk")

"""The decisions of moderators on a story."""

from itertools import pairwise
from typing import Any, Unpack
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils.translation import gettext

from accounts.models import Membership, Refused
from kindwall import clock
from stories.models.audit import AuditEntry, Letter
from stories.models.choices import REFUSALS, REFUSED_STATES, WALL_STATES, Action, State
from stories.models.claim import Claim
from stories.models.queryset import SPAM_LIFETIME
from stories.models.report import Report
from stories.models.text import body_columns
from stories.models.transitions import Overtaken, Transitions
from stories.models.warmth import warmth_once_published


class Decisions(Transitions):
    class Meta(Transitions.Meta):
        abstract = True

    # `supersedes` is the primary key of the audit entry of the return or decline that this decision replaces, and
    # `batch` the same for all stories that are decided on in one go.

    def publish(
        self,
        *,
        by: Membership,
        revision: int,
        supersedes: int | None = None,
        fixed: str = "",
        batch: UUID | None = None,
    ) -> bool:
        """Publish the story. `fixed` is its body without a typo."""
        now = clock.now()
        with transaction.atomic():
            if fixed and self._fresh().state == State.PENDING:
                revision = self._fix(by, revision, fixed)
            moved = self._decide(
                by,
                Action.PUBLISH,
                self._published_state,
                revision,
                supersedes=supersedes,
                batch=batch,
                decided_at=now,
                published_at=Coalesce(F("published_at"), now),  # a story that was put back gets its old place
                warmth=warmth_once_published(now),
            )
            if moved and self.edit_of_id:
                self._apply_edit()
        return moved

    @transaction.atomic
    def return_for_change(
        self,
        *,
        by: Membership,
        revision: int,
        supersedes: int | None = None,
        batch: UUID | None = None,
        **letter: Unpack[Letter],
    ) -> bool:
        return self._decide(
            by,
            Action.RETURN,
            State.RETURNED,
            revision,
            letter,
            supersedes=supersedes,
            batch=batch,
            decided_at=clock.now(),
        )

    @transaction.atomic
    def decline(
        self,
        *,
        by: Membership,
        revision: int,
        supersedes: int | None = None,
        batch: UUID | None = None,
        **letter: Unpack[Letter],
    ) -> bool:
        return self._decide(
            by,
            Action.DECLINE,
            State.DECLINED,
            revision,
            letter,
            supersedes=supersedes,
            batch=batch,
            decided_at=clock.now(),
        )

    @transaction.atomic
    def mark_spam(self, *, by: Membership, revision: int, batch: UUID | None = None) -> bool:
        """Mark the story as spam. The author is not told and sees it as pending."""
        return self._decide(by, Action.SPAM, State.SPAM, revision, batch=batch, decided_at=clock.now())

    @transaction.atomic
    def clear_spam(self, *, by: Membership, revision: int) -> bool:
        """Put the story back into the queue. Raises Refused after thirty days."""
        since = clock.now() - SPAM_LIFETIME
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
        if last is not None and last.action == Action.DISMISS_REPORTS and not reports.open().exists():
            return self._not_moved(by, Action.DISMISS_REPORTS, State.PUBLISHED)
        with transaction.atomic():
            moved = self._decide(by, Action.DISMISS_REPORTS, State.PUBLISHED, revision, from_states=WALL_STATES)
            if moved:
                reports.close(self._last())
        return moved

    @transaction.atomic
    def mark_reviewed(self, *, by: Membership, revision: int) -> bool:
        """Note that this moderator has looked at a story that was published without a review."""
        return self._decide(
            by,
            Action.REVIEW,
            State.PUBLISHED,
            revision,
            from_states=(State.PUBLISHED,),
            condition={"unreviewed_since__isnull": False},
        )

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
        if self._another_moderator_can_review(by):
            return gettext(
                "You have decided on this story before. Its author asks for a second opinion, so a colleague decides."
            )
        return ""

    def _why_not_after_second_opinion(self, by: Membership) -> str:
        """Return the reason why the first moderator may not change the second opinion, or an empty text."""
        conversation = self._log().in_effect().filter(action__in=[*REFUSALS, Action.STAND_BY])
        entries = list(conversation.order_by("-pk").values_list("action", "actor_id"))
        first_moderator = [actor for (action, _), (_, actor) in pairwise(entries) if action == Action.STAND_BY]
        if first_moderator != [by.user_id] or entries[0][1] == by.user_id:
            return ""
        if self._another_moderator_can_review(by):
            return gettext(
                "You took the first decision on this story, and a colleague took the second. "
                "The second decision is final."
            )
        return ""

    def _another_moderator_can_review(self, by: Membership) -> bool:
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
            return gettext("The story that it changes is no longer on the wall.")
        if self._original_has_changed(original):
            return gettext("The story that it changes has another text by now.")
        return ""

    def _original_has_changed(self, original: Transitions) -> bool:
        """Return whether the original has another text than when this edit was refused."""
        refusal = self.refusal_in_effect
        then = refusal and original._log().filter(pk__lt=refusal.pk).order_by("-pk").first()
        return not then or then.text != original.text

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
        **written: Any,
    ) -> bool:
        """Decide from one of these states, or supersede a refusal. `written` goes to the story and the log."""
        current = self._fresh()
        if refusal := current.why_not_decided_by(by):
            raise Refused(refusal)
        if supersedes:
            from_states = current._states_superseding(supersedes, to_state, revision)
        # Deleted before the move, because the outbox has to be the last write.
        if hasattr(current, "claim"):
            Claim.objects.filter(story=self.pk).delete()
        return self._move(
            by,
            action,
            from_states,
            to_state,
            current=current,
            revision=revision,
            letter=letter,
            unreviewed_since=None,
            **written,
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
        if not self._rows(state=State.PENDING, revision=revision).update(
            **body_columns(fixed), revision=F("revision") + 1
        ):
            raise Overtaken(self._fresh())
        self.refresh_from_db()
        self._write(by, Action.FIX, State.PENDING)
        return self.revision

    def _last(self) -> AuditEntry:
        return self._log().latest("pk")

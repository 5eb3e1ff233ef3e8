"""Assignments: a story that one moderator is asked to decide on, or has taken."""

from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import Membership, Refused, Team, User
from accounts.names import isolated
from kindwall import clock
from stories.models.audit import AuditEntry
from stories.models.choices import Action
from stories.models.outbox import notify_desk

if TYPE_CHECKING:
    from stories.models.story import Story

LONGEST_ASSIGNMENT_NOTE = 300  # characters
NOBODY = 0  # in a form: the story was assigned to nobody when it was read


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def open(self) -> Self:
        """Return the assignments that no decision has ended."""
        return self.filter(decision=None)

    def to(self, user: User, team: Team) -> Self:
        return self.filter(moderator=user, story__team=team)

    def on(self, story: "Story") -> "Assignment | None":
        """Return the assignment of this story that no decision has ended, with its people."""
        return self.open().filter(story=story.pk).select_related("moderator", "assigned_by").first()

    def end(self, decision: AuditEntry) -> int:
        """End the assignment of the story that was decided. The row stays, for an undo of the decision."""
        return self.open().filter(story=decision.story_id).update(decision=decision)

    def reopen(self, decision: AuditEntry) -> int:
        """Bring back the assignment that this decision ended, once it is undone."""
        return self.filter(decision=decision).update(decision=None)


class Assignment(models.Model):
    """The moderator whom a story is assigned to, until somebody decides on it or it is given back.

    Colleagues see it and may decide all the same. The author never learns of it.
    """

    story = models.OneToOneField("stories.Story", on_delete=models.DB_CASCADE, related_name="assignment")
    moderator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.DB_CASCADE, related_name="assignments")
    # The same as the moderator where they took the story themselves. Null once the account is deleted.
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.DB_SET_NULL, null=True, related_name="assignments_made"
    )
    note = models.CharField(max_length=LONGEST_ASSIGNMENT_NOTE, blank=True)  # to the moderator
    created_at = models.DateTimeField(default=timezone.now)
    decision = models.ForeignKey(AuditEntry, on_delete=models.DB_CASCADE, null=True, related_name="+")  # that ended it

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["moderator"], name="assignment_open", condition=Q(decision=None)),
        ]

    def __str__(self) -> str:
        return f"story {self.story_id} for {self.moderator_id}"

    @property
    def is_open(self) -> bool:
        return self.decision_id is None

    @property
    def is_taken(self) -> bool:
        """Return whether the moderator took the story themselves."""
        return self.assigned_by_id == self.moderator_id

    @classmethod
    def assign(
        cls, story: "Story", *, by: Membership, to: Membership, note: str = "", replacing: int | None = None
    ) -> "Assignment":
        """Assign the story to this moderator, who may be `by` themselves.

        `replacing` is the user whom it was assigned to when `by` read it, NOBODY where there was none, and None where
        it does not matter. Raises Refused where it is assigned to another meanwhile, where nobody has to decide on it
        any more, or where that moderator may not. Assigning it again changes nothing.
        """
        cls._refuse_without_right(story, by)
        if to.team_id != story.team_id or not (to.may_moderate and to.user.is_active):
            raise Refused(gettext("Choose a colleague who moderates here."))
        if refusal := story.why_not_decided_by(to):
            cannot = gettext("%(name)s cannot decide on this one.") % {"name": isolated(to.user.name)}
            raise Refused(refusal if to.pk == by.pk else cannot)
        with transaction.atomic():
            current = story._rows().select_for_update().needing_moderator().first()
            if current is None:
                raise Refused(gettext("Nobody has to decide on this story any more."))
            present = cls.objects.on(story)
            if present and (present.moderator_id, present.note) == (to.user_id, note):
                return present
            if replacing is not None and replacing != (present.moderator_id if present else NOBODY):
                raise Refused(cls._words_for(present))
            values = {
                "moderator": to.user,
                "assigned_by": by.user,
                "note": note,
                "created_at": clock.now(),
                "decision": None,
            }
            assignment, _new = cls.objects.update_or_create(story_id=story.pk, defaults=values)
            if to.pk != by.pk:
                AuditEntry.write(current, by.user, Action.ASSIGN, current.state, {"message": note})
            notify_desk(story.team_id, alone=True)
        return assignment

    @classmethod
    def give_back(cls, story: "Story", *, by: Membership) -> bool:
        """End the assignment; for the moderator whom the story is assigned to, and for the one who assigned it.

        Returns False where there is none of theirs.
        """
        cls._refuse_without_right(story, by)
        with transaction.atomic():
            theirs = Q(moderator=by.user_id) | Q(assigned_by=by.user_id)
            ended, _rows = cls.objects.open().filter(theirs, story=story.pk).delete()
            if ended:
                notify_desk(story.team_id, alone=True)
        return bool(ended)

    @staticmethod
    def _refuse_without_right(story: "Story", by: Membership) -> None:
        if not by.may_moderate or by.team_id != story.team_id:
            raise Refused(gettext("Deciding on stories is for the team’s moderators."))
        if story.is_for_colleagues_of(by):
            raise Refused(gettext("This one is yours, so a colleague decides on it."))

    @staticmethod
    def _words_for(present: "Assignment | None") -> str:
        """Return the words for whom it is assigned to meanwhile."""
        if present is None:
            return gettext("This story was given back meanwhile. Please send it again.")
        name = isolated(present.moderator.name)
        return gettext("It is assigned to %(name)s meanwhile. Please send it again if that is wrong.") % {"name": name}

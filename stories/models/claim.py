"""The claim of a moderator who is reading a waiting story, so that two of them do not do the same work."""

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext

from accounts.models import Membership, Refused
from accounts.names import isolated
from kindwall import clock
from stories.models.audit import AuditEntry
from stories.models.choices import Action, State
from stories.models.outbox import notify_desk

if TYPE_CHECKING:
    from stories.models.story import Story

LAPSES_AFTER = timedelta(minutes=2)  # without a request of the moderator
HANDED_FOR = timedelta(days=1)  # how long a story that was handed over stays with the colleague


class ClaimQuerySet(models.QuerySet["Claim"]):
    def fresh(self) -> Self:
        return self.filter(lapses_at__gt=clock.now())

    def on(self, story: "Story") -> "Claim | None":
        """Return the claim on this story, with its moderator and the one who handed it over."""
        return self.filter(story=story).select_related("moderator", "handed_by").first()


class Claim(models.Model):
    """A hint for colleagues that lapses by itself. It keeps nobody from deciding."""

    story = models.OneToOneField("stories.Story", on_delete=models.DB_CASCADE, related_name="claim")
    moderator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.DB_CASCADE, related_name="claims")
    lapses_at = models.DateTimeField()
    handed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.DB_SET_NULL, null=True, related_name="claims_handed"
    )
    note = models.CharField(max_length=300, blank=True)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["moderator", "lapses_at"], name="claim_by_moderator")]

    def __str__(self) -> str:
        return f"{self.moderator_id} reads {self.story_id}"

    @property
    def is_fresh(self) -> bool:
        return clock.now() < self.lapses_at

    @classmethod
    def take(cls, story: "Story", *, by: Membership) -> "Claim":
        """Claim the story for this moderator unless a colleague is reading it, and return the present claim."""
        now = clock.now()
        with transaction.atomic():
            claim, new = cls.objects.get_or_create(
                story=story, defaults={"moderator": by.user, "lapses_at": now + LAPSES_AFTER}
            )
            mine = claim.moderator_id == by.user_id
            if not new and (mine or not claim.is_fresh):
                # The note of a story that was handed over stays until somebody decides on it.
                handed = {} if mine else {"handed_by": None, "note": ""}
                lapses_at = max(now + LAPSES_AFTER, claim.lapses_at) if mine else now + LAPSES_AFTER
                held = cls.objects.filter(pk=claim.pk, moderator=claim.moderator_id, lapses_at=claim.lapses_at)
                held.update(moderator=by.user, lapses_at=lapses_at, **handed)
                claim.refresh_from_db()
            if new or not mine:
                notify_desk(story.team_id)
        return claim

    @classmethod
    def release(cls, story: "Story", *, by: Membership) -> bool:
        """End this moderator's own claim, but no assignment. Return whether there was one."""
        with transaction.atomic():
            ended, _rows = cls.objects.filter(story=story, moderator=by.user, handed_by=None).delete()
            if ended:
                notify_desk(story.team_id)
        return bool(ended)

    @classmethod
    def hand(cls, story: "Story", *, by: Membership, to: Membership, note: str = "") -> "Claim":
        """Hand the story to a colleague. Raises Refused where they cannot decide on it."""
        if not by.may_moderate or by.team_id != story.team_id:
            raise Refused(gettext("Deciding on stories is for the team’s moderators."))
        if story.state != State.PENDING:
            raise Refused(gettext("This story is not waiting any more."))
        if to.team_id != story.team_id or to.pk == by.pk or not (to.may_moderate and to.user.is_active):
            raise Refused(gettext("Choose a colleague who moderates here."))
        if refusal := story.why_not_decided_by(to):
            raise Refused(
                gettext("%(name)s cannot decide on this one.") % {"name": isolated(to.user.name)}
            ) from Refused(refusal)
        with transaction.atomic():
            claim, _new = cls.objects.update_or_create(
                story=story,
                defaults={
                    "moderator": to.user,
                    "lapses_at": clock.now() + HANDED_FOR,
                    "handed_by": by.user,
                    "note": note,
                },
            )
            AuditEntry.write(story, by.user, Action.HAND, story.state, {"message": note})
            notify_desk(story.team_id)
        return claim

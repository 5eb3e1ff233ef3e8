"""The claim of a moderator who is reading a waiting story, so that two of them do not do the same work."""

from datetime import timedelta
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models, transaction

from accounts.models import Membership
from kindwall import clock
from stories.models.outbox import notify_desk

if TYPE_CHECKING:
    from stories.models.story import Story

LAPSES_AFTER = timedelta(minutes=2)  # without a request of the moderator


class ClaimQuerySet(models.QuerySet["Claim"]):
    def fresh(self) -> Self:
        return self.filter(lapses_at__gt=clock.now())


class Claim(models.Model):
    """A hint for colleagues that lapses by itself. It keeps nobody from deciding."""

    story = models.OneToOneField("stories.Story", on_delete=models.DB_CASCADE, related_name="claim")
    moderator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.DB_CASCADE, related_name="claims")
    lapses_at = models.DateTimeField()

    objects = ClaimQuerySet.as_manager()

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
                held = cls.objects.filter(pk=claim.pk, moderator=claim.moderator_id, lapses_at=claim.lapses_at)
                held.update(moderator=by.user, lapses_at=now + LAPSES_AFTER)
                claim.refresh_from_db()
            if new or not mine:
                notify_desk(story.team_id, alone=True)
        return claim

    @classmethod
    def release(cls, story: "Story", *, by: Membership) -> bool:
        """End this moderator's own claim. Return whether there was one."""
        with transaction.atomic():
            ended, _rows = cls.objects.filter(story=story, moderator=by.user).delete()
            if ended:
                notify_desk(story.team_id, alone=True)
        return bool(ended)

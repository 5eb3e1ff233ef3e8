"""How readers answer a story: uplifts and reactions, one row for each person and story."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from stories.models.words import ReactionKind


class Uplift(models.Model):
    story = models.ForeignKey("stories.Story", on_delete=models.DB_CASCADE, related_name="uplifts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.DB_CASCADE, related_name="uplifts")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["story", "user"], name="uplift_once")]

    def __str__(self) -> str:
        return f"{self.user_id} uplifts {self.story_id}"


class Reaction(models.Model):
    story = models.ForeignKey("stories.Story", on_delete=models.DB_CASCADE, related_name="reactions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.DB_CASCADE, related_name="reactions")
    kind = models.CharField(max_length=10, choices=ReactionKind.choices)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["story", "user", "kind"], name="reaction_once"),
            models.CheckConstraint(condition=models.Q(kind__in=ReactionKind.values), name="reaction_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.kind} on {self.story_id}"

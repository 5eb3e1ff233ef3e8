"""Notices: what one person is told in the product. A notice holds ids; its words are read when it is shown."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models import Team
from stories.models import AuditEntry, Story


class Notice(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.DB_CASCADE, related_name="notices")
    team = models.ForeignKey(Team, on_delete=models.DB_CASCADE, related_name="+")
    kind = models.CharField(max_length=32)  # a name in accounts.notice_kinds
    # What it is about, such as "reactions:57:2026-11-29"; a person has one notice for each.
    topic = models.CharField(max_length=100)
    story = models.ForeignKey(Story, on_delete=models.DB_CASCADE, related_name="+", null=True)
    entry = models.ForeignKey(AuditEntry, on_delete=models.DB_CASCADE, related_name="+", null=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)  # when something was last added to it
    read_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "topic"], name="notice_once")]
        indexes: ClassVar = [
            models.Index(fields=["user", "-updated_at", "-id"], name="notice_by_user"),
            models.Index(fields=["user", "team"], name="notice_unread", condition=models.Q(read_at=None)),
            models.Index(fields=["updated_at"], name="notice_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.user_id}"

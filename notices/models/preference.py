"""The channels by which a person wants to be told, for each kind of notice. What is not stored is as usual."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from accounts.notice_kinds import MailPace


class NoticePreference(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.DB_CASCADE, related_name="notice_preferences")
    kind = models.CharField(max_length=32)  # a name in accounts.notice_kinds
    in_product = models.BooleanField(default=True)
    mail = models.CharField(max_length=8, choices=MailPace.choices)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "kind"], name="notice_preference_once")]

    def __str__(self) -> str:
        return f"{self.kind} for {self.user_id}: {self.mail}"


class NoticePause(models.Model):
    """Until then this person gets no mail about notices; they are still in the product."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.DB_CASCADE, related_name="notice_pause")
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user_id} until {self.until:%Y-%m-%d}"

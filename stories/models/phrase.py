"""Phrases that a moderator has saved for letters."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import Membership, Refused, Team

MOST_PHRASES = 30


class PhraseQuerySet(models.QuerySet["Phrase"]):
    def of(self, moderator: Membership) -> Self:
        return self.filter(team=moderator.team_id, user=moderator.user_id).order_by("pk")


class Phrase(models.Model):
    """A phrase of one moderator in one team."""

    team = models.ForeignKey(Team, on_delete=models.DB_CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.DB_CASCADE, related_name="phrases")
    words = models.CharField(max_length=500)
    created_at = models.DateTimeField(default=timezone.now)

    objects = PhraseQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["team", "user", "words"], name="phrase_once"),
            models.CheckConstraint(condition=~models.Q(words=""), name="phrase_says_something"),
        ]

    def __str__(self) -> str:
        return self.words

    @classmethod
    def add(cls, words: str, *, by: Membership) -> tuple["Phrase", bool]:
        """Save the phrase and return it, and whether it is new. Raises Refused when there are thirty already."""
        with transaction.atomic():
            Membership.objects.select_for_update().get(pk=by.pk)
            own = cls.objects.of(by)
            if not own.filter(words=words).exists() and own.count() >= MOST_PHRASES:
                raise Refused(gettext("Thirty phrases are the most. Let one go first."))
            return cls.objects.get_or_create(team=by.team, user=by.user, words=words)

    def drop(self) -> None:
        self.delete()

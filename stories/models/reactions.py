"""Uplifts and reactions of readers. Each has one row for a person and a story, and a count on the story."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import Membership, Refused
from stories.models.choices import Action, ReactionKind, State
from stories.models.outbox import OutboxEvent
from stories.models.transitions import Overtaken, Transitions


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


class ReaderActions(Transitions):
    class Meta(Transitions.Meta):
        abstract = True

    def toggle_uplift(self, *, by: Membership) -> bool:
        """Give an uplift or take it back. Return whether it is given now."""
        if self.author_id == by.user_id:
            raise Refused(gettext("This story is yours. Uplifts are for others to give."))
        return self._toggle(by, Uplift.objects.filter(story=self.pk, user=by.user), Uplift(), "uplift_count")

    def toggle_reaction(self, kind: ReactionKind, *, by: Membership) -> bool:
        """Give a reaction or take it back. Return whether it is given now."""
        mine = Reaction.objects.filter(story=self.pk, user=by.user, kind=kind)
        return self._toggle(by, mine, Reaction(kind=kind), kind.counter)

    def _toggle(self, by: Membership, mine: models.QuerySet[Any], new: Uplift | Reaction, counter: str) -> bool:
        if by.team_id != self.team_id:
            raise Overtaken(self._fresh())
        with transaction.atomic():
            # The lock on the story's row puts two presses at the same moment one after the other.
            self._lock_published()
            taken_back, _ = mine.delete()
            if not taken_back:
                new.story_id, new.user = self.pk, by.user
                new.save(force_insert=True)
            self._rows().update(**{counter: F(counter) + (-1 if taken_back else 1)})
            self.refresh_from_db(fields=[counter])
            OutboxEvent.announce(self, OutboxEvent.Kind.COUNTS)
        return not taken_back

    @transaction.atomic
    def hide_for_review(self) -> bool:
        """Set the story aside until a moderator decides, by the team's rule on the number of reports."""
        return self._move(None, Action.HIDE, (State.PUBLISHED,), State.HIDDEN)

    def _lock_published(self) -> None:
        """Lock the story's row for the rest of the transaction. Raises Overtaken where it is not published."""
        if not self._rows(state=State.PUBLISHED).select_for_update().values_list("pk"):
            raise Overtaken(self._fresh())

"""Uplifts and reactions of readers. Each has one row for a person and a story, and a count on the story."""

from datetime import datetime
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import Membership, Refused
from stories import listeners
from stories.models.choices import Action, ReactionKind, State
from stories.models.outbox import OutboxEvent
from stories.models.transitions import Overtaken, Transitions
from stories.models.warmth import warmth


class GivenQuerySet[T: models.Model](models.QuerySet[T]):
    """Uplifts or reactions, which both have a story and a person."""

    def by_members(self, story: Transitions) -> Self:
        """Return those of a story whose givers are in its team now, the first ones first."""
        return self.filter(story=story.pk).given_by_members()

    def given_by_members(self) -> Self:
        """Return those whose givers are in the story's team now, with the givers, the first ones first."""
        given = self.filter(user__memberships__team=F("story__team"))
        return given.select_related("user").order_by("created_at", "pk")


class Uplift(models.Model):
    story = models.ForeignKey("stories.Story", on_delete=models.DB_CASCADE, related_name="uplifts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.DB_CASCADE, related_name="uplifts")
    created_at = models.DateTimeField(default=timezone.now)

    objects = GivenQuerySet["Uplift"].as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["story", "user"], name="uplift_once")]

    def __str__(self) -> str:
        return f"{self.user_id} uplifts {self.story_id}"


class Reaction(models.Model):
    story = models.ForeignKey("stories.Story", on_delete=models.DB_CASCADE, related_name="reactions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.DB_CASCADE, related_name="reactions")
    kind = models.CharField(max_length=10, choices=ReactionKind.choices)
    created_at = models.DateTimeField(default=timezone.now)

    objects = GivenQuerySet["Reaction"].as_manager()

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

    def set_uplift(self, *, by: Membership, wanted: bool | None) -> bool:
        """Give an uplift or take it back, and return whether it is given; None asks for the opposite of before.

        To ask for what is so already changes nothing.
        """
        if self.author_id == by.user_id:
            raise Refused(gettext("This is your own story. Only others can uplift it."))
        return self._set(by, wanted, Uplift.objects.filter(story=self.pk, user=by.user), Uplift(), "uplift_count")

    def set_reaction(self, kind: ReactionKind, *, by: Membership, wanted: bool | None) -> bool:
        """Give a reaction or take it back, as `set_uplift` does."""
        mine = Reaction.objects.filter(story=self.pk, user=by.user, kind=kind)
        return self._set(by, wanted, mine, Reaction(kind=kind), kind.counter)

    def toggle_uplift(self, *, by: Membership) -> bool:
        return self.set_uplift(by=by, wanted=None)

    def toggle_reaction(self, kind: ReactionKind, *, by: Membership) -> bool:
        return self.set_reaction(kind, by=by, wanted=None)

    def _set(
        self, by: Membership, wanted: bool | None, mine: models.QuerySet[Any], new: Uplift | Reaction, counter: str
    ) -> bool:
        if by.team_id != self.team_id:
            raise Overtaken(self._fresh())
        with transaction.atomic():
            # The lock on the story's row puts two presses at the same moment one after the other.
            uplifts, published_at = self._lock_published()
            given = wanted is not False and mine.exists()
            wanted = not given if wanted is None else wanted
            if wanted and not given:
                new.story_id, new.user = self.pk, by.user
                new.save(force_insert=True)
                for listener in listeners.story_listeners:
                    listener.reaction_given(self, new)
            elif wanted or not mine.delete()[0]:
                return wanted
            change, is_uplift = 1 if wanted else -1, counter == "uplift_count"
            warmer = {"warmth": warmth(uplifts + change, published_at)} if is_uplift else {}
            self._rows().update(**{counter: F(counter) + change}, **warmer)
            self.refresh_from_db(fields=[counter])
            OutboxEvent.announce(self, OutboxEvent.Kind.COUNTS, uplifts_before=uplifts if is_uplift else None)
        return wanted

    @transaction.atomic
    def hide_for_review(self) -> bool:
        """Set the story aside until a moderator decides, by the team's rule on the number of reports."""
        return self._move(None, Action.HIDE, (State.PUBLISHED,), State.HIDDEN)

    def _lock_published(self) -> tuple[int, datetime]:
        """Lock the story's row for the rest of the transaction, and return its uplifts and when it was published.

        Raises Overtaken where it is not published.
        """
        row = self._rows(state=State.PUBLISHED).select_for_update().values_list("uplift_count", "published_at").first()
        if row is None:
            raise Overtaken(self._fresh())
        locked: tuple[int, datetime] = row
        return locked

"""What becomes of somebody's stories when they go."""

from typing import TYPE_CHECKING, Self

from django.db import models

from accounts.departures import Listener
from accounts.models import Parting, Team, User
from stories.models.audit import AuditEntry
from stories.models.choices import State
from stories.models.outbox import OutboxEvent

if TYPE_CHECKING:
    from stories.models.story import Story  # noqa: F401 - named in the class below

Choice = Parting.Choice
# What its author was still writing, or waiting with, as far as they know.
UNFINISHED = (State.DRAFT, State.PENDING, State.RETURNED, State.SPAM)
# What has been set aside was on the wall, and may be there again tomorrow.
ON_THE_WALL = (State.PUBLISHED, State.HIDDEN)


class DepartureQuerySet(models.QuerySet["Story"]):
    """Called on one person's stories, as the last thing of a transaction: open walls are told."""

    def hanging(self) -> Self:
        """What may stay when its author goes."""
        return self.filter(state__in=ON_THE_WALL)

    def apply_departure(self, choice: str) -> None:
        """Their author leaves the team: what never hung goes, and the rest as they chose."""
        if choice == Choice.NAMED:
            self.filter(state__in=UNFINISHED).delete()
        else:
            self._keep_on_wall(choice)

    def outlive(self, choice: str, *, name: str) -> None:
        """Their author deletes their account: only what hangs may stay, signed with `name` or with nothing."""
        self._keep_on_wall(choice, signature=name if choice == Choice.NAMED else "")

    def _keep_on_wall(self, choice: str, signature: str = "") -> None:
        kept = list(self.hanging().select_related("team").order_by("pk"))
        self.exclude(state__in=ON_THE_WALL).delete()
        hung = type(self)(self.model, using=self.db).filter(pk__in=[story.pk for story in kept])
        if choice == Choice.GONE:
            hung.delete()
        else:
            # What they did with a story would still say whose it was.
            AuditEntry.objects.filter(story__in=kept, actor=models.F("story__author")).update(actor=None)
            hung.update(author=None, signature=signature)
        kind = OutboxEvent.Kind.GONE if choice == Choice.GONE else OutboxEvent.Kind.CARD
        for story in kept:
            # No wall shows what is set aside.
            if story.is_published:
                OutboxEvent.announce(story, kind)


def apply_departure(user: User, team: Team, choice: str) -> None:
    user.stories.of(team).apply_departure(choice)


def left_behind(user: User) -> dict[int, int]:
    """Return how many stories of this person there are in each team. An edit is not a story beside its original."""
    own = user.stories.filter(edit_of=None).order_by()
    return dict(own.values_list("team").annotate(number=models.Count("pk")))


LISTENER = Listener(apply_departure, left_behind)

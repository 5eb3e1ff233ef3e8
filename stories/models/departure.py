"""The stories of a person who leaves a team or deletes their account."""

from typing import TYPE_CHECKING, Self

from django.db import models

from accounts.departures import DepartureListener
from accounts.models import DepartureChoice, Team, User
from stories import departed_stories
from stories.models.assignment import Assignment
from stories.models.audit import AuditEntry
from stories.models.choices import OPEN_TO_AUTHOR_STATES, WALL_STATES
from stories.models.outbox import OutboxEvent, notify_desk

if TYPE_CHECKING:
    from stories.models.story import Story  # noqa: F401 - named in the class below

Choice = DepartureChoice.Choice


class DepartureQuerySet(models.QuerySet["Story"]):
    """Methods for the stories of one person. Call them last in a transaction, as they write to the outbox."""

    def on_wall(self) -> Self:
        """Return the stories that may stay when their author goes."""
        return self.filter(state__in=WALL_STATES)

    def apply_departure(self, choice: str) -> None:
        """Delete or keep the stories as their author chose on leaving the team; unpublished ones never stay."""
        if choice == Choice.NAMED:
            self.filter(state__in=OPEN_TO_AUTHOR_STATES).delete()
        else:
            self._leave_on_wall(choice)

    def apply_account_deletion(self, choice: str, *, name: str) -> None:
        """Keep only stories on the wall when the account is deleted, signed with `name` or unsigned."""
        self._leave_on_wall(choice, signature=name if choice == Choice.NAMED else "")

    def _leave_on_wall(self, choice: str, signature: str = "") -> None:
        staying = list(self.on_wall().select_related("team").order_by("pk"))
        self.exclude(state__in=WALL_STATES).delete()
        rows = type(self)(self.model, using=self.db).filter(pk__in=[story.pk for story in staying])
        if choice == Choice.GONE:
            rows.delete()
        else:
            # The log would still name the author of the story.
            AuditEntry.objects.filter(story__in=staying, actor=models.F("story__author")).update(actor=None)
            rows.update(author=None, signature=signature)
        kind = OutboxEvent.Kind.GONE if choice == Choice.GONE else OutboxEvent.Kind.CARD
        published = [story for story in staying if story.is_published]  # one that was set aside is on no wall
        departed_stories.announce_departed(published, are_deleted=choice == Choice.GONE)
        for story in published:
            OutboxEvent.announce(story, kind)


def apply_departure(user: User, team: Team, choice: str) -> None:
    end_assignments(user, team)
    user.stories.of(team).apply_departure(choice)


def end_assignments(user: User, team: Team) -> None:
    """Assign nothing any more to somebody who moderates the team no longer."""
    if Assignment.objects.to(user, team).delete()[0]:
        notify_desk(team.pk, alone=True)


def stories_left_behind(user: User) -> dict[int, int]:
    """Return how many stories of this person there are in each team. An edit is not a story beside its original."""
    own = user.stories.filter(edit_of=None).order_by()
    return dict(own.values_list("team").annotate(number=models.Count("pk")))


STORY_DEPARTURES = DepartureListener(apply_departure, stories_left_behind, end_assignments)

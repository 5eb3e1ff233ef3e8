"""What becomes of somebody's stories when they go."""

from typing import TYPE_CHECKING

from django.db import models

from accounts.models import Parting
from stories.models.audit import AuditEntry
from stories.models.outbox import OutboxEvent
from stories.models.words import State

if TYPE_CHECKING:
    from stories.models.story import Story  # noqa: F401 - named in the class below

Choice = Parting.Choice
# What its author was still writing, or waiting with.
UNFINISHED = (State.DRAFT, State.PENDING, State.RETURNED)


class PartingQuerySet(models.QuerySet["Story"]):
    """Called on one person's stories, as the last thing of a transaction: open walls are told."""

    def part_with(self, choice: str) -> None:
        """Their author leaves the team: what never hung goes, and the rest as they chose."""
        if choice == Choice.NAMED:
            self.filter(state__in=UNFINISHED).delete()
        else:
            self._keep_published(choice)

    def outlive(self, choice: str, *, name: str) -> None:
        """Their author deletes their account: only what hangs may stay, signed with `name` or with nothing."""
        self._keep_published(choice, signature=name if choice == Choice.NAMED else "")

    def _keep_published(self, choice: str, signature: str = "") -> None:
        published = self.filter(state=State.PUBLISHED)
        kept = list(published.select_related("team"))
        self.exclude(state=State.PUBLISHED).delete()
        hung = type(self)(self.model, using=self.db).filter(pk__in=[story.pk for story in kept])
        if choice == Choice.GONE:
            hung.delete()
        else:
            # What they did with a story would still say whose it was.
            AuditEntry.objects.filter(story__in=kept, actor=models.F("story__author")).update(actor=None)
            hung.update(author=None, signature=signature)
        kind = OutboxEvent.Kind.GONE if choice == Choice.GONE else OutboxEvent.Kind.CARD
        for story in kept:
            OutboxEvent.announce(story, kind)

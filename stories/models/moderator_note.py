"""Notes that moderators write for each other on a story."""

from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import Membership, Refused, User
from kindwall import clock
from stories import listeners
from stories.models.choices import State
from stories.models.outbox import notify_desk

if TYPE_CHECKING:
    from stories.models.story import Story

LONGEST_NOTE = 1_000  # characters


class ModeratorNoteQuerySet(models.QuerySet["ModeratorNote"]):
    def on(self, story: "Story") -> Self:
        """Return the notes on this story, and on accepted edits of it, with their writers, oldest first."""
        accepted = story.edits.filter(state=State.ACCEPTED).values("pk")
        return self.filter(Q(story=story.pk) | Q(story__in=accepted)).select_related("moderator").order_by("pk")

    def by(self, moderator: User) -> Self:
        return self.filter(moderator=moderator)


class ModeratorNote(models.Model):
    """A note on a story in any state. Every moderator of the team reads it, and its author never does."""

    story = models.ForeignKey("stories.Story", on_delete=models.DB_CASCADE, related_name="moderator_notes")
    # Null after the person has deleted their account: the note stays, as a decision does.
    moderator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.DB_SET_NULL, null=True, related_name="moderator_notes"
    )
    text = models.CharField(max_length=LONGEST_NOTE)
    created_at = models.DateTimeField(default=timezone.now)

    objects = ModeratorNoteQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(text=""), name="moderator_note_has_words")]

    def __str__(self) -> str:
        return f"note {self.pk} on story {self.story_id}"

    @property
    def writer_name(self) -> str:
        return self.moderator.name if self.moderator else gettext("Somebody who has left")

    @classmethod
    def write(cls, story: "Story", *, by: Membership, text: str) -> tuple["ModeratorNote", bool]:
        """Return the note, and whether it is new: the same words again by the same moderator are one note.

        Raises Refused for a draft, which no moderator may read, and for its author.
        """
        if not by.may_moderate or by.team_id != story.team_id or story.author_id == by.user_id:
            raise Refused(gettext("Notes are for the team’s other moderators."))
        with transaction.atomic():
            current = story._rows().select_for_update().exclude(state=State.DRAFT).first()
            if current is None:
                raise Refused(gettext("Its author has taken this story back."))
            latest = cls.objects.on(story).last()
            if latest and (latest.moderator_id, latest.text) == (by.user_id, text):
                return latest, False
            note = cls.objects.create(story_id=story.pk, moderator=by.user, text=text, created_at=clock.now())
            for listener in listeners.story_listeners:
                listener.note_written(current, note)
            notify_desk(story.team_id, alone=True)
        return note, True

    @classmethod
    def delete_own(cls, story: "Story", pk: int, *, by: Membership) -> str:
        """Delete this moderator's note and return its text, which is empty where it is gone or another's."""
        with transaction.atomic():
            note = cls.objects.on(story).by(by.user).filter(pk=pk).first()
            if note is None:
                return ""
            note.delete()
            notify_desk(story.team_id, alone=True)
        return note.text

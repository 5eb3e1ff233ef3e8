"""The columns of a story."""

import uuid
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import Team
from stories.models.audit import UNDO_FOR, is_within_undo
from stories.models.choices import WRITING_STATES, Kind, Quality, State
from stories.models.text import TEXT_PARTS, StoryText, padded_qualities
from stories.models.warmth import warmth
from stories.search.folding import folded


class WordsField(models.TextField[str, str]):
    """The folded words of the body. A new row gets them by itself; `StoryText.story_columns` has them for an update."""

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        words = folded(model_instance.body)  # type: ignore[attr-defined]
        setattr(model_instance, self.attname, words)
        return words


class WarmthField(models.FloatField[float, float]):
    """The warmth of a story, which a new row gets by itself, as an imported one is published already."""

    def pre_save(self, model_instance: models.Model, add: bool) -> float:
        if add and model_instance.published_at:  # type: ignore[attr-defined]
            made = warmth(model_instance.uplift_count, model_instance.published_at)  # type: ignore[attr-defined]
            setattr(model_instance, self.attname, made)
        value: float = getattr(model_instance, self.attname)
        return value


class StoryFields(models.Model):
    """The columns, and the properties that need nothing else."""

    team = models.ForeignKey(Team, on_delete=models.DB_CASCADE, related_name="stories")
    # Null for a story that stayed when its author left. DO_NOTHING lets the database refuse to delete an author in
    # any other way.
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.DO_NOTHING, null=True, related_name="stories")
    signature = models.CharField(
        max_length=80, blank=True, help_text="The name of an author who has gone; empty when it stays unnamed."
    )

    kind = models.CharField(max_length=10, choices=Kind.choices, blank=True)
    body = models.TextField(blank=True)
    words = WordsField(blank=True, default="", editable=False)
    # The first quality is the paper that the story is written on.
    first_quality = models.CharField(max_length=13, choices=Quality.choices, blank=True)
    second_quality = models.CharField(max_length=13, choices=Quality.choices, blank=True)
    third_quality = models.CharField(max_length=13, choices=Quality.choices, blank=True)

    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    revision = models.PositiveIntegerField(default=1, help_text="Counts the changes of the text.")
    # The editor, one opened composer, that began this story, so that a request sent twice makes one story; and the one
    # that saved it last, with the number of that save, so that neither another tab nor a late request overwrites it.
    created_by_editor = models.UUIDField(default=uuid.uuid4, editable=False)
    saved_by_editor = models.UUIDField(null=True, editable=False)
    save_sequence = models.PositiveBigIntegerField(default=0, editable=False)

    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True, help_text="When the latest submission was decided on.")
    published_at = models.DateTimeField(null=True, blank=True, help_text="When it first came to the wall.")
    edited_at = models.DateTimeField(null=True, blank=True, help_text="When its published text was last changed.")
    settles_at = models.DateTimeField(null=True, blank=True, help_text="Until when the latest decision can be undone.")
    stood_by_at = models.DateTimeField(null=True, blank=True, help_text="When its author asked for a second opinion.")
    # Follows from the log (StoryQuerySet.update_unreviewed), and is stored because every page of a moderator counts it.
    unreviewed_since = models.DateTimeField(
        null=True, editable=False, help_text="When its present text was published without a review."
    )
    submission_count = models.PositiveSmallIntegerField(default=0, help_text="How often it was sent to the moderators.")
    # An edit of a published story is a story of its own. The published text stays until the edit is accepted.
    edit_of = models.ForeignKey(
        "stories.Story", on_delete=models.DB_CASCADE, null=True, blank=True, related_name="edits"
    )

    uplift_count = models.PositiveIntegerField(default=0)
    warmth = WarmthField(default=0, editable=False, help_text="Its place in the order of the warmest stories.")
    see_count = models.PositiveIntegerField(default=0)
    high_five_count = models.PositiveIntegerField(default=0)
    smile_count = models.PositiveIntegerField(default=0)
    warm_count = models.PositiveIntegerField(default=0)
    try_count = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True

    @property
    def author_name(self) -> str:
        """Return the name that the story is signed with."""
        return self.author.name if self.author else self.signature or gettext("Somebody kind")

    @property
    def qualities(self) -> list[str]:
        return [quality for quality in (self.first_quality, self.second_quality, self.third_quality) if quality]

    @qualities.setter
    def qualities(self, qualities: Iterable[str]) -> None:
        self.first_quality, self.second_quality, self.third_quality = padded_qualities(qualities)

    @property
    def is_editable(self) -> bool:
        """Return whether the author may change the text without a new edit or a withdrawal."""
        return self.state in WRITING_STATES and not self.is_settling

    @property
    def is_published(self) -> bool:
        return self.state == State.PUBLISHED

    @property
    def is_pending(self) -> bool:
        return self.state == State.PENDING

    @property
    def is_settling(self) -> bool:
        """Return whether the latest decision can still be undone, so that nobody else may hear of it."""
        return self.settles_at is not None and is_within_undo(self.settles_at - UNDO_FOR)

    @property
    def is_final(self) -> bool:
        """Return whether the author has asked for a second opinion, after which the next decision is final."""
        return self.stood_by_at is not None

    @property
    def is_stood_by(self) -> bool:
        """Return whether the latest submission asks for a second opinion."""
        return self.stood_by_at is not None and self.stood_by_at == self.submitted_at

    @property
    def is_unreviewed(self) -> bool:
        """Return whether it is published with a text that no moderator has looked at."""
        return self.is_published and self.unreviewed_since is not None

    def needs_moderator(self, open_reports: int) -> bool:
        """Return whether a moderator has to decide on it; StoryQuerySet.needing_moderator has the same condition."""
        waits = self.is_pending or self.state == State.HIDDEN
        return waits or self.is_unreviewed or (self.is_published and open_reports > 0)

    @property
    def text(self) -> StoryText:
        return StoryText(**{part: getattr(self, part) for part in TEXT_PARTS})

    @text.setter
    def text(self, text: StoryText) -> None:
        for column, value in text.story_columns().items():
            setattr(self, column, value)

    def waits_longer_than(self, moment: datetime) -> bool:
        return self.submitted_at is not None and self.submitted_at < moment

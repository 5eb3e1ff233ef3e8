"""The audit log: one row for everything that was done to a story, with the text as it was."""

from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext

from stories.models.words import DECISIONS, Action, State

if TYPE_CHECKING:
    from accounts.models import User
    from stories.models.story import Story


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    def decisions(self) -> Self:
        return self.filter(action__in=DECISIONS)

    def with_messages(self) -> Self:
        return self.exclude(message="")

    def oldest_first(self) -> Self:
        return self.order_by("id")


class AuditEntry(models.Model):
    """Who did what, when, and why. Written once by Story's own methods, never changed."""

    story = models.ForeignKey("stories.Story", on_delete=models.DB_CASCADE, related_name="audit_log")
    # Nobody, once whoever did it has deleted their account: what was done stays.
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.DB_SET_NULL, null=True, related_name="+")
    action = models.CharField(max_length=10, choices=Action.choices)
    from_state = models.CharField(max_length=10, choices=State.choices)
    to_state = models.CharField(max_length=10, choices=State.choices)
    # The name of one of the team's reasons, as it was then.
    reason = models.CharField(max_length=80, blank=True)
    message = models.TextField(blank=True)
    # The text as it was.
    revision = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, blank=True)
    qualities = models.CharField(max_length=60, blank=True)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "audit log"
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(action__in=Action.values), name="audit_action_known"),
            models.CheckConstraint(
                condition=~models.Q(action__in=[Action.RETURN, Action.DECLINE]) | ~models.Q(message=""),
                name="audit_no_without_message",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["story", "id"], name="audit_by_story")]

    def __str__(self) -> str:
        return f"{self.action} of story {self.story_id}"

    @property
    def past(self) -> str:
        return Action(self.action).past

    @property
    def actor_name(self) -> str:
        return self.actor.name if self.actor else gettext("Somebody who has left")

    @classmethod
    def write(
        cls, story: "Story", actor: "User", action: Action, from_state: str, message: str = "", reason: str = ""
    ) -> Self:
        return cls.objects.create(  # type: ignore[return-value]
            story=story,
            actor=actor,
            action=action,
            from_state=from_state,
            to_state=story.state,
            message=message,
            reason=reason,
            revision=story.revision,
            kind=story.kind,
            qualities=", ".join(story.qualities),
            body=story.body,
        )

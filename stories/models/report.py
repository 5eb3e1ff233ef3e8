"""Reports of published stories."""

from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Refused, Team
from kindwall import clock
from stories import listeners
from stories.models.audit import AuditEntry
from stories.models.choices import Action
from stories.models.outbox import notify_desk
from stories.models.transitions import Overtaken

if TYPE_CHECKING:
    from stories.models.fields import StoryFields
    from stories.models.story import Story


class ReportQuerySet(models.QuerySet["Report"]):
    def about(self, story: "StoryFields") -> Self:
        return self.filter(story=story.pk)

    def by(self, membership: Membership) -> Self:
        return self.filter(reporter=membership.user_id, story__team=membership.team_id)

    def open(self) -> Self:
        """Return the reports that no moderator has decided on yet."""
        return self.filter(decision=None)

    def oldest_first(self) -> Self:
        return self.order_by("pk")

    def newest_first(self) -> Self:
        return self.order_by("-pk")

    def with_decision(self) -> Self:
        """Load what `outcome` reads."""
        return self.select_related("decision", "story")

    def close(self, decision: AuditEntry) -> int:
        return self.open().update(decision=decision)


class Report(models.Model):
    """One member's report of a story. The author never learns of it."""

    class Reason(models.TextChoices):
        NAMED = "named", _("It names somebody who may not want it")
        PRIVATE = "private", _("It tells something private")
        HURTS = "hurts", _("It compares or puts somebody down")
        UNTRUE = "untrue", _("It did not happen like this")
        ADVERTISING = "advertising", _("It advertises something")
        OTHER = "other", _("Something else")

    story = models.ForeignKey("stories.Story", on_delete=models.DB_CASCADE, related_name="reports")
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.DB_CASCADE, related_name="reports")
    reason = models.CharField(max_length=11, choices=Reason.choices)
    words = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    # The decision that closed it. The reporter hears of it once it cannot be undone any more.
    decision = models.ForeignKey(AuditEntry, on_delete=models.DB_SET_NULL, null=True, related_name="reports")

    objects = ReportQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["story", "reporter"], name="report_once"),
            models.CheckConstraint(
                condition=models.Q(reason__in=["named", "private", "hurts", "untrue", "advertising", "other"]),
                name="report_reason_known",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["story"], name="report_open", condition=models.Q(decision=None)),
        ]

    def __str__(self) -> str:
        return f"{self.reporter_id} reports {self.story_id}"

    @property
    def outcome(self) -> str:
        """Return "kept", "removed", or an empty text while the reporter may not know yet."""
        if self.decision is None or self.decision.can_be_undone:
            return ""
        # A removed story may have been restored since.
        taken_down = self.decision.action == Action.REMOVE and not self.story.is_published
        return "removed" if taken_down else "kept"

    @classmethod
    def make(cls, story: "Story", *, by: Membership, reason: str, words: str = "") -> tuple["Report", bool]:
        """Return this person's report of the story, and whether it is new. Each person has one.

        Where the team has set a number, the story is set aside when it has that many open reports. Raises Refused for
        the person's own story, and Overtaken where the story is not published any more.
        """
        if story.author_id == by.user_id:
            raise Refused(gettext("This story is yours. You can change it, or ask a moderator to take it down."))
        if story.team_id != by.team_id:
            raise Overtaken(story)
        with transaction.atomic():
            story._lock_published()
            report, new = cls.objects.get_or_create(
                story=story, reporter=by.user, defaults={"reason": reason, "words": words, "created_at": clock.now()}
            )
            if new:
                for listener in listeners.story_listeners:
                    listener.report_made(report)
                notify_desk(story.team_id)
                enough = Team.objects.values_list("set_aside_after", flat=True).get(pk=story.team_id)
                if enough and cls.objects.about(story).open().count() >= enough:
                    story.hide_for_review()
        return report, new

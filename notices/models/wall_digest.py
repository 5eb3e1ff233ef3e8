"""The weekly look at a team's wall: a mail with the stories that a member has not seen."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, User
from kindwall import clock
from notices.mailboxes import time_zone_of
from stories.models import Reaction, Story, Uplift
from stories.models.queryset import StoryQuerySet, settling_now

MORNING = time(8)  # in the reader's time zone
UNSETTLED = timedelta(minutes=1)  # younger stories come in the next digest: their publication may be undone


class DigestPace(models.TextChoices):
    WEEKLY = "weekly", _("Every Monday morning")
    DAILY = "daily", _("Every morning")
    NEVER = "never", _("Never")

    @property
    def days(self) -> int:
        """Return the number of days that a digest looks back."""
        return 1 if self == DigestPace.DAILY else 7


class WallDigestQuerySet(models.QuerySet["WallDigest"]):
    def paces_of(self, user: User) -> dict[Membership, DigestPace]:
        """Return this person's choice in each team that offers a digest."""
        offered = Membership.objects.of(user).filter(team__wall_digest=True)
        chosen = dict(self.filter(membership__in=offered).values_list("membership", "pace"))
        return {member: DigestPace(chosen.get(member.pk, DigestPace.WEEKLY)) for member in offered}

    def claim(self, memberships: Collection[int], day: date) -> list[int]:
        """Record that the digest of this day is due to these memberships, and return those to whom it is new."""
        WallDigest.objects.bulk_create([WallDigest(membership_id=pk) for pk in memberships], ignore_conflicts=True)
        with transaction.atomic():
            rows = self.filter(membership__in=memberships).exclude(due_on=day).select_for_update()
            claimed = list(rows.values_list("membership", flat=True))
            self.filter(membership__in=claimed).update(due_on=day, sent_at=None)
        return claimed

    def unsent(self, membership: int) -> "WallDigest | None":
        """Return the digest that is due to this member and still wanted, unless it was sent."""
        due = self.filter(membership=membership, due_on__isnull=False, sent_at=None, membership__team__wall_digest=True)
        return due.exclude(pace=DigestPace.NEVER).select_related("membership__user", "membership__team").first()


class WallDigest(models.Model):
    """A member's choice, and the latest digest that was due to them. Without a row it is weekly."""

    membership = models.OneToOneField(Membership, on_delete=models.DB_CASCADE, related_name="wall_digest")
    pace = models.CharField(max_length=6, choices=DigestPace.choices, default=DigestPace.WEEKLY)
    # The pace before a link in a mail stopped it; otherwise empty.
    pace_before = models.CharField(max_length=6, choices=DigestPace.choices, blank=True)
    due_on = models.DateField(null=True)  # a day in the reader's time zone
    sent_at = models.DateTimeField(null=True)

    objects = WallDigestQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(pace__in=DigestPace.values), name="wall_digest_pace_known"),
        ]

    def __str__(self) -> str:
        return f"{self.pace} for membership {self.membership_id}"

    @classmethod
    def choose(cls, membership: Membership, pace: DigestPace) -> None:
        cls.objects.update_or_create(membership=membership, defaults={"pace": pace, "pace_before": ""})

    @classmethod
    def stop(cls, membership: Membership) -> None:
        """Mail this member no digest any more. Repeating it is harmless."""
        digest, _new = cls.objects.get_or_create(membership=membership)
        cls.objects.filter(pk=digest.pk).exclude(pace=DigestPace.NEVER).update(
            pace=DigestPace.NEVER, pace_before=models.F("pace")
        )

    @classmethod
    def resume(cls, membership: Membership) -> None:
        """Take back `stop`, where this member has chosen nothing else since."""
        stopped = cls.objects.filter(membership=membership).exclude(pace_before="")
        stopped.update(pace=models.F("pace_before"), pace_before="")

    def mark_sent(self) -> None:
        WallDigest.objects.filter(pk=self.pk, due_on=self.due_on, sent_at=None).update(sent_at=clock.now())

    @property
    def stories(self) -> StoryQuerySet:
        """Return the stories that this digest is about, the most uplifted first.

        They are on the wall now, and were published by others in the week, or the day, before its morning. The reader
        has reacted to none of them, and has not opened the wall since, as far as that is recorded.
        """
        assert self.due_on is not None
        reader = self.membership
        begin = self.due_on - timedelta(days=DigestPace(self.pace).days)
        since, until = (morning_of(day, time_zone_of(reader.user)) - UNSETTLED for day in (begin, self.due_on))
        stories = Story.objects.published().of(reader.team).exclude(settling_now()).exclude(author=reader.user_id)
        for given in (Uplift, Reaction):
            stories = stories.exclude(Exists(given._default_manager.filter(story=OuterRef("pk"), user=reader.user_id)))
        if reader.wall_seen_at:
            stories = stories.filter(published_at__gt=reader.wall_seen_at)
        stories = stories.filter(published_at__gte=since, published_at__lt=until)
        return stories.with_author().order_by("-uplift_count", "-published_at", "-pk")


def morning_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, MORNING, zone)

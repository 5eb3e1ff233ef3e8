"""Deliveries: one event for one channel, with its attempts and the receiver's response."""

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import Team
from kindwall import clock
from syndication.models.channel import Channel
from syndication.models.choices import STORY_EVENTS, TEXT_EVENTS, EventType, Status

if TYPE_CHECKING:
    from syndication.senders import SendResult

# Before the second to the seventh attempt; together nearly a day.
PAUSES = (
    *(timedelta(minutes=minutes) for minutes in (1, 5, 30)),
    *(timedelta(hours=hours) for hours in (2, 6, 15)),
)
ATTEMPT_LEASE = timedelta(minutes=5)  # an attempt that takes longer was cut off
DELIVERY_LIFETIME = timedelta(days=30)
SOON = timedelta(seconds=30)  # in which a first result is to be expected
EXCERPT_LENGTH = 200
# An attempt has begun, and no result is recorded yet.
UNDER_WAY = Q(attempts__gt=0, next_attempt_at=F("attempted_at") + ATTEMPT_LEASE)


def new_identifier() -> str:
    return f"msg_{uuid.uuid4().hex}"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def of(self, team: Team) -> Self:
        return self.with_channel().filter(channel__team=team)

    def with_channel(self) -> Self:
        return self.select_related("channel__team")

    def waiting(self) -> Self:
        return self.filter(status=Status.WAITING)

    def newest_first(self) -> Self:
        return self.order_by("-pk")

    def about(self, story_id: int) -> Self:
        return self.filter(story_id=story_id)

    def drop_texts_of(self, story_id: int) -> None:
        """Drop what would carry the text of a story that has left the wall, and what receivers said about it.

        An attempt under way can no longer be stopped, so the removal waits for its end.
        """
        self.about(story_id).update(excerpt="")
        texts = self.about(story_id).waiting().filter(event__in=TEXT_EVENTS)
        texts.exclude(UNDER_WAY).update(status=Status.DROPPED, next_attempt_at=None)

    def fail_waiting(self) -> None:
        """Give up what waits, except removals: these are sent when the channel is started again."""
        self.waiting().exclude(event=EventType.REMOVED).update(status=Status.FAILED, next_attempt_at=None)

    def enqueue_waiting(self) -> None:
        self.waiting().update(next_attempt_at=clock.now(), attempts=0)
        for delivery in self.waiting().order_by("pk"):
            delivery.enqueue()

    def prune(self) -> int:
        return self.filter(created_at__lt=timezone.now() - DELIVERY_LIFETIME).delete()[0]


class Delivery(models.Model):
    """One event for one channel. It names only the story; its text is read when it is sent.

    `identifier` is the same at every attempt, so that a receiver can recognise what it has already.
    """

    channel = models.ForeignKey(Channel, on_delete=models.DB_CASCADE, related_name="deliveries")
    event = models.CharField(max_length=15, choices=EventType.choices)
    # Not a foreign key, because the event of a deletion must outlive the story.
    story_id = models.BigIntegerField(null=True)
    # Unique in its channel, so that the same change makes one delivery however often it is announced.
    source = models.CharField(max_length=60)
    identifier = models.CharField(max_length=40, unique=True, default=new_identifier)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    code = models.PositiveSmallIntegerField(null=True)  # of the latest response; null where none came
    excerpt = models.CharField(max_length=EXCERPT_LENGTH, blank=True)  # of a response that refused it
    created_at = models.DateTimeField(default=timezone.now)
    attempted_at = models.DateTimeField(null=True)
    next_attempt_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["channel", "source"], name="delivery_once"),
            models.CheckConstraint(condition=Q(event__in=EventType.values), name="delivery_event_known"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="delivery_status_known"),
            models.CheckConstraint(
                condition=Q(event__in=STORY_EVENTS, story_id__isnull=False)
                | (~Q(event__in=STORY_EVENTS) & Q(story_id__isnull=True)),
                name="delivery_story_of_story_events",
            ),
            models.CheckConstraint(
                condition=Q(status=Status.WAITING, next_attempt_at__isnull=False)
                | (~Q(status=Status.WAITING) & Q(next_attempt_at__isnull=True)),
                name="delivery_waits_for_its_moment",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.DELIVERED) | Q(delivered_at__isnull=False),
                name="delivery_delivered_has_its_moment",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["channel", "-id"], name="delivery_by_channel"),
            models.Index(fields=["channel", "story_id", "id"], name="delivery_waiting", condition=Q(status="waiting")),
            models.Index(fields=["created_at"], name="delivery_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.event} to channel {self.channel_id}"

    @classmethod
    def record(
        cls, channel: Channel, event: str, *, source: str, story_id: int | None = None
    ) -> "tuple[Delivery, bool]":
        """Return the delivery of this change, and whether it is new; a new one is sent by a task."""
        now = clock.now()
        with transaction.atomic():
            delivery, new = cls.objects.get_or_create(
                channel=channel,
                source=source,
                defaults={"event": event, "story_id": story_id, "created_at": now, "next_attempt_at": now},
            )
            if new:
                if event == EventType.REMOVED and story_id is not None:
                    channel.deliveries.drop_texts_of(story_id)
                delivery.enqueue()
        return delivery, new

    def enqueue(self) -> None:
        """Attempt the delivery by a task, when its time has come."""
        from syndication.tasks import send_delivery

        due = self.next_attempt_at
        run_after = due if due and due > clock.now() else None
        (send_delivery.using(run_after=run_after) if run_after else send_delivery).enqueue(self.pk)

    def waits_until(self, settles_at: datetime | None) -> datetime | None:
        """Return the later of these moments, if it is to come: its story is settled, its channel pauses no more.

        A test is sent at once.
        """
        if self.event == EventType.TEST:
            return None
        moments = [moment for moment in (settles_at, self.channel.paused_until) if moment]
        return max((moment for moment in moments if moment > clock.now()), default=None)

    def begin_attempt(self) -> bool:
        """Claim the next attempt. Returns False where another worker has it, or where it is not due."""
        now = clock.now()
        due = Delivery.objects.filter(pk=self.pk, attempts=self.attempts, next_attempt_at__lte=now).waiting()
        begun = due.update(attempts=F("attempts") + 1, attempted_at=now, next_attempt_at=now + ATTEMPT_LEASE)
        if begun:
            self.refresh_from_db()
        return bool(begun)

    def postpone(self, until: datetime) -> None:
        """Wait until then without an attempt."""
        Delivery.objects.filter(pk=self.pk).waiting().update(next_attempt_at=until)
        self.refresh_from_db()
        if self.status == Status.WAITING:
            self.enqueue()

    def drop(self) -> None:
        """Send nothing: what it tells is no longer true."""
        self._finish(Status.DROPPED)

    def give_up(self) -> None:
        """Send nothing: its channel has to be connected anew."""
        self._finish(Status.FAILED)

    def lock(self) -> bool:
        """Lock the row in the surrounding transaction. Returns False where it was deleted with its channel."""
        return Delivery.objects.select_for_update().filter(pk=self.pk).first() is not None

    def record_result(self, result: "SendResult") -> None:
        """Record the result of the attempt that `begin_attempt` began, and plan the next one where it failed."""
        now = clock.now()
        response = {"code": result.code, "excerpt": result.excerpt[:EXCERPT_LENGTH]}
        if result.is_success:
            self._finish(Status.DELIVERED, delivered_at=now, code=result.code, excerpt="")
        elif self.attempts > len(PAUSES) or self.event == EventType.TEST:
            self._finish(Status.FAILED, **response)
        elif self.event in TEXT_EVENTS and self.has_later_removal:
            self._finish(Status.DROPPED, code=result.code)
        else:
            own = Delivery.objects.filter(pk=self.pk, attempts=self.attempts).waiting()
            own.update(next_attempt_at=now + PAUSES[self.attempts - 1], **response)
            self.refresh_from_db()
            if self.status == Status.WAITING:
                self.enqueue()

    def replay(self) -> bool:
        """Send it once more, with the same identifier. Returns False while it waits, or its channel is stopped."""
        if self.channel.is_stopped:
            return False
        with transaction.atomic():
            done = Delivery.objects.filter(pk=self.pk).exclude(status=Status.WAITING)
            again = done.update(status=Status.WAITING, attempts=0, next_attempt_at=clock.now(), delivered_at=None)
            self.refresh_from_db()
            if again:
                self.enqueue()
        return bool(again)

    @property
    def is_on_its_way(self) -> bool:
        """Return whether its first attempt is under way, or was due within the last minute."""
        return self.status == Status.WAITING and self.attempts <= 1 and clock.now() - self.created_at < SOON

    @property
    def has_failed_before(self) -> bool:
        """Return whether it waits for another attempt, after one that failed."""
        return self.status == Status.WAITING and self.attempts > 0 and not self.is_on_its_way

    @property
    def earlier_waiting(self) -> "DeliveryQuerySet":
        """Return what has to reach the receiver before: earlier events about the same story."""
        waiting = Delivery.objects.filter(channel=self.channel_id, pk__lt=self.pk).waiting()
        return waiting.none() if self.story_id is None else waiting.about(self.story_id)

    @property
    def has_later_removal(self) -> bool:
        later = Delivery.objects.filter(channel=self.channel_id, pk__gt=self.pk, event=EventType.REMOVED).waiting()
        return later.filter(story_id=self.story_id).exists()

    def later_waiting(self) -> "Delivery | None":
        """Return the next event about the same story that waits for this one."""
        if self.story_id is None:
            return None
        later = Delivery.objects.filter(channel=self.channel_id, pk__gt=self.pk).waiting().about(self.story_id)
        return later.order_by("pk").first()

    def _finish(self, status: Status, **columns: object) -> None:
        own = Delivery.objects.filter(pk=self.pk).waiting()
        own.update(status=status, next_attempt_at=None, **columns)
        self.refresh_from_db()
        if later := self.later_waiting():
            later.enqueue()


class PostedMessage(models.Model):
    """The message in a room that shows a story, for services that can change or delete it."""

    channel = models.ForeignKey(Channel, on_delete=models.DB_CASCADE, related_name="messages")
    story_id = models.BigIntegerField()
    message_id = models.CharField(max_length=300)  # as the service names it

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["channel", "story_id"], name="message_once"),
            models.CheckConstraint(condition=~Q(message_id=""), name="message_named"),
        ]

    def __str__(self) -> str:
        return f"message of story {self.story_id} in channel {self.channel_id}"

    @classmethod
    def id_of(cls, channel: Channel, story_id: int | None) -> str:
        """Return the service's name of the message with this story, or an empty text."""
        posted = cls.objects.filter(channel=channel, story_id=story_id).first() if story_id is not None else None
        return posted.message_id if posted else ""

    @classmethod
    def record(cls, channel: Channel, story_id: int, event: str, message_id: str) -> None:
        """Record the message that shows the story after this event; none after a removal."""
        if event == EventType.REMOVED:
            cls.objects.filter(channel=channel, story_id=story_id).delete()
        elif message_id:
            cls.objects.update_or_create(channel=channel, story_id=story_id, defaults={"message_id": message_id})

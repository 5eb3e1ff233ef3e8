"""Channels: the chat rooms and addresses outside that an owner connected to a wall."""

import base64
import secrets
import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import ClassVar, Self
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Refused, Team, TeamEntry
from kindwall import clock, sealing
from syndication.models.choices import ChannelKind, Content, EventType, StopReason

CHANNEL_SEAL = "syndication.Channel"
SECRET_PREFIX = "whsec_"  # noqa: S105 - as Standard Webhooks prescribes
SECRET_BYTES = 32
FORMER_SECRET_LIFETIME = timedelta(days=1)  # for which both secrets sign
MOST_CHANNELS = 20  # of a team: each story sends a request to each of them
MOST_FAILURES = 10  # in a row, until a channel is stopped
LEAST_FAILING = timedelta(hours=1)  # a receiver that restarts is not stopped
LONGEST_CHANNEL_PAUSE = timedelta(minutes=15)  # of a whole channel whose receiver does not respond
LONGEST_HOST = 260  # a name and a port, as far as pages show it
SHOWN_END = 4  # characters of an address that its owner recognises it by


class ChannelQuerySet(models.QuerySet["Channel"]):
    def of(self, team: Team) -> Self:
        return self.filter(team=team).select_related("created_by").order_by("pk")

    def active(self) -> Self:
        return self.filter(stopped_at=None)

    def stopped(self) -> Self:
        return self.exclude(stopped_at=None)

    def in_bulk_with_team(self, pks: Iterable[int]) -> dict[int, "Channel"]:
        return {channel.pk: channel for channel in self.select_related("team").filter(pk__in=set(pks))}

    def of_stories(self) -> Self:
        return self.filter(content=Content.STORIES)

    def of_weekly_counts(self) -> Self:
        return self.filter(content=Content.WEEKLY_COUNT)

    def for_story_event(self, team_id: int, event: str) -> Self:
        """Return the channels that get this event. A stopped one gets only removals, when it is started again."""
        channels = self.filter(team=team_id).of_stories().order_by("pk")
        return channels if event == EventType.REMOVED else channels.active()


class Channel(models.Model):
    """A chat room or an address outside that an owner connected. Address and secret are encrypted.

    The database keeps the number of failed attempts in a row. After `MOST_FAILURES` over more than `LEAST_FAILING`, or
    when the receiver says that the address is gone, the channel is stopped until an owner starts it again.
    """

    team = models.ForeignKey(Team, on_delete=models.DB_CASCADE, related_name="channels")
    kind = models.CharField(_("service"), max_length=20, choices=ChannelKind.choices)
    name = models.CharField(_("name"), max_length=80)
    content = models.CharField(_("content"), max_length=12, choices=Content.choices, default=Content.STORIES)
    language = models.CharField(_("language"), max_length=12, default="en")
    sealed_address = models.BinaryField()
    # The address with its secret parts left out.
    shown_address = models.CharField(max_length=300)
    # The keys that sign webhooks; chat services need none.
    sealed_secret = models.BinaryField(null=True)
    former_sealed_secret = models.BinaryField(null=True)
    secret_changed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.DB_SET_NULL, null=True, related_name="+")
    failures = models.PositiveIntegerField(default=0)  # attempts in a row
    failing_since = models.DateTimeField(null=True)
    paused_until = models.DateTimeField(null=True)  # nothing is sent before: its receiver did not respond
    stopped_at = models.DateTimeField(null=True)
    stop_reason = models.CharField(max_length=10, choices=StopReason.choices, blank=True)

    objects = ChannelQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=ChannelKind.values), name="channel_kind_known"),
            models.CheckConstraint(condition=Q(content__in=Content.values), name="channel_content_known"),
            models.CheckConstraint(condition=~Q(name=""), name="channel_named"),
            models.CheckConstraint(
                condition=Q(kind=ChannelKind.WEBHOOK, sealed_secret__isnull=False)
                | (~Q(kind=ChannelKind.WEBHOOK) & Q(sealed_secret__isnull=True, former_sealed_secret__isnull=True)),
                name="channel_secret_of_webhooks",
            ),
            models.CheckConstraint(
                condition=Q(former_sealed_secret__isnull=True) | Q(secret_changed_at__isnull=False),
                name="channel_former_secret_has_its_moment",
            ),
            models.CheckConstraint(
                condition=Q(failures=0, failing_since__isnull=True) | Q(failures__gt=0, failing_since__isnull=False),
                name="channel_failing_since_first_failure",
            ),
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=True, stop_reason="")
                | Q(stopped_at__isnull=False, stop_reason__in=StopReason.values),
                name="channel_stopped_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} channel {self.pk} of team {self.team_id}"

    @classmethod
    def connect(cls, *, by: Membership, kind: str, name: str, address: str, content: str, language: str) -> "Channel":
        """Connect a room or an address. A webhook gets a new secret. Raises Refused where the team has too many."""
        with transaction.atomic():
            Team.objects.select_for_update().get(pk=by.team_id)
            if cls.objects.of(by.team).count() >= MOST_CHANNELS:
                words = gettext("A team can have %(number)s channels. Please disconnect one first.")
                raise Refused(words % {"number": MOST_CHANNELS})
            channel = cls.objects.create(
                team=by.team,
                kind=kind,
                name=name,
                content=content,
                language=language,
                sealed_address=sealing.seal(CHANNEL_SEAL, address),
                shown_address=without_secrets(address),
                sealed_secret=sealing.seal(CHANNEL_SEAL, new_secret()) if kind == ChannelKind.WEBHOOK else None,
                created_at=clock.now(),
                created_by=by.user,
            )
            channel._write(by, TeamEntry.Action.CONNECT)
        return channel

    def disconnect(self, *, by: Membership) -> bool:
        """Delete the channel with its deliveries."""
        with transaction.atomic():
            deleted = Channel.objects.filter(pk=self.pk).delete()[0]
            if deleted:
                self._write(by, TeamEntry.Action.DISCONNECT)
        return bool(deleted)

    def start_again(self) -> bool:
        """Start a stopped channel, and send the removals that have waited for it."""
        with transaction.atomic():
            stopped = Channel.objects.filter(pk=self.pk, stopped_at__isnull=False)
            started = stopped.update(stopped_at=None, stop_reason="", failures=0, failing_since=None, paused_until=None)
            self.refresh_from_db()
            if started:
                self.deliveries.enqueue_waiting()
        return bool(started)

    def send_test(self) -> None:
        """Send a made-up story by a task, also to a stopped channel."""
        from syndication.models.delivery import Delivery

        Delivery.record(self, EventType.TEST, source=f"test-{uuid.uuid4().hex}")

    def change_secret(self) -> None:
        """Give a webhook another secret. For a day the former one signs too."""
        with transaction.atomic():
            current = Channel.objects.select_for_update().get(pk=self.pk)
            Channel.objects.filter(pk=self.pk, kind=ChannelKind.WEBHOOK).update(
                sealed_secret=sealing.seal(CHANNEL_SEAL, new_secret()),
                former_sealed_secret=current.sealed_secret,
                secret_changed_at=clock.now(),
            )
            self.refresh_from_db()

    @property
    def address(self) -> str | None:
        """Return the address; None when SECRET_KEY has changed since it was connected."""
        return sealing.unseal(CHANNEL_SEAL, self.sealed_address)

    @property
    def secret(self) -> str | None:
        """Return the secret of a webhook, which begins with whsec_; None for other kinds, and as for the address."""
        return None if self.sealed_secret is None else sealing.unseal(CHANNEL_SEAL, self.sealed_secret)

    @property
    def signing_secrets(self) -> list[str]:
        """Return the secrets that sign a webhook now, the newest first."""
        former, changed_at = self.former_sealed_secret, self.secret_changed_at
        if former is None or changed_at is None or clock.now() - changed_at > FORMER_SECRET_LIFETIME:
            return [self.secret] if self.secret else []
        return [secret for secret in (self.secret, sealing.unseal(CHANNEL_SEAL, former)) if secret]

    @property
    def host(self) -> str:
        return self.shown_address.partition("/")[0]

    @property
    def is_stopped(self) -> bool:
        return self.stopped_at is not None

    # Results of attempts

    def record_success(self) -> None:
        failing = Channel.objects.filter(pk=self.pk).exclude(failures=0, paused_until=None)
        failing.update(failures=0, failing_since=None, paused_until=None)

    def record_failure(self, *, responded: bool) -> bool:
        """Count a failed attempt, and return whether that stopped the channel.

        One whose receiver did not respond pauses for a minute after each failure in a row, so that attempts which wait
        for it do not take up the time of others.
        """
        now = clock.now()
        with transaction.atomic():
            active = Channel.objects.filter(pk=self.pk).active()
            active.update(failures=F("failures") + 1, failing_since=models.functions.Coalesce("failing_since", now))
            self.refresh_from_db()
            if not responded:
                pause = min(self.failures * timedelta(minutes=1), LONGEST_CHANNEL_PAUSE)
                active.update(paused_until=now + pause)
            since = self.failing_since
            if self.failures >= MOST_FAILURES and since is not None and now - since >= LEAST_FAILING:
                return self.stop(StopReason.FAILING)
        return False

    def stop(self, reason: str) -> bool:
        """Stop the channel; its waiting deliveries, except removals, have failed. Returns False where it is stopped."""
        with transaction.atomic():
            stopped = Channel.objects.filter(pk=self.pk).active().update(stopped_at=clock.now(), stop_reason=reason)
            if stopped:
                self.deliveries.fail_waiting()
            self.refresh_from_db()
        return bool(stopped)

    def _write(self, by: Membership, action: TeamEntry.Action) -> None:
        TeamEntry.write(self.team, by.user, action, detail={"channel": self.name, "host": self.host})


def new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def without_secrets(address: str) -> str:
    """Return the host and the last characters of an address: the path of a chat room's is its password."""
    parts = urlsplit(address)
    host, rest = parts.netloc[:LONGEST_HOST], address.partition(parts.netloc)[2].strip("/")
    return f"{host}/…{rest[-SHOWN_END:]}" if len(rest) > 2 * SHOWN_END else host

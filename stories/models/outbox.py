"""The outbox: changes for the open walls, written in the transaction of the change itself."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import connection, models, transaction
from django.utils import timezone

from accounts.models import Team

if TYPE_CHECKING:
    from stories.models.fields import StoryFields

# Any number that no other use of advisory locks in this database takes.
ADVISORY_LOCK = 0x4B_57_4F_55
CHANNEL = "kindwall_outbox"
EVENT_LIFETIME = timedelta(hours=24)

# Called after each commit with a new event. The live hub of this process registers itself here.
event_listeners: list[Callable[[], None]] = []
# Called after each commit that changed a team's desk, with the team's number.
desk_listeners: list[Callable[[int, bool], None]] = []
# Prefixes of notifications about desks, before the team's number; with the second, no number of a header has changed.
DESK, DESK_ALONE = "desk:", "desk-alone:"


class OutboxQuerySet(models.QuerySet["OutboxEvent"]):
    def of_team(self, team_id: int) -> Self:
        return self.filter(team_id=team_id)

    def after(self, event_id: int) -> Self:
        return self.filter(pk__gt=event_id).order_by("pk")

    def newest_id(self) -> int:
        """0 before the first event."""
        return self.aggregate(newest=models.Max("pk"))["newest"] or 0

    def reaches_back_to(self, event_id: int) -> bool:
        """Return whether no later event of the team was pruned."""
        if not self.old().exists():
            return True  # pruning always leaves one old row, so nothing was pruned yet
        return self.filter(pk__lte=event_id).exists()

    def old(self) -> Self:
        """Return the events that are older than any browser may ask for."""
        return self.filter(created_at__lt=timezone.now() - EVENT_LIFETIME)

    def prune(self) -> int:
        """Delete the old rows except the newest of each team, from which a browser can still catch up."""
        newer = OutboxEvent.objects.old().filter(team=models.OuterRef("team"), pk__gt=models.OuterRef("pk"))
        return self.old().filter(models.Exists(newer)).delete()[0]


class OutboxEvent(models.Model):
    """A change to a published story. It names only the story; the content is read when it is sent."""

    class Kind(models.TextChoices):
        CARD = "card", "the card is new or has changed"
        BACK = "back", "the card has come back, with what its readers had answered"
        GONE = "gone", "the card has left the wall"
        COUNTS = "counts", "only its counts have changed"

    team = models.ForeignKey(Team, on_delete=models.DB_CASCADE, related_name="+")
    # Not a foreign key, because the event of a deletion must outlive the story.
    story_id = models.BigIntegerField()
    kind = models.CharField(max_length=6, choices=Kind.choices)
    # The uplifts before the event, by which a reading of the wall in another order goes on as it began.
    uplifts_before = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["card", "back", "gone", "counts"]), name="outbox_kind_known"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["team", "id"], name="outbox_by_team"),
            models.Index(fields=["created_at"], name="outbox_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.kind} {self.story_id}"

    @classmethod
    def announce(cls, story: "StoryFields", kind: str, *, uplifts_before: int | None = None) -> None:
        """Write an event. This must be the last write of the transaction.

        `uplifts_before` is their number before a change of the counts.

        Readers follow the ids, so ids must become visible in order. SQLite has one writer at a time. PostgreSQL needs
        the advisory lock, held until the commit. As it is taken last, it is held briefly and never waits for a row.
        """
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s), pg_notify(%s, '')", [ADVISORY_LOCK, CHANNEL])
        cls.objects.create(team_id=story.team_id, story_id=story.pk, kind=kind, uplifts_before=uplifts_before)
        transaction.on_commit(notify_outbox_listeners)


def notify_outbox_listeners() -> None:
    for listener in event_listeners:
        listener()


def notify_desk(team_id: int, *, alone: bool = False) -> None:
    """Notify the moderators of a team, after the commit, that their desk has changed. Their pages then ask for it.

    With `alone`, only pages of the desk ask: the numbers that other pages show are the same. Nothing is written to the
    outbox, because everybody may read that.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, f"{DESK_ALONE if alone else DESK}{team_id}"])
    transaction.on_commit(partial(notify_desk_listeners, team_id, alone))


def notify_desk_listeners(team_id: int, alone: bool) -> None:
    for listener in desk_listeners:
        listener(team_id, alone)

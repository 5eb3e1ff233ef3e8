"""An export that is being packed, or can be downloaded for a week.

The file is stored in the database, in parts: the database is all that the machines of an installation share.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import IO, ClassVar, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import Team, User

EXPORT_LIFETIME = timedelta(days=7)
LONGEST_PACKING = timedelta(hours=6)  # after which another export may be requested
EXPORT_PART_BYTES = 1 << 20  # bytes


class ExportQuerySet(models.QuerySet["Export"]):
    def of(self, person: User, team: Team | None = None) -> Self:
        """Return the exports that this person requested: of their own data, or of a team."""
        return self.filter(person=person, team=team).order_by("-pk")

    def current(self) -> Self:
        return self.filter(expires_at__gt=timezone.now())

    def ready(self) -> Self:
        return self.current().filter(ready_at__isnull=False)

    def being_packed(self) -> Self:
        since = timezone.now() - LONGEST_PACKING
        return self.current().filter(ready_at=None, failed_at=None, asked_at__gt=since)

    def delete_expired(self) -> None:
        self.filter(expires_at__lte=timezone.now()).delete()


class Export(models.Model):
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.DB_CASCADE, related_name="exports")
    # None for an export of the person's own data.
    team = models.ForeignKey(Team, on_delete=models.DB_CASCADE, null=True, related_name="+")
    name = models.CharField(max_length=120)
    size = models.PositiveBigIntegerField(default=0)
    asked_at = models.DateTimeField(default=timezone.now)
    ready_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()

    objects = ExportQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ready_at=None) | Q(failed_at=None), name="export_ready_or_failed_or_neither"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="export_by_expiry")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def request(cls, person: User, team: Team | None, name: str) -> tuple["Export", bool]:
        """Return the export that is being packed already, or a new one; and whether it is new."""
        with transaction.atomic():
            User.objects.select_for_update().get(pk=person.pk)
            cls.objects.delete_expired()
            pending = cls.objects.of(person, team).being_packed().first()
            if pending is not None:
                return pending, False
            expires_at = timezone.now() + EXPORT_LIFETIME
            return cls.objects.create(person=person, team=team, name=name, expires_at=expires_at), True

    @property
    def is_ready(self) -> bool:
        return self.ready_at is not None

    @property
    def is_being_packed(self) -> bool:
        waiting = self.ready_at is None and self.failed_at is None
        return waiting and self.asked_at > timezone.now() - LONGEST_PACKING

    def store(self, file: IO[bytes]) -> None:
        """Store the packed file in place of an earlier one."""
        file.seek(0)
        with transaction.atomic():
            self.parts.all().delete()
            self.size = 0
            for number, data in enumerate(iter(lambda: file.read(EXPORT_PART_BYTES), b"")):
                self.parts.create(number=number, data=data)
                self.size += len(data)
            now = timezone.now()
            self.ready_at, self.failed_at, self.expires_at = now, None, now + EXPORT_LIFETIME
            self.save(update_fields=["size", "ready_at", "failed_at", "expires_at"])

    def fail(self) -> None:
        with transaction.atomic():
            self.parts.all().delete()
            Export.objects.filter(pk=self.pk).update(failed_at=timezone.now(), ready_at=None)
            self.refresh_from_db()

    def read(self) -> Iterator[bytes]:
        """Yield the file, with one part in memory at a time."""
        for pk in self.parts.order_by("number").values_list("pk", flat=True):
            part = ExportPart.objects.filter(pk=pk).first()
            if part is None:
                raise EOFError("the export was deleted while it was read")
            yield bytes(part.data)


class ExportPart(models.Model):
    export = models.ForeignKey(Export, on_delete=models.DB_CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["export", "number"], name="export_part_once")]

    def __str__(self) -> str:
        return f"part {self.number} of export {self.export_id}"

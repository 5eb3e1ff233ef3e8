"""The channels by which a person wants to be told, for each kind of notice. What is not stored is as usual."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from accounts.models import User
from accounts.notice_kinds import MailPace, NoticeKind
from kindwall import clock

LONGEST_PAUSE = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Wish:
    """The channels for one kind of notice."""

    in_product: bool
    mail: MailPace

    @classmethod
    def usual(cls, kind: NoticeKind) -> Self:
        return cls(kind.usually_in_product, kind.usual_pace)


class NoticePreferenceQuerySet(models.QuerySet["NoticePreference"]):
    def wishes_of(self, user: User, kinds: Iterable[NoticeKind]) -> dict[str, Wish]:
        """Return this person's wish for each of these kinds, by the name of the kind."""
        stored = {one.kind: Wish(one.in_product, MailPace(one.mail)) for one in self.filter(user=user)}
        return {kind.name: stored.get(kind.name, Wish.usual(kind)) for kind in kinds}

    def paces_of(self, users: Collection[int], kinds: Iterable[NoticeKind]) -> dict[tuple[int, str], MailPace]:
        """Return how each of these people, by pk, wants each of these kinds by mail; one query."""
        usual = {kind.name: kind.usual_pace for kind in kinds}
        stored = self.filter(user__in=users, kind__in=usual).values_list("user", "kind", "mail")
        chosen = {(user, kind): MailPace(mail) for user, kind, mail in stored}
        return {(user, kind): usual[kind] for user in users for kind in usual} | chosen


class NoticePreference(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.DB_CASCADE, related_name="notice_preferences")
    kind = models.CharField(max_length=32)  # a name in accounts.notice_kinds
    in_product = models.BooleanField(default=True)
    mail = models.CharField(max_length=8, choices=MailPace.choices)
    # The pace before a link in a mail stopped it, to which the same link can take it back; otherwise empty.
    mail_before = models.CharField(max_length=8, choices=MailPace.choices, blank=True)

    objects = NoticePreferenceQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "kind"], name="notice_preference_once")]

    def __str__(self) -> str:
        return f"{self.kind} for {self.user_id}: {self.mail}"

    @classmethod
    def store(cls, user: User, wishes: Mapping[NoticeKind, Wish]) -> None:
        """Store this person's wishes. A wish that is as usual stores nothing, and follows a later change of that."""
        rows = [
            NoticePreference(user=user, kind=kind.name, in_product=wish.in_product, mail=wish.mail)
            for kind, wish in wishes.items()
            if wish != Wish.usual(kind)
        ]
        with transaction.atomic():
            cls.objects.filter(user=user, kind__in=[kind.name for kind in wishes]).exclude(
                kind__in=[row.kind for row in rows]
            ).delete()
            NoticePreference.objects.bulk_create(
                rows,
                update_conflicts=True,
                unique_fields=["user", "kind"],
                update_fields=["in_product", "mail", "mail_before"],
            )

    @classmethod
    def stop_mail(cls, user: User, kinds: Iterable[NoticeKind]) -> None:
        """Mail this person nothing of these kinds any more. Repeating it is harmless."""
        kinds = list(kinds)
        wishes = cls.objects.wishes_of(user, kinds)
        for kind in kinds:
            wish = wishes[kind.name]
            if wish.mail != MailPace.NEVER:
                stopped = {"in_product": wish.in_product, "mail": MailPace.NEVER, "mail_before": wish.mail}
                cls.objects.update_or_create(user=user, kind=kind.name, defaults=stopped)

    @classmethod
    def resume_mail(cls, user: User, kinds: Iterable[NoticeKind]) -> None:
        """Take back `stop_mail`, where this person has chosen nothing else since."""
        stopped = cls.objects.filter(user=user, kind__in=[kind.name for kind in kinds]).exclude(mail_before="")
        stopped.update(mail=models.F("mail_before"), mail_before="")


class NoticePauseQuerySet(models.QuerySet["NoticePause"]):
    def in_force(self) -> Self:
        return self.filter(until__gt=clock.now())

    def of(self, user: User) -> "NoticePause | None":
        """Return the pause of this person, unless it has ended."""
        return self.in_force().filter(user=user).first()


class NoticePause(models.Model):
    """Until then this person gets no mail about notices; they are still in the product."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.DB_CASCADE, related_name="notice_pause")
    until = models.DateTimeField()

    objects = NoticePauseQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.user_id} until {self.until:%Y-%m-%d}"

    @property
    def day(self) -> date:
        """Return the first day with mail again, in the present time zone."""
        return timezone.localdate(self.until)

    @classmethod
    def begin(cls, user: User, until: date) -> None:
        """Pause all mail about notices until the beginning of that day in the present time zone."""
        midnight = timezone.make_aware(datetime.combine(until, datetime.min.time()))
        cls.objects.update_or_create(user=user, defaults={"until": midnight})

    @classmethod
    def end(cls, user: User) -> None:
        cls.objects.filter(user=user).delete()

"""Mails that wait to be sent, those that could not be delivered, and the last runs of periodic jobs."""

import json
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kindwall import sealing

MAIL_SEAL = "kindwall.OutgoingMail"
MAIL_LOST_AFTER = timedelta(days=2)  # a mail as old as this has lost its task
UNDELIVERED_FOR = timedelta(days=30)  # for which the operator sees a mail that could not be delivered


class OutgoingMail(models.Model):
    """One mail, stored until the mail server has accepted it or the last attempt has failed.

    It may contain a link that opens an account, so it is encrypted with a key made from SECRET_KEY: a copy of the
    database alone reveals no link.
    """

    sealed = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return f"mail of {self.created_at:%Y-%m-%d %H:%M}"

    @classmethod
    def seal(cls, mail: dict[str, Any]) -> "OutgoingMail":
        """Store the fields of a `kindwall.mail.Mail`."""
        return cls.objects.create(sealed=sealing.seal(MAIL_SEAL, json.dumps(mail)))

    def unseal(self) -> dict[str, Any] | None:
        """Return the fields of the mail; None when SECRET_KEY has changed since."""
        text = sealing.unseal(MAIL_SEAL, self.sealed)
        if text is None:
            return None
        # Versions before 0.2 stored recipient, subject and body.
        mail = json.loads(text)
        return dict(zip(("to", "subject", "text"), mail, strict=True)) if isinstance(mail, list) else mail

    @classmethod
    def delete_lost(cls) -> None:
        cls.objects.filter(created_at__lt=timezone.now() - MAIL_LOST_AFTER).delete()


class UndeliveredMail(models.Model):
    """One mail that was given up: without its text, and without its address, which the person's account has."""

    task = models.CharField(_("mail"), max_length=200)  # of the task, such as "accounts.tasks.send_invitation"
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.DB_CASCADE, null=True, related_name="+", verbose_name=_("person")
    )
    error = models.CharField(_("error"), max_length=100)  # the class of the last one
    code = models.PositiveSmallIntegerField(_("reply of the mail server"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"))
    first_tried_at = models.DateTimeField(_("first attempt"))
    last_tried_at = models.DateTimeField(_("last attempt"), default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("undelivered mail")
        verbose_name_plural = _("undelivered mails")

    def __str__(self) -> str:
        return f"{self.task}: {self.error}"

    @classmethod
    def delete_old(cls) -> None:
        cls.objects.filter(last_tried_at__lt=timezone.now() - UNDELIVERED_FOR).delete()


class PeriodicRun(models.Model):
    """The slot (see kindwall.periodic) in which a periodic job was last enqueued, by any process."""

    name = models.CharField(max_length=64, primary_key=True)
    slot = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.name} in {self.slot}"

    @classmethod
    def claim(cls, name: str, slot: int, *, last: int | None) -> bool:
        """Record that the job runs in this slot, and return whether no other process was first."""
        if last is None:
            return cls.objects.get_or_create(name=name, defaults={"slot": slot})[1]
        return bool(cls.objects.filter(name=name, slot=last).update(slot=slot))

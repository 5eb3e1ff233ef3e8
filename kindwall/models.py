"""Mails that wait to be sent, and the last runs of periodic jobs."""

import json
from datetime import timedelta

from django.db import models
from django.utils import timezone

from kindwall import sealing

PURPOSE = "kindwall.OutgoingMail"
MAIL_LOST_AFTER = timedelta(days=1)  # a mail as old as this has lost its task


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
    def seal(cls, to: str, subject: str, body: str) -> "OutgoingMail":
        return cls.objects.create(sealed=sealing.seal(PURPOSE, json.dumps([to, subject, body])))

    def unseal(self) -> tuple[str, str, str] | None:
        """Return recipient, subject and body; None when SECRET_KEY has changed since."""
        text = sealing.unseal(PURPOSE, self.sealed)
        if text is None:
            return None
        to, subject, body = json.loads(text)
        return to, subject, body

    @classmethod
    def delete_lost(cls) -> None:
        cls.objects.filter(created_at__lt=timezone.now() - MAIL_LOST_AFTER).delete()


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

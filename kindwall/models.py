"""Mails that wait to be sent, and those that could not be delivered."""

import json
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.encoding import force_bytes
from django.utils.translation import gettext_lazy as _

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
        return cls.objects.create(sealed=cipher().encrypt(json.dumps(mail).encode()))

    def unseal(self) -> dict[str, Any] | None:
        """Return the fields of the mail; None when SECRET_KEY has changed since."""
        try:
            mail = json.loads(cipher().decrypt(force_bytes(self.sealed)))
        except InvalidToken:
            return None
        # Earlier versions stored recipient, subject and body.
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


def cipher() -> Fernet:
    return Fernet(urlsafe_b64encode(salted_hmac("kindwall.OutgoingMail", "key", algorithm="sha256").digest()))

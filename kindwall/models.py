"""Mails that are on their way out."""

import json
from base64 import urlsafe_b64encode
from datetime import timedelta

from cryptography.fernet import Fernet, InvalidToken
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.encoding import force_bytes

KEPT = timedelta(days=1)  # at most: a mail whose task was lost


class OutgoingMail(models.Model):
    """One mail, from the press that asks for it until the mail server has taken it or it is given up.

    It may hold a link that opens an account. So it is encrypted with a key made from SECRET_KEY, and a copy of the
    database alone opens nothing.
    """

    sealed = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return f"mail of {self.created_at:%Y-%m-%d %H:%M}"

    @classmethod
    def seal(cls, to: str, subject: str, body: str) -> "OutgoingMail":
        return cls.objects.create(sealed=cipher().encrypt(json.dumps([to, subject, body]).encode()))

    def unseal(self) -> tuple[str, str, str] | None:
        """Recipient, subject and body; None when SECRET_KEY is another one by now."""
        try:
            to, subject, body = json.loads(cipher().decrypt(force_bytes(self.sealed)))
        except InvalidToken:
            return None
        return to, subject, body

    @classmethod
    def forget_lost(cls) -> None:
        cls.objects.filter(created_at__lt=timezone.now() - KEPT).delete()


def cipher() -> Fernet:
    return Fernet(urlsafe_b64encode(salted_hmac("kindwall.OutgoingMail", "key", algorithm="sha256").digest()))

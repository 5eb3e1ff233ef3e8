"""Background tasks that belong to no app."""

import logging
from functools import partial

from kindwall.mail import Mail, mail_task, send
from kindwall.models import OutgoingMail

logger = logging.getLogger(__name__)


def delete_mail(pk: int) -> None:
    OutgoingMail.objects.filter(pk=pk).delete()


@partial(mail_task, after_last_attempt=delete_mail)
def send_sealed(pk: int) -> None:
    OutgoingMail.delete_lost()
    outgoing = OutgoingMail.objects.filter(pk=pk).first()
    if outgoing is None:
        return
    if mail := outgoing.unseal():
        send(Mail(**mail))
    else:
        logger.warning("A mail was dropped: it was written with another SECRET_KEY.")
    outgoing.delete()

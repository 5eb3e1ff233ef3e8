"""What is done in the background about no subject in particular."""

import logging
from functools import partial

from kindwall.mail import mail_task, send
from kindwall.models import OutgoingMail

logger = logging.getLogger(__name__)


def forget(pk: int) -> None:
    OutgoingMail.objects.filter(pk=pk).delete()


@partial(mail_task, given_up=forget)
def send_sealed(pk: int) -> None:
    OutgoingMail.forget_lost()
    outgoing = OutgoingMail.objects.filter(pk=pk).first()
    if outgoing is None:
        return
    if message := outgoing.unseal():
        send(*message)
    else:
        logger.warning("A mail was dropped: it was written with another SECRET_KEY.")
    outgoing.delete()

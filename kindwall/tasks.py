"""Background tasks that belong to no app."""

import logging
from functools import partial

from django.core.management import call_command
from django.tasks import task

from kindwall.mail import Mail, mail_task, send_mail_now
from kindwall.models import OutgoingMail, UndeliveredMail
from kindwall.worker import requeue_lost

logger = logging.getLogger(__name__)

RESULTS_LIFETIME_DAYS = 7  # for which the results of tasks are stored


def delete_mail(pk: int) -> None:
    OutgoingMail.objects.filter(pk=pk).delete()


@partial(mail_task, after_last_attempt=delete_mail)
def send_sealed(pk: int) -> None:
    OutgoingMail.delete_lost()
    outgoing = OutgoingMail.objects.filter(pk=pk).first()
    if outgoing is None:
        return
    if mail := outgoing.unseal():
        send_mail_now(Mail(**mail))
    else:
        logger.warning("A mail was dropped: it was written with another SECRET_KEY.")
    outgoing.delete()


@task
def clean_up() -> None:
    """Delete what is old, and make tasks ready again whose process is gone."""
    requeue_lost()
    OutgoingMail.delete_lost()
    UndeliveredMail.delete_old()
    call_command("prune_db_task_results", queue_name="*", min_age_days=RESULTS_LIFETIME_DAYS, verbosity=0)

"""Mails in tests of notices: who got which, and the clock of the periodic jobs."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.core import mail
from django.core.mail import EmailMessage, EmailMultiAlternatives

from accounts.models import Membership
from kindwall import clock, periodic
from tests.task_backend import run_due

SETTLED = timedelta(seconds=11)
HOUR = timedelta(hours=1)


def mails_to(person: Membership) -> list[EmailMessage]:
    return [message for message in mail.outbox if message.to == [person.user.email]]


def html_of(message: EmailMessage) -> str:
    assert isinstance(message, EmailMultiAlternatives)
    return str(message.alternatives[0][0])


@contextmanager
def jobs_at(moment: datetime) -> Iterator[None]:
    """Move the clock, and run the tasks that are due and the periodic jobs, as the worker does."""
    with clock.at(moment):
        run_due()
        periodic.enqueue_due_tasks()
        run_due()
        yield


def run_jobs(moment: datetime) -> None:
    with jobs_at(moment):
        pass

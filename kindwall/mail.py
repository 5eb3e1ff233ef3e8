"""Mail: plain text in the reader's language, sent only by background tasks.

A mail server may be slow or not respond at all, so no request waits for one. There are two ways:

- A task that writes a mail lives beside its subject (`accounts/tasks.py`), is marked `@mail_task`, takes ids alone and
  reads the rest when it runs.
- A mail that cannot be rendered later, such as allauth's mails with their links, is stored encrypted until it is sent
  (`send_later`).
"""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.tasks import Task, task
from django.template import Context, Engine
from django.utils import timezone, translation

from kindwall.models import OutgoingMail

logger = logging.getLogger(__name__)


class MailNotTaken(Exception):
    """The mail server refused a mail at every attempt. The message names no address, because the task stores it."""


def write(to: str, template: str, context: dict[str, Any], *, language: str = "") -> None:
    """Send one mail from within a task, rendered from `<template>_subject.txt` and `<template>_message.txt`.

    `language` is the reader's; the installation's if empty. Templates begin a link with `{{ origin }}`, and need no
    `autoescape off`. Raises OSError (smtplib's errors are) when the mail server does not take it.
    """
    send(to, *rendered(template, context, language=language))


def write_later(to: str, template: str, context: dict[str, Any], *, language: str = "") -> None:
    """Render a mail now and send it by a task, for data that is gone when the task runs."""
    send_later(to, *rendered(template, context, language=language))


def rendered(template: str, context: dict[str, Any], *, language: str) -> tuple[str, str]:
    """Return subject and body."""
    context = {"origin": settings.ORIGIN, **context}
    with translation.override(language or settings.LANGUAGE_CODE):
        # A subject may contain names that people chose, and a line break would end the header.
        subject = " ".join(render(f"{template}_subject.txt", context).split())
        return subject, render(f"{template}_message.txt", context).strip() + "\n"


def render(name: str, context: dict[str, Any]) -> str:
    return str(Engine.get_default().get_template(name).render(Context(context, autoescape=False)))


def send(to: str, subject: str, body: str) -> None:
    EmailMessage(subject, body, to=[to], headers={"Auto-Submitted": "auto-generated"}).send()


def mail_task(
    function: Callable[..., None], *, after_last_attempt: Callable[..., None] | None = None
) -> Task[Any, None]:
    """Make a task of one mail, called with ids, that tries again later while the mail server refuses the mail.

    `function` may be called again for a mail that was sent, because a connection can be lost after the last byte.
    `after_last_attempt` is called with the same ids after the last attempt.
    """

    @wraps(function)
    def deliver(*ids: int, attempt: int = 1) -> None:
        try:
            function(*ids)
        except OSError as error:
            # The error's own text may contain the address.
            reason = type(error).__name__
            if attempt > len(settings.RETRY_PAUSES):
                if after_last_attempt:
                    after_last_attempt(*ids)
                raise MailNotTaken(f"{reason}, at each of {attempt} attempts.") from None
            pause = settings.RETRY_PAUSES[attempt - 1]
            logger.warning("%s: %s; it tries again in %s.", mailing.module_path, reason, pause)
            mailing.using(run_after=timezone.now() + pause).enqueue(*ids, attempt=attempt + 1)

    mailing: Task[Any, None] = task(queue_name=settings.MAIL_QUEUE)(deliver)
    return mailing


def send_later(to: str, subject: str, body: str) -> None:
    """Send this mail by a task. Its row is deleted once it is sent or the last attempt has failed."""
    from kindwall.tasks import send_sealed

    with transaction.atomic():
        send_sealed.enqueue(OutgoingMail.seal(to, subject, body).pk)

"""Mail: plain text, in its reader's language, sent by background tasks alone.

A mail server may take its time, or say nothing at all, so no request's thread ever speaks to it. There are two ways:

- A task that writes a mail lives beside its subject (`accounts/tasks.py`), is marked `@mail_task`, takes ids alone and
  reads the rest when it runs.
- What cannot be made anew later, such as allauth's mails with their links, is kept encrypted until it is sent
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
    """The mail server took a mail at no attempt. It names no address: the words are kept with the task."""


def write(to: str, template: str, context: dict[str, Any], *, language: str = "") -> None:
    """Send one mail from within a task, rendered from `<template>_subject.txt` and `<template>_message.txt`.

    `language` is the reader's; the installation's if empty. Templates begin a link with `{{ origin }}`, and need no
    `autoescape off`. Raises OSError (smtplib's errors are) when the mail server does not take it.
    """
    send(to, *rendered(template, context, language=language))


def write_later(to: str, template: str, context: dict[str, Any], *, language: str = "") -> None:
    """The same by a task of its own, for what cannot be read again when it runs."""
    send_later(to, *rendered(template, context, language=language))


def rendered(template: str, context: dict[str, Any], *, language: str) -> tuple[str, str]:
    """Subject and body."""
    context = {"origin": settings.ORIGIN, **context}
    with translation.override(language or settings.LANGUAGE_CODE):
        # In one line: a subject may hold names that people have given, and a header ends with its line.
        subject = " ".join(render(f"{template}_subject.txt", context).split())
        return subject, render(f"{template}_message.txt", context).strip() + "\n"


def render(name: str, context: dict[str, Any]) -> str:
    return str(Engine.get_default().get_template(name).render(Context(context, autoescape=False)))


def send(to: str, subject: str, body: str) -> None:
    EmailMessage(subject, body, to=[to], headers={"Auto-Submitted": "auto-generated"}).send()


def mail_task(function: Callable[..., None], *, given_up: Callable[..., None] | None = None) -> Task[Any, None]:
    """A task of one mail, called with ids, that tries again later while the mail server does not take it.

    `function` may be called again for a mail that did go out: a connection can be lost after the last word.
    `given_up` is called with the same ids after the last attempt.
    """

    @wraps(function)
    def deliver(*ids: int, attempt: int = 1) -> None:
        try:
            function(*ids)
        except OSError as error:
            # Not the error's own words: they may hold the address.
            reason = type(error).__name__
            if attempt > len(settings.RETRY_PAUSES):
                if given_up:
                    given_up(*ids)
                raise MailNotTaken(f"{reason}, at each of {attempt} attempts.") from None
            pause = settings.RETRY_PAUSES[attempt - 1]
            logger.warning("%s: %s; it tries again in %s.", mailing.module_path, reason, pause)
            mailing.using(run_after=timezone.now() + pause).enqueue(*ids, attempt=attempt + 1)

    mailing: Task[Any, None] = task(queue_name=settings.MAIL_QUEUE)(deliver)
    return mailing


def send_later(to: str, subject: str, body: str) -> None:
    """Have this mail sent by a task; its row goes as soon as that is done or given up."""
    from kindwall.tasks import send_sealed

    with transaction.atomic():
        send_sealed.enqueue(OutgoingMail.seal(to, subject, body).pk)

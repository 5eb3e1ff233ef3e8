"""Mail: plain text, in its reader's language, written by background tasks.

A task that writes a mail lives beside its subject (`accounts/tasks.py`), is marked `@mail_task`, takes ids alone and
reads the rest when it runs.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.tasks import Task, task
from django.template import Context, Engine
from django.utils import timezone, translation

logger = logging.getLogger(__name__)

PAUSES = [timedelta(minutes=minutes) for minutes in (1, 5, 30)]  # before the second, third and fourth attempt


def write(to: str, template: str, context: dict[str, Any], *, language: str = "") -> None:
    """Send one mail, rendered from `<template>_subject.txt` and `<template>_message.txt`.

    `language` is the reader's; the installation's if empty. Templates begin a link with `{{ origin }}`, and need no
    `autoescape off`. Raises OSError (smtplib's errors are) when the mail server does not take it.
    """
    context = {"origin": settings.ORIGIN, **context}
    with translation.override(language or settings.LANGUAGE_CODE):
        # In one line: a subject may hold names that people have given, and a header ends with its line.
        subject = " ".join(render(f"{template}_subject.txt", context).split())
        message = render(f"{template}_message.txt", context).strip() + "\n"
    EmailMessage(subject, message, to=[to], headers={"Auto-Submitted": "auto-generated"}).send()


def render(name: str, context: dict[str, Any]) -> str:
    return str(Engine.get_default().get_template(name).render(Context(context, autoescape=False)))


def mail_task(function: Callable[..., None]) -> Task[Any, None]:
    """A task of one mail, called with ids, that tries again later while the mail server does not take it.

    `function` may be called again for a mail that did go out: a connection can be lost after the last word.
    """

    @wraps(function)
    def deliver(*ids: int, attempt: int = 1) -> None:
        try:
            function(*ids)
        except OSError as error:
            if attempt > len(PAUSES):
                raise
            pause = PAUSES[attempt - 1]
            # Not the error's own words: they may hold the address.
            logger.warning("%s: %s; it tries again in %s.", mailing.module_path, type(error).__name__, pause)
            mailing.using(run_after=timezone.now() + pause).enqueue(*ids, attempt=attempt + 1)

    mailing: Task[Any, None] = task(deliver)
    return mailing

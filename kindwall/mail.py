"""Mail in the reader's language, as plain text and as HTML, sent only by background tasks.

A mail server may be slow or not respond at all, so no request waits for one. There are two ways:

- A task that writes a mail lives beside its subject (`accounts/tasks.py`), is marked `@mail_task`, takes ids alone and
  reads the rest when it runs.
- A mail that cannot be rendered later, such as allauth's mails with their links, is stored encrypted until it is sent
  (`write_later`).
"""

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.policy import default as default_policy
from email.utils import make_msgid
from functools import wraps
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.tasks import Task, task
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac

from kindwall.mail_parts import as_text, parts_of, render
from kindwall.models import OutgoingMail

logger = logging.getLogger(__name__)

LONGEST_LINE = 990  # bytes; a mail server may break a longer one


class MailNotTaken(Exception):
    """The mail server refused a mail at every attempt. The message names no address, because the task stores it."""


@dataclass(frozen=True, slots=True)
class Mail:
    to: str
    subject: str
    text: str
    html: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def write(to: str, template: str, context: dict[str, Any], **options: Any) -> None:
    """Send one mail from within a task. `options` are those of `written`.

    Raises OSError (smtplib's errors are) when the mail server does not take it.
    """
    send(written(to, template, context, **options))


def write_later(to: str, template: str, context: dict[str, Any], **options: Any) -> None:
    """Write a mail now and send it by a task, for data that is gone when the task runs.

    Its row is deleted once it is sent or the last attempt has failed.
    """
    from kindwall.tasks import send_sealed

    mail = written(to, template, context, **options)
    with transaction.atomic():
        send_sealed.enqueue(OutgoingMail.seal(asdict(mail)).pk)


def written(
    to: str,
    template: str,
    context: dict[str, Any],
    *,
    language: str = "",
    time_zone: str = "",
    unsubscribe: str = "",
    thread: str = "",
) -> Mail:
    """Return the mail of `<template>_subject.txt` and `<template>_message.txt`, which need no `autoescape off`.

    `language` and `time_zone` are the reader's; the installation's if empty. `unsubscribe` is an address from
    `kindwall.unsubscribe.link`. Mails with the same `thread`, such as "story-5", are shown as one conversation.
    """
    context = {"origin": settings.ORIGIN, "host": host(), **context}
    zone = ZoneInfo(time_zone) if time_zone else timezone.get_default_timezone()
    with translation.override(language or settings.LANGUAGE_CODE), timezone.override(zone):
        # A subject may contain names that people chose, and a line break would end the header.
        subject = " ".join(render(f"{template}_subject.txt", context).split())
        parts = parts_of(f"{template}_message.txt", context)
        frame = {**context, "unsubscribe": unsubscribe, "subject": subject, "parts": parts, "body": as_text(parts)}
        text = render("mail/layout.txt", frame)
        html = render("mail/layout.html", frame, autoescape=True)
    return Mail(to, subject, text.strip() + "\n", html.strip() + "\n", headers_of(unsubscribe, thread))


def headers_of(unsubscribe: str, thread: str) -> dict[str, str]:
    domain = host().partition(":")[0]
    # The second is for Exchange, which does not know the first: no absence notes come back.
    headers = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "OOF, AutoReply"}
    # The default would reveal the machine's own name.
    headers["Message-ID"] = make_msgid(domain=domain)
    if unsubscribe:
        headers["List-Unsubscribe"] = f"<{unsubscribe}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        headers["Precedence"] = "bulk"
    if thread:
        # No such mail exists; mail programs join what follows the same one. The number reveals nothing.
        root = f"<{salted_hmac('kindwall.mail.thread', thread, algorithm='sha256').hexdigest()[:32]}@{domain}>"
        headers |= {"In-Reply-To": root, "References": root}
    return headers


def host() -> str:
    """Return the name of the installation, with its port where it has one."""
    return urlsplit(settings.ORIGIN).netloc


def send(mail: Mail) -> None:
    message = Message(mail.subject, mail.text, to=[mail.to], headers=mail.headers)
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    message.send()


class Message(EmailMultiAlternatives):
    """A message whose plain text leaves as it is, so that nothing on the way breaks a link in it."""

    def message(self, *, policy: EmailPolicy = default_policy) -> EmailMessage:
        made: EmailMessage = super().message(policy=policy)
        plain = made.get_body(("plain",))
        longest = max(map(len, str(self.body).encode().splitlines()), default=0)
        if plain is not None and longest <= LONGEST_LINE:
            # Quoted-printable, which email takes for lines over 78 characters, would put “=” and a break into a link.
            plain.set_content(self.body, cte="7bit" if str(self.body).isascii() else "8bit")
        return made


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

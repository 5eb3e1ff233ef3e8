"""Mail in the reader's language, as plain text and as HTML, sent only by background tasks.

A mail server may be slow or not respond at all, so no request waits for one. There are two ways:

- A task that writes a mail lives beside its subject (`accounts/tasks.py`), is marked `@mail_task`, takes ids alone and
  reads the rest when it runs.
- A mail that cannot be rendered later, such as allauth's mails with their links, is stored encrypted until it is sent
  (`write_later`).
"""

import logging
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from email.headerregistry import BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import Policy
from email.policy import default as default_policy
from email.utils import make_msgid
from functools import wraps
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.http.request import split_domain_port
from django.tasks import Task, task
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac

from kindwall.mail_parts import as_text, mail_parts, render
from kindwall.models import OutgoingMail, UndeliveredMail

logger = logging.getLogger(__name__)

LONGEST_LINE = 990  # bytes; a mail server may break a longer one
# Final replies that may be another one later: a full mailbox, and settings, of the mail server or ours, that are wrong.
MENDABLE = re.compile(rb"\b5\.2\.2\b|\b5\.7\.\d|relay", re.IGNORECASE)


class MailRefused(OSError):
    """The mail server did not take a mail. The message names no address, because logs and tasks store it."""

    def __init__(self, error: Exception, to: str) -> None:
        super().__init__(type(error).__name__)
        self.to = to
        self.code, words = server_reply(error)
        # No later attempt helps when the address cannot be written, or nobody has it.
        unknown = isinstance(error, SMTPRecipientsRefused) and 500 <= (self.code or 0) < 600
        self.is_final = isinstance(error, ValueError) or (unknown and not MENDABLE.search(words))


class MailNotTaken(Exception):
    """A mail was given up. The message names no address, because the task stores it."""


@dataclass(frozen=True, slots=True)
class Mail:
    to: str
    subject: str
    text: str
    html: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def write(to: str, template: str, context: dict[str, Any], **options: Any) -> None:
    """Send one mail from within a task. `options` are those of `written`.

    Raises MailRefused when the mail server does not take it.
    """
    send_mail_now(written(to, template, context, **options))


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
        parts = mail_parts(f"{template}_message.txt", context)
        frame = {**context, "unsubscribe": unsubscribe, "subject": subject, "parts": parts, "body": as_text(parts)}
        text = render("mail/layout.txt", frame)
        html = render("mail/layout.html", frame, autoescape=True)
    return Mail(to, subject, text.strip() + "\n", html.strip() + "\n", headers_of(unsubscribe, thread))


def headers_of(unsubscribe: str, thread: str) -> dict[str, str]:
    domain, _port = split_domain_port(host())
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


def send_mail_now(mail: Mail) -> None:
    # A name may look like an encoded word, which mail programs would decode, perhaps to a link.
    subject = mail.subject.replace("=?", "= ?")
    message = OutgoingMessage(subject, mail.text, to=[mail.to], headers=mail.headers)
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    try:
        message.send()
    except (OSError, ValueError) as error:  # smtplib's errors are OSErrors
        raise MailRefused(error, mail.to) from None


def server_reply(error: Exception) -> tuple[int | None, bytes]:
    """Return the code and the words of a mail server's reply, where there was one."""
    match error:
        case SMTPRecipientsRefused():
            return next(iter(error.recipients.values()), (None, b""))
        case SMTPResponseException():
            words = error.smtp_error
            return error.smtp_code, words if isinstance(words, bytes) else words.encode()
    return None, b""


class OutgoingMessage(EmailMultiAlternatives):
    """A message whose plain text leaves as it is, so that nothing on the way breaks a link in it."""

    def message(self, *, policy: Any = default_policy) -> EmailMessage:
        made: EmailMessage = super().message(policy=policy.clone(header_factory=HEADERS))
        plain = made.get_body(("plain",))
        longest = max(map(len, str(self.body).encode().splitlines()), default=0)
        if plain is not None and longest <= LONGEST_LINE:
            # Quoted-printable, which email takes for lines over 78 characters, would put “=” and a break into a link.
            plain.set_content(self.body, cte="7bit" if str(self.body).isascii() else "8bit")
        return made


class WholeHeader(UnstructuredHeader, BaseHeader):
    """A header of ASCII that is not folded: email would encode a long address in it, and no mail program find it."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


HEADERS = HeaderRegistry()
for whole in ("message-id", "in-reply-to", "references", "list-unsubscribe"):
    HEADERS.map_to_type(whole, WholeHeader)


def mail_task(
    function: Callable[..., None], *, after_last_attempt: Callable[..., None] | None = None, priority: int = 0
) -> Task[Any, None]:
    """Make a task of one mail, called with ids, that tries again later while the mail server refuses the mail.

    `function` may be called again for a mail that was sent, because a connection can be lost after the last byte.
    `after_last_attempt` is called with the same ids after the last attempt. Mails of a lower `priority`, to -100, wait
    for those of a higher one.
    """

    @wraps(function)
    def deliver(*ids: int, attempt: int = 1, since: str = "") -> None:
        began = datetime.fromisoformat(since) if since else timezone.now()
        try:
            function(*ids)
        except MailRefused as refusal:
            if refusal.is_final or attempt > len(settings.MAIL_RETRY_PAUSES):
                give_up(mailing.module_path, refusal, attempt, began)
                if after_last_attempt:
                    after_last_attempt(*ids)
                raise MailNotTaken(f"{refusal}, at the last of {attempt} attempts.") from None
            pause = settings.MAIL_RETRY_PAUSES[attempt - 1]
            logger.warning("%s: %s; it tries again in %s.", mailing.module_path, refusal, pause)
            later = mailing.using(run_after=timezone.now() + pause)
            later.enqueue(*ids, attempt=attempt + 1, since=began.isoformat())

    mailing: Task[Any, None] = task(queue_name=settings.MAIL_QUEUE, priority=priority)(deliver)
    return mailing


def give_up(path: str, refusal: MailRefused, attempts: int, began: datetime) -> None:
    """Record a mail for the operator, who sees it in the admin."""
    logger.error("%s: %s; it was given up after %d attempts.", path, refusal, attempts)
    UndeliveredMail.objects.create(
        task=path,
        person=get_user_model()._default_manager.filter(email=refusal.to).first(),
        error=str(refusal),
        code=refusal.code,
        attempts=attempts,
        first_tried_at=began,
    )

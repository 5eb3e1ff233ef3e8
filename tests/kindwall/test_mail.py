"""Tests of mail: its templates, its language, and further attempts while the mail server is unreachable."""

import json
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from traceback import format_exception
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.tasks import task_backends
from django.template import Engine
from django.test import override_settings
from django.utils import timezone, translation

from kindwall.mail import MailNotTaken, mail_task, write, write_later
from kindwall.models import MAIL_SEAL, OutgoingMail, UndeliveredMail
from kindwall.sealing import seal
from kindwall.tasks import send_sealed
from tests.accounts.mail_bodies import html_of
from tests.factories import make_user

pytestmark = pytest.mark.once

REFUSED = {"ana@x.org": (450, b"later, ana@x.org")}


@mail_task
def greet(pk: int) -> None:
    write(f"person-{pk}@example.org", "greeting", {"name": "Ana"})


@pytest.fixture
def errors(monkeypatch: pytest.MonkeyPatch) -> list[Exception]:
    """Return the errors that the next attempts to send meet."""
    met: list[Exception] = []
    sends = EmailBackend.send_messages

    def send_messages(self: EmailBackend, messages: list[Any]) -> int:
        if met:
            raise met.pop(0)
        return int(sends(self, messages))

    monkeypatch.setattr(EmailBackend, "send_messages", send_messages)
    return met


@pytest.fixture(autouse=True)
def templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    (tmp_path / "greeting_subject.txt").write_text("\nA hello\nfor {{ name }}\n")
    (tmp_path / "greeting_message.txt").write_text(GREETING)
    folders = [str(tmp_path), str(settings.BASE_DIR / "templates")]
    monkeypatch.setattr("django.template.Engine.get_default", lambda: Engine(dirs=folders, libraries=LIBRARIES))
    settings.ORIGIN = "https://wall.example.org"


LIBRARIES = {"i18n": "django.templatetags.i18n", "mails": "kindwall.templatetags.mails"}
GREETING = """{% load i18n mails %}
{% translate 'Yes' %}, {{ name }}!

It is a
fine day.

{% url "healthz" as path %}{% button path %}Have a look{% endbutton %}
"""


def test_mail_is_text_and_html_from_one_template() -> None:
    write("ana@example.org", "greeting", {"name": "Ana <O'Neill> & co"})
    [sent] = mail.outbox
    assert sent.to == ["ana@example.org"]
    assert sent.subject == "A hello for Ana <O'Neill> & co"
    assert sent.body == (
        "Yes, Ana <O'Neill> & co!\n\nIt is a fine day.\n\nHave a look:\nhttps://wall.example.org/healthz/\n\n"
        "-- \nKindwall, https://wall.example.org/\n"
    )
    html = html_of(sent)
    assert "Yes, Ana &lt;O&#x27;Neill&gt; &amp; co!</h1>" in html
    assert "It is a fine day.</p>" in html
    assert 'href="https://wall.example.org/healthz/"' in html
    assert [part.get_content_type() for part in sent.message().iter_parts()] == ["text/plain", "text/html"]


def test_name_with_a_line_break_adds_no_header() -> None:
    write("ana@example.org", "greeting", {"name": "Ana\r\nBcc: everybody@example.org"})
    assert mail.outbox[0].subject == "A hello for Ana Bcc: everybody@example.org"
    assert mail.outbox[0].message()["Bcc"] is None


def test_mail_is_in_its_readers_language() -> None:
    with translation.override("fr"):
        write("ana@example.org", "greeting", {"name": "Ana"}, language="de")
        write("ben@example.org", "greeting", {"name": "Ben"})
        assert translation.get_language() == "fr"
    assert [sent.body.split(",")[0] for sent in mail.outbox] == ["Ja", "Yes"]


def test_mail_task_sends_the_mail() -> None:
    assert greet.enqueue(7).errors == []
    assert [sent.to for sent in mail.outbox] == [["person-7@example.org"]]


@pytest.fixture
def later(settings: Any) -> list[Any]:
    """Return the tasks that were enqueued; none of them runs."""
    settings.TASKS = {"default": {"BACKEND": "django.tasks.backends.dummy.DummyBackend", "QUEUES": []}}
    results: list[Any] = task_backends["default"].results  # type: ignore[attr-defined]
    return results


def test_mail_is_tried_for_almost_a_day_and_then_recorded(
    later: list[Any], db: None, errors: list[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    ana = make_user(email="person-7@example.org")
    began = timezone.now()
    call: dict[str, Any] = {}
    pauses = [timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 900)]
    assert timedelta(hours=23) < sum(pauses, timedelta()) < timedelta(days=1)
    kinds: list[Exception] = [SMTPServerDisconnected("away"), ConnectionRefusedError(), SMTPRecipientsRefused(REFUSED)]
    for pause, error in zip(pauses, kinds * 2, strict=True):
        errors.append(error)
        greet.call(7, **call)
        again = later.pop()
        assert again.args == [7]
        assert abs(again.task.run_after - timezone.now() - pause) < timedelta(seconds=30)
        assert not UndeliveredMail.objects.exists()
        call = again.kwargs
    errors.append(SMTPRecipientsRefused(REFUSED))
    with pytest.raises(MailNotTaken) as told:
        greet.call(7, **call)
    assert "ana@x.org" not in caplog.text + "".join(format_exception(told.value)), "which is kept with the task"
    assert (later, mail.outbox) == ([], [])
    [row] = UndeliveredMail.objects.all()
    assert (row.task, row.person, row.error, row.code, row.attempts) == (
        greet.module_path, ana, "SMTPRecipientsRefused", 450, 7,
    )  # fmt: skip
    assert began <= row.first_tried_at <= row.last_tried_at


@pytest.mark.parametrize(
    ("code", "words", "is_final"),
    [
        (550, b"5.1.1 No such user", True),
        (550, b"No such user here", True),
        (450, b"4.2.0 Greylisted", False),
        (552, b"5.2.2 Mailbox full", False),
        # For each recipient, while the settings are wrong.
        (554, b"5.7.1 Relay access denied", False),
        (550, b"relay not permitted", False),
    ],
)
def test_address_that_nobody_has_is_not_tried_again(
    later: list[Any], db: None, errors: list[Exception], code: int, words: bytes, is_final: bool
) -> None:
    errors.append(SMTPRecipientsRefused({"ana@x.org": (code, words)}))
    with pytest.raises(MailNotTaken) if is_final else nullcontext():
        greet.call(7)
    assert len(later) == (0 if is_final else 1)
    assert list(UndeliveredMail.objects.values_list("code", flat=True)) == ([code] if is_final else [])


def test_address_that_cannot_be_written_is_given_up_and_not_stored(
    later: list[Any], db: None, errors: list[Exception]
) -> None:
    errors.append(ValueError("Invalid address 'zoë@@example.org'"))
    with pytest.raises(MailNotTaken) as told:
        greet.call(7)
    assert "zoë" not in "".join(format_exception(told.value))
    assert (later, UndeliveredMail.objects.count()) == ([], 1)


def test_mail_accepted_at_the_last_attempt_is_sent_once(later: list[Any], settings: Any) -> None:
    greet.call(7, attempt=len(settings.MAIL_RETRY_PAUSES) + 1)
    assert len(mail.outbox) == 1
    assert later == []


def test_programming_error_in_a_mail_task_is_not_tried_again(later: list[Any], errors: list[Exception]) -> None:
    errors.append(KeyError("name"))
    with pytest.raises(KeyError):
        greet.call(7)
    assert later == []


# Mails that are stored until they are sent


def send_later() -> None:
    write_later("ana@example.org", "greeting", {"name": "Secret"}, language="de", thread="story-5")


def test_mail_for_later_is_sent_by_a_task_with_its_number_only(later: list[Any], db: None) -> None:
    send_later()
    [waiting] = later
    [row] = OutgoingMail.objects.all()
    assert (waiting.args, waiting.kwargs, mail.outbox) == ([row.pk], {}, [])
    send_sealed.call(row.pk)
    [sent] = mail.outbox
    assert (sent.to, sent.subject, sent.body[:11]) == (["ana@example.org"], "A hello for Secret", "Ja, Secret!")
    assert '<html lang="de"' in html_of(sent)
    assert sent.message()["References"]
    assert not OutgoingMail.objects.exists()
    send_sealed.call(row.pk)
    assert len(mail.outbox) == 1, "a task may be run twice"


def test_mail_that_an_earlier_version_stored_is_sent(db: None) -> None:
    old = json.dumps(["ana@example.org", "A new password", "https://wall.example.org/one/\n"])
    row = OutgoingMail.objects.create(sealed=seal(MAIL_SEAL, old))
    send_sealed.call(row.pk)
    [sent] = mail.outbox
    assert (sent.to, sent.subject, sent.body) == (["ana@example.org"], *json.loads(old)[1:])
    assert sent.message().get_content_type() == "text/plain"


def test_stored_mail_needs_the_secret_key(later: list[Any], db: None, caplog: pytest.LogCaptureFixture) -> None:
    send_later()
    [row] = OutgoingMail.objects.all()
    assert not [word for word in (b"Secret", b"example", b"hello") if word in bytes(row.sealed)]
    with override_settings(SECRET_KEY="another"):
        send_sealed.call(row.pk)
    assert "SECRET_KEY" in caplog.text
    assert (mail.outbox, OutgoingMail.objects.count()) == ([], 0)


def test_refused_mail_is_deleted_after_the_last_attempt(
    later: list[Any], db: None, errors: list[Exception], settings: Any
) -> None:
    send_later()
    call = later.pop()
    for _ in settings.MAIL_RETRY_PAUSES:
        errors.append(SMTPServerDisconnected())
        send_sealed.call(*call.args, **call.kwargs)
        call = later.pop()
        assert OutgoingMail.objects.count() == 1
    errors.append(SMTPServerDisconnected())
    with pytest.raises(MailNotTaken):
        send_sealed.call(*call.args, **call.kwargs)
    assert (later, OutgoingMail.objects.count()) == ([], 0)


def test_mail_whose_task_was_lost_is_deleted_after_two_days(later: list[Any], db: None) -> None:
    send_later()
    OutgoingMail.objects.update(created_at=timezone.now() - timedelta(hours=49))
    send_later()
    send_sealed.call(later[-1].args[0])
    assert not OutgoingMail.objects.exists()
    assert len(mail.outbox) == 1

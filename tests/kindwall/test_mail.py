"""Tests of mail: its templates, its language, and further attempts while the mail server is unreachable."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from traceback import format_exception
from typing import Any

import pytest
from django.core import mail
from django.tasks import task_backends
from django.template import Engine
from django.test import override_settings
from django.utils import timezone, translation

from kindwall.mail import MailNotTaken, mail_task, write, write_later
from kindwall.models import OutgoingMail
from kindwall.tasks import send_sealed

pytestmark = pytest.mark.once

away: list[Exception] = []


@mail_task
def greet(pk: int) -> None:
    if away:
        raise away.pop(0)
    write(f"person-{pk}@example.org", "greeting", {"name": "Ana"})


@pytest.fixture(autouse=True)
def templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[None]:
    (tmp_path / "greeting_subject.txt").write_text("\nA hello\nfor {{ name }}\n")
    (tmp_path / "greeting_message.txt").write_text(GREETING)
    folders = [str(tmp_path), str(settings.BASE_DIR / "templates")]
    monkeypatch.setattr("django.template.Engine.get_default", lambda: Engine(dirs=folders, libraries=LIBRARIES))
    settings.ORIGIN = "https://wall.example.org"
    away.clear()
    yield
    away.clear()


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
    [(html, kind)] = sent.alternatives
    assert kind == "text/html"
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


def test_mail_is_tried_again_and_dropped_after_the_last_attempt(
    later: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    away[:] = [
        SMTPServerDisconnected("away"),
        ConnectionRefusedError(),
        SMTPRecipientsRefused({"ana@x.org": (450, b"")}),
    ]
    call: dict[str, Any] = {}
    for pause in (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30)):
        greet.call(7, **call)
        again = later.pop()
        assert again.args == [7]
        assert abs(again.task.run_after - timezone.now() - pause) < timedelta(seconds=30)
        call = again.kwargs
    assert "ana@x.org" not in caplog.text, "an address is not logged"
    away[:] = [SMTPRecipientsRefused({"ana@x.org": (550, b"")})]
    with pytest.raises(MailNotTaken) as told:
        greet.call(7, **call)
    assert "ana@x.org" not in "".join(format_exception(told.value)), "which is kept with the task"
    assert (later, mail.outbox) == ([], [])


def test_mail_accepted_at_the_last_attempt_is_sent_once(later: list[Any], settings: Any) -> None:
    greet.call(7, attempt=len(settings.RETRY_PAUSES) + 1)
    assert len(mail.outbox) == 1
    assert later == []


def test_programming_error_in_a_mail_task_is_not_tried_again(later: list[Any]) -> None:
    away[:] = [KeyError("name")]
    with pytest.raises(KeyError):
        greet.call(7)
    assert later == []


# Mails that are stored until they are sent

RESET = ("ana@example.org", "A new password", "https://wall.example.org/accounts/password/reset/key/1-secret/")


def test_mail_for_later_is_sent_by_a_task_with_its_number_only(later: list[Any], db: None) -> None:
    send_later(*RESET)
    [waiting] = later
    [row] = OutgoingMail.objects.all()
    assert (waiting.args, waiting.kwargs, mail.outbox) == ([row.pk], {}, [])
    send_sealed.call(row.pk)
    [sent] = mail.outbox
    assert (sent.to, sent.subject, sent.body) == ([RESET[0]], *RESET[1:])
    assert not OutgoingMail.objects.exists()
    send_sealed.call(row.pk)
    assert len(mail.outbox) == 1, "a task may be run twice"


def test_stored_mail_needs_the_secret_key(later: list[Any], db: None, caplog: pytest.LogCaptureFixture) -> None:
    send_later(*RESET)
    [row] = OutgoingMail.objects.all()
    assert not [word for word in (b"secret", b"example", b"password") if word in bytes(row.sealed)]
    with override_settings(SECRET_KEY="another"):
        send_sealed.call(row.pk)
    assert "SECRET_KEY" in caplog.text
    assert (mail.outbox, OutgoingMail.objects.count()) == ([], 0)


def test_refused_mail_is_deleted_after_the_last_attempt(
    later: list[Any], db: None, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    def refuse(*_args: Any, **_options: Any) -> int:
        raise SMTPServerDisconnected

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
    send_later(*RESET)
    call = later.pop()
    for _ in settings.RETRY_PAUSES:
        send_sealed.call(*call.args, **call.kwargs)
        call = later.pop()
        assert OutgoingMail.objects.count() == 1
    with pytest.raises(MailNotTaken):
        send_sealed.call(*call.args, **call.kwargs)
    assert (later, OutgoingMail.objects.count()) == ([], 0)


def test_mail_whose_task_was_lost_is_deleted_within_a_day(later: list[Any], db: None) -> None:
    send_later(*RESET)
    OutgoingMail.objects.update(created_at=timezone.now() - timedelta(hours=25))
    send_later(*RESET)
    send_sealed.call(later[-1].args[0])
    assert not OutgoingMail.objects.exists()
    assert len(mail.outbox) == 1

"""Every mail is sent by a task, and holds nothing that a stranger chose."""

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import allauth
import pytest
from allauth.account.adapter import get_adapter
from allauth.account.app_settings import (
    EMAIL_VERIFICATION_BY_CODE_ENABLED,
    LOGIN_BY_CODE_ENABLED,
    PASSWORD_RESET_BY_CODE_ENABLED,
)
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.mfa.totp.internal.auth import hotp_value
from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client, RequestFactory
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django.fixtures import Settings

from accounts.account_mails import ACCOUNT_MAILS, CHANGES
from accounts.models import User
from kindwall import settings as product
from kindwall.mail import write
from kindwall.models import OutgoingMail
from kindwall.templatetags.mails import plain_name
from tests.accounts.mail_bodies import html_of, problems_of
from tests.conftest import Cast, confirmed, signed_in
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = [
    path
    for app in ("kindwall", "accounts", "stories", "moderation", "notices", "syndication", "archives")
    for path in sorted((ROOT / app).rglob("*.py"))
]
NEW_PASSWORD = "an entirely new sentence"
HOSTILE = "Win at https://evil.example/prize or mail a@evil.example"
WAYS_TO_SEND = re.compile(
    r"django\.core\.mail\b|django\.core import .*\bmail\b|\.email_user\(|\bmail_admins|\bmail_managers|smtplib\.SMTP"
)


# Pages send no mail themselves


def sign_up(email: str) -> Callable[[Cast], None]:
    form = {"name": "Ana", "email": email, "password1": NEW_PASSWORD}
    return lambda _cast: post(Client(), "/accounts/signup/", form)


def reset(email: str) -> Callable[[Cast], None]:
    return lambda _cast: post(Client(), "/accounts/password/reset/", {"email": email})


def post(client: Client, path: str, form: dict[str, Any]) -> None:
    assert client.post(path, form).status_code == 302


def change_password(cast: Cast) -> None:
    form = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    post(confirmed(cast.member), "/accounts/password/change/", form)


def add_address(cast: Cast) -> None:
    post(confirmed(cast.member), "/accounts/email/", {"email": "second@example.org", "action_add": ""})


def change_main_address(cast: Cast) -> None:
    other = EmailAddress.objects.create(user=cast.member.user, email="second@example.org", verified=True)
    post(confirmed(cast.member), "/accounts/email/", {"email": other.email, "action_primary": ""})


def remove_address(cast: Cast) -> None:
    other = EmailAddress.objects.create(user=cast.member.user, email="second@example.org", verified=True)
    post(confirmed(cast.member), "/accounts/email/", {"email": other.email, "action_remove": ""})


def add_second_factor(cast: Cast) -> None:
    client = confirmed(cast.member)
    client.get("/accounts/2fa/totp/activate/")
    secret = client.session["mfa.totp.secret"]
    code = f"{hotp_value(secret, int(timezone.now().timestamp()) // 30):06d}"
    post(client, "/accounts/2fa/totp/activate/", {"code": code})


def invite(cast: Cast) -> None:
    form = {"emails": "new@example.org", "role": "member"}
    post(signed_in(cast.owner), "/harbour-team/people/invite/send/", form)


FLOWS: dict[str, Callable[[Cast], None]] = {
    "a new account": sign_up("new@example.org"),
    "an account that is there": sign_up("known@example.org"),
    "a forgotten password": reset("known@example.org"),
    "a forgotten password of nobody": reset("nobody@example.org"),
    "another password": change_password,
    "another address": add_address,
    "another main address": change_main_address,
    "an address less": remove_address,
    "a second factor": add_second_factor,
    "an invitation": invite,
}


@pytest.mark.parametrize("flow", FLOWS)
def test_page_leaves_its_mail_to_a_task_that_carries_ids_alone(
    cast: Cast, settings: Settings, django_capture_on_commit_callbacks: Any, flow: str
) -> None:
    settings.TASKS = product.TASKS
    make_user(email="known@example.org")
    with django_capture_on_commit_callbacks(execute=True):
        FLOWS[flow](cast)
    assert mail.outbox == [], "sent while somebody waits for the page"
    rows = list(DBTaskResult.objects.all())
    assert rows
    assert {row.queue_name for row in rows} == {"mail"}
    for row in rows:
        assert all(isinstance(argument, int) for argument in row.args_kwargs["args"])
        assert row.args_kwargs["kwargs"] == {}
        row.task.call(*row.args_kwargs["args"])
    assert len(mail.outbox) == len(rows)
    assert not OutgoingMail.objects.exists()


def test_only_one_module_of_the_product_can_send() -> None:
    found = [str(path.relative_to(ROOT)) for path in PRODUCT if WAYS_TO_SEND.search(path.read_text())]
    assert sorted(found) == ["kindwall/mail.py", "kindwall/settings/mail.py"], "the settings name the backends"


# Texts that a stranger chose


def prefixes(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)).removesuffix("_subject.txt") for path in folder.rglob("*_subject.txt")}


# Mails with a code instead of a link, which nobody here asks for, and one that allauth has and never sends.
NEVER_SENT = {"account/email/login_code", "account/email/password_reset_code", "account/email/email_confirm"}
ALLAUTHS = sorted(prefixes(Path(allauth.__file__).parent / "templates") - NEVER_SENT)
OURS = sorted(prefixes(ROOT / "templates"))
# The templates that code names, and those that are there.
WRITTEN = {name for path in PRODUCT for name in re.findall(r'"(\w+/mail/\w+)"', path.read_text())}
MESSAGES = {
    str(path.relative_to(ROOT / "templates")).removesuffix("_message.txt")
    for path in (ROOT / "templates").glob("*/mail/*_message.txt")
}


def mail_of_allauth(prefix: str) -> EmailMessage:
    user = User(pk=1, name=HOSTILE, email="win.evil.example@example.org")
    now = timezone.now()
    chosen = {"user": user, "email": user.email, "user_agent": HOSTILE, "ip": "192.0.2.1", "timestamp": now}
    told = {"from_email": "a@example.org", "to_email": "b@example.org", "deleted_email": "c@example.org"}
    links = {"activate_url": "/one/", "password_reset_url": "/two/", "signup_url": "/three/"}
    request = RequestFactory().get("/")
    with context.request_context(request):
        get_adapter(request).send_mail(prefix, user.email, {**chosen, **told, "provider": "Google", **links})
    return mail.outbox[-1]


def mail_of_ours(prefix: str) -> EmailMessage:
    team = SimpleNamespace(name=HOSTILE, tagline=HOSTILE, get_absolute_url="/x/")
    soon = timezone.now()
    thing = SimpleNamespace(
        team=team, invited_by=SimpleNamespace(name=HOSTILE), expires_at=soon, due_at=soon, person=None
    )
    things = {"team": team, "invitation": thing, "export": thing, "deletion": thing, "path": "/x/", "link": "/x/"}
    write("ana@example.org", prefix, {**things, "change": "It was changed", "timestamp": soon})
    return mail.outbox[-1]


def test_each_mail_of_allauth_is_replaced_by_one_of_ours() -> None:
    assert {*ACCOUNT_MAILS, *CHANGES} == set(ALLAUTHS), "accounts/account_mails.py: write these."
    assert not any((LOGIN_BY_CODE_ENABLED, PASSWORD_RESET_BY_CODE_ENABLED, EMAIL_VERIFICATION_BY_CODE_ENABLED))


@pytest.mark.parametrize("prefix", ALLAUTHS)
def test_allauths_mail_names_the_installation_and_nothing_that_a_stranger_chose(
    db: None, settings: Settings, prefix: str
) -> None:
    settings.ORIGIN = "https://wall.example.org"
    sent = mail_of_allauth(prefix)
    for text in (sent.subject, sent.body, html_of(sent)):
        assert "evil" not in text
        assert "Win at" not in text
        assert "testserver" not in text
        assert "127.0.0.1" not in text
    assert "wall.example.org" in sent.body
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated"
    assert problems_of(sent) == []


@pytest.mark.parametrize("prefix", sorted({*OURS, *MESSAGES, *WRITTEN}))
def test_mail_of_ours_has_its_subject_its_text_and_its_task(prefix: str) -> None:
    for twin in (f"{prefix}_subject.txt", f"{prefix}_message.txt"):
        assert (ROOT / "templates" / twin).exists(), f"templates/{twin}: write it."
    assert prefix in WRITTEN, f"templates/{prefix}_subject.txt: no task writes this mail."


@pytest.mark.parametrize("prefix", OURS)
def test_mail_of_ours_holds_no_link_that_person_chose(db: None, prefix: str) -> None:
    sent = mail_of_ours(prefix)
    assert "evil.example" not in f"{sent.subject} {sent.body} {html_of(sent)}"
    assert "://" not in str(sent.body).replace(f"{product.ORIGIN}/", "")
    assert problems_of(sent) == []


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Harbour Studio", "Harbour Studio"),
        ("St. Mary’s & Söhne (Nord) 日本", "St. Mary’s & Söhne (Nord) 日本"),
        ("evil.example/prize", "evil example prize"),
        ("https://evil.example", "https evil example"),
        ("a@evil。example", "a evil example"),
        ("two\r\nlines\u202e", "two lines"),
        ("", ""),
    ],
)
def test_name_in_a_mail_is_no_address(name: str, plain: str) -> None:
    assert plain_name(name) == plain

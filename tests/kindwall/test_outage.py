"""Tests of a full disk and of a database that is locked or unreachable: a 503 that gives the form back."""

import errno
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, connection
from django.test import Client

from kindwall import outage
from kindwall.outage import is_outage
from stories.models import Story
from tests.conftest import Cast, signed_in
from tests.pages import part, text_of, words

OURS = {"Origin": "http://testserver"}
TYPED = "Ana stayed on the call.\nAnd <smiled>."


@pytest.fixture(autouse=True)
def nothing_failed() -> Iterator[None]:
    yield
    outage.failed_writes.latest = None


def sqlite_error(code: int, kind: type[DatabaseError] = OperationalError) -> DatabaseError:
    cause, error = sqlite3.OperationalError("…"), kind("…")
    cause.sqlite_errorcode = code
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (sqlite_error(sqlite3.SQLITE_BUSY), True),
        (sqlite_error(sqlite3.SQLITE_BUSY_SNAPSHOT), True),
        (sqlite_error(sqlite3.SQLITE_FULL), True),
        (sqlite_error(sqlite3.SQLITE_IOERR_WRITE), True),
        (sqlite_error(sqlite3.SQLITE_READONLY), True),
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (OperationalError("the connection is closed"), True),
        (InterfaceError("the connection is closed"), True),
        (sqlite_error(sqlite3.SQLITE_ERROR), False),  # no such table: a fault of ours
        (sqlite_error(sqlite3.SQLITE_CONSTRAINT, IntegrityError), False),
        (OSError(errno.ENOENT, "No such file"), False),
        (ValueError("x"), False),
        (None, False),
    ],
)
def test_outage_is_distinguished_from_a_fault(error: BaseException | None, expected: bool) -> None:
    assert is_outage(error) is expected


def browser(person: Any, monkeypatch: pytest.MonkeyPatch, error: BaseException) -> Client:
    """Signed in, and a story cannot be begun."""

    def fail(*_: object, **__: object) -> None:
        raise error

    client = signed_in(person)
    client.raise_request_exception = False
    monkeypatch.setattr(Story, "begin", fail)
    return client


FULL, BUSY = sqlite_error(sqlite3.SQLITE_FULL), sqlite_error(sqlite3.SQLITE_BUSY)


@pytest.mark.parametrize("error", [FULL, BUSY, OSError(errno.ENOSPC, "No space left on device")])
def test_form_is_given_back_during_an_outage(cast: Cast, monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    fields = {"body": TYPED, "kind": "given", "qualities": ["love", "hope"], "action": "submit"}
    answer = browser(cast.member, monkeypatch, error).post("/harbour-team/share/", fields, headers=OURS)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "10"
    assert "Please try again in a moment." in words(part(answer, "main"))
    assert words(part(answer, "typed-body")).split() == TYPED.split()
    page = text_of(answer)
    assert 'action="/harbour-team/share/"' in page
    for name, value in (("kind", "given"), ("qualities", "love"), ("qualities", "hope"), ("action", "submit")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in page
    monkeypatch.undo()
    again = signed_in(cast.member).post("/harbour-team/share/", fields, headers=OURS)
    assert again.status_code == 302
    assert Story.objects.get().body == TYPED


def test_htmx_leaves_the_form_unchanged_during_an_outage(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    headers = {**OURS, "HX-Request": "true"}
    answer = browser(cast.member, monkeypatch, BUSY).post("/harbour-team/share/", {"body": TYPED}, headers=headers)
    assert (answer.status_code, answer["HX-Reswap"], answer["Retry-After"]) == (503, "none", "10")
    assert "<" not in text_of(answer)


@pytest.mark.parametrize("origin", ["http://elsewhere.example", "null", ""])
def test_form_of_another_site_is_not_shown(cast: Cast, monkeypatch: pytest.MonkeyPatch, origin: str) -> None:
    client = browser(cast.member, monkeypatch, BUSY)
    answer = client.post("/harbour-team/share/", {"body": TYPED}, headers={"Origin": origin} if origin else {})
    assert answer.status_code == 503
    assert "Ana" not in text_of(answer)


def test_password_is_never_shown(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise BUSY

    monkeypatch.setattr("allauth.account.views.LoginView.post", fail)
    client = Client(raise_request_exception=False)
    answer = client.post("/accounts/login/", {"login": "ana@example.org", "password": "a-secret-horse"}, headers=OURS)
    assert answer.status_code == 503
    assert "a-secret-horse" not in text_of(answer)


def test_programming_error_is_not_an_outage(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    client = browser(cast.member, monkeypatch, sqlite_error(sqlite3.SQLITE_ERROR))
    assert client.post("/harbour-team/share/", {"body": TYPED}, headers=OURS).status_code == 500


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite’s own limit")
def test_full_database_stores_nothing_and_the_form_is_given_back(cast: Cast) -> None:
    client = signed_in(cast.member)
    client.raise_request_exception = False
    long = "A long kindness. " * 500
    with connection.cursor() as cursor:
        pages = cursor.execute("PRAGMA page_count").fetchone()[0]
        most = cursor.execute("PRAGMA max_page_count").fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages}")
        try:
            answers = [client.post("/harbour-team/share/", {"body": long, "kind": "given"}, headers=OURS)]
            while answers[-1].status_code != 503:
                answers.append(client.post("/harbour-team/share/", {"body": long, "kind": "given"}, headers=OURS))
                assert len(answers) < 50
            assert healthz().status_code == 503
        finally:
            cursor.execute(f"PRAGMA max_page_count = {most}")
    assert words(part(answers[-1], "typed-body")).startswith("A long kindness.")
    assert Story.objects.count() == len(answers) - 1
    assert client.post("/harbour-team/share/", {"body": long, "kind": "given"}, headers=OURS).status_code == 302


def healthz() -> Any:
    return Client().get("/healthz/")


def test_health_check_reports_a_full_disk(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert healthz().status_code == 200
    monkeypatch.setattr(outage, "LEAST_SPACE", 1 << 60)
    assert (healthz().status_code, healthz().content) == (503, b"The disk is full, or cannot be written to.\n")


def test_health_check_remembers_a_failed_write_for_a_while(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    browser(cast.member, monkeypatch, BUSY).post("/harbour-team/share/", {"body": TYPED})
    assert healthz().status_code == 200
    browser(cast.member, monkeypatch, FULL).post("/harbour-team/share/", {"body": TYPED})
    assert healthz().status_code == 503
    monkeypatch.setattr(outage, "REMEMBERED", 0.0)
    assert healthz().status_code == 200

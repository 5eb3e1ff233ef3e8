"""Tests of stopping a kind of mail by its link, without signing in."""

from collections.abc import Iterator
from http import HTTPStatus

import pytest
from django.core import mail
from django.test import Client

from kindwall import unsubscribe
from kindwall.mail import write
from kindwall.unsubscribe import MailKind, link
from tests.accounts.mail_bodies import html_of

pytestmark = [pytest.mark.once, pytest.mark.django_db]

PERSON, TEAM, GONE = 7, 5, 8
stopped: set[tuple[int, int]] = set()
WEEKLY = MailKind(
    "weekly",
    describe=lambda person, team: "" if person == GONE else f"the weekly look at team {team}",
    stop=lambda person, team: stopped.add((person, team)),
    resume=lambda person, team: stopped.discard((person, team)),
)


@pytest.fixture(autouse=True)
def weekly(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(unsubscribe, "mail_kinds", {})
    unsubscribe.register(WEEKLY)
    yield
    stopped.clear()


@pytest.fixture
def client() -> Client:
    """Return a browser in which nobody is signed in, and which forges no token."""
    return Client(enforce_csrf_checks=True)


def path(person: int = PERSON, team: int = TEAM) -> str:
    return link("weekly", person, team).partition("8000")[2]


def test_opening_the_link_stops_nothing_and_asks(client: Client) -> None:
    for response in (client.get(path()), client.head(path())):
        assert response.status_code == HTTPStatus.OK
    page = client.get(path()).text
    assert "You would no longer get the weekly look at team 5." in page
    assert 'value="stop"' in page
    assert stopped == set()


def test_mail_provider_stops_the_mails_with_one_request(client: Client) -> None:
    for _ in range(2):
        response = client.post(path(), {"List-Unsubscribe": "One-Click"})
        assert response.status_code == HTTPStatus.OK, "a provider follows no redirect"
        assert stopped == {(PERSON, TEAM)}


def test_person_stops_the_mails_and_starts_them_again(client: Client) -> None:
    page = client.post(path(), {"mails": "stop"}).text
    assert "You no longer get the weekly look at team 5." in page
    assert 'value="resume"' in page
    assert stopped == {(PERSON, TEAM)}
    page = client.post(path(), {"mails": "resume"}).text
    assert "You get the weekly look at team 5 as before." in page
    assert 'value="stop"' in page
    assert stopped == set()


@pytest.mark.parametrize("sends", ["get", "post"])
def test_link_that_was_not_made_here_or_is_of_nobody_any_more_stops_nothing(client: Client, sends: str) -> None:
    made = path()
    other_person = made.replace(made.split("/")[-2].partition(".")[0], path(9).split("/")[-2].partition(".")[0])
    for address in (made[:-3] + "/", other_person, "/me/notices/stop/x/", path(GONE)):
        response = getattr(client, sends)(address)
        assert response.status_code == HTTPStatus.NOT_FOUND
        assert "This link no longer works." in response.text
    unsubscribe.mail_kinds.clear()
    assert client.post(made).status_code == HTTPStatus.NOT_FOUND
    assert stopped == set()


def test_mail_carries_the_link_in_its_header_and_in_both_texts() -> None:
    address = link("weekly", PERSON, TEAM)
    write("ana@example.org", "archives/mail/deletion_done", {}, unsubscribe=address)
    [sent] = mail.outbox
    assert sent.extra_headers["List-Unsubscribe"] == f"<{address}>"
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"Stop mails like this one:\n{address}\n" in sent.body
    assert f'href="{address}"' in html_of(sent)

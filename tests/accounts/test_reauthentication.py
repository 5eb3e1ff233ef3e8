"""Being asked again who one is, before what cannot be taken back."""

import time

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.reauthentication import recently_confirmed, recently_confirmed_from
from kindwall import urls
from tests.conftest import Cast, signed_in
from tests.factories import PASSWORD

done: list[str] = []


@recently_confirmed
def dangerous(request: HttpRequest) -> HttpResponse:
    done.append(request.method or "")
    return HttpResponse("the page" if request.method == "GET" else "done")


@require_POST
@recently_confirmed_from("list")
def press(request: HttpRequest, number: int) -> HttpResponse:
    done.append("pressed")
    return HttpResponse("done")


urlpatterns = [
    path("dangerous/", dangerous),
    path("list/<int:number>/", dangerous, name="list"),
    path("list/<int:number>/press/", press),
    *urls.urlpatterns,
]
handler403, handler404 = urls.handler403, urls.handler404

pytestmark = pytest.mark.urls(__name__)


@pytest.fixture(autouse=True)
def nothing_done() -> None:
    done.clear()


@pytest.fixture
def person(cast: Cast) -> User:
    return cast.member.user


def test_the_password_is_asked_for_and_then_not_again(person: User) -> None:
    client = signed_in(person)
    asked = client.get("/dangerous/?of=me")
    assert (asked.status_code, asked["Location"]) == (302, "/accounts/reauthenticate/?next=%2Fdangerous%2F%3Fof%3Dme")
    assert done == []
    wrong = client.post(asked["Location"], {"password": "not it", "next": "/dangerous/?of=me"})
    assert wrong.status_code == 200
    right = client.post(asked["Location"], {"password": PASSWORD, "next": "/dangerous/?of=me"})
    assert (right.status_code, right["Location"]) == (302, "/dangerous/?of=me")
    assert client.get("/dangerous/").content == b"the page"
    assert client.post("/dangerous/").content == b"done"


def test_what_was_posted_unconfirmed_is_not_done_afterwards(person: User) -> None:
    client = signed_in(person)
    asked = client.post("/dangerous/", {"really": "yes"})
    assert asked.status_code == 302
    answer = client.post(asked["Location"], {"password": PASSWORD, "next": "/dangerous/"}, follow=True)
    assert answer.content == b"the page"
    assert done == ["GET"]


def test_an_address_that_only_takes_a_press_names_its_page(person: User) -> None:
    asked = signed_in(person).post("/list/7/press/")
    assert asked["Location"] == "/accounts/reauthenticate/?next=%2Flist%2F7%2F"
    assert done == []


def test_it_is_asked_for_again_after_five_minutes(person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in(person)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert client.get("/dangerous/").status_code == 200
    later = time.time() + 301
    monkeypatch.setattr(time, "time", lambda: later)
    assert client.get("/dangerous/").status_code == 302


def test_signing_in_by_another_browser_confirms_nothing_here(person: User) -> None:
    there = signed_in(person)
    there.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert signed_in(person).get("/dangerous/").status_code == 302


def test_somebody_without_a_password_confirms_with_their_second_factor(person: User) -> None:
    person.set_unusable_password()
    person.save()
    secret = generate_totp_secret()
    TOTP.activate(person, secret)
    client = signed_in(person)
    asked = client.get("/dangerous/")
    assert asked["Location"] == "/accounts/2fa/reauthenticate/?next=%2Fdangerous%2F"
    code = f"{hotp_value(secret, int(time.time()) // 30):06d}"
    assert client.post(asked["Location"], {"code": code, "next": "/dangerous/"})["Location"] == "/dangerous/"
    assert client.get("/dangerous/").status_code == 200


def test_somebody_with_neither_is_not_stopped_for_good(person: User) -> None:
    """After single sign-on alone: their provider has said who they are."""
    person.set_unusable_password()
    person.save()
    assert signed_in(person).get("/dangerous/").status_code == 200


def test_guessing_the_password_here_is_limited_too(person: User) -> None:
    client = signed_in(person)
    for _ in range(10):
        client.post("/accounts/reauthenticate/", {"password": "not it"})
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 429
    assert client.get("/dangerous/").status_code == 302


def test_a_visitor_is_sent_to_sign_in(client: Client, db: None) -> None:
    assert client.get("/dangerous/")["Location"] == "/accounts/login/?next=/dangerous/"

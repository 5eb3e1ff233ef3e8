"""Confirming who one is before something that cannot be undone."""

import time

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value
from allauth.socialaccount.models import SocialAccount
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from django.views.decorators.http import require_POST
from pytest_django.fixtures import Settings

from accounts.models import User
from accounts.reauthentication import recently_confirmed, recently_confirmed_from
from kindwall import single_sign_on, urls
from tests.conftest import Cast, signed_in
from tests.factories import PASSWORD
from tests.pages import part, words

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

pytestmark = [pytest.mark.urls(__name__), pytest.mark.once]


@pytest.fixture(autouse=True)
def nothing_done() -> None:
    done.clear()


@pytest.fixture
def person(cast: Cast) -> User:
    return cast.member.user


def test_password_is_asked_for_and_then_not_again(person: User) -> None:
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


def test_unconfirmed_post_is_not_repeated_after_confirming(person: User) -> None:
    client = signed_in(person)
    asked = client.post("/dangerous/", {"really": "yes"})
    assert asked.status_code == 302
    answer = client.post(asked["Location"], {"password": PASSWORD, "next": "/dangerous/"}, follow=True)
    assert answer.content == b"the page"
    assert done == ["GET"]


def test_address_that_only_takes_a_press_names_its_page(person: User) -> None:
    asked = signed_in(person).post("/list/7/press/")
    assert asked["Location"] == "/accounts/reauthenticate/?next=%2Flist%2F7%2F"
    assert done == []


def test_password_is_asked_for_again_after_five_minutes(person: User, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_person_without_a_password_confirms_with_their_second_factor(person: User) -> None:
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


# People with single sign-on alone


@pytest.fixture
def from_elsewhere(person: User, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Return a browser of a person who just came from their provider and has no other way to sign in."""
    for name in ("GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"):
        monkeypatch.setenv(name, "x")
    settings.SOCIALACCOUNT_PROVIDERS = single_sign_on.provider_settings(local=False)
    person.set_unusable_password()
    person.save()
    SocialAccount.objects.create(user=person, provider="google", uid="g1")
    client = signed_in(person)
    session = client.session
    session["account_authentication_methods"] = [{"method": "socialaccount", "at": time.time(), "provider": "google"}]
    session["account_authentication_methods_user"] = str(person.pk)
    session.save()
    return client


def minutes_later(monkeypatch: pytest.MonkeyPatch) -> None:
    later = time.time() + 301
    monkeypatch.setattr(time, "time", lambda: later)


THERE = "/accounts/sso/google/login/?process=login&next="


def test_person_who_has_just_come_from_their_provider_is_asked_nothing(from_elsewhere: Client) -> None:
    assert from_elsewhere.get("/dangerous/").status_code == 200


def test_person_goes_to_the_provider_again_later(from_elsewhere: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    minutes_later(monkeypatch)
    asked = from_elsewhere.post("/dangerous/?of=me")
    assert asked["Location"] == f"{THERE}%2Fdangerous%2F%3Fof%3Dme"
    assert done == []
    page = from_elsewhere.get(asked["Location"])
    assert "Confirm that it is you" in words(part(page, "main"))
    assert "Continue with Google" in words(part(page, "main"))


@pytest.mark.parametrize(
    "path",
    ["/accounts/email/", "/accounts/password/set/", "/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/add/"],
)
def test_person_gets_no_other_way_in_before_confirming(
    from_elsewhere: Client, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    assert from_elsewhere.get(path).status_code == 200
    minutes_later(monkeypatch)
    assert from_elsewhere.post(path, {"action_add": "", "email": "new@example.org"})["Location"].startswith(THERE)


def test_person_whose_provider_is_gone_reads_what_to_do(
    from_elsewhere: Client, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    minutes_later(monkeypatch)
    settings.SOCIALACCOUNT_PROVIDERS = {}
    answer = from_elsewhere.get("/dangerous/")
    assert answer.status_code == 403
    assert "sign in again" in words(part(answer, "main"))


def test_guessing_the_password_here_is_limited_too(person: User) -> None:
    client = signed_in(person)
    for _ in range(10):
        client.post("/accounts/reauthenticate/", {"password": "not it"})
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 429
    assert client.get("/dangerous/").status_code == 302


def test_visitor_is_sent_to_sign_in(client: Client, db: None) -> None:
    assert client.get("/dangerous/")["Location"] == "/accounts/login/?next=/dangerous/"

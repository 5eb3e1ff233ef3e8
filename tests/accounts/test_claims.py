"""A provider's claims: used as the protocol defines them, or refused with a text. Never stored unchecked."""

import json
import logging
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.http import HttpResponseBase
from django.test import Client
from pytest_django.fixtures import Settings

from accounts import providers
from accounts.models import User
from kindwall import single_sign_on
from tests.accounts.test_single_sign_on import ALL
from tests.conftest import Cast
from tests.pages import attribute, elements, part, text_of, words

pytestmark = pytest.mark.once

KINDS = ["oidc", "google", "microsoft", "github"]
IDENTITY = {"oidc": "sub", "google": "sub", "microsoft": "id", "github": "id"}
NAME = {"oidc": "name", "google": "given_name", "microsoft": "givenName", "github": "name"}
NOT_A_WHO = [None, "", "   ", "None", [], ["1"], {}, {"a": 1}, True, 1.5, "x" * 192, "a\x00b", "a\nb", "\ud800"]
WRONG_TYPES: list[Any] = [[], ["Petra"], {"a": 1}, True, 7]


class Elsewhere(requests.adapters.BaseAdapter):
    """Stand in for the provider: requests get the response in `answers` for the end of their path."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: dict[str, Any] = {}

    def send(self, request: Any, *args: Any, **kwargs: Any) -> requests.Response:
        path = urlsplit(request.url).path
        answer = next(answer for end, answer in self.answers.items() if path.endswith(end))
        response = requests.Response()
        response.status_code, response.url, response.request = 200, request.url, request
        response.headers["Content-Type"] = "application/json"
        response.raw = BytesIO(answer if isinstance(answer, bytes) else json.dumps(answer).encode())
        return response

    def close(self) -> None:
        pass


@pytest.fixture
def elsewhere(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Elsewhere:
    for name, value in {**ALL, "MICROSOFT_TENANT": "our-own"}.items():
        monkeypatch.setenv(name, value)
    settings.SOCIALACCOUNT_PROVIDERS = single_sign_on.provider_settings(local=False)
    there = Elsewhere()
    monkeypatch.setattr(providers.Session, "get_adapter", lambda self, url: there)
    there.answers["openid-configuration"] = {
        f"{name}_endpoint": f"https://id.example.org/{name}" for name in ("authorization", "token", "userinfo")
    } | {"issuer": "https://id.example.org", "jwks_uri": "https://id.example.org/keys"}
    return there


def person(kind: str, **claims: Any) -> dict[str, Any]:
    """Return each provider's claims about Petra."""
    usual: dict[str, dict[str, Any]] = {
        "oidc": {"sub": "p1", "name": "Petra", "email": "petra@example.org", "email_verified": True},
        "google": {"sub": "p1", "given_name": "Petra", "email": "petra@example.org", "email_verified": True},
        "microsoft": {"id": "p1", "givenName": "Petra", "mail": "petra@example.org"},
        "github": {"id": 71, "login": "petra", "name": "Petra"},
    }
    return {**usual[kind], **claims}


def sign_in(elsewhere: Elsewhere, kind: str, claims: Any, **others: Any) -> tuple[HttpResponseBase, Client]:
    """Go to the provider and come back with what it says; `others` are answers by the end of their addresses."""
    token: Any = {"access_token": "t", "token_type": "bearer"}
    if kind == "google":
        issued = {"iss": "https://accounts.google.com", "aud": "x", "exp": 4_000_000_000}
        payload = {**issued, **claims} if isinstance(claims, dict) else claims
        signed = jwt.api_jws.encode(json.dumps(payload).encode(), "k" * 32, algorithm="HS256")
        token["id_token"] = signed
    elsewhere.answers |= {
        "/token": token,
        "/access_token": token,
        "/user/emails": [{"email": "petra@example.org", "primary": True, "verified": True}],
        "/user": claims,
        "/userinfo": claims,
        "/me": claims,
        **others,
    }
    client = Client()
    left = client.post(f"/accounts/sso/{kind}/login/?process=login")
    leads = (
        attribute(one, "href") for one in elements(text_of(left)) if one.name == "a" and words(one) == "Go there now"
    )
    address = str(next(leads))
    state = parse_qs(urlsplit(address).query)["state"][0]
    return client.get(f"/accounts/sso/{kind}/login/callback/?code=c&state={state}"), client


def expect_refused(answer: HttpResponseBase, status: int = 403) -> str:
    assert answer.status_code == status
    assert not User.objects.exists()
    assert not SocialAccount.objects.exists()
    return words(part(answer, "main"))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_provider_lets_a_person_in_and_keeps_only_known_claims(
    db: None, elsewhere: Elsewhere, kind: str
) -> None:
    odd = {"picture": "x\x00", "nested": {"deep": ["\ud800"]}, "phone_number": "1"}
    answer, client = sign_in(elsewhere, kind, person(kind, **odd))
    assert answer.status_code == 302
    user = User.objects.get()
    assert client.session["_auth_user_id"] == str(user.pk)
    assert (user.name, user.email) == ("Petra", "petra@example.org")
    kept = SocialAccount.objects.get()
    assert kept.uid == ("71" if kind == "github" else "p1")
    claims = kept.extra_data.get("userinfo", kept.extra_data)
    assert not claims.keys() & odd.keys()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("who", NOT_A_WHO, ids=repr)
def test_nobody_is_let_in_without_an_identity(
    db: None, elsewhere: Elsewhere, caplog: pytest.LogCaptureFixture, kind: str, who: object
) -> None:
    with caplog.at_level(logging.WARNING):
        answer, _client = sign_in(elsewhere, kind, person(kind, **{IDENTITY[kind]: who}))
    assert "It did not send your name or number there." in expect_refused(answer)
    said = caplog.text
    assert f"Signing in with {kind} was refused: " in said
    assert "petra" not in said.lower()


@pytest.mark.parametrize("kind", KINDS)
def test_identity_that_is_missing_is_refused(db: None, elsewhere: Elsewhere, kind: str) -> None:
    claims = person(kind)
    del claims[IDENTITY[kind]]
    others = {"/me": {"error": {"message": "no id"}}} if kind == "microsoft" else {}
    answer, _client = sign_in(elsewhere, kind, claims, **others)
    expect_refused(answer, 401 if kind == "microsoft" else 403)


def test_people_without_an_identity_do_not_share_an_account(db: None, elsewhere: Elsewhere) -> None:
    for email in ("petra@example.org", "paul@example.org"):
        answer, client = sign_in(elsewhere, "oidc", person("oidc", sub=None, email=email))
        assert answer.status_code == 403
        assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", WRONG_TYPES, ids=repr)
def test_name_of_another_type_is_refused(db: None, elsewhere: Elsewhere, kind: str, name: object) -> None:
    answer, _client = sign_in(elsewhere, kind, person(kind, **{NAME[kind]: name}))
    assert "a name that is not written as one" in expect_refused(answer)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Pe\x00tra", "Petra"),
        ("\x00Petra \x07\r\n Provided", "Petra Provided"),
        ("\u202ePetra\u2066", "Petra"),
        ("Petra\ud83d", "Petra"),
        ("x" * 10_000, "x" * 80),
        ("Петра 🎉", "Петра 🎉"),
        ("\x00", "petra"),
    ],
)
def test_name_is_cleaned(db: None, elsewhere: Elsewhere, kind: str, name: str, kept: str) -> None:
    answer, _client = sign_in(elsewhere, kind, person(kind, **{NAME[kind]: name}))
    assert answer.status_code == 302
    assert User.objects.get().name == kept
    assert "\\u0000" not in json.dumps(SocialAccount.objects.get().extra_data)


ADDRESS = {"oidc": "email", "google": "email", "microsoft": "mail"}


@pytest.mark.parametrize("kind", ADDRESS)
@pytest.mark.parametrize("email", WRONG_TYPES, ids=repr)
def test_address_of_another_type_is_refused(db: None, elsewhere: Elsewhere, kind: str, email: object) -> None:
    answer, _client = sign_in(elsewhere, kind, person(kind, **{ADDRESS[kind]: email}))
    assert "an e-mail address that is not written as one" in expect_refused(answer)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "email",
    [
        "petra\x00@example.org",
        f"{'x' * 250}@example.org",
        "petra@example.org, victim@example.org",
        '"pe\x01tra"@example.org',
        "petra",
        "mia@\u212aind.example",
        "\u212aim@example.org",
        "\u017fam@example.org",
        "m\u0131a@example.org",
        "\uff4dia@example.org",
        "mia@\uff45xample.org",
    ],
)
def test_address_that_cannot_be_used_does_not_work(db: None, elsewhere: Elsewhere, kind: str, email: str) -> None:
    listed = [{"email": email, "primary": True, "verified": True}]
    answer, _client = sign_in(
        elsewhere, kind, person(kind, **{ADDRESS.get(kind, "email"): email}), **{"/user/emails": listed}
    )
    expect_refused(answer)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("email", ["\u212aim@harbour.example", "\u212aIM@harbour.example", "kim@\u212aarbour.example"])
def test_verified_address_matches_by_its_own_characters(
    cast: Cast, elsewhere: Elsewhere, kind: str, email: str
) -> None:
    for taken in ("kim@harbour.example", "kim@karbour.example"):
        kim = User.objects.create_user(taken, name="Kim")
        EmailAddress.objects.create(user=kim, email=taken, verified=True, primary=True)
    listed = [{"email": email, "primary": True, "verified": True}]
    answer, client = sign_in(
        elsewhere, kind, person(kind, **{ADDRESS.get(kind, "email"): email}), **{"/user/emails": listed}
    )
    assert answer.status_code == 403
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("kind", ["oidc", "google"])
@pytest.mark.parametrize("said", [1, "True", "yes", [True], {"a": 1}, "false", "1", 1.0, None])
def test_address_is_confirmed_only_by_true(cast: Cast, elsewhere: Elsewhere, kind: str, said: object) -> None:
    claims = person(kind, email=cast.member.user.email, email_verified=said)
    answer, client = sign_in(elsewhere, kind, claims)
    assert answer.status_code == 403
    assert "_auth_user_id" not in client.session


DEEP = b"[" * 200_000
HUGE = b'{"sub": "p1", "name": "' + b"x" * (2 << 20) + b'"}'


NO_PERSON: list[Any] = [[], ["x"], "text", 7, None, b"", b"x", b"\xff\xfe", HUGE, DEEP, b'{"id": ' + b"9" * 9999 + b"}"]
NO_TOKEN: list[Any] = [[], "access_token", 7, b"x", HUGE, DEEP]
NO_ADDRESSES: list[Any] = ["x", {"a": 1}, ["x"], [{"email": 7}], [[]], DEEP]
BROKEN: list[tuple[str, str, Any]] = [
    *(("oidc", "/userinfo", answer) for answer in NO_PERSON),
    *(("microsoft", "/me", answer) for answer in NO_PERSON),
    *(("github", "/user", answer) for answer in NO_PERSON),
    *(("oidc", "/token", answer) for answer in NO_TOKEN),
    ("oidc", "/token", {"access_token": "t", "expires_in": "soon"}),
    ("oidc", "/token", {"access_token": "t", "expires_in": 10**30}),
    ("oidc", "/token", {"access_token": "t", "id_token": ["x"]}),
    ("oidc", "/token", {"access_token": "t", "id_token": "x.y.z"}),
    ("google", "/token", {"access_token": "t", "id_token": 7}),
    ("google", "/token", {"access_token": "t", "id_token": "x.y.z"}),
    *(("github", "/user/emails", answer) for answer in NO_ADDRESSES),
    ("github", "/user/emails", [{"email": "petra@example.org"}]),
    ("github", "/user/emails", [{"email": None, "primary": [], "verified": "true"}]),
]


@pytest.mark.parametrize(("kind", "end", "answer"), BROKEN, ids=lambda value: repr(value)[:40])
def test_broken_answer_is_refused_in_words(
    db: None, elsewhere: Elsewhere, caplog: pytest.LogCaptureFixture, kind: str, end: str, answer: Any
) -> None:
    with caplog.at_level(logging.WARNING):
        got, _client = sign_in(elsewhere, kind, person(kind), **{end: answer})
    assert got.status_code in (401, 403)
    assert not User.objects.exists()
    assert len(words(part(got, "main"))) > 40


@pytest.mark.parametrize("configuration", [[], {}, "x", b"not JSON", HUGE, DEEP])
def test_broken_configuration_is_said_on_the_way_out(db: None, elsewhere: Elsewhere, configuration: Any) -> None:
    elsewhere.answers["openid-configuration"] = configuration
    answer = Client().post("/accounts/sso/oidc/login/?process=login")
    assert answer.status_code == 424


def test_both_sources_of_claims_have_to_be_about_the_same_person(db: None, elsewhere: Elsewhere) -> None:
    issued = {"iss": "https://id.example.org", "aud": "x", "exp": 4_000_000_000}
    for sub, status in (("another", 403), ("p1", 302)):
        signed = jwt.encode({**issued, "sub": sub}, "k" * 32, algorithm="HS256")
        token = {"access_token": "t", "id_token": signed}
        answer, _client = sign_in(elsewhere, "oidc", person("oidc"), **{"/token": token})
        assert answer.status_code == status, sub


def test_person_who_is_known_needs_no_address(db: None, elsewhere: Elsewhere) -> None:
    sign_in(elsewhere, "oidc", person("oidc"))
    answer, client = sign_in(elsewhere, "oidc", {"sub": "p1", "email": "petra@intranet", "name": None})
    assert answer.status_code == 302
    assert client.session["_auth_user_id"] == str(User.objects.get().pk)

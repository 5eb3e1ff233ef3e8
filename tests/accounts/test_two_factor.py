"""Second factors: setting one up, signing in with it, and its pages."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from accounts.two_factor import has_two_factor
from tests.conftest import Cast
from tests.factories import PASSWORD
from tests.pages import elements, part, text_of, words

pytestmark = pytest.mark.once

INDEX, ACTIVATE = "/accounts/2fa/", "/accounts/2fa/totp/activate/"


@pytest.fixture
def person(cast: Cast) -> User:
    return cast.member.user


@pytest.fixture
def confirmed(person: User) -> Client:
    """Return a browser of a person who just confirmed who they are."""
    client = Client()
    client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


def code_for(secret: str, *, earlier: int = 0) -> str:
    return f"{hotp_value(secret, int(time.time()) // 30 - earlier):06d}"


def with_app(person: User) -> str:
    """Set up an app for the person and return its secret."""
    secret: str = generate_totp_secret()
    TOTP.activate(person, secret)
    return secret


def sign_in(person: User) -> Client:
    client = Client()
    client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    return client


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_app_is_a_second_factor_and_recovery_codes_alone_are_none(
    person: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    assert not has_two_factor(person)
    RecoveryCodes.activate(person)
    assert not has_two_factor(person)
    with_app(person)
    with django_assert_num_queries(1):
        assert has_two_factor(person)


def test_setting_up_an_app_shows_its_code_as_a_drawing_in_the_page(confirmed: Client) -> None:
    page = confirmed.get(ACTIVATE)
    assert page.status_code == 200
    drawn = [element.name for element in elements(text_of(page))]
    assert {"svg", "path"} <= set(drawn)
    assert "img" not in drawn
    assert "data:" not in text_of(page), "the policy lets no picture in from there"
    assert "otpauth://totp/" in text_of(page)
    assert "issuer=Kindwall" in text_of(page)


def set_up_app(client: Client) -> None:
    secret = words(next(e for e in elements(text_of(client.get(ACTIVATE))) if ("class", "secret") in e.attributes))
    assert client.post(ACTIVATE, {"code": code_for(secret)}).status_code == 302


def recovery_codes(person: User) -> Authenticator:
    codes: Authenticator = Authenticator.objects.get(user=person, type=Authenticator.Type.RECOVERY_CODES)
    return codes


def test_app_is_on_once_its_code_was_right(confirmed: Client, person: User) -> None:
    secret = words(next(e for e in elements(text_of(confirmed.get(ACTIVATE))) if ("class", "secret") in e.attributes))
    assert "id_code_error" in text_of(confirmed.post(ACTIVATE, {"code": "000000"}))
    assert not has_two_factor(person)
    answer = confirmed.post(ACTIVATE, {"code": code_for(secret)})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/2fa/recovery-codes/")
    assert has_two_factor(person)
    codes = [element for element in elements(text_of(confirmed.get(answer["Location"]))) if element.name == "code"]
    assert len(codes) == 10


def test_other_sessions_end_with_the_first_factor(confirmed: Client, person: User) -> None:
    """The others were signed in without it; this session has just shown it, and need not do so again."""
    other = sign_in(person)
    person.is_staff = person.is_superuser = True
    person.save()
    set_up_app(confirmed)
    assert not is_in(other)
    assert is_in(confirmed)
    assert confirmed.get("/admin/").status_code == 200
    third = sign_in(person)
    third.post("/accounts/2fa/authenticate/", {"code": RecoveryCodes(recovery_codes(person)).get_unused_codes()[0]})
    assert third.get("/admin/").status_code == 200, "a recovery code stands in for it"
    Authenticator.objects.filter(user=person).delete()
    assert confirmed.get("/admin/", follow=True).status_code == 403, "who has none any more has shown none"


def test_setting_up_asks_again_who_it_is(person: User) -> None:
    answer = sign_in(person).get(ACTIVATE)
    assert (answer.status_code, answer["Location"]) == (
        302,
        f"/accounts/reauthenticate/?next={ACTIVATE}".replace(
            "/2fa/totp/activate/", "%2F2fa%2Ftotp%2Factivate%2F"
        ).replace("next=/accounts", "next=%2Faccounts"),
    )


def test_password_alone_does_not_let_in_who_has_an_app(person: User) -> None:
    secret = with_app(person)
    client = sign_in(person)
    assert not is_in(client)
    page = client.get("/accounts/2fa/authenticate/")
    assert "One more step." in words(part(page, "main"))
    client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert not is_in(client)
    client.post("/accounts/2fa/authenticate/", {"code": code_for(secret)})
    assert is_in(client)


def test_code_of_an_app_works_once(person: User) -> None:
    code = code_for(with_app(person))
    first, second = sign_in(person), sign_in(person)
    first.post("/accounts/2fa/authenticate/", {"code": code})
    second.post("/accounts/2fa/authenticate/", {"code": code})
    assert (is_in(first), is_in(second)) == (True, False)


def test_clock_may_be_half_a_minute_late_and_no_later(person: User) -> None:
    secret = with_app(person)
    late, far_too_late = sign_in(person), sign_in(person)
    far_too_late.post("/accounts/2fa/authenticate/", {"code": code_for(secret, earlier=3)})
    assert not is_in(far_too_late)
    late.post("/accounts/2fa/authenticate/", {"code": code_for(secret, earlier=1)})
    assert is_in(late)


def test_guessing_codes_is_stopped(person: User) -> None:
    secret = with_app(person)
    client = sign_in(person)
    for _ in range(10):
        client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    client.post("/accounts/2fa/authenticate/", {"code": code_for(secret)})
    assert not is_in(client)


def test_recovery_code_lets_in_once(person: User) -> None:
    with_app(person)
    code = RecoveryCodes.activate(person).get_unused_codes()[0]
    first, second = sign_in(person), sign_in(person)
    first.post("/accounts/2fa/authenticate/", {"code": code})
    second.post("/accounts/2fa/authenticate/", {"code": code})
    assert (is_in(first), is_in(second)) == (True, False)


def test_switching_an_app_off_takes_a_press_and_tells_by_mail(
    confirmed: Client, person: User, mailoutbox: list[object]
) -> None:
    with_app(person)
    where = "/accounts/2fa/totp/deactivate/"
    confirmed.get(where)
    assert has_two_factor(person)
    confirmed.post(where)
    assert not Authenticator.objects.filter(user=person, type=Authenticator.Type.TOTP).exists()
    assert len(mailoutbox) == 1


# Passkeys, as far as they go without a browser that has one


def test_browser_is_asked_the_same_of_everybody_who_signs_in(cast: Cast) -> None:
    asked = Client().get("/accounts/2fa/webauthn/login/", headers={"Accept": "application/json"}).json()
    options = asked["request_options"]["publicKey"]
    assert options["rpId"] == "testserver"
    assert not options.get("allowCredentials"), "no list that would tell whose they are"


@pytest.mark.parametrize("credential", ["", "{}", '{"id": "x"}', "nonsense"])
def test_made_up_passkey_is_refused(cast: Cast, credential: str) -> None:
    client = Client()
    answer = client.post("/accounts/2fa/webauthn/login/", {"credential": credential})
    assert answer.status_code in (302, 200)
    assert not is_in(client)


def test_passkey_is_asked_for_only_by_our_own_script(confirmed: Client) -> None:
    for path in ("/accounts/2fa/webauthn/add/",):
        page = text_of(confirmed.get(path))
        scripts = [element for element in elements(page) if element.name == "script"]
        kinds = {dict(script.attributes).get("type") for script in scripts}
        assert kinds <= {"module", "application/json", None}
        assert "passkey-form.js" in page

"""Single sign-on: which account people get into, and who is refused."""

import importlib
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.core import context
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import complete_social_login
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user
from django.contrib.messages.storage.fallback import FallbackStorage
from django.core import mail
from django.http import HttpResponseBase
from django.test import Client, RequestFactory
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from accounts import account_urls
from accounts.adapter import AccountAdapter
from accounts.models import User
from accounts.two_factor import has_two_factor
from kindwall import single_sign_on
from tests.conftest import Cast, confirmed
from tests.factories import PASSWORD, give_second_factor, make_user
from tests.pages import attribute, elements, part, text_of, words

pytestmark = pytest.mark.once

ALL = {
    "OIDC_URL": "https://id.example.org",
    "OIDC_NAME": "Harbour ID",
    **{f"{name}_CLIENT_{what}": "x" for name in ("OIDC", "GOOGLE", "MICROSOFT", "GITHUB") for what in ("ID", "SECRET")},
}
PETRA = {"sub": "1", "name": "Petra Provided", "email": "petra@example.org", "email_verified": True}


@pytest.fixture(autouse=True)
def configured(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ALL.items():
        monkeypatch.setenv(name, value)
    settings.SOCIALACCOUNT_PROVIDERS = single_sign_on.provider_settings(local=False)


def arrive(
    data: dict[str, Any], *, provider: str = "oidc", client: Client | None = None, process: str = "login"
) -> tuple[HttpResponseBase, Any]:
    """Return the response to these claims of a provider, and the person signed in by them."""
    request = RequestFactory().get("/accounts/sso/")
    request.session = (client or Client()).session
    request._messages = FallbackStorage(request)  # type: ignore[attr-defined]
    request.allauth = SimpleNamespace()  # type: ignore[attr-defined]
    request.user = get_user(request)
    with context.request_context(request):
        login = get_adapter().get_provider(request, provider).sociallogin_from_response(request, data)
        login.state = {"process": process}
        answer = complete_social_login(request, login)
    return answer, request.user


def test_new_person_is_let_in_with_name_and_confirmed_address(db: None) -> None:
    answer, user = arrive({"userinfo": PETRA | {"email": "Petra@Example.org"}})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert (user.name, user.email, user.has_usable_password()) == ("Petra Provided", "petra@example.org", False)
    assert EmailAddress.objects.get(user=user).verified
    assert (user.is_staff, user.is_superuser) == (False, False)


def test_provider_vouches_where_nobody_may_make_an_account_here(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AccountAdapter, "is_open_for_signup", lambda *args: False)
    assert "password1" not in text_of(Client().get("/accounts/signup/"))
    _, user = arrive({"userinfo": PETRA})
    assert user.is_authenticated


def test_second_time_it_is_the_same_person_whatever_the_address(db: None) -> None:
    _, first = arrive({"userinfo": PETRA})
    _, second = arrive({"userinfo": PETRA | {"email": "petra.married@example.org"}})
    assert first == second
    assert User.objects.count() == 1


def test_confirmed_address_leads_to_the_account_that_has_it(cast: Cast) -> None:
    _, user = arrive({"userinfo": PETRA | {"email": cast.member.user.email}})
    assert user == cast.member.user
    assert SocialAccount.objects.get().user == user
    user.refresh_from_db()
    assert user.name == "Mia Member", "nobody is renamed by signing in"
    assert user.check_password(PASSWORD)


@pytest.mark.parametrize("said", [False, None, "false", "False", 0, "", "no", [True]])
def test_address_that_is_not_confirmed_opens_nobodys_account(cast: Cast, said: object) -> None:
    answer, user = arrive({"userinfo": PETRA | {"email": cast.member.user.email, "email_verified": said}})
    assert not user.is_authenticated
    assert not SocialAccount.objects.exists()
    assert User.objects.get(pk=cast.member.user_id).check_password(PASSWORD)
    assert answer.status_code == 403


def test_page_does_not_reveal_the_account_of_an_unconfirmed_address(cast: Cast) -> None:
    known, _ = arrive({"userinfo": PETRA | {"email": cast.member.user.email, "email_verified": False}})
    unknown, _ = arrive({"userinfo": PETRA | {"sub": "2", "email": "new@example.org", "email_verified": False}})
    assert words(part(known, "main")) == words(part(unknown, "main"))
    assert not mail.outbox


def test_unconfirmed_address_makes_no_account(db: None) -> None:
    """Otherwise its maker would be let in together with the owner from then on."""
    answer, user = arrive({"userinfo": PETRA | {"email_verified": False}})
    assert (answer.status_code, user.is_authenticated) == (403, False)
    assert not User.objects.exists()
    page = words(part(answer, "main"))
    assert "not confirmed there" in page
    assert "with a password, and connect the two afterwards" in page


def test_unconfirmed_address_beside_a_confirmed_one_is_dropped(db: None) -> None:
    addresses = [
        {"email": "victim@example.org", "primary": True, "verified": False},
        {"email": "petra@example.org", "primary": False, "verified": True},
    ]
    _, user = arrive(
        {"id": 7, "login": "p", "name": "Petra", "email": "victim@example.org", "emails": addresses}, provider="github"
    )
    assert user.email == "petra@example.org"
    assert list(EmailAddress.objects.values_list("email", "verified")) == [("petra@example.org", True)]


def test_signed_in_person_may_connect_an_account_with_an_unconfirmed_address(cast: Cast) -> None:
    client = confirmed(cast.member)
    answer, _ = arrive({"userinfo": PETRA | {"email_verified": False}}, client=client, process="connect")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/sso/")
    assert SocialAccount.objects.get().user == cast.member.user
    assert [each.email for each in EmailAddress.objects.filter(user=cast.member.user)] == [cast.member.user.email]


def test_person_without_a_password_connects_an_account_only_just_after_signing_in(cast: Cast, client: Client) -> None:
    person = cast.member.user
    person.set_unusable_password()
    person.save()
    SocialAccount.objects.create(user=person, provider="google", uid="g1")
    client.force_login(person)
    answer, _ = arrive({"userinfo": PETRA}, client=client, process="connect")
    assert answer["Location"] == "/accounts/sso/google/login/?process=login&next=%2Faccounts%2Fsso%2F"
    assert SocialAccount.objects.count() == 1


def test_ways_in_added_before_the_first_confirmed_address_are_dropped(db: None) -> None:
    owner = make_user(email="petra@example.org")
    EmailAddress.objects.filter(user=owner).update(verified=False)
    SocialAccount.objects.create(user=owner, provider="oidc", uid="666")
    give_second_factor(owner)
    address = EmailAddress.objects.get(user=owner)
    assert Client().post(f"/accounts/confirm-email/{EmailConfirmationHMAC(address).key}/").status_code == 302
    address.refresh_from_db()
    assert address.verified
    assert not SocialAccount.objects.exists()
    assert not has_two_factor(owner)
    assert User.objects.get(pk=owner.pk).check_password(PASSWORD)


def test_second_address_takes_nothing_away(cast: Cast) -> None:
    person = cast.member.user
    SocialAccount.objects.create(user=person, provider="oidc", uid="1")
    give_second_factor(person)
    address = EmailAddress.objects.create(user=person, email="another@example.org")
    Client().post(f"/accounts/confirm-email/{EmailConfirmationHMAC(address).key}/")
    address.refresh_from_db()
    assert address.verified
    assert SocialAccount.objects.exists()
    assert has_two_factor(person)


def test_account_person_prepared_for_a_stranger_loses_its_password(db: None) -> None:
    """Sign up with another person's address, in the hope that its owner signs in by a provider later."""
    trap = make_user(name="Trap", email="petra@example.org")
    EmailAddress.objects.filter(user=trap).update(verified=False)
    arrive({"userinfo": PETRA})
    assert not User.objects.get(pk=trap.pk).has_usable_password()


def test_second_factor_is_asked_for_all_the_same(cast: Cast) -> None:
    TOTP.activate(cast.member.user, generate_totp_secret())
    answer, user = arrive({"userinfo": PETRA | {"email": cast.member.user.email}})
    assert answer["Location"] == "/accounts/2fa/authenticate/"
    assert not user.is_authenticated


def test_person_who_was_put_out_is_not_let_in(cast: Cast) -> None:
    User.objects.filter(pk=cast.member.user_id).update(is_active=False)
    _, user = arrive({"userinfo": PETRA | {"email": cast.member.user.email}})
    assert not user.is_authenticated


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"name": "  Petra \n Provided "}, "Petra Provided"),
        ({"name": "", "given_name": "Petra", "family_name": "Provided"}, "Petra Provided"),
        ({"name": None, "preferred_username": "petra"}, "petra"),
        ({"name": None}, "petra"),
        ({"name": "x" * 300}, "x" * 80),
    ],
)
def test_everybody_has_a_name(db: None, claims: dict[str, str], name: str) -> None:
    _, user = arrive({"userinfo": PETRA | claims})
    assert user.name == name


# Claims that are believed


@pytest.mark.parametrize(
    ("tenant", "believed"),
    [
        ("", False),
        ("common", False),
        ("Organizations", False),
        ("9188040D-6c67-4c5b-b112-36a304b66dad", False),
        ("8c1f-our-own", True),
    ],
)
def test_microsoft_is_believed_about_addresses_for_one_named_directory_only(
    cast: Cast, settings: Settings, monkeypatch: pytest.MonkeyPatch, tenant: str, believed: bool
) -> None:
    monkeypatch.setenv("MICROSOFT_TENANT", tenant)
    settings.SOCIALACCOUNT_PROVIDERS = single_sign_on.provider_settings(local=False)
    data = {"id": "m1", "givenName": "Mia", "surname": "Member", "mail": cast.member.user.email}
    _, user = arrive(data, provider="microsoft")
    assert (user == cast.member.user) is believed


@pytest.mark.parametrize("verified", [True, False])
def test_google_is_believed_about_addresses_it_has_confirmed(cast: Cast, verified: bool) -> None:
    data = {"sub": "g1", "given_name": "Mia", "email": cast.member.user.email, "email_verified": verified}
    _, user = arrive(data, provider="google")
    assert (user == cast.member.user) is verified


@pytest.mark.parametrize("verified", [True, False])
def test_github_is_believed_about_addresses_it_has_confirmed(cast: Cast, verified: bool) -> None:
    address = {"email": cast.member.user.email, "primary": True, "verified": verified}
    _, user = arrive({"id": 7, "login": "mia", "name": "Mia", "emails": [address]}, provider="github")
    assert (user == cast.member.user) is verified


# The pages


def test_ways_in_come_first_and_each_is_a_press(client: Client, db: None) -> None:
    page = client.get("/accounts/login/?next=/teams/")
    forms = [attribute(form, "action") for form in elements(text_of(page)) if form.name == "form"]
    assert sorted(str(form) for form in forms[:4]) == [
        f"/accounts/sso/{name}/login/?process=login&next=%2Fteams%2F"
        for name in ("github", "google", "microsoft", "oidc")
    ]
    assert "Continue with Harbour ID" in words(part(page, "main"))


def test_sign_in_page_asks_the_database_for_nothing(
    client: Client, db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        client.get("/accounts/login/")


def test_opening_the_way_out_by_a_link_asks_first(client: Client, db: None) -> None:
    page = client.get("/accounts/sso/google/login/?process=connect")
    assert page.status_code == 200
    assert "Continue with Google?" in words(part(page, "main"))


def test_way_out_is_a_page_that_leaves_by_itself(client: Client, db: None) -> None:
    page = client.post("/accounts/sso/google/login/?process=login")
    assert page.status_code == 200
    refresh = next(e for e in elements(text_of(page)) if ("http-equiv", "refresh") in e.attributes)
    content = attribute(refresh, "content") or ""
    assert content.startswith("0; url=https://accounts.google.com/o/oauth2/v2/auth?")
    assert "code_challenge=" in content
    assert "redirect_uri=http%3A%2F%2Ftestserver%2Faccounts%2Fsso%2Fgoogle%2Flogin%2Fcallback%2F" in content
    assert "form-action 'self'" in page["Content-Security-Policy"]
    assert "no-store" in page["Cache-Control"]


@pytest.mark.parametrize("name", ["oidc", "google", "microsoft", "github"])
def test_provider_that_is_not_set_up_is_not_there(client: Client, db: None, settings: Settings, name: str) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = {}
    for path in (f"/accounts/sso/{name}/login/", f"/accounts/sso/{name}/login/callback/?code=x&state=y"):
        assert client.get(path).status_code == client.post(path).status_code == 404, path


@pytest.mark.parametrize("query", ["", "?code=x", "?code=x&state=made-up", "?error=access_denied"])
def test_coming_back_with_nothing_true_lets_nobody_in(client: Client, db: None, query: str) -> None:
    answer = client.get(f"/accounts/sso/google/login/callback/{query}")
    assert answer.status_code == 401
    assert "That did not work." in words(part(answer, "main"))
    assert "_auth_user_id" not in client.session


def test_unconfirmed_address_is_refused_where_single_sign_on_is_the_only_way(db: None, settings: Settings) -> None:
    settings.SSO_ONLY = True
    answer, user = arrive({"userinfo": PETRA | {"email_verified": False}})
    assert (answer.status_code, user.is_authenticated) == (403, False)
    assert not User.objects.exists()
    assert "not confirmed there" in text_of(answer)
    _, user = arrive({"userinfo": PETRA})
    assert user.is_authenticated


def test_no_password_is_taken_where_single_sign_on_is_the_only_way(cast: Cast, settings: Settings) -> None:
    settings.SSO_ONLY = True
    try:
        pages = {page.name: page for page in importlib.reload(account_urls).urlpatterns}
    finally:
        settings.SSO_ONLY = False
        importlib.reload(account_urls)
    assert not {name for name in pages if "password" in name or "signup" in name}
    assert {"account_email", "account_confirm_email", "account_reauthenticate"} <= pages.keys()
    sent = RequestFactory().post("/accounts/login/", {"login": cast.member.user.email, "password": PASSWORD})
    assert pages["account_login"].callback(sent).status_code == 405


def test_connecting_and_disconnecting_keeps_a_way_in(cast: Cast) -> None:
    _, user = arrive({"userinfo": PETRA})
    client = Client()
    client.force_login(user)
    account = SocialAccount.objects.get()
    assert "Harbour ID" in words(part(client.get("/accounts/sso/"), "main"))
    refused = client.post("/accounts/sso/", {"account": account.pk})
    assert "no password set up" in words(part(refused, "main"))
    assert SocialAccount.objects.exists()
    user.set_password(PASSWORD)
    user.save()
    client.force_login(user)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.post("/accounts/sso/", {"account": account.pk})
    assert not SocialAccount.objects.exists()


def test_last_account_stays_connected_where_single_sign_on_is_the_only_way(cast: Cast, settings: Settings) -> None:
    settings.SSO_ONLY = True
    _, user = arrive({"userinfo": PETRA | {"email": cast.member.user.email}})
    client = Client()
    client.force_login(user)
    refused = client.post("/accounts/sso/", {"account": SocialAccount.objects.get().pk})
    assert "last remaining" in words(part(refused, "main"))
    assert SocialAccount.objects.exists()

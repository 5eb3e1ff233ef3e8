"""People with a link are in before their address is confirmed; what needs a confirmed address waits for it."""

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.http import HttpResponseBase
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import Invitation, JoinLink, Membership, Team, TeamDomain, User
from accounts.two_factor import has_two_factor
from syndication.models import FeedAddress
from tests.accounts.invitation_mails import invite
from tests.accounts.test_entrance import NEW, RESET, SIGN_UP, link_in, sign_in, signed_in_as
from tests.accounts.test_join_links import make_link, uses
from tests.accounts.test_single_sign_on import PETRA, arrive, configured  # noqa: F401 - sets the providers up
from tests.conftest import Cast, confirmed, signed_in
from tests.factories import PASSWORD, give_second_factor, make_user
from tests.pages import part, text_of, words

pytestmark = pytest.mark.once

EMAIL, WORDS, PETRAS = "ana@example.org", NEW["password1"], str(PETRA["email"])
ANEW = "an entirely new sentence"


def main(page: HttpResponseBase) -> str:
    return words(part(page, "main"))


def join_path(cast: Cast) -> str:
    _link, token = JoinLink.make(by=cast.owner, role="member", expires_at=None, most_uses=None)
    return f"/join/{token}/"


def sign_up_by_link(cast: Cast, email: str = EMAIL) -> Client:
    """Return the browser of a person who signed up by a link and has confirmed nothing."""
    client, path = Client(), join_path(cast)
    client.post(path, {"as": "new"})
    assert client.post(SIGN_UP, NEW | {"email": email, "next": path})["Location"] == "/harbour-team/"
    return client


def choose_password(message: mail.EmailMessage, password: str = ANEW) -> Client:
    client = Client()
    form = client.get(link_in(message), follow=True).redirect_chain[-1][0]
    assert client.post(form, {"password1": password, "password2": password}).status_code == 302
    return client


def confirmation_of(address: EmailAddress) -> str:
    return f"/accounts/confirm-email/{EmailConfirmationHMAC(address).key}/"


# Their account


def test_person_who_came_by_a_link_signs_in_later_without_having_confirmed(cast: Cast) -> None:
    sign_up_by_link(cast)
    client, letters = Client(), len(mail.outbox)
    assert sign_in(client, EMAIL, WORDS)["Location"] == "/"
    assert client.get("/harbour-team/").status_code == 200
    assert len(mail.outbox) == letters, "no second mail unasked"


def test_person_with_an_account_that_waits_is_let_in_by_a_link(cast: Cast) -> None:
    waiting = Client()
    waiting.post(SIGN_UP, NEW)
    assert sign_in(waiting, EMAIL, WORDS)["Location"] == "/accounts/confirm-email/"
    waiting.post(join_path(cast), {"as": "known"})
    assert sign_in(waiting, EMAIL, WORDS)["Location"] == "/harbour-team/"


def test_link_that_was_revoked_meanwhile_lets_nobody_in_unconfirmed(cast: Cast, client: Client) -> None:
    path = join_path(cast)
    client.post(path, {"as": "new"})
    client.get(SIGN_UP)
    JoinLink.objects.get().revoke(by=cast.owner)
    Team.objects.filter(pk=cast.team.pk).update(joining="open")
    assert client.post(SIGN_UP, NEW)["Location"] == "/accounts/confirm-email/"
    assert signed_in_as(client) is None


def test_pages_about_oneself_ask_for_the_confirmation_until_it_is_there(cast: Cast, settings: Settings) -> None:
    settings.MAIL_URL = "smtp://mail.example.org"
    client = sign_up_by_link(cast)
    for path in ("/me/", "/me/teams/", "/accounts/2fa/"):
        assert "Confirm your address ana@" in main(client.get(path)), path
    client.post(link_in(mail.outbox[-1]))
    assert "Confirm your address" not in main(client.get("/me/"))
    assert "Confirm your address" not in main(signed_in(cast.member).get("/me/"))


def test_mail_is_sent_again_by_a_press_and_not_too_often(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    client = sign_up_by_link(cast)
    mail.outbox.clear()
    pressed = client.post("/me/address/confirm/", {"email": EMAIL}, follow=True)
    assert mail.outbox == []
    assert "sent a moment ago" in words(part(pressed, "toasts"))
    monkeypatch.setattr("allauth.core.internal.ratelimit.apply_rate", lambda history, *_more, **_kinds: (True, history))
    client.post("/me/address/confirm/", {"email": EMAIL})
    [message] = mail.outbox
    client.post(link_in(message))
    assert User.objects.get(email=EMAIL).has_confirmed(EMAIL)
    assert client.post("/me/address/confirm/", {"email": EMAIL}).status_code == 404
    assert client.post("/me/address/confirm/", {"email": cast.owner.user.email}).status_code == 404


def test_owner_sees_which_addresses_are_not_confirmed(cast: Cast) -> None:
    sign_up_by_link(cast)
    page = main(signed_in(cast.owner).get("/harbour-team/people/")).replace("\u200b", "")
    assert f"{EMAIL} · not confirmed" in page
    assert page.count("not confirmed") == 1
    assert "not confirmed" not in main(signed_in(cast.member).get("/harbour-team/people/"))


def test_person_with_an_account_is_told_to_sign_in_by_a_link_alone(cast: Cast, client: Client) -> None:
    make_user(email=EMAIL)
    client.post(join_path(cast), {"as": "new"})
    mail.outbox.clear()
    answer = client.post(SIGN_UP, NEW)
    assert "There is an account with this address." in words(part(answer, "id_email_error"))
    assert mail.outbox == []
    assert sign_in(client, EMAIL)["Location"] == "/harbour-team/"
    assert Client().post(SIGN_UP, NEW)["Location"] == "/accounts/confirm-email/", "a stranger learns nothing"


# What waits for the confirmation


def test_domain_counts_once_the_address_is_confirmed_in_any_browser(cast: Cast) -> None:
    there = cast.foreign_owner.team
    Team.objects.filter(pk=there.pk).update(joining="domain")
    TeamDomain.objects.create(team=there, domain="example.org", automatic=True)
    client = sign_up_by_link(cast)
    user = User.objects.get(email=EMAIL)
    assert client.get("/elsewhere/").status_code == 404
    Client().post(link_in(mail.outbox[-1]))
    assert Membership.objects.filter(user=user, team=there).exists()
    assert client.get("/elsewhere/").status_code == 200


def test_person_of_a_domain_who_confirms_in_another_browser_finds_the_team(cast: Cast, client: Client) -> None:
    Team.objects.filter(pk=cast.team.pk).update(joining="domain")
    TeamDomain.objects.create(team=cast.team, domain="example.org")
    client.post(f"{SIGN_UP}?next=/harbour-team/join/", NEW)
    other = Client()
    assert other.post(link_in(mail.outbox[-1]))["Location"] == "/accounts/login/"
    sign_in(other, EMAIL, WORDS)
    assert "/harbour-team/join/" in text_of(other.get("/"))
    assert other.post("/harbour-team/join/")["Location"] == "/harbour-team/"


def test_unconfirmed_address_is_not_found_by_owner_who_invites_it(cast: Cast) -> None:
    """Otherwise its owner could not be invited, because somebody else has signed up with their address."""
    sign_up_by_link(cast)
    invite(cast, EMAIL)
    assert mail.outbox[-1].to == [EMAIL]
    assert Invitation.objects.get().is_usable


# Somebody else's address


def test_owner_of_the_address_takes_the_account_by_a_new_password_and_nobody_else_stays_in(cast: Cast) -> None:
    trap = sign_up_by_link(cast)
    user = User.objects.get(email=EMAIL)
    SocialAccount.objects.create(user=user, provider="oidc", uid="666")
    give_second_factor(user)
    EmailAddress.objects.create(user=user, email="trap@x.org")
    _address, secret = FeedAddress.renew(user.memberships.get())
    Client().post(RESET, {"email": EMAIL})
    owner = choose_password(mail.outbox[-1])
    assert user.has_confirmed(EMAIL)
    assert trap.get("/harbour-team/")["Location"].startswith("/accounts/login/")
    assert not SocialAccount.objects.exists()
    assert not has_two_factor(user)
    assert not EmailAddress.objects.filter(email="trap@x.org").exists()
    assert Client().get(f"/harbour-team/feed/{secret}/").status_code == 404
    sign_in(Client(), EMAIL, WORDS)
    assert sign_in(owner, EMAIL, ANEW)["Location"] == "/"
    assert owner.get("/harbour-team/").status_code == 200, "nearly always it is the same person"


def test_new_password_takes_nothing_from_person_who_has_confirmed(cast: Cast) -> None:
    user = cast.member.user
    SocialAccount.objects.create(user=user, provider="oidc", uid="1")
    EmailAddress.objects.create(user=user, email="second@x.org")
    Client().post(RESET, {"email": user.email})
    choose_password(mail.outbox[-1])
    assert SocialAccount.objects.filter(user=user).exists()
    assert EmailAddress.objects.filter(user=user).count() == 2


def test_second_address_that_is_not_confirmed_keeps_nobody_out(cast: Cast, client: Client) -> None:
    EmailAddress.objects.create(user=cast.stranger, email=EMAIL)
    Client().post(RESET, {"email": EMAIL})
    assert "There is no account with this address" in str(mail.outbox[-1].body), (
        "nor does it open the account that named it"
    )
    client.post(SIGN_UP, NEW)
    user = User.objects.get(email=EMAIL)
    assert client.post(link_in(mail.outbox[-1]))["Location"] == "/"
    assert user.has_confirmed(EMAIL)
    assert [each.user for each in EmailAddress.objects.filter(email=EMAIL)] == [user]


@pytest.mark.parametrize("proof", ["invitation", "provider"])
def test_proof_makes_an_account_where_somebody_named_the_address_as_their_second(cast: Cast, proof: str) -> None:
    EmailAddress.objects.create(user=cast.stranger, email=PETRAS)
    if proof == "invitation":
        client = Client()
        client.post(invite(cast, PETRAS), {"as": "new"})
        assert client.post(SIGN_UP, NEW | {"email": PETRAS})["Location"] == "/harbour-team/"
    else:
        arrive({"userinfo": PETRA})
    user = User.objects.get(email=PETRAS)
    assert user != cast.stranger
    assert [(each.user, each.verified) for each in EmailAddress.objects.filter(email=PETRAS)] == [(user, True)]


def test_provider_hands_the_account_to_the_owner_of_the_address(cast: Cast) -> None:
    trap = sign_up_by_link(cast, PETRAS)
    _answer, user = arrive({"userinfo": PETRA})
    assert user == User.objects.get(email=PETRAS)
    assert user.has_confirmed(PETRAS)
    assert not user.has_usable_password()
    assert trap.get("/harbour-team/").status_code == 302


def test_address_goes_to_person_who_confirms_it_for_their_own_account(cast: Cast) -> None:
    """The account that was made with it keeps its session, and is asked for another address."""
    mistaken, user = sign_up_by_link(cast), User.objects.get(email=EMAIL)
    owner = confirmed(cast.stranger)
    owner.post(confirmation_of(EmailAddress.objects.create(user=cast.stranger, email=EMAIL)))
    assert cast.stranger.has_confirmed(EMAIL)
    assert owner.post("/accounts/email/", {"email": EMAIL, "action_primary": ""}).status_code == 302
    assert User.objects.get(email=EMAIL) == cast.stranger
    user.refresh_from_db()
    assert user.has_no_address
    assert "confirmed by somebody else" in main(mistaken.get("/me/"))
    for path in ("/me/", "/accounts/email/", "/harbour-team/"):
        assert "nowhere.invalid" not in text_of(mistaken.get(path)), path
    assert "no address" in main(signed_in(cast.owner).get("/harbour-team/people/"))
    right = EmailAddress.objects.create(user=user, email="ana@right.example")
    mistaken.post(confirmation_of(right))
    user.refresh_from_db()
    assert user.email == "ana@right.example"
    assert sign_in(Client(), user.email, WORDS)["Location"] == "/"


def test_unconfirmed_address_becomes_nobodys_main_one(cast: Cast) -> None:
    """Two accounts cannot have the same main address, and nobody takes another person's."""
    sign_up_by_link(cast)
    user = User.objects.get(email=EMAIL)
    EmailAddress.objects.create(user=user, email=cast.owner.user.email)
    client = Client()
    sign_in(client, EMAIL, WORDS)
    client.post("/accounts/reauthenticate/", {"password": WORDS})
    for action in ("action_primary", "action_remove"):
        email = cast.owner.user.email if action == "action_primary" else EMAIL
        assert client.post("/accounts/email/", {"email": email, action: ""}).status_code == 302
    user.refresh_from_db()
    assert user.email == EMAIL
    assert EmailAddress.objects.filter(user=user, email=EMAIL).exists()


def test_first_confirmed_address_becomes_the_main_one(cast: Cast) -> None:
    client, user = sign_up_by_link(cast, "typo@exmaple.org"), User.objects.get(email="typo@exmaple.org")
    client.post("/accounts/reauthenticate/", {"password": WORDS})
    client.post("/accounts/email/", {"email": EMAIL, "action_add": ""})
    client.post(link_in(mail.outbox[-1]))
    user.refresh_from_db()
    assert user.email == EMAIL


# A whole room


def test_room_of_people_behind_one_address_signs_up_by_one_link_within_a_minute(cast: Cast) -> None:
    link, path = make_link(cast)
    for number in range(40):
        client = Client()
        client.post(path, {"as": "new"})
        answer = client.post("/accounts/signup/", NEW | {"email": f"new{number}@example.org"})
        assert answer["Location"] == "/harbour-team/", number
    assert uses(link) == 40
    strangers = [Client().post("/accounts/signup/", NEW | {"email": f"s{number}@x.org"}) for number in range(21)]
    assert [answer.status_code for answer in strangers] == [302] * 20 + [429]


def test_each_link_has_a_limit_of_its_own(cast: Cast, settings: Settings) -> None:
    limits = {"sign_up_by_link": "1/10m/key", "sign_in_by_link": "1/10m/key", "sign_in": "0/m/ip", "sign_up": "0/m/ip"}
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | limits
    known = {"login": cast.stranger.email, "password": PASSWORD}
    for way, page, form in (("known", "login", known), ("new", "signup", NEW)):
        for _each in range(2):
            _link, path = make_link(cast)
            clients = [Client(), Client()]
            for client in clients:
                client.post(path, {"as": way})
            first, second = (client.post(f"/accounts/{page}/", form) for client in clients)
            assert first.status_code in (200, 302), "the limit of the network does not count"
            assert (second.status_code, second["Retry-After"]) == (429, "600")
            assert "in 10 minutes" in main(second)

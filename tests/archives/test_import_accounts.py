"""Tests of the accounts that an import creates or recognises."""

from typing import Any
from zipfile import ZipFile

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.db.models import Q
from django.test import Client
from django.utils import timezone

from accounts.models import Membership, Team, User
from archives.import_team import UNREACHABLE_DOMAIN
from archives.rows import Unreadable
from tests.archives.conftest import run_tasks
from tests.archives.team_archives import (
    data_in,
    empty_the_installation,
    import_file,
    make_lively_team,
    packed_team,
    with_changed_data,
)
from tests.conftest import Cast, signed_in
from tests.factories import PASSWORD


def test_person_who_left_is_imported_without_an_address(cast: Cast) -> None:
    file = packed_team(make_lively_team(cast))
    (nia,) = [person for person in data_in(file)["people"] if person["name"] == "Nia Newcomer"]
    assert (nia["email"], nia["membership"]) == (None, None)
    assert cast.newcomer.user.email.encode() not in ZipFile(file).read("team.json")
    empty_the_installation()
    import_file(file)
    person = User.objects.get(name="Nia Newcomer")
    assert person.email.endswith(UNREACHABLE_DOMAIN)
    assert not person.is_active
    assert not EmailAddress.objects.filter(user=person).exists()


def test_imported_person_signs_in_by_resetting_the_password(cast: Cast) -> None:
    file = packed_team(cast.team)
    empty_the_installation()
    import_file(file)
    member = User.objects.get(name="Mia Member")
    assert not member.has_usable_password()
    client = Client()
    assert client.post("/accounts/login/", {"login": member.email, "password": PASSWORD}).status_code == 200
    client.post("/accounts/password/reset/", {"email": member.email})
    run_tasks()
    (letter,) = [letter for letter in mail.outbox if letter.to == [member.email]]
    path = next(word for word in letter.body.split() if "/password/reset/key/" in word).partition("example.com")[2]
    path = path or "/" + next(word for word in letter.body.split() if "/key/" in word).split("/", 3)[3]
    form = client.get(path, follow=True)
    client.post(form.redirect_chain[-1][0], {"password1": "a-new-horse-battery", "password2": "a-new-horse-battery"})
    answer = client.post("/accounts/login/", {"login": member.email, "password": "a-new-horse-battery"}, follow=True)
    if "confirm" in answer.request["PATH_INFO"]:
        run_tasks()
        link = next(word for word in mail.outbox[-1].body.split() if "/confirm-email/" in word)
        client.post("/" + link.split("/", 3)[3])
    assert client.get("/harbour-team/").status_code == 200


def test_import_removes_the_password_of_an_unconfirmed_account(cast: Cast) -> None:
    file = packed_team(cast.team)
    email = cast.member.user.email
    empty_the_installation()
    claimed = User.objects.create_user(email, "the-claimers-password", name="Claimer")
    import_file(file)
    claimed.refresh_from_db()
    assert Membership.objects.filter(user=claimed).exists()
    assert not claimed.has_usable_password()


def test_import_removes_every_sign_in_of_an_unconfirmed_account(cast: Cast) -> None:
    file = packed_team(cast.team)
    email = cast.member.user.email
    empty_the_installation()
    claimed = User.objects.create_user(email, "the-claimers-password", name="Claimer")
    for address in (email, "claimer@example.org"):
        EmailAddress.objects.create(user=claimed, email=address, verified=False, primary=address == email)
    SocialAccount.objects.create(user=claimed, provider="oidc", uid="666")
    Authenticator.objects.create(user=claimed, type="webauthn", data={})
    half_way = Client()
    half_way.post("/accounts/login/", {"login": email, "password": "the-claimers-password"})
    assert half_way.session["account_login"]
    import_file(file)
    assert Membership.objects.filter(user=claimed).exists()
    assert not SocialAccount.objects.filter(user=claimed).exists()
    assert not Authenticator.objects.filter(user=claimed).exists()
    assert [address.email for address in EmailAddress.objects.filter(user=claimed)] == [email]
    assert "account_login" not in half_way.session


def test_import_keeps_the_sign_ins_of_a_confirmed_account(cast: Cast) -> None:
    member = cast.member.user
    SocialAccount.objects.create(user=member, provider="oidc", uid="1")
    Authenticator.objects.create(user=member, type="totp", data={})
    EmailAddress.objects.create(user=member, email="second@example.org", verified=False)
    client = signed_in(member)
    import_file(packed_team(cast.team), "harbour-again")
    member.refresh_from_db()
    assert member.has_usable_password()
    assert SocialAccount.objects.filter(user=member).exists()
    assert Authenticator.objects.filter(user=member).exists()
    assert EmailAddress.objects.filter(user=member).count() == 2
    assert client.get("/harbour-again/").status_code == 200


def test_unconfirmed_operator_is_not_matched_with_a_person_of_the_archive(cast: Cast) -> None:
    file = packed_team(cast.team)
    email = cast.member.user.email
    empty_the_installation()
    User.objects.create_superuser(email, PASSWORD, name="Opal")
    with pytest.raises(Unreadable, match="has not confirmed"):
        import_file(file)
    assert User.objects.get().has_usable_password()


def test_import_makes_nobody_an_operator(cast: Cast) -> None:
    rights = {"is_staff": True, "is_superuser": True, "is_active": True, "user_permissions": [1], "groups": [1]}

    def grant(data: dict[str, Any]) -> None:
        for person in data["people"]:
            person.update(rights)
            if person["membership"]:
                person["membership"].update(rights)

    file = with_changed_data(packed_team(make_lively_team(cast)), grant)
    import_file(file, "harbour-again")
    assert not User.objects.filter(Q(is_staff=True) | Q(is_superuser=True)).exists()
    empty_the_installation()
    import_file(file)
    assert User.objects.exists()
    assert not User.objects.filter(Q(is_staff=True) | Q(is_superuser=True)).exists()


def test_import_is_refused_for_an_unconfirmed_address_in_use(cast: Cast) -> None:
    file = packed_team(cast.team)
    email = cast.member.user.email
    empty_the_installation()
    User.objects.create_user(email, name="User", last_login=timezone.now())
    with pytest.raises(Unreadable, match="has not confirmed"):
        import_file(file)
    assert not Team.objects.exists()

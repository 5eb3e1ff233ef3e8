"""The page of an invitation: only the person with the invited address joins by it."""

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.http import HttpResponseBase
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import Invitation, Membership, TeamEntry, User
from tests.accounts.invitation_mails import invite
from tests.accounts.test_entrance import NEW, link_in, sign_in
from tests.conftest import Cast, signed_in
from tests.factories import PASSWORD, make_user
from tests.pages import attribute, part, text_of, words


def main(page: HttpResponseBase) -> str:
    return words(part(page, "main"))


def is_in(user: User, cast: Cast) -> bool:
    return Membership.objects.filter(user=user, team=cast.team).exists()


def test_person_with_that_address_comes_in_with_one_press(cast: Cast) -> None:
    door = invite(cast, cast.stranger.email.upper(), role="moderator")
    client = signed_in(cast.stranger)
    page = client.get(door)
    assert page.status_code == 200
    assert "Join Harbour" in main(page)
    assert "no-store" in page["Cache-Control"]
    assert client.post(door)["Location"] == "/harbour-team/"
    assert Membership.objects.get(user=cast.stranger).role == "moderator"
    entry = TeamEntry.objects.get(action=TeamEntry.Action.JOIN)
    assert entry.detail == {"by": "invitation", "role": "moderator"}
    assert signed_in(make_user()).get(door).status_code == 404, "it lets in once"
    assert "You are a member already." in main(client.get(door))


def test_second_confirmed_address_counts_and_an_unconfirmed_one_does_not(cast: Cast) -> None:
    door = invite(cast, "second@x.org")
    address = EmailAddress.objects.create(user=cast.stranger, email="second@x.org", verified=False)
    client = signed_in(cast.stranger)
    assert client.get(door).status_code == client.post(door).status_code == 403
    address.verified = True
    address.save()
    assert client.post(door)["Location"] == "/harbour-team/"


def test_main_address_counts_before_it_is_confirmed_and_the_letter_confirms_it(cast: Cast) -> None:
    EmailAddress.objects.filter(user=cast.stranger).update(verified=False)
    door = invite(cast, cast.stranger.email)
    assert signed_in(cast.stranger).post(door)["Location"] == "/harbour-team/"
    assert cast.stranger.has_confirmed(cast.stranger.email)


def test_page_masks_the_invited_address_for_another_person(cast: Cast) -> None:
    door = invite(cast, "ana.secret@x.org")
    client = signed_in(cast.stranger)
    for page in (client.get(door), client.post(door)):
        assert page.status_code == 403
        assert "a…@x.org" in main(page)
        assert "ana.secret" not in text_of(page)
        assert "/accounts/email/" in text_of(page)
    assert not is_in(cast.stranger, cast)
    assert Invitation.objects.get().is_usable
    out = client.post("/accounts/logout/", {"next": door})
    assert out["Location"] == door
    assert "Create an account" in main(client.get(door))


def test_new_person_needs_no_second_mail(cast: Cast, client: Client) -> None:
    door = invite(cast, "ana@example.org")
    mail.outbox.clear()
    where = client.post(door, {"as": "new"})["Location"]
    assert attribute(part(client.get(where), "id_email"), "value") == "ana@example.org"
    answer = client.post(where, NEW | {"next": door})
    assert answer["Location"] == "/harbour-team/"
    user = User.objects.get(email="ana@example.org")
    assert is_in(user, cast)
    assert EmailAddress.objects.get(user=user).verified
    assert [message.subject for message in mail.outbox if "onfirm" in message.subject] == []
    assert client.get("/harbour-team/").status_code == 200


def test_new_person_with_another_address_confirms_it_and_does_not_get_the_invitation(
    cast: Cast, client: Client
) -> None:
    door = invite(cast, "boss@example.org")
    where = client.post(door, {"as": "new"})["Location"]
    assert client.post(where, NEW | {"next": door})["Location"] == "/accounts/confirm-email/"
    user = User.objects.get(email="ana@example.org")
    assert [(each.email, each.verified) for each in EmailAddress.objects.filter(user=user)] == [
        ("ana@example.org", False)
    ]
    arrived = client.post(link_in(mail.outbox[-1]), follow=True)
    assert arrived.redirect_chain[0][0] == door
    assert "for another address" in main(arrived)
    assert not is_in(user, cast)


def test_address_confirmed_by_an_invitation_is_forgotten_with_the_sign_in(cast: Cast, client: Client) -> None:
    door = invite(cast, "ana@example.org")
    client.post(door, {"as": "known"})
    sign_in(client, cast.stranger.email)
    client.post("/accounts/logout/")
    assert client.post("/accounts/signup/", NEW)["Location"] == "/accounts/confirm-email/"
    assert not EmailAddress.objects.get(email="ana@example.org").verified


@pytest.mark.parametrize("end", ["revoked", "expired", "late"])
def test_invitation_confirms_its_address_while_it_stands_and_for_an_hour(
    cast: Cast, client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    settings.TEAM_CREATION = "anyone"
    door = invite(cast, "ana@example.org")
    client.post(door, {"as": "new"})
    if end == "revoked":
        Invitation.objects.get().revoke(by=cast.owner)
    elif end == "expired":
        Invitation.objects.update(expires_at=timezone.now())
    else:
        monkeypatch.setattr("accounts.admission.time.time", lambda: timezone.now().timestamp() + 3601)
    where = "/harbour-team/" if end == "late" else "/accounts/confirm-email/"
    assert client.post("/accounts/signup/", NEW)["Location"] == where, "the way in is kept for longer"
    assert not EmailAddress.objects.get(email="ana@example.org").verified
    client.post(link_in(mail.outbox[-1]))
    assert is_in(User.objects.get(email="ana@example.org"), cast) is (end == "late")


def test_known_person_signs_in_and_is_in(cast: Cast, client: Client) -> None:
    door = invite(cast, cast.stranger.email)
    client.post(door, {"as": "known"})
    assert sign_in(client, cast.stranger.email)["Location"] == "/harbour-team/"
    assert is_in(cast.stranger, cast)


def test_signing_in_with_another_address_leads_back_to_the_page_that_says_so(cast: Cast, client: Client) -> None:
    door = invite(cast, "ana@x.org")
    where = client.post(door, {"as": "known"})["Location"]
    answer = client.post(where, {"login": cast.stranger.email, "password": PASSWORD, "next": door})
    assert answer["Location"] == door
    assert client.get(door).status_code == 403


def test_expired_invitation_says_so(cast: Cast, client: Client) -> None:
    door = invite(cast, "ana@x.org")
    Invitation.objects.update(expires_at=timezone.now())
    page = client.get(door)
    assert page.status_code == 410
    assert "has expired" in main(page)
    assert "Harbour" not in text_of(page)


def test_member_who_opens_an_invitation_reads_that_they_are_in(cast: Cast) -> None:
    door = invite(cast, "ana@x.org")
    assert "You are a member already." in main(signed_in(cast.member).get(door))
    assert Invitation.objects.get().is_usable


def test_model_lets_nobody_in_with_another_address(cast: Cast) -> None:
    invite(cast, "ana@x.org")
    assert Invitation.objects.get().accept(cast.stranger) is None
    assert not is_in(cast.stranger, cast)


def test_signing_up_is_open_to_person_who_was_invited(cast: Cast, client: Client, settings: Settings) -> None:
    settings.TEAM_CREATION = "operator"
    door = invite(cast, "ana@example.org")
    assert client.post("/accounts/signup/", NEW).status_code == 200
    assert not User.objects.filter(email="ana@example.org").exists()
    client.post(door, {"as": "new"})
    assert client.post("/accounts/signup/", NEW)["Location"] == "/harbour-team/"

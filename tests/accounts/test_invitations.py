"""Invitations by e-mail: many at once, for one address each, sent again, and taken back."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection
from django.http import HttpResponseBase
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import Invitation, JoinLink, Membership, Refused, TeamEntry, User
from accounts.tasks import send_invitation
from tests.accounts.invitation_mails import change_invitation, invitation_path, invite
from tests.conftest import Cast, signed_in
from tests.factories import make_member, make_team, make_user
from tests.pages import attribute, part, text_of, words

pytestmark = pytest.mark.mostly_once

INVITE = "/harbour-team/people/invite/"
SEND = f"{INVITE}send/"


def act(client: Client, invitation: Invitation, what: str) -> str:
    client.post(f"{INVITE}invitations/{invitation.pk}/{what}/")
    return words(part(client.get(INVITE), "toasts"))


def main(page: HttpResponseBase) -> str:
    return words(part(page, "main"))


def is_in(user: User, cast: Cast) -> bool:
    return Membership.objects.filter(user=user, team=cast.team).exists()


# Inviting


def test_owner_invites_many_at_once_and_each_gets_a_mail_of_their_own(cast: Cast) -> None:
    client = signed_in(cast.owner)
    answer = client.post(SEND, {"emails": "Ana <ana@x.org>, ben@x.org\nchi@x.org", "role": "moderator"})
    assert (answer.status_code, answer["Location"]) == (302, INVITE)
    assert sorted(message.to[0] for message in mail.outbox) == ["ana@x.org", "ben@x.org", "chi@x.org"]
    assert all(len(message.to) == 1 and not message.cc and not message.bcc for message in mail.outbox)
    assert len({invitation_path(message) for message in mail.outbox}) == 3
    page = client.get(INVITE)
    assert "3 invitations are on their way." in words(part(page, "toasts"))
    assert "ana@x.org Moderator Sent" in main(page)
    entry = TeamEntry.objects.get()
    assert (entry.action, entry.detail) == ("invite", {"people": 3, "role": "moderator"})


def test_mail_names_inviter_and_team_and_its_token_is_not_stored(cast: Cast, settings: Settings) -> None:
    settings.ORIGIN = "https://wall.example.org"
    cast.team.change(by=cast.owner, name="Harbour & Sons", tagline="Where boats <rest>")
    cast.owner.user.name = "Olu Owner of evil.example"
    cast.owner.user.save()
    door = invite(cast, "ana@x.org")
    [message] = mail.outbox
    assert message.subject == "Olu Owner of evil example invites you to Harbour & Sons"
    assert f"\nhttps://wall.example.org{door}\n" in message.body
    assert "Where boats" not in message.body, "a line of somebody's choosing is for those who are in"
    token = door.split("/")[2]
    assert token not in str(Invitation.objects.values().get())


def test_mail_speaks_the_language_of_person_who_invites(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    spoken: list[str] = []
    monkeypatch.setattr("accounts.tasks.write", lambda *_args, language, **_more: spoken.append(language))
    cast.owner.user.language = "de"
    cast.owner.user.save()
    Invitation.invite(by=cast.owner, emails=["ana@x.org"], role="member")
    assert spoken == ["de"]


def test_invalid_addresses_are_named_and_nothing_typed_is_lost(cast: Cast) -> None:
    typed = "ana@x.org\nben at x.org\n<script>@x"
    answer = signed_in(cast.owner).post(SEND, {"emails": typed, "role": "member"})
    assert answer.status_code == 422
    assert attribute(part(answer, "id_emails"), "aria-invalid") == "true"
    error = words(part(answer, "id_emails_error"))
    for wrong in ("“ben at x.org”", "“script”", "“@x”"):
        assert wrong in error
    assert "ana@x.org" not in error
    for word in typed.split():
        assert word in words(part(answer, "id_emails"))
    assert "<script>@" not in text_of(answer)
    assert not Invitation.objects.exists()
    assert mail.outbox == []


def test_hundred_at_once_and_not_one_more(cast: Cast) -> None:
    client = signed_in(cast.owner)
    many = [f"person{number}@x.org" for number in range(101)]
    answer = client.post(SEND, {"emails": ", ".join(many), "role": "member"})
    assert answer.status_code == 422
    assert "These are 101 addresses." in words(part(answer, "id_emails_error"))
    assert client.post(SEND, {"emails": ", ".join(many[:100]), "role": "member"}).status_code == 302
    assert Invitation.objects.count() == 100


def test_nobody_sends_invitations_by_the_thousand(cast: Cast) -> None:
    client = signed_in(cast.owner)
    statuses = [
        client.post(SEND, {"emails": " ".join(f"p{batch}-{n}@x.org" for n in range(100)), "role": "member"}).status_code
        for batch in range(4)
    ]
    assert statuses == [302, 302, 302, 429]
    assert Invitation.objects.count() == 300


def test_nobodys_mailbox_is_filled_by_taking_back_and_inviting_again(cast: Cast) -> None:
    client = signed_in(cast.owner)
    for _again in range(11):
        last = client.post(SEND, {"emails": "ana@x.org", "role": "member"})
        for invitation in Invitation.objects.open():
            invitation.revoke(by=cast.owner)
    assert last.status_code == 429
    assert last["Retry-After"]
    assert "many invitations" in words(part(last, "id_emails_error"))
    assert len(mail.outbox) == 10


def test_members_and_those_who_are_invited_already_read_and_get_no_mail(cast: Cast) -> None:
    invite(cast, "ana@x.org")
    mail.outbox.clear()
    client = signed_in(cast.owner)
    client.post(SEND, {"emails": f"ana@x.org {cast.member.user.email.upper()} new@x.org", "role": "member"})
    told = words(part(client.get(INVITE), "toasts"))
    assert f"In the team already: {cast.member.user.email}." in told
    assert "Invited before, and not sent again: ana@x.org." in told
    assert "1 invitation is on its way." in told
    assert [message.to for message in mail.outbox] == [["new@x.org"]]


def test_page_never_says_whose_address_has_an_account(cast: Cast) -> None:
    """The page is the same for a person with an account, an unknown address and a second address of a member."""
    EmailAddress.objects.create(user=cast.member.user, email="mia@home.example", verified=True)
    client, seen = signed_in(cast.owner), []
    for email in (cast.stranger.email, "nobody@example.org", "mia@home.example"):
        answer = client.post(SEND, {"emails": email, "role": "member"})
        page = main(client.get(INVITE)).replace(email, "…")
        seen.append((answer.status_code, answer["Location"], page))
        Invitation.objects.all().delete()
    assert len(set(seen)) == 1
    assert len(mail.outbox) == 3


def test_invitation_that_has_run_out_makes_place_for_another(cast: Cast) -> None:
    old = invite(cast, "ana@x.org")
    Invitation.objects.update(expires_at=timezone.now())
    new = invite(cast, "ana@x.org", role="moderator")
    assert Client().get(old).status_code == 404
    assert Client().get(new).status_code == 200
    assert Invitation.objects.open().get().role == "moderator"


def test_nobody_becomes_an_owner_by_a_mail(cast: Cast) -> None:
    answer = signed_in(cast.owner).post(SEND, {"emails": cast.stranger.email, "role": "owner"})
    assert answer.status_code == 422
    assert not Invitation.objects.exists()


def test_one_mailbox_is_not_filled_by_sending_again(cast: Cast, settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"resend_invitation": "99/m/key"}
    invite(cast, "ana@x.org")
    client, invitation, sent = signed_in(cast.owner), Invitation.objects.get(), len(mail.outbox)
    for _ in range(12):
        Invitation.objects.update(sent_at=timezone.now() - timedelta(hours=1))
        said = act(client, invitation, "resend")
    assert len(mail.outbox) - sent == 10
    assert "enough mails for today" in said


def test_offers_of_a_removed_owner_do_not_work_any_more(cast: Cast) -> None:
    other = make_member(team=cast.team, role="owner")
    Invitation.invite(by=other, emails=["second@x.org"], role="moderator")
    link, _token = JoinLink.make(by=other, role="moderator", expires_at=None, most_uses=None)
    kept, _token = JoinLink.make(by=cast.owner, role="member", expires_at=None, most_uses=None)
    other.remove(by=cast.owner)
    link.refresh_from_db()
    assert not Invitation.objects.open().exists()
    assert not link.is_usable
    assert kept.is_usable


def test_offers_of_an_owner_end_with_their_role(cast: Cast) -> None:
    other = make_member(team=cast.team, role="owner")
    JoinLink.make(by=other, role="moderator", expires_at=None, most_uses=None)
    other.change_role("moderator", by=cast.owner)
    assert not JoinLink.objects.usable().exists()


def test_invitations_are_an_owners_business_alone(cast: Cast) -> None:
    invite(cast, "ana@x.org")
    invitation = Invitation.objects.get()
    for person in (cast.moderator, cast.member):
        client = signed_in(person)
        assert client.post(SEND, {"emails": "b@x.org", "role": "owner"}).status_code == 403
        for what in ("resend", "revoke"):
            assert client.post(f"{INVITE}invitations/{invitation.pk}/{what}/").status_code == 403
    for what in ("resend", "revoke"):
        path = f"/elsewhere/people/invite/invitations/{invitation.pk}/{what}/"
        assert signed_in(cast.foreign_owner).post(path).status_code == 404
    assert Invitation.objects.get().is_usable


def test_many_open_invitations_are_paged(cast: Cast) -> None:
    Invitation.invite(by=cast.owner, emails=[f"p{number}@x.org" for number in range(55)], role="member")
    client = signed_in(cast.owner)
    page = client.get(INVITE)
    assert text_of(page).count("/resend/") == 50
    oldest = Invitation.objects.order_by("-pk")[49].pk
    assert f"?before={oldest}#mail" in text_of(page)
    assert text_of(client.get(INVITE, {"before": oldest})).count("/resend/") == 5


# Sending


def test_mail_that_was_not_taken_shows_as_not_sent(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_more: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("accounts.tasks.write", refuse)
    client = signed_in(cast.owner)
    client.post(SEND, {"emails": "ana@x.org", "role": "member"})
    assert "ana@x.org Member Not sent yet" in main(client.get(INVITE))


def test_only_the_newest_mail_works_after_sending_again(cast: Cast) -> None:
    old = invite(cast, "ana@x.org")
    invitation = Invitation.objects.get()
    change_invitation(
        invitation, sent_at=timezone.now() - timedelta(days=13), expires_at=timezone.now() + timedelta(days=1)
    )
    assert "Another mail to ana@x.org is on its way." in act(signed_in(cast.owner), invitation, "resend")
    new = invitation_path(mail.outbox[-1])
    assert new != old
    assert Client().get(old).status_code == 404
    assert Client().get(new).status_code == 200
    invitation.refresh_from_db()
    assert invitation.expires_at > timezone.now() + timedelta(days=13)


def test_one_that_has_run_out_is_sent_again(cast: Cast) -> None:
    invite(cast, "ana@x.org")
    invitation, past = Invitation.objects.get(), timezone.now() - timedelta(days=1)
    change_invitation(invitation, sent_at=past, expires_at=past)
    client = signed_in(cast.owner)
    assert "Has run out" in main(client.get(INVITE))
    act(client, invitation, "resend")
    assert Client().get(invitation_path(mail.outbox[-1])).status_code == 200


def test_mail_is_not_sent_again_right_away(cast: Cast) -> None:
    invite(cast, "ana@x.org")
    invitation, client = Invitation.objects.get(), signed_in(cast.owner)
    assert "Please wait five minutes" in act(client, invitation, "resend")
    assert len(mail.outbox) == 1
    other = make_member(team=cast.team, role="owner")
    change_invitation(invitation, sent_at=timezone.now() - timedelta(minutes=6))
    assert "Please wait five minutes" in act(signed_in(other), invitation, "resend"), "somebody pressed a moment ago"


def test_model_itself_rests_between_mails(cast: Cast) -> None:
    invite(cast, "ana@x.org")
    invitation = Invitation.objects.get()
    with pytest.raises(Refused, match="five minutes"):
        invitation.send_again(by=cast.owner)
    change_invitation(invitation, sent_at=None)
    with pytest.raises(Refused, match="five minutes"):
        invitation.send_again(by=cast.owner)
    change_invitation(invitation, created_at=timezone.now() - timedelta(minutes=6))
    invitation.send_again(by=cast.owner)
    assert len(mail.outbox) == 2


def test_one_that_was_taken_back_does_not_work_and_is_not_sent(cast: Cast) -> None:
    door = invite(cast, "ana@x.org")
    invitation, client = Invitation.objects.get(), signed_in(cast.owner)
    assert "no longer works" in act(client, invitation, "revoke")
    assert act(client, invitation, "revoke") == ""
    assert "ana@x.org" not in main(client.get(INVITE))
    assert Client().get(door).status_code == 404
    change_invitation(invitation, sent_at=timezone.now() - timedelta(minutes=6))
    assert "not open any more" in act(client, invitation, "resend")
    send_invitation.enqueue(invitation.pk)
    assert len(mail.outbox) == 1
    assert TeamEntry.objects.filter(action=TeamEntry.Action.INVITE_REVOKE).count() == 1


# Two at once


@pytest.mark.django_db(transaction=True)
def test_one_address_that_two_owners_invite_at_once_gets_one_mail() -> None:
    team = make_team()
    owners = [make_member(team=team, role="owner") for _number in range(2)]
    results = at_once(
        *[
            lambda owner=owner: len(Invitation.invite(by=owner, emails=["ana@x.org"], role="member").new)
            for owner in owners
        ]
    )
    assert sorted(results) == [0, 1]
    assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_person_who_presses_twice_at_once_is_let_in_by_both() -> None:
    owner, user = make_member(team=make_team(), role="owner"), make_user()
    Invitation.invite(by=owner, emails=[user.email], role="member")
    pk = Invitation.objects.get().pk
    results = at_once(*[lambda: Invitation.objects.get(pk=pk).accept(user) is not None] * 2)
    assert results == [True, True]
    assert TeamEntry.objects.filter(action=TeamEntry.Action.JOIN).count() == 1


def at_once(*changes: Callable[[], Any]) -> list[Any]:
    meeting = threading.Barrier(len(changes), timeout=30)

    def one(change: Callable[[], Any]) -> Any:
        try:
            meeting.wait()
            return change()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(changes)) as pool:
        return list(pool.map(one, changes))

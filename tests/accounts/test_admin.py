"""The operator's admin: who gets in, and what cannot be changed there."""

import time

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value
from django.test import Client
from django.utils import timezone

from accounts.models import User
from kindwall.models import UndeliveredMail
from stories.models import AuditEntry, Story
from tests.conftest import Cast, signed_in
from tests.factories import PASSWORD
from tests.pages import attribute, elements, part, text_of, words

pytestmark = pytest.mark.once


@pytest.fixture
def boss(db: None) -> User:
    return User.objects.create_superuser("boss@example.org", PASSWORD, name="Boss")


@pytest.fixture
def client(boss: User) -> Client:
    TOTP.activate(boss, generate_totp_secret())
    return signed_in(boss)


def test_staff_without_a_second_factor_read_to_set_one_up(boss: User) -> None:
    client = signed_in(boss)
    answer = client.get("/admin/accounts/user/", follow=True)
    assert [code for _, code in answer.redirect_chain] == [302]
    assert answer.status_code == 403
    assert "Set up a second factor." in words(part(answer, "main"))
    links = [attribute(link, "href") for link in elements(text_of(answer)) if link.name == "a"]
    assert "/accounts/2fa/" in links
    assert client.post("/admin/login/", {"username": boss.email, "password": PASSWORD}).status_code == 403


def test_second_factor_opens_it(client: Client) -> None:
    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/login/?next=/admin/").status_code == 302


def test_session_that_has_not_shown_the_second_factor_is_asked_for_it(boss: User) -> None:
    """Such a session may be older than the factor, and in another person's hands."""
    client = signed_in(boss)
    secret = generate_totp_secret()
    TOTP.activate(boss, secret)
    answer = client.get("/admin/accounts/user/?q=a", follow=True)
    where, _status = answer.redirect_chain[-1]
    assert where == "/accounts/2fa/reauthenticate/?next=%2Fadmin%2Faccounts%2Fuser%2F%3Fq%3Da"
    assert "Confirm that it is you" in words(part(answer, "main"))
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert client.get("/admin/").status_code == 302, "a password is not a second factor"
    code = f"{hotp_value(secret, int(time.time()) // 30):06d}"
    opened = client.post("/accounts/2fa/reauthenticate/", {"code": code, "next": "/admin/accounts/user/?q=a"})
    assert opened["Location"] == "/admin/accounts/user/?q=a"
    assert client.get(opened["Location"]).status_code == 200


def test_second_factor_alone_does_not(cast: Cast) -> None:
    TOTP.activate(cast.owner.user, generate_totp_secret())
    client = signed_in(cast.owner)
    assert client.get("/admin/").status_code == 302
    assert client.get("/admin/login/").status_code == 403


def test_visitors_sign_in_where_everybody_does(db: None) -> None:
    answer = Client().get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/login/?next=")


def test_admin_shows_people_teams_stories_and_decisions(client: Client) -> None:
    page = text_of(client.get("/admin/"))
    for path in ("accounts/user/", "accounts/team/", "stories/story/", "stories/auditentry/"):
        assert f'href="/admin/{path}"' in page, path


def test_mails_that_were_given_up_are_counted_listed_and_dismissed(client: Client, cast: Cast) -> None:
    there = "/admin/kindwall/undeliveredmail/"
    assert "could not be delivered" not in text_of(client.get("/admin/"))
    soon, person = timezone.now(), cast.member.user
    for number in (1, 2):
        UndeliveredMail.objects.create(
            task="accounts.tasks.send_invitation", person=person, error="SMTPDataError", code=554, attempts=number,
            first_tried_at=soon,
        )  # fmt: skip
    front = part(client.get("/admin/"), "content")
    assert "2 mails could not be delivered in the last 30 days." in words(front)
    assert there in text_of(client.get("/admin/"))
    page = words(part(client.get(there), "result_list"))
    for shown in ("accounts.tasks.send_invitation", str(person), "SMTPDataError", "554"):
        assert shown in page
    pks = list(UndeliveredMail.objects.values_list("pk", flat=True))
    client.post(there, {"action": "delete_selected", "_selected_action": pks, "post": "yes"})
    assert not UndeliveredMail.objects.exists()


def test_models_with_secrets_are_not_in_the_admin(client: Client) -> None:
    for path in (
        "mfa/authenticator/",
        "usersessions/usersession/",
        "socialaccount/socialtoken/",
        "socialaccount/socialapp/",
    ):
        assert client.get(f"/admin/{path}").status_code == 404, path


def test_nobody_writes_around_the_rules(client: Client, cast: Cast, story: Story) -> None:
    for path in (
        "stories/story/",
        f"stories/story/{story.pk}/change/",
        f"accounts/user/{cast.member.user_id}/change/",
        f"accounts/team/{cast.team.pk}/change/",
    ):
        assert client.get(f"/admin/{path}").status_code == 200, path
    for path in (
        "stories/story/add/",
        f"stories/story/{story.pk}/delete/",
        "accounts/user/add/",
        f"accounts/user/{cast.member.user_id}/delete/",
    ):
        assert client.get(f"/admin/{path}").status_code == 403, path
    assert client.post(f"/admin/stories/story/{story.pk}/change/", {"state": "draft"}).status_code == 403


def test_address_to_sign_in_with_is_shown_there_and_not_changed(client: Client, cast: Cast) -> None:
    there, email = f"/admin/accounts/user/{cast.member.user_id}/change/", cast.member.user.email
    assert email in text_of(client.get(there))
    answer = client.post(there, {"name": "Mia M", "email": "mallory@example.org", "is_active": "on"})
    assert answer.status_code == 302
    member = User.objects.get(pk=cast.member.user_id)
    assert (member.name, member.email) == ("Mia M", email)


def test_decisions_are_found_and_never_changed(client: Client, cast: Cast, story: Story) -> None:
    entry = AuditEntry.objects.filter(story=story).order_by("pk").last()
    assert entry is not None
    there = "/admin/stories/auditentry/"
    assert f"/auditentry/{entry.pk}/change/" in text_of(client.get(there, {"q": cast.moderator.user.email}))
    assert f"/auditentry/{entry.pk}/change/" not in text_of(client.get(there, {"q": "nobody@example.org"}))
    assert client.get(f"{there}{entry.pk}/change/").status_code == 200
    for path in ("add/", f"{entry.pk}/delete/"):
        assert client.get(f"{there}{path}").status_code == 403, path
    assert client.post(f"{there}{entry.pk}/change/", {"message": "rewritten"}).status_code == 403
    assert client.post(
        there, {"action": "delete_selected", "_selected_action": entry.pk, "post": "yes"}
    ).status_code in (302, 403, 200)
    assert AuditEntry.objects.filter(pk=entry.pk, message=entry.message).exists()

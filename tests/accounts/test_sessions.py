"""A person's sessions: listed, ended, and given new keys."""

from urllib.parse import urlsplit

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts.models import JoinLink, Membership, SetupLink, User
from accounts.templatetags.browsers import browser_name
from kindwall.sessions import OLD_KEY_GRACE, SessionStore
from stories.models import Story
from tests.conftest import Cast
from tests.factories import PASSWORD, make_user
from tests.pages import part, words

pytestmark = pytest.mark.once

LIST = "/accounts/sessions/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/19.0 Mobile/15E148 Safari/604.1"
)


def sign_in(person: User, agent: str = FIREFOX) -> Client:
    client = Client(headers={"User-Agent": agent})
    client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    return client


def is_in(client: Client) -> bool:
    return client.get("/accounts/email/").status_code == 200


def test_signing_in_gives_the_session_another_key(cast: Cast) -> None:
    client = Client()
    session = client.session
    session["before"] = "signed out"
    session.save()
    client.cookies["kindwall_session"] = str(session.session_key)
    client.post("/accounts/login/", {"login": cast.member.user.email, "password": PASSWORD})
    assert client.session["_auth_user_id"] == str(cast.member.user_id)
    assert client.session.session_key != session.session_key
    assert not client.session.exists(str(session.session_key)), "the key of before opens nothing"


def test_sessions_are_listed_by_what_they_are_to_people(cast: Cast) -> None:
    sign_in(cast.member.user, PHONE)
    client = sign_in(cast.member.user)
    sign_in(cast.moderator.user)
    page = words(part(client.get(LIST), "main"))
    assert "Safari, iPhone" in page
    assert page.count("Firefox, Linux") == 1, "nobody else’s"
    assert page.count("This browser") == 1


def test_one_session_is_ended_and_is_really_over(cast: Cast) -> None:
    lost, here = sign_in(cast.member.user, PHONE), sign_in(cast.member.user)
    row = UserSession.objects.get(session_key=lost.session.session_key)
    answer = here.post(f"{LIST}{row.pk}/end/")
    assert (answer.status_code, answer["Location"]) == (302, LIST)
    assert (is_in(lost), is_in(here)) == (False, True)
    assert here.post(f"{LIST}{row.pk}/end/").status_code == 404


def test_nobody_ends_another_persons_session(cast: Cast) -> None:
    theirs, mine = sign_in(cast.moderator.user), sign_in(cast.member.user)
    row = UserSession.objects.get(session_key=theirs.session.session_key)
    assert mine.post(f"{LIST}{row.pk}/end/").status_code == 404
    assert is_in(theirs)


def test_all_the_others_are_ended_at_once(cast: Cast) -> None:
    others = [sign_in(cast.member.user) for _ in range(2)]
    here, somebody = sign_in(cast.member.user), sign_in(cast.moderator.user)
    here.post(LIST)
    assert [is_in(other) for other in others] == [False, False]
    assert (is_in(here), is_in(somebody)) == (True, True)


def test_new_password_ends_the_other_sessions(cast: Cast) -> None:
    other, here = sign_in(cast.member.user), sign_in(cast.member.user)
    here.post("/accounts/reauthenticate/", {"password": PASSWORD})
    new = "an entirely new sentence"
    fields = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert here.post("/accounts/password/change/", fields).status_code == 302
    assert (is_in(other), is_in(here)) == (False, True)
    assert words(part(here.get(LIST), "main")).count("This browser") == 1


def test_signing_out_ends_the_session_itself(cast: Cast) -> None:
    client = sign_in(cast.member.user)
    stolen = Client()
    stolen.cookies["kindwall_session"] = client.cookies["kindwall_session"].value
    assert is_in(stolen)
    client.post("/accounts/logout/")
    assert not is_in(stolen)


def test_more_rights_give_the_session_another_key_and_it_stays_listed(cast: Cast) -> None:
    client, elsewhere = sign_in(cast.member.user), sign_in(cast.member.user)
    client.get("/harbour-team/")
    before = client.session.session_key
    Membership.objects.filter(pk=cast.member.pk).update(role="moderator", role_changed_at=timezone.now())
    client.get("/harbour-team/")
    assert client.session.session_key != before
    assert words(part(client.get(LIST), "main")).count("This browser") == 1
    elsewhere.post(LIST)
    assert not is_in(client), "and can be ended from there"


def same_browser(client: Client) -> Client:
    """Return another request of that browser, sent before it received a new key."""
    other = Client()
    other.cookies["kindwall_session"] = client.cookies["kindwall_session"].value
    return other


def test_request_with_replaced_key_is_answered_and_gets_the_new_key(cast: Cast) -> None:
    client = sign_in(cast.member.user)
    client.get("/harbour-team/")
    late, later = same_browser(client), same_browser(client)
    cast.member.change_role("moderator", by=cast.owner)
    assert client.get("/harbour-team/").status_code == 200
    new = client.cookies["kindwall_session"].value
    sent = late.post("/harbour-team/share/", {"kind": "given", "qualities": "hope", "body": "Held the door."})
    assert (sent.status_code, Story.objects.count()) == (302, 1)
    assert late.cookies["kindwall_session"].value == new
    assert later.get("/harbour-team/moderation/").status_code == 200
    assert UserSession.objects.filter(user=cast.member.user).count() == 1


def test_simultaneous_requests_replace_the_key_once(cast: Cast) -> None:
    client = sign_in(cast.member.user)
    one, two = (SessionStore(client.session.session_key) for _ in range(2))
    assert one.load() == two.load()
    for session in (one, two):
        session.rotate()
    assert one.session_key == two.session_key != client.session.session_key
    two["later"] = True
    two.save()
    assert SessionStore(client.session.session_key).load()["later"]


def test_request_that_read_its_session_before_the_key_was_replaced_saves_it_under_the_new_one(cast: Cast) -> None:
    key = sign_in(cast.member.user).session.session_key
    rotating, other = SessionStore(key), SessionStore(key)
    assert other["_auth_user_id"]
    rotating.rotate()
    other["kept"] = "text"
    other.save()
    assert other.session_key == rotating.session_key
    assert SessionStore(rotating.session_key).load()["kept"] == "text"
    assert set(Session.objects.get(session_key=key).get_decoded()) == {"successor"}


def test_replaced_key_does_not_work_after_a_minute_nor_after_signing_out(cast: Cast) -> None:
    for end in ("minute", "logout"):
        client = sign_in(cast.member.user)
        stolen = same_browser(client)
        old = client.session.session_key
        Membership.objects.filter(pk=cast.member.pk).update(role="moderator", role_changed_at=timezone.now())
        client.get("/harbour-team/")
        assert is_in(same_browser(stolen))
        assert Session.objects.get(session_key=old).expire_date <= timezone.now() + OLD_KEY_GRACE
        if end == "minute":
            Session.objects.filter(session_key=old).update(expire_date=timezone.now())
        else:
            client.post("/accounts/logout/")
        assert not is_in(stolen), end


def test_response_to_an_unknown_key_leaves_the_cookie_of_its_successor_alone(cast: Cast) -> None:
    client = sign_in(cast.member.user)
    late = same_browser(client)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    new = "an entirely new sentence"
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    answer = late.get("/accounts/email/")
    assert answer.status_code == 302, "the key of before opens nothing"
    assert "kindwall_session" not in answer.cookies
    assert is_in(client)
    assert client.post("/accounts/logout/").cookies["kindwall_session"]["max-age"] == 0


def test_new_moderator_gets_another_key_and_new_member_keeps_theirs(cast: Cast) -> None:
    for role in ("member", "moderator"):
        _link, token = JoinLink.make(by=cast.owner, role=role, expires_at=None, most_uses=None)
        client = sign_in(make_user())
        client.get("/teams/")
        before = client.session.session_key
        assert client.post(f"/join/{token}/", follow=True).status_code == 200
        assert (client.session.session_key != before) == (role == "moderator")
        assert words(part(client.get(LIST), "main")).count("This browser") == 1


def test_new_operator_gets_another_key(db: None) -> None:
    client = sign_in(make_user())
    link = urlsplit(SetupLink.renew()).path
    client.get(link)
    before = client.session.session_key
    assert client.post(link, {"team": "Harbour"})["Location"] == "/harbour/"
    assert client.session.session_key != before
    assert words(part(client.get(LIST), "main")).count("This browser") == 1


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox, Linux"),
        (PHONE, "Safari, iPhone"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/150.0.0.0 Safari/537.36 Edg/150.0",
            "Edge, Windows",
        ),
        ("Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/150.0.0.0 Mobile Safari/537.36", "Chrome, Android"),
        ("curl/8", "An unknown browser"),
        ("", "An unknown browser"),
    ],
)
def test_browser_is_called_as_people_call_it(agent: str, name: str) -> None:
    assert browser_name(agent) == name

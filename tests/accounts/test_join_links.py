"""Links that anybody who has them can join by: made by owners, shown once, and a designed page for every case."""

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import qrcode
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import connection
from django.http import HttpResponseBase
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings
from qrcode.constants import ERROR_CORRECT_M

from accounts.models import Invitation, JoinLink, Membership, TeamEntry, User
from accounts.models.tokens import digest
from accounts.qr import qr_svg
from tests.accounts.test_entrance import NEW, link_in, sign_in, signed_in_as
from tests.conftest import Cast, signed_in
from tests.factories import make_member, make_team, make_user
from tests.pages import attribute, elements, part, text_of, words

pytestmark = pytest.mark.mostly_once

INVITE = "/harbour-team/people/invite/"
MAKE = f"{INVITE}links/make/"
FORM = {"role": "member", "days": "7", "most_uses": ""}


def make_link(
    cast: Cast, *, role: str = "member", most_uses: int | None = None, days: int | None = 7
) -> tuple[JoinLink, str]:
    """Return a link and the path of its page; an expired one for a negative number of days."""
    expires_at = None if days is None else timezone.now() + timedelta(days=days)
    link, token = JoinLink.make(by=cast.owner, role=role, expires_at=expires_at, most_uses=most_uses)
    return link, f"/join/{token}/"


def uses(link: JoinLink) -> int:
    return JoinLink.objects.get(pk=link.pk).uses


def is_in(user: User, cast: Cast) -> bool:
    return Membership.objects.filter(user=user, team=cast.team).exists()


def main(page: HttpResponseBase) -> str:
    return words(part(page, "main"))


# Making one


def test_owner_makes_a_link_and_sees_it_once(cast: Cast) -> None:
    client = signed_in(cast.owner)
    page = client.post(MAKE, FORM)
    link = JoinLink.objects.get()
    assert page.status_code == 200
    shown = attribute(part(page, "join-link"), "value") or ""
    found = re.fullmatch(r"(http://\S+)/join/([\w-]{43})/", shown)
    assert found, shown
    assert link.digest == digest(found[2])
    assert found[2] not in str(JoinLink.objects.values().get()), "only its fingerprint is kept"
    assert found[2] not in str([session.get_decoded() for session in Session.objects.all()])
    assert "no-store" in page["Cache-Control"]
    assert found[2] not in text_of(client.get(INVITE))


def test_scannable_code_contains_the_link_without_inline_style(cast: Cast) -> None:
    client = signed_in(cast.owner)
    page = client.post(MAKE, FORM)
    shown = attribute(part(page, "join-link"), "value") or ""
    assert qr_svg(shown) in text_of(page)
    assert "style=" not in text_of(page)


def test_drawn_code_is_the_librarys_matrix() -> None:
    url = "https://wall.example.org/join/" + "a" * 43 + "/"
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M)
    code.add_data(url)
    code.make()
    dark = {(int(x), int(y)) for x, y in re.findall(r"M(\d+),(\d+)H", qr_svg(url))}
    rows = code.get_matrix()
    assert dark == {(x, y) for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark}


def test_link_begins_with_the_installations_own_address(cast: Cast, settings: Settings) -> None:
    settings.ORIGIN = "https://wall.example.org"
    client = signed_in(cast.owner)
    page = client.post(MAKE, FORM)
    assert (attribute(part(page, "join-link"), "value") or "").startswith("https://wall.example.org/join/")


@pytest.mark.parametrize(
    ("typed", "days", "most"),
    [({}, 7, None), ({"days": "1", "most_uses": "1"}, 1, 1), ({"days": ""}, None, None), ({"days": "30"}, 30, None)],
)
def test_link_lasts_as_long_and_lets_in_as_many_as_was_said(
    cast: Cast, typed: dict[str, str], days: int | None, most: int | None
) -> None:
    signed_in(cast.owner).post(MAKE, FORM | typed)
    link = JoinLink.objects.get()
    assert link.most_uses == most
    if days is None:
        assert link.expires_at is None
    else:
        assert link.expires_at
        assert abs(link.expires_at - timezone.now() - timedelta(days=days)) < timedelta(minutes=1)
    entry = TeamEntry.objects.get()
    assert (entry.action, entry.detail) == ("link-make", {"link": link.start, "role": "member"})


@pytest.mark.parametrize(
    "typed", [{"role": "owner"}, {"role": ""}, {"days": "365"}, {"most_uses": "0"}, {"most_uses": "many"}]
)
def test_link_that_must_not_be_is_refused_in_place(cast: Cast, typed: dict[str, str]) -> None:
    answer = signed_in(cast.owner).post(MAKE, FORM | typed)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in text_of(answer)
    assert not JoinLink.objects.exists()


def test_links_are_an_owners_business_alone(cast: Cast) -> None:
    link, _path = make_link(cast)
    for person in (cast.moderator, cast.member):
        client = signed_in(person)
        assert client.get(INVITE).status_code == 403
        assert client.post(MAKE, FORM).status_code == 403
        assert client.post(f"{INVITE}links/{link.pk}/revoke/").status_code == 403
    foreign = signed_in(cast.foreign_owner)
    assert foreign.post(f"/elsewhere/people/invite/links/{link.pk}/revoke/").status_code == 404
    assert JoinLink.objects.get().is_usable


def test_open_links_are_listed_and_a_revoked_one_does_not_work(cast: Cast, client: Client) -> None:
    link, path = make_link(cast, most_uses=5)
    owner = signed_in(cast.owner)
    assert f"{link.start}… Member 0 of 5 have joined" in main(owner.get(INVITE))
    for _twice in range(2):
        assert owner.post(f"{INVITE}links/{link.pk}/revoke/")["Location"] == INVITE
    assert link.start not in main(owner.get(INVITE))
    assert "No link is open" in main(owner.get(INVITE))
    assert client.get(path).status_code == 404
    assert TeamEntry.objects.filter(action=TeamEntry.Action.LINK_REVOKE).count() == 1


def test_invite_page_asks_as_often_for_twice_as_much(cast: Cast, django_assert_num_queries: Callable[..., Any]) -> None:
    def more(first: int) -> None:
        for number in range(first, first + 3):
            make_link(cast)
            Invitation.invite(by=cast.owner, emails=[f"new{number}@example.org"], role="member")

    client = signed_in(cast.owner)
    more(0)
    client.get(INVITE)
    with django_assert_num_queries(5):
        client.get(INVITE)
    more(3)
    with django_assert_num_queries(5):
        client.get(INVITE)


# The join page


def test_visitor_reads_who_asks_them_in_and_changes_nothing_by_it(cast: Cast, client: Client) -> None:
    cast.team.change(by=cast.owner, tagline="Where boats rest")
    link, path = make_link(cast)
    page = client.get(path)
    assert page.status_code == 200
    for told in ("Olu Owner invites you to", "Harbour", "Where boats rest", "Create an account", "Sign in"):
        assert told in main(page)
    assert cast.owner.user.email not in text_of(page)
    assert "no-store" in page["Cache-Control"]
    assert page["Referrer-Policy"] == "same-origin"
    assert "noindex" in text_of(page)
    assert not client.cookies.get("kindwall_session"), "a preview in a chat makes no session"
    assert uses(link) == 0


def test_member_of_elsewhere_joins_with_one_press(cast: Cast) -> None:
    link, path = make_link(cast, role="moderator")
    client = signed_in(cast.stranger)
    assert "Join Harbour" in main(client.get(path))
    assert uses(link) == 0
    answer = client.post(path)
    assert (answer.status_code, answer["Location"]) == (302, "/harbour-team/")
    assert client.get("/harbour-team/").status_code == 200
    membership = Membership.objects.get(user=cast.stranger)
    assert membership.role == "moderator"
    assert uses(link) == 1
    entry = TeamEntry.objects.get(action=TeamEntry.Action.JOIN)
    assert entry.detail == {"by": "link", "role": "moderator"}


def test_page_shows_no_picture_that_only_the_team_may_see(cast: Cast, client: Client) -> None:
    User.objects.filter(pk=cast.owner.user_id).update(picture_digest="0" * 32)
    _link, path = make_link(cast)
    page = text_of(client.get(path))
    assert "<img" not in page
    assert "OO" in page


@pytest.mark.parametrize("revoked", [False, True])
def test_member_reads_that_they_are_in_and_spends_no_use(cast: Cast, revoked: bool) -> None:
    link, path = make_link(cast, most_uses=1)
    if revoked:
        link.revoke(by=cast.owner)
    client = signed_in(cast.member)
    for page in (client.get(path), client.post(path)):
        assert page.status_code == 200
        assert "You are a member already." in main(page)
        assert "/harbour-team/" in text_of(page)
    assert uses(link) == 0
    assert Membership.objects.get(pk=cast.member.pk).role == "member"


def test_new_person_makes_an_account_and_is_in_without_another_press(cast: Cast, client: Client) -> None:
    link, path = make_link(cast)
    answer = client.post(path, {"as": "new"})
    assert answer["Location"].startswith("/accounts/signup/?next=")
    assert client.post(answer["Location"], NEW | {"next": path})["Location"] == "/harbour-team/"
    user = User.objects.get(email="ana@example.org")
    assert is_in(user, cast)
    assert uses(link) == 1
    assert client.get("/harbour-team/").status_code == 200
    assert not user.has_confirmed("ana@example.org")
    Client().post(link_in(mail.outbox[-1]))
    assert user.has_confirmed("ana@example.org"), "the mail confirms it, in whichever browser"
    assert client.get("/harbour-team/").status_code == 200


def test_known_person_signs_in_and_is_in_without_another_press(cast: Cast, client: Client) -> None:
    _link, path = make_link(cast)
    answer = client.post(path, {"as": "known"})
    assert answer["Location"].startswith("/accounts/login/?next=")
    assert sign_in(client, cast.stranger.email)["Location"] == "/harbour-team/"
    assert is_in(cast.stranger, cast)
    assert "came_with" not in client.session


def test_join_page_has_one_button_where_single_sign_on_is_the_only_way_in(
    cast: Cast, client: Client, settings: Settings
) -> None:
    settings.SSO_ONLY = True
    _link, path = make_link(cast)
    assert "Create an account" not in main(client.get(path))
    assert client.post(path, {"as": "new"})["Location"].startswith("/accounts/login/?next=")


def test_pending_join_is_stored_as_a_digest_and_not_for_long(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    _link, path = make_link(cast)
    client.post(path, {"as": "known"})
    assert path.split("/")[2] not in str(dict(client.session.items()))
    monkeypatch.setattr("accounts.admission.time.time", lambda: timezone.now().timestamp() + 25 * 3600)
    assert sign_in(client, cast.stranger.email)["Location"] == "/"
    assert not is_in(cast.stranger, cast)


def test_link_that_was_revoked_while_person_signed_in_lets_nobody_in(cast: Cast, client: Client) -> None:
    link, path = make_link(cast)
    where = client.post(path, {"as": "known"})["Location"]
    link.revoke(by=cast.owner)
    answer = client.post(where, {"login": cast.stranger.email, "password": "correct-horse-battery", "next": path})
    assert answer["Location"] == path
    assert client.get(path).status_code == 404
    assert not is_in(cast.stranger, cast)


def test_visiting_the_page_alone_joins_nobody_who_signs_in_later(cast: Cast, client: Client) -> None:
    _link, path = make_link(cast)
    client.get(path)
    sign_in(client, cast.stranger.email)
    assert signed_in_as(client)
    assert not is_in(cast.stranger, cast)


def test_expired_link_says_so_and_lets_nobody_in(cast: Cast, client: Client) -> None:
    _link, path = make_link(cast, days=-1)
    for somebody in (client, signed_in(cast.stranger)):
        for page in (somebody.get(path), somebody.post(path)):
            assert page.status_code == 410
            assert "has expired" in main(page)
            assert "Harbour" not in text_of(page)
    assert not is_in(cast.stranger, cast)


def test_used_up_revoked_and_unknown_links_look_alike(cast: Cast) -> None:
    used_up, spent = make_link(cast, most_uses=1)
    assert used_up.accept(make_user()) is not None
    revoked, taken_back = make_link(cast)
    revoked.revoke(by=cast.owner)
    both, both_over = make_link(cast, days=-1)
    both.revoke(by=cast.owner)
    for client in (Client(), signed_in(cast.stranger)):
        for send in (client.get, client.post):
            answers = [send(path) for path in (spent, taken_back, both_over, "/join/never/", "/invitations/never/")]
            assert {answer.status_code for answer in answers} == {404}
            assert len({str(part(answer, "main")) for answer in answers}) == 1
            assert not any("Harbour" in text_of(answer) for answer in answers)
            assert all("no-store" in answer["Cache-Control"] for answer in answers)
    assert not is_in(cast.stranger, cast)


def test_guessing_is_slowed_down_and_a_good_link_still_works(cast: Cast) -> None:
    client = signed_in(cast.stranger)
    statuses = [client.get(f"/join/guess-{number}/").status_code for number in range(21)]
    assert statuses == [404] * 20 + [429]
    _link, path = make_link(cast)
    assert client.get(path).status_code == 200
    assert client.post(path)["Location"] == "/harbour-team/"


def test_join_page_accepts_only_get_and_post(cast: Cast) -> None:
    _link, path = make_link(cast)
    assert signed_in(cast.stranger).put(path).status_code == 405
    assert Client(enforce_csrf_checks=True).post(path).status_code == 403


def test_no_page_on_the_way_asks_another_site(cast: Cast, client: Client) -> None:
    _link, path = make_link(cast)
    for page in (client.get(path), signed_in(cast.stranger).get(path), client.get("/join/never/")):
        fetched = [
            attribute(element, name) or ""
            for element in elements(text_of(page))
            for name in ("src", "href", "action")
            if attribute(element, name)
        ]
        assert fetched
        assert all(address.startswith(("/", "#", "static/")) and not address.startswith("//") for address in fetched)


def test_signing_up_is_open_to_person_who_comes_with_a_link(cast: Cast, client: Client, settings: Settings) -> None:
    settings.TEAM_CREATION = "operator"
    assert "You need an invitation." in text_of(client.get("/accounts/signup/"))
    link, path = make_link(cast)
    client.post(path, {"as": "new"})
    assert "Create my account" in text_of(client.get("/accounts/signup/"))
    link.revoke(by=cast.owner)
    assert "You need an invitation." in text_of(client.get("/accounts/signup/"))


# Many at once


@pytest.mark.django_db(transaction=True)
def test_only_so_many_join_of_many_who_press_at_once() -> None:
    owner = make_member(team=make_team(), role="owner")
    link, _token = JoinLink.make(by=owner, role="member", expires_at=None, most_uses=2)
    people = [make_user() for _number in range(6)]
    meeting = threading.Barrier(len(people), timeout=30)

    def press(user: User) -> bool:
        try:
            meeting.wait()
            return JoinLink.objects.get(pk=link.pk).accept(user) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(len(people)) as pool:
        came = list(pool.map(press, people))
    assert sum(came) == 2
    assert uses(link) == 2
    assert Membership.objects.in_team(owner.team).count() == 3


@pytest.mark.django_db(transaction=True)
def test_one_person_who_presses_twice_at_once_spends_one_use() -> None:
    owner = make_member(team=make_team(), role="owner")
    link, _token = JoinLink.make(by=owner, role="member", expires_at=None, most_uses=None)
    user = make_user()
    meeting = threading.Barrier(2, timeout=30)

    def press(_number: int) -> bool:
        try:
            meeting.wait()
            return JoinLink.objects.get(pk=link.pk).accept(user) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(press, range(2))) == [True, True]
    assert uses(link) == 1


Change = Callable[[Cast], None]


def roles(*given: str) -> Change:
    def give(cast: Cast) -> None:
        for role in given:
            cast.moderator.change_role(role, by=cast.owner)

    return give


def become_owner_and_hand_over(cast: Cast) -> None:
    cast.moderator.change_role("owner", by=cast.owner)
    cast.moderator.hand_over(cast.second_moderator, then="member")


DEMOTED = {
    "by an owner": roles("member"),
    "after another role": roles("owner", "member"),
    "by themself, handing over": become_owner_and_hand_over,
}


@pytest.mark.parametrize("way", DEMOTED)
def test_person_whom_an_owner_made_a_member_comes_back_by_a_link_as_no_more(cast: Cast, way: str) -> None:
    DEMOTED[way](cast)
    cast.moderator.leave()
    link, _path = make_link(cast, role="moderator")
    back = link.accept(cast.moderator.user)
    assert back
    assert back.role == "member"
    entry = TeamEntry.objects.get(action=TeamEntry.Action.JOIN)
    assert entry.detail == {"by": "link", "role": "member"}


def be_demoted_and_handed_the_team(cast: Cast) -> None:
    cast.moderator.change_role("member", by=cast.owner)
    cast.owner.hand_over(cast.moderator)
    cast.second_moderator.change_role("owner", by=cast.moderator)


RAISED = {
    "never changed": roles(),
    "by an owner": roles("member", "moderator"),
    "handed the team": be_demoted_and_handed_the_team,
}


@pytest.mark.parametrize("way", RAISED)
def test_person_returns_with_the_links_role(cast: Cast, way: str) -> None:
    RAISED[way](cast)
    cast.moderator.leave()
    by = Membership.objects.owners().filter(team=cast.team).first()
    assert by
    link, _token = JoinLink.make(by=by, role="moderator", expires_at=None, most_uses=None)
    back = link.accept(cast.moderator.user)
    assert back
    assert back.role == "moderator"


def hand_over(cast: Cast) -> None:
    cast.owner.hand_over(cast.moderator)


def leave_to_another_owner(cast: Cast) -> None:
    cast.moderator.change_role("owner", by=cast.owner)
    cast.owner.leave()


def be_demoted(cast: Cast) -> None:
    cast.moderator.change_role("owner", by=cast.owner)
    cast.owner.change_role("member", by=cast.moderator)


GOES: dict[str, Change] = {"hands over": hand_over, "leaves": leave_to_another_owner, "is demoted": be_demoted}


@pytest.mark.parametrize("way", GOES)
def test_offers_do_not_work_once_their_maker_is_no_owner(cast: Cast, way: str) -> None:
    _link, path = make_link(cast)
    Invitation.invite(by=cast.owner, emails=["new@example.org"], role="member")
    GOES[way](cast)
    assert signed_in(cast.stranger).get(path).status_code == 404
    assert not Invitation.objects.open().exists()


def test_person_whom_an_owner_removed_does_not_come_back_by_a_link(cast: Cast) -> None:
    _link, token = JoinLink.make(by=cast.owner, role="moderator", expires_at=None, most_uses=None)
    cast.moderator.remove(by=cast.owner)
    client = signed_in(cast.moderator.user)
    for answer in (client.get(f"/join/{token}/"), client.post(f"/join/{token}/")):
        assert answer.status_code == 404
        assert "Harbour" not in text_of(answer)
    assert not Membership.objects.filter(user=cast.moderator.user).exists()
    assert JoinLink.objects.get().uses == 0

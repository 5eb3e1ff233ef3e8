"""Joining a team unasked: by the domain of a confirmed address, by itself, or because the team is open."""

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.admission import join_automatically, joinable_teams
from accounts.models import Membership, Team, TeamDomain, TeamEntry, User
from tests.accounts.test_entrance import sign_in
from tests.conftest import Cast, signed_in
from tests.factories import make_user
from tests.pages import part, text_of, words

pytestmark = pytest.mark.once

JOIN = "/harbour-team/join/"


def let_in(cast: Cast, domain: str, *, joining: str = "domain", automatic: bool = False) -> TeamDomain:
    Team.objects.filter(pk=cast.team.pk).update(joining=joining)
    return TeamDomain.objects.create(team=cast.team, domain=domain, automatic=automatic)


def open_up(cast: Cast) -> None:
    Team.objects.filter(pk=cast.team.pk).update(joining="open")


def is_in(user: User, cast: Cast) -> bool:
    return Membership.objects.filter(user=user, team=cast.team).exists()


@pytest.fixture
def dana(db: None) -> User:
    return make_user(name="Dana Dock", email="dana@dock.example")


# The join page


def test_person_with_an_address_there_joins(cast: Cast, dana: User) -> None:
    let_in(cast, "dock.example")
    client = signed_in(dana)
    page = client.get(JOIN)
    assert page.status_code == 200
    assert "Join Harbour" in words(part(page, "main"))
    assert not is_in(dana, cast)
    answer = client.post(JOIN)
    assert (answer.status_code, answer["Location"]) == (302, "/harbour-team/")
    assert Membership.objects.get(user=dana).role == "member"
    entry = TeamEntry.objects.get()
    assert (entry.action, entry.detail) == ("join", {"by": "domain", "role": "member"})


@pytest.mark.parametrize("email", ["eve@sub.dock.example", "eve@dock.example.evil.example", "eve@notdock.example"])
def test_another_domain_is_another_domain(cast: Cast, email: str) -> None:
    let_in(cast, "dock.example")
    eve = make_user(email=email)
    client, none = signed_in(eve), signed_in(eve).get("/no-such-team/join/")
    for answer in (client.get(JOIN), client.post(JOIN)):
        assert answer.status_code == none.status_code == 404
    assert str(part(client.get(JOIN), "main")) == str(part(none, "main"))
    assert not is_in(eve, cast)


def test_address_has_to_be_confirmed_to_count(cast: Cast, dana: User) -> None:
    let_in(cast, "dock.example")
    EmailAddress.objects.filter(user=dana).update(verified=False)
    assert signed_in(dana).post(JOIN).status_code == 404
    EmailAddress.objects.create(user=cast.stranger, email="ste@dock.example", verified=True)
    assert signed_in(cast.stranger).post(JOIN).status_code == 302, "a second address counts too"


def test_domains_count_only_while_the_team_says_so(cast: Cast, dana: User) -> None:
    let_in(cast, "dock.example", joining="invited", automatic=True)
    assert signed_in(dana).post(JOIN).status_code == 404
    assert join_automatically(dana) == []


def test_open_team_lets_everybody_in_once_they_press(cast: Cast) -> None:
    open_up(cast)
    client = signed_in(cast.stranger)
    assert "Open to everybody" in words(part(client.get(JOIN), "main"))
    client.post(JOIN)
    assert TeamEntry.objects.get().detail == {"by": "open", "role": "member"}


def test_visitor_is_sent_to_sign_in_and_comes_back_and_learns_nothing_of_the_team(cast: Cast, client: Client) -> None:
    open_up(cast)
    real, none = client.get(JOIN), client.get("/no-such-team/join/")
    assert real["Location"] == f"/accounts/login/?next={JOIN}"
    assert none["Location"] == "/accounts/login/?next=/no-such-team/join/"
    answer = client.post(
        real["Location"], {"login": cast.stranger.email, "password": "correct-horse-battery", "next": JOIN}
    )
    assert answer["Location"] == JOIN


# From a public wall


def open_to_the_public(cast: Cast) -> None:
    Team.objects.filter(pk=cast.team.pk).update(joining="open", visibility="public", tagline="Where boats rest")


def test_visitor_from_a_public_wall_reads_whose_door_it_is(cast: Cast, client: Client) -> None:
    open_to_the_public(cast)
    page = client.get(JOIN)
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    for told in ("Open to everybody", "Harbour", "Where boats rest", "Create an account", "Sign in"):
        assert told in words(part(page, "main"))
    for pressed, way in (("new", "signup"), ("known", "login")):
        answer = client.post(JOIN, {"as": pressed})
        assert answer["Location"] == f"/accounts/{way}/?next=%2Fharbour-team%2Fjoin%2F"
    assert sign_in(client, cast.stranger.email, where=answer["Location"])["Location"] == JOIN
    assert "Join Harbour" in words(part(client.get(JOIN), "main"))
    assert client.post(JOIN)["Location"] == "/harbour-team/"
    assert is_in(cast.stranger, cast)


def test_door_of_a_public_wall_is_found_under_its_former_address(cast: Cast, client: Client) -> None:
    open_to_the_public(cast)
    cast.team.change(by=cast.owner, slug="haven")
    assert client.get(JOIN)["Location"] == "/haven/join/"


def test_public_team_that_is_not_open_asks_a_visitor_to_sign_in(cast: Cast, client: Client) -> None:
    open_to_the_public(cast)
    for joining in ("invited", "domain"):
        Team.objects.update(joining=joining)
        assert client.get(JOIN)["Location"] == client.post(JOIN)["Location"] == f"/accounts/login/?next={JOIN}"
        assert signed_in(cast.stranger).get(JOIN).status_code == 404


def test_person_whom_an_owner_removed_finds_a_page_there_that_tells_nothing(cast: Cast) -> None:
    open_to_the_public(cast)
    cast.member.remove(by=cast.owner)
    client = signed_in(cast.member.user)
    for answer in (client.get(JOIN), client.post(JOIN)):
        assert answer.status_code == 404
        assert "This link does not work." in words(part(answer, "main"))
    assert not is_in(cast.member.user, cast)


# Members


def test_member_is_led_to_the_wall(cast: Cast) -> None:
    open_up(cast)
    client = signed_in(cast.member)
    assert client.get(JOIN)["Location"] == client.post(JOIN)["Location"] == "/harbour-team/"
    assert not TeamEntry.objects.exists()


def test_person_whom_an_owner_removed_comes_back_by_invitation_alone(cast: Cast, dana: User) -> None:
    let_in(cast, "dock.example", joining="open", automatic=True)
    Membership.join(dana, cast.team, role="member", by="open")[0].remove(by=cast.owner)
    assert signed_in(dana).post(JOIN).status_code == 404
    assert join_automatically(dana) == []
    Membership.join(dana, cast.team, role="member", by="invitation")
    assert is_in(dana, cast)


# The list of teams one could join


def test_teams_person_could_join_are_those_that_would_let_them_in(cast: Cast, dana: User) -> None:
    assert list(joinable_teams(dana)) == []
    let_in(cast, "dock.example")
    TeamDomain.objects.create(team=cast.team, domain="quay.example")
    EmailAddress.objects.create(user=dana, email="dana@quay.example", verified=True)
    Team.objects.filter(slug="elsewhere").update(joining="open")
    assert [team.slug for team in joinable_teams(dana)] == ["elsewhere", "harbour-team"]
    assert [team.slug for team in joinable_teams(cast.stranger)] == ["elsewhere"]
    assert [team.slug for team in joinable_teams(cast.foreign_owner.user)] == []


# Joining automatically


def test_people_of_an_automatic_domain_are_in_when_they_sign_in(cast: Cast, dana: User, client: Client) -> None:
    let_in(cast, "dock.example", automatic=True)
    sign_in(client, dana.email)
    assert Membership.objects.get(user=dana).role == "member"
    assert client.get("/harbour-team/").status_code == 200
    client.post("/accounts/logout/")
    sign_in(client, dana.email)
    assert TeamEntry.objects.filter(action=TeamEntry.Action.JOIN).count() == 1


def test_people_of_another_domain_are_not(cast: Cast, dana: User, client: Client) -> None:
    let_in(cast, "dock.example", automatic=True)
    sign_in(client, cast.stranger.email)
    assert not is_in(cast.stranger, cast)
    TeamDomain.objects.update(automatic=False)
    sign_in(Client(), dana.email)
    assert not is_in(dana, cast), "whose domain is not automatic joins by a press"


def test_automatic_domain_beside_one_that_is_not_lets_in_only_its_own(cast: Cast, dana: User) -> None:
    let_in(cast, "dock.example")
    TeamDomain.objects.create(team=cast.team, domain="quay.example", automatic=True)
    assert join_automatically(dana) == []
    assert not is_in(dana, cast)


def test_person_who_has_left_is_not_brought_back_by_signing_in(cast: Cast, dana: User, client: Client) -> None:
    let_in(cast, "dock.example", automatic=True)
    [membership] = join_automatically(dana)
    membership.leave(choice="named")
    sign_in(client, dana.email)
    assert not is_in(dana, cast)
    assert client.post(JOIN)["Location"] == "/harbour-team/", "but may come back themself"


# Making an account


def test_signing_up_is_open_where_there_is_somewhere_to_go(cast: Cast, client: Client, settings: Settings) -> None:
    settings.TEAM_CREATION = "operator"

    def is_open() -> bool:
        return "Create my account" in text_of(client.get("/accounts/signup/"))

    assert not is_open()
    Team.objects.filter(pk=cast.team.pk).update(joining="domain")
    assert not is_open(), "a team of no domain lets nobody in"
    TeamDomain.objects.create(team=cast.team, domain="dock.example")
    assert is_open()
    Team.objects.filter(pk=cast.team.pk).update(joining="open")
    assert is_open()
    Team.objects.filter(pk=cast.team.pk).update(joining="invited")
    assert not is_open()
    settings.TEAM_CREATION = "anyone"
    assert is_open()

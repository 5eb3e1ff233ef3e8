"""The first page of an empty installation: once, for the first person."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.management import call_command
from django.db import connection
from django.test import Client, override_settings

from accounts.models import Installation, Membership, Team, TeamEntry, User
from stories.models import Story
from tests.conftest import Cast, signed_in
from tests.factories import make_user
from tests.pages import text_of

GIVEN = {
    "name": " Ana  Ribeiro ",
    "email": "Ana@Example.org",
    "password": "a-lantern-in-the-hall",
    "team": "Harbour Studio",
}
pytestmark = pytest.mark.django_db


def test_an_empty_installation_leads_to_it(client: Client) -> None:
    assert client.get("/")["Location"] == "/setup/"
    page = client.get("/setup/")
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]


def test_it_makes_the_first_person_their_team_and_signs_them_in(client: Client) -> None:
    answer = client.post("/setup/", GIVEN)
    assert (answer.status_code, answer["Location"]) == (302, "/harbour-studio/")
    ana = User.objects.get()
    assert (ana.name, ana.email, ana.is_superuser, ana.is_staff) == ("Ana Ribeiro", "ana@example.org", True, True)
    assert ana.check_password(GIVEN["password"])
    owner = Membership.objects.get()
    assert (owner.user, owner.team.name, owner.role) == (ana, "Harbour Studio", "owner")
    assert TeamEntry.objects.get().action == "start"
    assert EmailAddress.objects.get(email=ana.email).verified
    wall = client.get("/harbour-studio/")
    assert wall.status_code == 200
    assert "this wall is yours" in text_of(wall).lower()
    assert not Story.objects.exists()


def test_it_cannot_be_reached_again(client: Client) -> None:
    client.post("/setup/", GIVEN)
    for anybody in (client, Client()):
        assert anybody.get("/setup/").status_code == 404
        assert anybody.post("/setup/", {**GIVEN, "email": "mallory@example.org"}).status_code == 404
    User.objects.get().memberships.all().delete()
    Team.objects.all().delete()
    User.objects.all().delete()
    assert Client().get("/setup/").status_code == 404
    assert Client().get("/").status_code == 200
    assert User.objects.count() == 0


def test_it_is_not_there_where_somebody_is(cast: Cast) -> None:
    for person in (None, cast.stranger, cast.owner):
        assert signed_in(person).get("/setup/").status_code == 404
        assert signed_in(person).post("/setup/", GIVEN).status_code == 404
    assert not Installation.objects.exists()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": " "}, "This field is required"),
        ({"email": "ana"}, "Enter a valid email address"),
        ({"password": "12345678"}, "too common"),
        ({"password": "short"}, "too short"),
        ({"team": ""}, "This field is required"),
    ],
)
def test_what_is_wrong_is_said_in_its_place_and_the_rest_is_kept(
    client: Client, changed: dict[str, str], said: str
) -> None:
    answer = client.post("/setup/", {**GIVEN, **changed})
    assert answer.status_code == 422
    page = text_of(answer)
    assert said in page
    kept = {**GIVEN, **changed}
    assert f'value="{kept["team"]}"' in page or not kept["team"]
    assert GIVEN["password"] not in page
    assert not User.objects.exists()


@pytest.mark.parametrize(("team", "slug"), [("Wall", "team-wall"), ("Ναύται", "team"), ("42", "team-42")])
def test_any_name_gets_an_address(client: Client, team: str, slug: str) -> None:
    client.post("/setup/", {**GIVEN, "team": team})
    found = Team.objects.get()
    assert found.name == team
    # “team” itself is the installation's own word.
    assert found.slug in (slug, f"{slug}-2")


def test_the_demo_is_offered_and_nobody_can_sign_in_to_it(client: Client) -> None:
    client.post("/setup/", {**GIVEN, "demo": "on"})
    ana = User.objects.get(email="ana@example.org")
    assert set(ana.memberships_by_slug) == {"harbour-studio", "harbour"}
    assert ana.memberships_by_slug["harbour"].is_owner
    assert not any(person.has_usable_password() for person in User.objects.exclude(pk=ana.pk))
    assert client.get("/harbour/").status_code == 200
    # With a second wall, the front door leads to the one that was looked at last.
    assert client.get("/")["Location"] == "/harbour/"


@override_settings(SSO_ONLY=True)
def test_where_single_sign_on_is_the_only_way_the_first_person_signs_in_first(client: Client) -> None:
    for answer in (client.get("/setup/"), client.post("/setup/", GIVEN)):
        page = text_of(answer)
        assert "/accounts/login/?next=/setup/" in page
    assert not User.objects.exists()
    assert 'name="password"' not in page
    ana = make_user(name="Ana")
    first = signed_in(ana)
    assert first.get("/")["Location"] == "/setup/"
    assert 'name="email"' not in text_of(first.get("/setup/"))
    assert first.post("/setup/", {"team": "Harbour"})["Location"] == "/harbour/"
    ana.refresh_from_db()
    assert ana.is_superuser
    assert Client().get("/setup/").status_code == 404


def test_a_visitor_cannot_take_over_an_installation_whose_operator_was_made_by_command(client: Client) -> None:
    boss = User.objects.create_superuser("boss@example.org", "a-lantern-in-the-hall", name="Boss")
    assert client.get("/setup/").status_code == 404
    assert signed_in(make_user(name="Somebody")).get("/setup/").status_code == 404
    assert signed_in(boss).get("/setup/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_two_first_people_one_wins() -> None:
    start = Barrier(2)

    def press(number: int) -> Any:
        try:
            browser = Client()
            browser.get("/setup/")
            start.wait()
            return browser.post("/setup/", {**GIVEN, "email": f"p{number}@example.org"}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as presses:
        assert sorted(presses.map(press, range(2))) == [302, 404]
    assert (User.objects.count(), Team.objects.count(), Installation.objects.count()) == (1, 1, 1)


def test_the_demo_by_command_needs_somebody_who_is_here() -> None:
    with pytest.raises(Exception, match=r"Nobody here has the address"):
        call_command("load_demo", owner="nobody@example.org")

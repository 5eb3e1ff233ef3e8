"""Setting up an empty installation: once, by the first person with the link that the server printed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from threading import Barrier
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as installation
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client, override_settings
from django.utils import timezone

from accounts.models import Installation, Membership, SetupLink, Team, TeamEntry, User
from kindwall.management.commands.serve import how_to_set_up
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
pytestmark = [pytest.mark.django_db, pytest.mark.mostly_once]


@pytest.fixture
def link(db: None) -> str:
    return path_of(SetupLink.renew())


def path_of(link: str) -> str:
    assert link.startswith(f"{installation.ORIGIN}/setup/")
    return link.removeprefix(installation.ORIGIN)


# The link


def test_visitor_without_the_link_reads_where_it_is(client: Client) -> None:
    assert client.get("/")["Location"] == "/setup/"
    for answer in (client.get("/setup/"), client.post("/setup/", GIVEN)):
        assert answer.status_code == 200
        assert "manage.py setup_link" in text_of(answer)
        assert "<form" not in text_of(answer)
    assert not User.objects.exists()


def test_link_that_is_wrong_old_or_expired_does_not_work(client: Client, link: str) -> None:
    newer = path_of(SetupLink.renew())
    SetupLink.objects.update(created_at=timezone.now() - timedelta(days=8))
    for path in ("/setup/nonsense/", link, newer):
        for answer in (client.get(path), client.post(path, GIVEN)):
            assert answer.status_code == 404
            assert "This link no longer works." in text_of(answer)
    assert not User.objects.exists()


def test_token_is_stored_as_its_digest_and_goes_once_it_is_used(client: Client, link: str) -> None:
    assert link.split("/")[2] not in str(list(SetupLink.objects.values()))
    client.post(link, GIVEN)
    assert not SetupLink.objects.exists()
    assert client.get(link).status_code == 404


def test_first_start_prints_the_link_and_later_ones_say_how_to_get_another(client: Client) -> None:
    first = how_to_set_up()
    assert client.get(path_of(first.split()[-1])).status_code == 200
    assert "setup_link" in how_to_set_up()
    assert f"{installation.ORIGIN}/setup/" not in how_to_set_up()
    assert client.get(path_of(first.split()[-1])).status_code == 200, "a second start leaves the first link alone"
    SetupLink.objects.update(created_at=timezone.now() - timedelta(days=8))
    assert client.get(path_of(how_to_set_up().split()[-1])).status_code == 200


def test_command_prints_a_new_link_until_person_runs_the_place(client: Client, link: str) -> None:
    said = StringIO()
    call_command("setup_link", stdout=said)
    assert client.get(link).status_code == 404
    client.post(path_of(said.getvalue().strip()), GIVEN)
    assert User.objects.get().is_superuser
    assert how_to_set_up() == ""
    with pytest.raises(CommandError, match="runs this installation already"):
        call_command("setup_link")


def test_setup_link_is_sent_to_no_other_site_and_no_cache(client: Client, link: str) -> None:
    page = client.get(link)
    assert page["Referrer-Policy"] == "same-origin"
    assert "no-store" in page["Cache-Control"]


def test_setup_link_works_for_an_earlier_account(client: Client, link: str) -> None:
    make_user(name="Somebody Earlier")
    assert f"/accounts/login/?next={link}" in text_of(client.get(link))
    assert client.post(link, GIVEN).status_code == 200
    ana = signed_in(make_user(name="Ana"))
    assert ana.get("/setup/").status_code == 200
    assert "<form class" not in text_of(ana.get("/setup/")), "an account alone is not the link"
    assert ana.post(link, {"team": "Harbour"})["Location"] == "/harbour/"


# Setting up


def test_setup_makes_the_first_person_their_team_and_signs_them_in(client: Client, link: str) -> None:
    answer = client.post(link, GIVEN)
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


def test_setup_page_cannot_be_reached_again(client: Client, link: str) -> None:
    client.post(link, GIVEN)
    for anybody, path in ((client, link), (Client(), link), (client, "/setup/"), (Client(), "/setup/")):
        assert anybody.get(path).status_code == 404
        assert anybody.post(path, {**GIVEN, "email": "mallory@example.org"}).status_code == 404
    User.objects.get().memberships.all().delete()
    Team.objects.all().delete()
    User.objects.all().delete()
    assert Client().get("/setup/").status_code == 404
    assert Client().get("/").status_code == 200
    assert User.objects.count() == 0


def test_setup_page_is_not_found_once_there_are_people(cast: Cast, link: str) -> None:
    for person in (None, cast.stranger, cast.owner):
        for path in (link, "/setup/"):
            assert signed_in(person).get(path).status_code == 404
            assert signed_in(person).post(path, GIVEN).status_code == 404
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
def test_errors_are_shown_in_place_and_the_rest_stays(
    client: Client, link: str, changed: dict[str, str], said: str
) -> None:
    answer = client.post(link, {**GIVEN, **changed})
    assert answer.status_code == 422
    page = text_of(answer)
    assert said in page
    kept = {**GIVEN, **changed}
    assert f'value="{kept["team"]}"' in page or not kept["team"]
    assert GIVEN["password"] not in page
    assert not User.objects.exists()


@pytest.mark.parametrize(("team", "slug"), [("Wall", "team-wall"), ("Ναύται", "team"), ("42", "team-42")])
def test_team_of_any_name_gets_a_slug(client: Client, link: str, team: str, slug: str) -> None:
    client.post(link, {**GIVEN, "team": team})
    found = Team.objects.get()
    assert found.name == team
    # “team” itself is the installation's own word.
    assert found.slug in (slug, f"{slug}-2")


def test_demo_is_offered_and_nobody_can_sign_in_to_it(client: Client, link: str) -> None:
    client.post(link, {**GIVEN, "demo": "on"})
    ana = User.objects.get(email="ana@example.org")
    assert set(ana.memberships_by_slug) == {"harbour-studio", "harbour"}
    assert ana.memberships_by_slug["harbour"].is_owner
    assert not any(person.has_usable_password() for person in User.objects.exclude(pk=ana.pk))
    assert client.get("/harbour/").status_code == 200
    # With a second wall, the front door leads to the one opened last.
    assert client.get("/")["Location"] == "/harbour/"


@override_settings(SSO_ONLY=True)
def test_first_person_signs_in_first_where_single_sign_on_is_the_only_way(client: Client, link: str) -> None:
    for answer in (client.get(link), client.post(link, GIVEN)):
        page = text_of(answer)
        assert f"/accounts/login/?next={link}" in page
    assert not User.objects.exists()
    assert 'name="password"' not in page
    ana = make_user(name="Ana")
    first = signed_in(ana)
    assert first.get("/")["Location"] == "/setup/"
    assert 'name="email"' not in text_of(first.get(link))
    assert first.post(link, {"team": "Harbour"})["Location"] == "/harbour/"
    ana.refresh_from_db()
    assert ana.is_superuser
    assert Client().get(link).status_code == 404


def test_visitor_cannot_take_over_an_installation_whose_operator_was_made_by_command(client: Client) -> None:
    boss = User.objects.create_superuser("boss@example.org", "a-lantern-in-the-hall", name="Boss")
    assert client.get("/setup/").status_code == 404
    assert signed_in(make_user(name="Somebody")).get("/setup/").status_code == 404
    assert "<form class" in text_of(signed_in(boss).get("/setup/"))


@pytest.mark.django_db(transaction=True)
def test_one_of_two_first_people_wins(link: str) -> None:
    start = Barrier(2)

    def press(number: int) -> Any:
        try:
            browser = Client()
            browser.get(link)
            start.wait()
            return browser.post(link, {**GIVEN, "email": f"p{number}@example.org"}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as presses:
        assert sorted(presses.map(press, range(2))) == [302, 404]
    assert (User.objects.count(), Team.objects.count(), Installation.objects.count()) == (1, 1, 1)


def test_demo_by_command_needs_person_who_is_here() -> None:
    with pytest.raises(Exception, match=r"Nobody here has the address"):
        call_command("load_demo", owner="nobody@example.org")

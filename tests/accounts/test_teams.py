"""Several teams: the redirect to the last one, and starting another."""

import pytest
from django.test import override_settings

from accounts.models import Membership, Team, TeamEntry
from tests.conftest import Cast, signed_in
from tests.factories import make_member, make_team
from tests.pages import part, text_of, words

NEW = {"name": "Night shift", "slug": "night", "tagline": "Lights on."}


def test_front_door_leads_to_the_last_wall(cast: Cast) -> None:
    other = make_team(name="Aft", slug="aft")
    Membership.objects.create(team=other, user=cast.member.user)
    client = signed_in(cast.member)
    assert client.get("/").status_code == 200
    for slug in ("aft", "harbour-team", "aft"):
        client.get(f"/{slug}/")
        assert client.get("/")["Location"] == f"/{slug}/"
    Membership.objects.filter(team=other).delete()
    assert client.get("/")["Location"] == "/harbour-team/"


def test_last_wall_is_found_again_under_its_new_address(cast: Cast) -> None:
    Membership.objects.create(team=make_team(name="Aft", slug="aft"), user=cast.member.user)
    client = signed_in(cast.member)
    client.get("/harbour-team/")
    cast.team.change(by=cast.owner, slug="haven")
    assert client.get("/")["Location"] == "/haven/"


def test_last_wall_is_remembered_without_a_write(cast: Cast) -> None:
    client = signed_in(cast.member)
    first = client.get("/harbour-team/")
    assert first.cookies["kindwall_team"].value == "harbour-team"
    assert first.cookies["kindwall_team"]["httponly"]
    assert "kindwall_team" not in client.get("/harbour-team/").cookies


def test_cookie_that_person_made_up_leads_nowhere_else(cast: Cast) -> None:
    client = signed_in(cast.member)
    for slug in ("elsewhere", "//evil.example", '"\\000"', ""):
        client.cookies["kindwall_team"] = slug
        assert client.get("/")["Location"] == "/harbour-team/"


def test_menu_offers_the_other_walls_to_those_who_have_some(cast: Cast) -> None:
    client = signed_in(cast.member)
    assert "Walls" not in words(part(client.get("/harbour-team/"), "person-menu"))
    Membership.objects.create(team=make_team(name="Aft", slug="aft"), user=cast.member.user)
    menu = words(part(client.get("/harbour-team/"), "person-menu"))
    assert "Aft" in menu
    assert 'href="/aft/"' in text_of(client.get("/harbour-team/"))


def test_list_of_teams_costs_the_same_for_many(cast: Cast, django_assert_num_queries: object) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = signed_in(cast.member)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as made:
            assert client.get("/teams/").status_code == 200
        return len(made)

    before = queries()
    for number in range(6):
        Membership.objects.create(team=make_team(name=f"Team {number}"), user=cast.member.user)
    assert queries() == before


@override_settings(TEAM_CREATION="anyone")
def test_person_starts_a_team_and_owns_it(cast: Cast) -> None:
    client = signed_in(cast.stranger)
    answer = client.post("/teams/new/", NEW)
    assert (answer.status_code, answer["Location"]) == (302, "/night/")
    owner = Membership.objects.get(team__slug="night")
    assert (owner.user, owner.role, owner.team.tagline) == (cast.stranger, "owner", "Lights on.")
    assert TeamEntry.objects.get(team=owner.team).actor == cast.stranger
    assert client.get("/night/").status_code == 200


@override_settings(TEAM_CREATION="anyone")
@pytest.mark.parametrize(
    ("slug", "said"),
    [
        ("harbour-team", "Another team has this address"),
        ("accounts", "needed for Kindwall itself"),
        ("Wall", "needed for Kindwall itself"),
        ("a", "at least two characters"),
        ("2024", "one of them a letter"),
        ("-night", "single hyphens between them"),
        ("night__shift", "single hyphens between them"),
        ("nächte", "single hyphens between them"),
    ],
)
def test_address_has_to_be_sane_and_free(cast: Cast, slug: str, said: str) -> None:
    answer = signed_in(cast.stranger).post("/teams/new/", {**NEW, "slug": slug})
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert 'value="Night shift"' in text_of(answer)
    assert Team.objects.count() == 2


@override_settings(TEAM_CREATION="anyone")
def test_one_of_two_who_take_a_slug_at_once_reads_that_it_is_taken(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.forms.teams.slug_is_free", lambda slug: True)  # as it was when both looked
    answer = signed_in(cast.stranger).post("/teams/new/", {**NEW, "slug": "harbour-team"})
    assert answer.status_code == 422
    assert "Another team has this address" in words(part(answer, "id_slug_error"))
    assert 'value="Night shift"' in text_of(answer)
    assert Team.objects.count() == 2
    assert not cast.stranger.memberships.exists()


@override_settings(TEAM_CREATION="anyone")
def test_address_that_another_team_had_is_not_free(cast: Cast) -> None:
    cast.team.change(by=cast.owner, slug="haven")
    answer = signed_in(cast.stranger).post("/teams/new/", {**NEW, "slug": "harbour-team"})
    assert answer.status_code == 422


@override_settings(TEAM_CREATION="anyone")
def test_empty_slug_is_made_from_the_name(cast: Cast) -> None:
    client = signed_in(cast.stranger)
    assert client.post("/teams/new/", {"name": "Night shift"})["Location"] == "/night-shift/"
    assert client.post("/teams/new/", {"name": "Night shift"})["Location"] == "/night-shift-2/"


@override_settings(TEAM_CREATION="operator")
def test_elsewhere_only_the_operator_starts_teams(cast: Cast) -> None:
    client = signed_in(cast.owner)
    assert client.get("/teams/new/").status_code == 403
    assert client.post("/teams/new/", NEW).status_code == 403
    assert "/teams/new/" not in text_of(client.get("/teams/"))
    cast.owner.user.is_superuser = True
    cast.owner.user.save()
    assert client.post("/teams/new/", NEW).status_code == 302


@override_settings(TEAM_CREATION="anyone")
def test_nobody_starts_teams_without_end(cast: Cast) -> None:
    client = signed_in(make_member(team=cast.team))
    statuses = [client.post("/teams/new/", {"name": f"Team {number}"}).status_code for number in range(11)]
    assert statuses == [302] * 10 + [429]


def test_account_is_offered_where_one_can_be_made(cast: Cast) -> None:
    with override_settings(TEAM_CREATION="anyone"):
        assert "Create an account" in text_of(signed_in(None).get("/"))
    with override_settings(TEAM_CREATION="operator"):
        assert "Create an account" not in text_of(signed_in(None).get("/"))
        cast.team.change(by=cast.owner, joining="open")
        assert "Create an account" in text_of(signed_in(None).get("/"))

"""A person's own pages: name, preferences, teams, and what becomes of their stories."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import DepartureChoice, Membership, Team, User
from stories.models import OutboxEvent, Story
from tests.conftest import Cast, signed_in
from tests.factories import make_draft, make_member, make_story, make_team
from tests.pages import attribute, elements, part, text_of, words

pytestmark = pytest.mark.once

ME, TEAMS = "/me/", "/me/teams/"
PROFILE = {"name": "Mia Member", "language": "", "time_zone": "", "theme": "", "single_keys": "on"}


def chosen(page: str, name: str) -> list[str]:
    """Return what is selected in that list."""
    select = next(found for found in elements(page) if found.name == "select" and attribute(found, "name") == name)
    options = [found for found in elements(str(select)) if found.name == "option"]
    return [attribute(found, "value") or "" for found in options if attribute(found, "selected") is not None]


def options(page: str, name: str) -> dict[str, str]:
    select = next(found for found in elements(page) if found.name == "select" and attribute(found, "name") == name)
    return {attribute(found, "value") or "": words(found) for found in elements(str(select)) if found.name == "option"}


def fields_of(person: Membership) -> dict[str, Any]:
    return dict(User.objects.values().get(pk=person.user_id))


# Profile


def test_profile_is_stored_and_shown(cast: Cast) -> None:
    client = signed_in(cast.member)
    wanted = {"name": "  Mia   Renamed ", "language": "de", "time_zone": "Europe/Berlin", "theme": "dark"}
    answer = client.post(ME, wanted)
    assert (answer.status_code, answer["Location"]) == (302, ME)
    user = User.objects.get(pk=cast.member.user_id)
    assert (user.name, user.language, user.time_zone, user.theme) == ("Mia Renamed", "de", "Europe/Berlin", "dark")
    page = text_of(client.get(ME))
    assert [chosen(page, name) for name in ("language", "time_zone", "theme")] == [["de"], ["Europe/Berlin"], ["dark"]]
    assert client.post(ME, wanted).status_code == 302, "again, it changes nothing"


def test_profile_form_changes_no_other_column(cast: Cast) -> None:
    before = fields_of(cast.member)
    more = {"email": "other@example.org", "is_staff": "on", "is_superuser": "on", "picture_digest": "0" * 32, "id": "1"}
    signed_in(cast.member).post(ME, PROFILE | more)
    after = fields_of(cast.member)
    assert {name for name in before if before[name] != after[name]} <= {"last_login"}


def test_form_of_nothing_asks_for_a_name(cast: Cast) -> None:
    answer = signed_in(cast.member).post(ME)
    assert answer.status_code == 422
    assert words(part(answer, "id_name_error"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "   "},
        {"name": "x" * 81},
        {"name": "a\x00b"},
        {"language": "tlh"},
        {"time_zone": "Europe/Atlantis"},
        {"time_zone": "../etc/passwd"},
        {"theme": "neon"},
    ],
    ids=str,
)
def test_errors_are_shown_in_place_and_the_rest_stays(cast: Cast, wrong: dict[str, str]) -> None:
    typed = {"name": "Mia Typed", "language": "de", "time_zone": "Asia/Tokyo", "theme": "dark"} | wrong
    answer = signed_in(cast.member).post(ME, typed)
    assert answer.status_code == 422
    [field] = wrong
    assert words(part(answer, f"id_{field}_error"))
    if field != "name":
        assert attribute(part(answer, "id_name"), "value") == "Mia Typed"
        kept = {name: chosen(text_of(answer), name) for name in ("language", "time_zone", "theme") if name != field}
        assert kept == {name: [typed[name]] for name in kept}
    assert User.objects.get(pk=cast.member.user_id).name == "Mia Member"


def test_each_language_is_called_by_its_own_name(cast: Cast) -> None:
    page = text_of(signed_in(cast.member).get(ME))
    assert options(page, "language") == {"": "As my browser asks", "en": "English", "de": "Deutsch"}


def test_time_zones_are_grouped_by_region_and_begin_with_the_walls_own(cast: Cast) -> None:
    page = text_of(signed_in(cast.member).get(ME))
    zones = options(page, "time_zone")
    assert next(iter(zones.items())) == ("", "As this wall is set (UTC)")
    assert zones["America/Argentina/Buenos_Aires"] == "Argentina, Buenos Aires"
    assert not {"EST", "Etc/GMT+5", "posixrules", "localtime"} & zones.keys()
    groups = [attribute(found, "label") for found in elements(page) if found.name == "optgroup"]
    assert groups == sorted(group or "" for group in groups)
    assert {"Africa", "Europe", "Pacific"} <= set(groups)


def test_wall_has_the_new_name_when_it_is_read_anew(cast: Cast, story: Story) -> None:
    signed_in(cast.member).post(ME, PROFILE | {"name": "Mia Renamed"})
    page = signed_in(cast.owner).get(story.get_absolute_url())
    assert "Mia Renamed" in words(part(page, f"story-{story.pk}-card"))


# Teams, and going


def choose(person: Membership, team: Team, choice: str) -> Any:
    return signed_in(person.user).post(f"{TEAMS}{team.pk}/parting/", {"choice": choice})


def wish(person: Membership, team: Team) -> str:
    return User.objects.get(pk=person.user_id).departure_choice_in(team)


def test_my_teams_are_listed_with_my_role_and_since_when(cast: Cast) -> None:
    other = make_team(name="Another")
    Membership.objects.create(team=other, user=cast.member.user, role="owner")
    page = signed_in(cast.member).get(TEAMS)
    assert "Member, since" in words(part(page, f"team-{cast.team.pk}"))
    assert "Owner, since" in words(part(page, f"team-{other.pk}"))
    assert "Elsewhere" not in text_of(page)


def test_person_in_no_team_reads_so(cast: Cast) -> None:
    page = signed_in(cast.stranger).get(TEAMS)
    assert page.status_code == 200
    assert "You are in no team at the moment." in words(part(page, "main"))


@pytest.mark.parametrize("choice", ["named", "unnamed", "gone"])
def test_wish_is_stored_and_shown_and_changes_nothing_yet(cast: Cast, story: Story, choice: str) -> None:
    for _again in range(2):
        answer = choose(cast.member, cast.team, choice)
        assert (answer.status_code, answer["Location"]) == (302, TEAMS)
        assert wish(cast.member, cast.team) == choice
    story.refresh_from_db()
    assert story.author == cast.member.user
    section = part(signed_in(cast.member).get(TEAMS), f"team-{cast.team.pk}")
    checked = [found for found in elements(str(section)) if attribute(found, "checked") is not None]
    assert [attribute(found, "value") for found in checked] == [choice]


@pytest.mark.parametrize("choice", ["", "deleted", "NAMED"])
def test_invalid_choice_is_not_saved(cast: Cast, choice: str) -> None:
    choose(cast.member, cast.team, "unnamed")
    assert choose(cast.member, cast.team, choice).status_code == 302
    assert wish(cast.member, cast.team) == "unnamed"


def test_wish_is_for_one_team_and_one_person(cast: Cast) -> None:
    other = Membership.objects.create(team=make_team(), user=cast.member.user)
    choose(cast.member, cast.team, "gone")
    assert wish(cast.member, other.team) == "named"
    assert wish(cast.owner, cast.team) == "named"


def test_team_one_has_nothing_to_do_with_is_not_found(cast: Cast) -> None:
    for pk in (cast.team.pk, 10**6, 2**63, 10**40):
        assert signed_in(cast.stranger).post(f"{TEAMS}{pk}/parting/", {"choice": "gone"}).status_code == 404
    assert not DepartureChoice.objects.exists()


@pytest.mark.parametrize(
    ("choice", "left", "author", "listed"),
    [("named", 1, True, True), ("unnamed", 1, False, False), ("gone", 0, False, False)],
)
def test_going_does_what_was_wished(
    cast: Cast, story: Story, choice: str, left: int, author: bool, listed: bool
) -> None:
    make_draft(author=cast.member)
    choose(cast.member, cast.team, choice)
    Membership.objects.get(pk=cast.member.pk).leave()
    assert Story.objects.count() == left
    assert Story.objects.filter(author=cast.member.user).exists() == author
    page = text_of(signed_in(cast.member.user).get(TEAMS))
    assert (f'id="team-{cast.team.pk}"' in page) == listed


def test_choice_is_applied_at_once_to_a_person_who_has_left(cast: Cast, story: Story) -> None:
    make_story(author=cast.member, moderator=cast.moderator)
    theirs = make_story(author=cast.newcomer, moderator=cast.moderator)
    Membership.objects.get(pk=cast.member.pk).leave()
    section = words(part(signed_in(cast.member.user).get(TEAMS), f"team-{cast.team.pk}"))
    assert "2 stories of yours are still there." in section
    assert "This happens at once." in section
    before = OutboxEvent.objects.newest_id()
    choose(cast.member, cast.team, "gone")
    assert list(Story.objects.all()) == [theirs]
    assert OutboxEvent.objects.filter(pk__gt=before, kind="gone").count() == 2, "open walls are told"
    assert f'id="team-{cast.team.pk}"' not in text_of(signed_in(cast.member.user).get(TEAMS))
    assert choose(cast.member, cast.team, "named").status_code == 404, "nothing of theirs is there"


def test_team_left_by_another_person_is_not_mine(cast: Cast, story: Story) -> None:
    Membership.objects.get(pk=cast.member.pk).leave()
    assert "Harbour" not in words(part(signed_in(cast.stranger).get(TEAMS), "main"))


def test_twice_the_teams_cost_the_same_queries(cast: Cast, story: Story) -> None:
    client = signed_in(cast.member)

    def teams(number: int) -> None:
        for _team in range(number):
            Membership.objects.create(team=make_team(), user=cast.member.user)
            left = make_team()
            guest = Membership.objects.create(team=left, user=cast.member.user)
            make_story(author=guest, moderator=make_member(team=left, role="owner"))
            guest.leave()

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(TEAMS).status_code == 200
        return len(asked)

    teams(1)
    before = queries()
    teams(2)
    assert queries() == before <= 8

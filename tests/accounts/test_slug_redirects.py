"""A team that takes another slug is found under its former ones."""

import pytest
from django.test import Client

from accounts.models import Refused, Team
from accounts.models.team import slug_is_free
from stories.models import Story
from tests.conftest import Cast, signed_in
from tests.factories import make_team
from tests.pages import part

pytestmark = pytest.mark.once


def rename(cast: Cast, slug: str) -> None:
    cast.team.change(by=cast.owner, slug=slug)


def test_saving_another_address_leads_to_the_settings_there(cast: Cast) -> None:
    answer = signed_in(cast.owner).post(
        "/harbour-team/settings/", {"name": "Harbour", "slug": "Quay-9", "tagline": "", "accent": "ink"}
    )
    assert (answer.status_code, answer["Location"]) == (302, "/quay-9/settings/")


@pytest.mark.parametrize("path", ["", "?before=1-2", "mine/", "settings/log/?before=5", "stories/{pk}/edit/"])
def test_old_address_leads_to_the_same_page(cast: Cast, story: Story, path: str) -> None:
    rename(cast, "quay")
    path = path.format(pk=story.pk)
    answer = signed_in(cast.owner).get(f"/harbour-team/{path}")
    assert (answer.status_code, answer["Location"]) == (307, f"/quay/{path}")


def test_form_sent_to_an_old_address_arrives_whole(cast: Cast) -> None:
    rename(cast, "quay")
    client = signed_in(cast.member, enforce_csrf_checks=True)
    token = client.get("/quay/share/").cookies["kindwall_csrf"].value
    typed = {"kind": "given", "qualities": ["love"], "body": "Under the old name.", "action": "save"}
    answer = client.post("/harbour-team/share/", typed, headers={"X-CSRFToken": token}, follow=True)
    assert answer.redirect_chain[0] == ("/quay/share/", 307)
    assert Story.objects.get().body == "Under the old name."


def test_stranger_reads_nothing_of_it(cast: Cast) -> None:
    rename(cast, "quay")
    for client in (signed_in(cast.stranger), signed_in(cast.foreign_owner)):
        old, none = client.get("/harbour-team/"), client.get("/no-such-team/")
        assert old.status_code == none.status_code == 404
        assert str(part(old, "main")) == str(part(none, "main"))
        assert client.post("/harbour-team/share/", {"body": "x"}).status_code == 404


def test_visitor_is_asked_to_sign_in_and_then_led_on(cast: Cast) -> None:
    rename(cast, "quay")
    answer = Client().get("/harbour-team/mine/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/harbour-team/mine/")


def test_every_address_there_ever_was_leads_straight_to_the_present_one(cast: Cast) -> None:
    for slug in ("quay", "pier", "jetty"):
        rename(cast, slug)
    client = signed_in(cast.member)
    for old in ("harbour-team", "quay", "pier"):
        assert client.get(f"/{old}/mine/")["Location"] == "/jetty/mine/", old
    assert client.get("/jetty/mine/").status_code == 200


def test_team_may_take_back_an_address_of_its_own(cast: Cast) -> None:
    rename(cast, "quay")
    rename(cast, "harbour-team")
    client = signed_in(cast.member)
    assert client.get("/harbour-team/").status_code == 200
    assert client.get("/quay/")["Location"] == "/harbour-team/"
    assert {former.slug for former in cast.team.former_slugs.all()} == {"quay"}


def test_no_other_team_may_take_an_old_address(cast: Cast) -> None:
    rename(cast, "quay")
    assert not slug_is_free("harbour-team")
    assert slug_is_free("harbour-team", besides=cast.team)
    other = cast.foreign_owner
    answer = signed_in(other).post(
        "/elsewhere/settings/", {"name": "Elsewhere", "slug": "harbour-team", "tagline": "", "accent": "ink"}
    )
    assert answer.status_code == 422
    with pytest.raises(Refused):
        other.team.change(by=other, slug="harbour-team")
    assert Team.objects.get(pk=other.team.pk).slug == "elsewhere"
    assert signed_in(cast.member).get("/harbour-team/")["Location"] == "/quay/"


def test_one_of_two_teams_that_take_a_slug_at_once_is_refused(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """This simulates a change that becomes visible only after the check."""
    looks = iter([True])
    monkeypatch.setattr(
        "accounts.models.team.slug_is_free", lambda slug, besides: next(looks, slug_is_free(slug, besides=besides))
    )
    with pytest.raises(Refused):
        cast.team.change(by=cast.owner, slug="elsewhere", name="Quay")
    team = Team.objects.get(pk=cast.team.pk)
    assert (team.slug, team.name) == ("harbour-team", "Harbour")
    assert not team.former_slugs.exists()
    assert not team.log.exists()


def test_person_who_has_left_is_not_led_on(cast: Cast) -> None:
    rename(cast, "quay")
    cast.member.leave()
    assert signed_in(cast.member).get("/harbour-team/").status_code == 404


def test_addresses_of_a_deleted_team_are_free_again(cast: Cast) -> None:
    rename(cast, "quay")
    cast.team.delete()
    assert slug_is_free("harbour-team")
    assert slug_is_free("quay")
    assert make_team(slug="quay").pk

"""Whoever is not in a team, or no more, and what they can learn of it: nothing."""

import pytest
from django.urls import get_resolver

from stories.models import State, Story
from tests.access_stories import ACTIONS
from tests.conftest import Cast, signed_in
from tests.factories import make_story
from tests.pages import part, text_of
from tests.test_access import patterns

pytestmark = pytest.mark.once


@pytest.mark.parametrize("state", list(State))
def test_a_story_is_not_found_under_the_name_of_another_team(cast: Cast, state: State) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state=state)
    client = signed_in(cast.foreign_owner)
    assert client.get(f"/elsewhere/stories/{story.pk}/").status_code == 404
    assert client.get(f"/elsewhere/stories/{story.pk}/edit/").status_code == 404
    for action in ACTIONS:
        answer = client.post(f"/elsewhere/stories/{story.pk}/{action}/", {"revision": 1, "message": "x", "kind": "see"})
        assert answer.status_code == 404, action


def test_a_stranger_cannot_tell_a_team_from_none(cast: Cast) -> None:
    client = signed_in(cast.stranger)
    real, none = client.get("/harbour-team/"), client.get("/no-such-team/")
    assert real.status_code == none.status_code == 404
    assert str(part(real, "main")) == str(part(none, "main"))
    assert "harbour" not in text_of(real).lower()


@pytest.mark.parametrize("pk", [10**6, 2**63 - 1, 2**63, 10**40])
def test_a_story_that_never_was_is_not_found(cast: Cast, pk: int) -> None:
    client = signed_in(cast.owner)
    assert client.get(f"/harbour-team/stories/{pk}/").status_code == 404
    assert client.get(f"/harbour-team/stories/{pk}/edit/").status_code == 404
    assert client.get(f"/harbour-team/stories/{pk}/reactions/").status_code == 404
    data = {"revision": 1, "message": "x", "kind": "see"}
    for action in ACTIONS:
        assert client.post(f"/harbour-team/stories/{pk}/{action}/", data).status_code == 404, action


def test_somebody_who_has_left_the_team_is_a_stranger(cast: Cast, story: Story) -> None:
    client = signed_in(cast.member)
    cast.member.delete()
    for path in ("", "mine/", "live/", f"stories/{story.pk}/", f"stories/{story.pk}/edit/"):
        assert client.get(f"/harbour-team/{path}").status_code == 404, path


def test_somebody_who_is_no_longer_active_is_signed_out(cast: Cast) -> None:
    client = signed_in(cast.member)
    cast.member.user.is_active = False
    cast.member.user.save()
    answer = client.get("/harbour-team/")
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/login/?next=/harbour-team/"


def test_a_public_team_under_a_former_address_leads_to_the_present_one(cast: Cast, story: Story) -> None:
    cast.team.change(by=cast.owner, visibility="public")
    cast.team.change(by=cast.owner, slug="haven")
    for person in (None, cast.stranger):
        answer = signed_in(person).get(f"/harbour-team/stories/{story.pk}/?from=mail")
        assert answer["Location"] == f"/haven/stories/{story.pk}/?from=mail"
    cast.team.change(by=cast.owner, visibility="members")
    assert signed_in(None).get("/harbour-team/")["Location"] == "/accounts/login/?next=/harbour-team/"
    assert signed_in(cast.stranger).get("/harbour-team/").status_code == 404


def test_a_stream_for_a_visitor_is_refused_without_a_page(cast: Cast) -> None:
    answer = signed_in(None).get("/harbour-team/live/", headers={"Accept": "text/event-stream"})
    assert (answer.status_code, answer.content) == (401, b"")


def test_every_admin_page_is_closed_to_people_who_are_not_staff(cast: Cast) -> None:
    routes = [route for route in patterns(get_resolver()) if route.startswith("admin/")]
    assert len(routes) > 20
    public = {"admin/login/", "admin/logout/", "admin/jsi18n/"}
    fixed = [route for route in routes if not {"<", "("} & set(route) and route not in public]
    for person in (None, cast.stranger, cast.owner):
        client = signed_in(person)
        for route in fixed:
            assert client.get(f"/{route}").status_code == 302, route

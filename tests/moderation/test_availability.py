"""A moderator's absence, the switch for single keys, and the introduction to the desk."""

from datetime import date, timedelta

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import timezone

from accounts.models import Membership, User
from tests.conftest import Cast, signed_in
from tests.pages import HTMX, attribute, ids, part, root_id, value, words

pytestmark = pytest.mark.once

AWAY, KEYS, DESK = (f"/harbour-team/moderation/{page}" for page in ("away/", "keys/", ""))


def away_until(member: Membership) -> date | None:
    return Membership.objects.get(pk=member.pk).away_until


def in_days(number: int) -> date:
    return timezone.localdate() + timedelta(days=number)


@pytest.mark.parametrize("days", [1, 366])
def test_moderator_sets_and_ends_an_absence(cast: Cast, days: int) -> None:
    client, until = signed_in(cast.moderator), in_days(days)
    for _again in range(2):
        answer = client.post(AWAY, {"until": until.isoformat()})
        assert (answer.status_code, answer["Location"]) == (302, DESK)
        assert away_until(cast.moderator) == until
    for _again in range(2):
        assert client.post(AWAY, {"until": ""})["Location"] == DESK
        assert away_until(cast.moderator) is None


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (0, "a day after today"),
        (-1, "a day after today"),
        (367, "for a year at most"),
        ("9999-12-31", "for a year at most"),
        ("soon", "This is not a date"),
        ("2026-02-30", "This is not a date"),
    ],
)
def test_invalid_day_shows_an_error_and_changes_nothing(cast: Cast, wanted: int | str, said: str) -> None:
    """A number is of days from now: midnight may come between the collecting of the tests and this one."""
    typed = in_days(wanted).isoformat() if isinstance(wanted, int) else wanted
    cast.moderator.go_away_until(in_days(3))
    client = signed_in(cast.moderator)
    for headers in ({}, HTMX):
        answer = client.post(AWAY, {"until": typed}, headers=headers)
        assert answer.status_code == 422
        assert said in words(part(answer, "away-until-error"))
        assert value(part(answer, "away-until")) == typed
        assert attribute(part(answer, "away-until"), "aria-invalid") == "true"
    assert root_id(answer) == f"membership-{cast.moderator.pk}-away"
    assert away_until(cast.moderator) == in_days(3)


def test_htmx_gets_the_part_as_it_is_now(cast: Cast) -> None:
    client, root = signed_in(cast.moderator), f"membership-{cast.moderator.pk}-away"
    gone = client.post(AWAY, {"until": in_days(3).isoformat()}, headers=HTMX)
    assert (gone.status_code, root_id(gone)) == (200, root)
    assert "You are away until" in words(part(gone, root))
    back = client.post(AWAY, {"until": ""}, headers=HTMX)
    assert "I am back" not in words(part(back, root))
    assert "HX-Request" in back["Vary"]


def test_absence_form_needs_only_the_membership(cast: Cast) -> None:
    request = RequestFactory().get("/")
    context = {"membership": cast.moderator, "team": cast.team}
    html = render_to_string("moderation/away.html#away", context, request)
    assert f'action="{AWAY}"' in html
    cast.moderator.go_away_until(in_days(-1))
    assert "I am back" not in render_to_string("moderation/away.html#away", context, request), "it has passed"


@pytest.mark.parametrize("path", [AWAY, KEYS])
def test_both_are_for_moderators(cast: Cast, path: str) -> None:
    assert signed_in(cast.member).post(path, {"on": "0", "until": ""}).status_code == 403
    assert signed_in(cast.stranger).post(path, {"on": "0", "until": ""}).status_code == 404
    assert signed_in(cast.moderator).get(path).status_code == 405


def keys_work(member: Membership) -> bool:
    return User.objects.get(pk=member.user_id).single_keys


def test_single_keys_are_switched_off_and_on_again(cast: Cast) -> None:
    client = signed_in(cast.moderator)
    for _again in range(2):
        answer = client.post(KEYS, {"on": "0"})
        assert (answer.status_code, answer["Location"]) == (302, DESK)
        assert not keys_work(cast.moderator)
    client.post(KEYS, {"on": "1"})
    assert keys_work(cast.moderator)
    assert keys_work(cast.owner)


@pytest.mark.parametrize("on", ["", "yes", "2"])
def test_neither_on_nor_off_changes_nothing(cast: Cast, on: str) -> None:
    assert signed_in(cast.moderator).post(KEYS, {"on": on}).status_code == 400
    assert keys_work(cast.moderator)


PROFILE = {"name": "Mo", "language": "", "time_zone": "", "theme": ""}


def test_everybodys_profile_has_the_switch_for_single_keys(cast: Cast) -> None:
    client = signed_in(cast.member)
    assert attribute(part(client.get("/me/"), "id_single_keys"), "checked") is not None
    client.post("/me/", PROFILE)
    assert not keys_work(cast.member)
    assert attribute(part(client.get("/me/"), "id_single_keys"), "checked") is None
    client.post("/me/", PROFILE | {"single_keys": "on"})
    assert keys_work(cast.member)


# The introduction to the desk

DISMISS = "/harbour-team/moderation/introduction/dismiss/"


def is_introduced(membership: Membership) -> bool:
    return "desk-introduction" in ids(signed_in(membership).get("/harbour-team/moderation/"))


def test_new_moderator_is_introduced_to_the_desk_until_they_dismiss_it(cast: Cast) -> None:
    assert is_introduced(cast.moderator)
    response = signed_in(cast.moderator).post(DISMISS)
    assert (response.status_code, response["Location"]) == (302, "/harbour-team/moderation/")
    assert not is_introduced(cast.moderator)
    assert is_introduced(cast.second_moderator), "each for themselves"
    again = signed_in(cast.moderator).post(DISMISS, headers=HTMX)
    assert (again.status_code, again.content) == (200, b"")


def test_moderator_of_a_month_is_not_introduced(cast: Cast) -> None:
    Membership.objects.filter(pk=cast.moderator.pk).update(joined_at=timezone.now() - timedelta(days=31))
    assert not is_introduced(cast.moderator)
    Membership.objects.filter(pk=cast.moderator.pk).update(role_changed_at=timezone.now())
    assert is_introduced(cast.moderator), "who has only just become one"

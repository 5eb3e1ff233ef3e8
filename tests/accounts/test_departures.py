"""The registries by which apps above hear of departures and add to a person's page."""

import pytest

from accounts import departures, person_page
from accounts.departures import DepartureListener
from accounts.models import DepartureChoice, Membership, Team, TeamEntry, User
from tests.conftest import Cast, signed_in
from tests.factories import make_story
from tests.pages import text_of

pytestmark = pytest.mark.once

Call = tuple[str, int, str]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Call]:
    """Let two listeners of a test take the place of the product's own."""
    heard: list[Call] = []

    def listener(name: str) -> DepartureListener:
        def apply(user: User, team: Team, choice: str) -> None:
            assert not user.memberships.filter(team=team).exists(), "the membership has ended before"
            heard.append((name, user.pk, choice))

        return DepartureListener(apply, lambda user: {})

    monkeypatch.setattr(departures, "departure_listeners", [])
    departures.register(listener("first"))
    departures.register(listener("second"))
    return heard


def both(person: Membership, choice: str) -> list[Call]:
    return [("first", person.user_id, choice), ("second", person.user_id, choice)]


def test_listeners_are_called_in_order_when_a_person_leaves(cast: Cast, calls: list[Call]) -> None:
    cast.member.leave(choice="unnamed")
    assert calls == both(cast.member, "unnamed")


def test_listeners_are_called_when_a_person_is_removed(cast: Cast, calls: list[Call]) -> None:
    cast.member.remove(by=cast.owner)
    assert calls == both(cast.member, "named")


def test_choice_is_applied_at_once_only_after_the_departure(cast: Cast, calls: list[Call]) -> None:
    DepartureChoice.choose(cast.member.user, cast.team, "unnamed")
    assert calls == []
    cast.member.leave()
    calls.clear()
    assert DepartureChoice.choose(cast.member.user, cast.team, "gone")
    assert calls == both(cast.member, "gone")


def test_listener_that_raises_undoes_the_departure(cast: Cast, calls: list[Call]) -> None:
    def fails(user: User, team: Team, choice: str) -> None:
        raise RuntimeError("the disk is full")

    departures.register(DepartureListener(fails, lambda user: {}))
    with pytest.raises(RuntimeError):
        cast.member.leave(choice="gone")
    assert Membership.objects.filter(user=cast.member.user, team=cast.team).exists()
    assert not TeamEntry.objects.filter(action=TeamEntry.Action.LEAVE).exists()
    assert cast.member.user.departure_choice_in(cast.team) == "named"


def test_listeners_count_together_and_only_once_each(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    one = DepartureListener(lambda user, team, choice: None, lambda user: {cast.team.pk: 2})
    monkeypatch.setattr(departures, "departure_listeners", [])
    for listener in (one, one, DepartureListener(lambda user, team, choice: None, lambda user: {cast.team.pk: 3})):
        departures.register(listener)
    assert departures.left_behind_by(cast.member.user) == {cast.team.pk: 5}


def test_stories_are_registered(cast: Cast) -> None:
    make_story(author=cast.member, moderator=cast.moderator)
    assert departures.left_behind_by(cast.member.user) == {cast.team.pk: 1}
    assert "how_stories_hang" in person_page.extra_context(cast.moderator, cast.member)


def test_page_of_a_person_opens_without_any_provider(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(person_page, "page_providers", [])
    page = signed_in(cast.moderator).get(f"/harbour-team/people/{cast.member.pk}/")
    assert page.status_code == 200
    assert cast.member.user.name in text_of(page)

"""The cast: an owner, two moderators, a member and a newcomer of one team, and a stranger to it."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import Membership, Team, User
from stories.models import Story
from stories.wall import hung_at
from tests.factories import make_member, make_story, make_team, make_user


@dataclass(frozen=True)
class Cast:
    team: Team
    owner: Membership
    moderator: Membership
    second_moderator: Membership
    member: Membership
    newcomer: Membership
    stranger: User
    foreign_owner: Membership


def make_cast() -> Cast:
    team, other = make_team(name="Harbour", slug="harbour-team"), make_team(name="Elsewhere", slug="elsewhere")
    return Cast(
        team=team,
        owner=make_member(team=team, name="Olu Owner", role="owner"),
        moderator=make_member(team=team, name="Mo Moderator", role="moderator"),
        second_moderator=make_member(team=team, name="Sam Second", role="moderator"),
        member=make_member(team=team, name="Mia Member"),
        newcomer=make_member(team=team, name="Nia Newcomer"),
        stranger=make_user(name="Sté Stranger"),
        foreign_owner=make_member(team=other, name="Fay Foreign", role="owner"),
    )


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def story(cast: Cast) -> Story:
    """Mia's, on the wall."""
    return make_story(author=cast.member, moderator=cast.moderator)


@pytest.fixture
def pending(cast: Cast) -> Story:
    """Mia's, waiting for a moderator."""
    return make_story(author=cast.member, state="pending")


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """Rate limits live in the cache, and drawn pages in memory: both outlive a test, and its numbering begins anew."""
    cache.clear()
    hung_at.cache_clear()
    yield
    cache.clear()


def signed_in(person: Membership | User | None, *, enforce_csrf_checks: bool = False) -> Client:
    """A browser of this person's; of nobody's for None."""
    client = Client(enforce_csrf_checks=enforce_csrf_checks)
    if person is not None:
        client.force_login(person.user if isinstance(person, Membership) else person)
    return client

"""Who gets what from every address, as a table; and that no address is missing from it.

The tables are in access_team.py, access_stories.py and access_account.py.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.test.html import parse_html
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import Membership
from stories.models import State, Story
from tests.access_account import ARCHIVES, ENTRANCE, ME, TEAMS
from tests.access_cases import OUTSIDE, PEOPLE, Case, data_for
from tests.access_stories import ACTIONS, LOOKED_AT, desk_cases, story_cases
from tests.access_team import DESK_PAGES, PEOPLE_PAGES, QUEUE_PAGES, SETTINGS_PAGES, TEAM_PAGES
from tests.conftest import Cast, forget, signed_in
from tests.factories import make_member, make_story

pytestmark = pytest.mark.once

READ_BY_ALL = (
    *("/harbour-team/", "/harbour-team/live/", "/harbour-team/live/missed/", "/harbour-team/stories/{pk}/"),
    *("/harbour-team/filters/", "/harbour-team/archive/", "/harbour-team/arrivals/"),
    "/harbour-team/feed/",
)


def of_a_public_team(case: Case) -> Case:
    """Return the case for a team whose wall is public: people outside read what is published, and nothing else changes.

    The pages that have a public twin are asked for by everybody. The others only by people outside: for the team
    itself they are the views of the case before, which know nothing of the public wall.
    """
    if case.path not in READ_BY_ALL:
        return replace(case, public=True, expected={name: case.expected[name] for name in OUTSIDE})
    reading = 200 if case.state in ("", "published") else 404
    outside = dict.fromkeys(OUTSIDE, reading if case.method == "get" else 405)
    return replace(case, public=True, expected=case.expected | outside)


OF_A_TEAM: dict[str, list[Case]] = {
    "the team's pages": TEAM_PAGES,
    "the desk": [*DESK_PAGES, *QUEUE_PAGES],
    "people": PEOPLE_PAGES,
    "settings": SETTINGS_PAGES,
}
for one in (*story_cases(), *desk_cases()):
    OF_A_TEAM.setdefault(f"a story: {one.state}", []).append(one)
TABLES: dict[str, list[Case]] = {
    **OF_A_TEAM,
    **{f"{name}, of a public team": list(map(of_a_public_team, cases)) for name, cases in OF_A_TEAM.items()},
    "teams": TEAMS,
    "oneself": ME,
    "archives": ARCHIVES,
    "the entrance": ENTRANCE,
}
CASES = [case for cases in TABLES.values() for case in cases]


@dataclass(frozen=True)
class Everybody:
    """The cast, Ada who writes the stories, and what their browsers know them by."""

    cast: Cast
    author: Membership
    cookies: dict[str, SimpleCookie]

    def client(self, name: str) -> Client:
        """A browser as after signing in: what an answer before this has set in it is forgotten."""
        client = Client()
        client.cookies.load(self.cookies[name].output(header="", sep=";"))
        return client


@pytest.fixture
def everybody(cast: Cast) -> Everybody:
    author = make_member(team=cast.team, name="Ada Author")
    cast.member.user.set_picture(b"A small square picture.")
    people = {name: getattr(cast, name, None) for name in PEOPLE} | {"author": author}
    return Everybody(cast, author, {name: signed_in(person).cookies for name, person in people.items()})


@pytest.mark.parametrize("table", TABLES)
def test_everybody_gets_what_the_table_says(everybody: Everybody, table: str) -> None:
    """Each request begins from the same rows: what it changes is taken back, and all wrong answers are named."""
    cases = TABLES[table]
    if cases[0].public:
        everybody.cast.team.change(by=everybody.cast.owner, visibility="public")
    moderator = everybody.cast.second_moderator
    state = cases[0].state
    story = make_story(author=everybody.author, moderator=moderator, state=state) if state else None
    wrong = [
        f"{case} as {name}: {status}, not {case.expected[name]}"
        for case in cases
        for name, status in statuses(everybody, case, story).items()
        if status != case.expected[name]
    ]
    assert not wrong, "\n".join(wrong)


def statuses(everybody: Everybody, case: Case, story: Story | None) -> dict[str, int]:
    member = everybody.cast.member.user
    picture = f"{member.pk}/{member.picture_digest}"
    path = case.path.format(pk=story.pk if story else "", team=everybody.cast.team.pk, picture=picture)
    forget()  # what earlier requests have used up of a limit, and pages drawn of rows that were taken back

    def status(name: str) -> int:
        send: Callable[..., Any] = getattr(everybody.client(name), case.method)
        with transaction.atomic():
            response = send(path, data_for(case.data, story) if case.method == "post" else None)
            transaction.set_rollback(True)
        if name in ("owner", "visitor") and response.get("Content-Type", "").startswith("text/html"):
            parse_html(response.content.decode())  # fails where an element is closed that is not open
        return int(response.status_code)

    return {name: status(name) for name in case.expected if is_told_apart(case, name)}


def is_told_apart(case: Case, name: str) -> bool:
    """Whether the state may matter: who somebody is, is asked before any view knows of a story.

    A form from outside is refused by the team. A newcomer may do what a member may, and an owner what a moderator may.
    """
    return case.state in ("", *LOOKED_AT) or name not in (*OUTSIDE, "newcomer", "owner")


def patterns(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern, route)
        else:
            assert isinstance(pattern, URLPattern)
            yield route


def test_the_table_names_every_address() -> None:
    """The admin counts as one: AdminSite closes it as a whole, to everybody who is not staff."""
    concrete = [case.path.format(pk=1, team=1, picture="1/0").lstrip("/") for case in CASES]
    covered = {get_resolver().resolve(f"/{path}").route for path in concrete}
    routes = {route.replace("/^", "/") for route in patterns(get_resolver())}
    covered = {route.replace("/^", "/") for route in covered}
    assert {route for route in routes if not route.startswith("admin/")} == {
        route for route in covered if not route.startswith("admin/")
    }
    assert any(route.startswith("admin/") for route in covered)


def test_the_table_names_everybody_for_every_address() -> None:
    assert all(case.expected.keys() == set(PEOPLE) for case in CASES if not case.public)
    public = [case for case in CASES if case.public]
    assert all(case.expected.keys() >= set(OUTSIDE) for case in public)
    assert {(case.path, case.state) for case in public if case.path in READ_BY_ALL} == {
        (case.path, case.state) for case in public if case.expected.keys() == set(PEOPLE)
    }
    assert len(public) == sum(map(len, OF_A_TEAM.values()))


def test_every_address_of_a_team_is_in_the_table_for_every_state() -> None:
    for state in State:
        for action in ACTIONS:
            posted = [case for case in CASES if case.method == "post" and case.path.endswith(f"/{action}/")]
            assert state in {case.state for case in posted}, (state, action)

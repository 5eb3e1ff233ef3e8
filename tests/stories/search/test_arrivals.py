"""A page in another order, or with a filter, asks where the stories belong that arrive or change while it is open."""

import re

import pytest
from django.test import Client

from stories import wall_order
from tests.conftest import Cast, signed_in
from tests.factories import make_edit, make_story
from tests.pages import text_of
from tests.stories.test_wall import queries

ARRIVALS = "/harbour-team/arrivals/"
PLACED = re.compile(r'<div(?: data-behind="(?P<behind>[^"]*)")?>\s*<article\s[^>]*id="story-(?P<pk>\d+)-card"')


def arrivals(client: Client, query: str, *stories: int) -> dict[int, str | None]:
    """Return the stories that are found, each with the id of the card before it; None beyond the first page."""
    page = text_of(client.get(f"{ARRIVALS}?{query}{''.join(f'&story={pk}' for pk in stories)}"))
    assert page.count("<article") == len(list(PLACED.finditer(page)))
    return {int(match["pk"]): match["behind"] for match in PLACED.finditer(page)}


def publish(cast: Cast, body: str) -> int:
    return make_story(author=cast.member, moderator=cast.moderator, body=body).pk


def test_arrivals_are_those_that_fit_with_their_place(cast: Cast) -> None:
    first, second, other = publish(cast, "A door."), publish(cast, "Another door."), publish(cast, "A window.")
    client = signed_in(cast.owner)
    assert arrivals(client, "q=door&order=new", second, first, other) == {second: "", first: f"story-{second}-card"}
    assert arrivals(client, "q=door&order=new", other) == {}
    assert "<mark>door</mark>" in text_of(client.get(f"{ARRIVALS}?q=door&story={first}"))


def test_place_follows_the_order(cast: Cast) -> None:
    early, late = [make_story(author=cast.member, moderator=cast.moderator) for _ in range(2)]
    client = signed_in(cast.owner)
    assert arrivals(client, "order=all", early.pk) == {early.pk: f"story-{late.pk}-card"}
    early.toggle_uplift(by=cast.owner)
    assert arrivals(client, "order=all", early.pk) == {early.pk: ""}


def test_edit_that_no_longer_fits_is_left_out(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, body="A door.")
    client = signed_in(cast.owner)
    assert story.pk in arrivals(client, "q=door", story.pk)
    make_edit(story, author=cast.member, moderator=cast.moderator, body="A window.")
    assert arrivals(client, "q=door", story.pk) == {}
    assert story.pk in arrivals(client, "q=window", story.pk)


def test_story_beyond_the_first_page_has_no_place(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wall_order, "STORIES_ON_PAGE", 1)
    first, second = publish(cast, "A door."), publish(cast, "Another door.")
    assert arrivals(signed_in(cast.owner), "q=door&order=new", first, second) == {second: "", first: None}


def test_arrivals_are_published_stories_of_this_wall(cast: Cast) -> None:
    pending = make_story(author=cast.member, state="pending")
    foreign = make_story(author=cast.foreign_owner, moderator=cast.foreign_owner)
    for query in ("order=warm", "q=door", "mine=1"):
        assert arrivals(signed_in(cast.member), query, pending.pk, foreign.pk, 10**17) == {}


def test_visitor_of_a_public_wall_gets_cards_without_buttons(cast: Cast) -> None:
    story = publish(cast, "A door.")
    cast.team.change(by=cast.owner, visibility="public")
    assert arrivals(Client(), "q=door", story) == {story: ""}
    assert "<button" not in text_of(Client().get(f"{ARRIVALS}?q=door&story={story}"))


@pytest.mark.once
def test_arrivals_cost_the_same_on_a_longer_wall(cast: Cast) -> None:
    client = signed_in(cast.owner)
    costs = []
    for _ in range(2):
        pks = [publish(cast, "A door.") for _ in range(3)]
        costs.append(queries(client, f"{ARRIVALS}?order=warm&story={pks[0]}"))
    assert costs[0] == costs[1] <= 6


@pytest.mark.once
@pytest.mark.parametrize("query", ["story=x", "story=", "story=-1", "story=" + "9" * 400, "kind=gossip&story=1", ""])
def test_strange_arrivals_are_none(cast: Cast, query: str) -> None:
    assert arrivals(signed_in(cast.owner), query) == {}

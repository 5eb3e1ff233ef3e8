"""A public wall as somebody from outside has it open: live, readable in every way, and closed when it closes."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.installation import Installation
from tests.journeys.looking import expect_accessible
from tests.journeys.visits import STREAM, Visits
from tests.journeys.wall import card, count, expect_not_reloaded, mark, unique

pytestmark = [pytest.mark.journey, pytest.mark.once]


@pytest.fixture
def quay(place: Installation) -> str:
    """The address of a public wall with a team of one."""
    slug = unique("quay").replace(" (", "-").rstrip(")")
    place.behind("team", slug=slug, name="The Quay", owner=f"{slug}.owner", owner_name="Rui Rocha")
    place.behind("change_team", slug=slug, by=f"{slug}.owner", visibility="public", joining="open")
    return slug


def story(place: Installation, slug: str, words: str) -> int:
    number: int = place.behind("story", author=f"{slug}.owner", moderator=f"{slug}.owner", body=words, team=slug)
    return number


def decide(place: Installation, slug: str, pk: int, how: str, message: str = "") -> None:
    place.behind("decide", pk=pk, how=how, moderator=f"{slug}.owner", message=message, team=slug)


def watch(visit: Visits, slug: str) -> Page:
    """The open wall, live."""
    page = visit(None, "about:blank")
    with page.expect_response(STREAM):
        page.goto(f"/{slug}/")
    mark(page)
    return page


def test_visitor_sees_publications_and_removals(visit: Visits, place: Installation, quay: str) -> None:
    before = story(place, quay, unique("Hung before anybody came."))
    page = watch(visit, quay)
    expect(card(page, before)).to_be_visible()
    words = unique("Left the last umbrella by the door.")
    pk = story(place, quay, words)
    expect(card(page, pk)).to_be_visible()
    expect(card(page, pk)).to_contain_text(words)
    expect(page.locator("#wall-status")).to_have_text("New story from Rui Rocha")
    expect(page.locator("#notes button")).to_have_count(0)
    decide(place, quay, before, "remove", "Taken down for now.")
    expect(card(page, before)).to_have_count(0)
    decide(place, quay, before, "restore")
    expect(card(page, before)).to_be_visible()
    expect(page.locator("#notes > .note").first).to_have_id(f"story-{pk}-card")
    expect_not_reloaded(page)
    assert page.context.cookies() == []


def test_visitor_sees_counts_change(visit: Visits, place: Installation) -> None:
    place.behind("change_team", slug="harbour", by="owner", visibility="public")
    try:
        pk = place.behind("story", author="ana", body=unique("Kept the seat by the window."))
        page = watch(visit, "harbour")
        expect(count(page, pk, "uplift")).to_be_hidden()
        place.behind("uplift", pk=pk, by="member")
        expect(count(page, pk, "uplift")).to_have_text("1")
        expect(count(page, pk, "uplift")).to_be_visible()
        expect_not_reloaded(page)
    finally:
        place.behind("change_team", slug="harbour", by="owner", visibility="members")


def test_public_wall_works_without_javascript(visit: Visits, place: Installation, quay: str) -> None:
    made = [story(place, quay, unique(f"Number {number}.")) for number in range(25)]
    page = visit(None, f"/{quay}/", java_script_enabled=False)
    expect(page.locator("#notes > .note")).to_have_count(24)
    page.get_by_role("link", name="Older stories").click()
    expect(card(page, made[0])).to_be_visible()
    card(page, made[0]).locator("a").first.click()
    expect(page).to_have_url(re.compile(rf"/stories/{made[0]}/\?before=\d+-{made[1]}$"))
    expect(page).to_have_title("A kindness given · The Quay · Kindwall")
    page.get_by_role("link", name="Previous story").click()
    expect(page).to_have_url(re.compile(rf"/stories/{made[1]}/\?before="))
    page.get_by_role("link", name="Next story").click()
    page.get_by_role("link", name="Back to the wall").click()
    expect(page).to_have_url(re.compile(rf"/{quay}/\?before=\d+-{made[1]}#story-{made[0]}-card$"))
    expect(card(page, made[0])).to_be_in_viewport()
    page.get_by_role("link", name="Back to the beginning").click()
    expect(page.locator("#notes > .note")).to_have_count(24)
    page.get_by_role("link", name="Sign in").click()
    expect(page).to_have_url(re.compile(rf"/accounts/login/\?next=/{quay}/$"))


def test_it_is_accessible(visit: Visits, place: Installation, quay: str, subtests: pytest.Subtests) -> None:
    page = visit(None, f"/{quay}/")
    with subtests.test("bare"):
        expect_accessible(page)
    pk = story(place, quay, unique("Read to the end."))
    for path in (f"/{quay}/", f"/{quay}/?before=0-0", f"/{quay}/stories/{pk}/"):
        with subtests.test(path):
            page.goto(path)
            expect_accessible(page)


def test_closing_the_wall_closes_it_to_who_has_it_open(visit: Visits, place: Installation, quay: str) -> None:
    visit.foresee("401", "/live/")
    page = watch(visit, quay)
    place.behind("change_team", slug=quay, by=f"{quay}.owner", visibility="members", joining="invited")
    # The next heartbeat ends the stream; asking for another, the page learns why.
    expect(page).to_have_url(re.compile(rf"/accounts/login/\?next=/{quay}/$"), timeout=60_000)
    assert "Quay" not in page.content().replace(quay, "")

"""Walls in other orders, and with filters, take in what arrives where it belongs."""

import re
import secrets

import pytest
from playwright.sync_api import expect

from tests.journeys.installation import Installation
from tests.journeys.visits import WALL, Visits
from tests.journeys.wall import card, expect_not_reloaded, mark, unique

pytestmark = [pytest.mark.journey, pytest.mark.once]


def test_walls_in_three_orders_take_in_what_arrives(visit: Visits, place: Installation) -> None:
    newest = visit("newcomer", WALL)
    warmest = visit("ana", f"{WALL}?order=warm")
    found = visit("member", f"{WALL}?q=xylophone&order=new")
    for page in (newest, warmest, found):
        mark(page)
    other = place.behind("story", author="ana", body=unique("A song without an instrument."))
    pk = place.behind("story", author="ana", body=unique("She tuned the xylophone for us."))
    expect(card(newest, pk)).to_be_visible()
    for page, arrived in ((warmest, "2 new stories"), (found, "1 new story")):
        expect(page.locator("#wall-pill")).to_have_text(arrived)
        page.locator("#wall-pill").click()
        expect(card(page, pk)).to_be_visible()
        expect_not_reloaded(page)
    expect(card(found, other)).to_have_count(0)
    expect(card(found, pk).locator("mark")).to_have_text("xylophone")


def test_wall_is_searched_as_one_types_on_a_phone(visit: Visits, place: Installation) -> None:
    word = f"marimba{secrets.token_hex(3)}"
    pk = place.behind("story", author="ana", body=f"He lent me his {word}.")
    page = visit("newcomer", WALL, viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    mark(page)
    field = page.get_by_role("searchbox", name="Search the stories")
    field.tap()
    field.press_sequentially(word[:-2])
    expect(card(page, pk).locator("mark")).to_be_visible()
    expect(page.locator("#notes > .note")).to_have_count(1)
    expect(page).to_have_url(re.compile(rf"/harbour/\?q={word[:-2]}$"))
    expect(page).to_have_title(re.compile(word[:-2]))
    expect(field).to_be_focused()
    assert field.evaluate("field => [field.selectionStart, field.value.length]") == [len(word) - 2] * 2
    # What arrives has its place in the search that has been typed, not in the page that was opened.
    other = place.behind("story", author="ana", body=unique("Nothing to do with music."))
    later = place.behind("story", author="ana", body=f"She tuned my {word}.")
    page.locator("#wall-pill").click()
    expect(card(page, later)).to_be_visible()
    expect(card(page, other)).to_have_count(0)
    field.fill("qqxyzzy")
    expect(page.get_by_role("heading", name="No story fits this.")).to_be_visible()
    field.fill("")
    expect(card(page, other)).to_be_visible()
    expect(page).to_have_url(re.compile(r"/harbour/$"))
    expect_not_reloaded(page)

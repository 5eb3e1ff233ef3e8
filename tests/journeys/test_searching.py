"""Walls in other orders, and with filters, take in what arrives where it belongs."""

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
    for page in (warmest, found):
        page.locator("#wall-pill").click()
        expect(card(page, pk)).to_be_visible()
        expect_not_reloaded(page)
    expect(card(found, other)).to_have_count(0)
    expect(card(found, pk).locator("mark")).to_have_text("xylophone")

"""A wall by its keys, and the way from a card to its story and back to the same card."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.installation import Installation
from tests.journeys.visits import Visits
from tests.journeys.wall import answer, unique

pytestmark = [pytest.mark.journey, pytest.mark.once]

TOP = "(card) => card.getBoundingClientRect().top"


def test_wall_is_read_by_its_keys_and_a_story_leads_back_to_its_card(visit: Visits, place: Installation) -> None:
    for number in range(12):
        pk = place.behind("story", author="ana", body=unique(f"Held door {number}."))
    page = visit("newcomer")
    newest = page.locator(f"#story-{pk}-card")
    page.keyboard.press("o")
    expect(page.get_by_text("Choose a story first")).to_be_visible()
    page.keyboard.press("J")  # with Caps Lock
    expect(newest).to_be_focused()
    expect(newest).to_match_aria_snapshot("""
      - article /A kindness .* by .*/:
        - heading /A kindness .* by .*/ [level=2]
        - group "Reactions to this story":
          - button /Uplift/
          - button "React"
    """)
    page.keyboard.press("Control+u")
    page.keyboard.press("u")
    expect(answer(page, pk, "Uplift")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("1")
    expect(page.locator(f"#story-{pk}-i-see-you")).to_have_attribute("aria-pressed", "true")
    expect(newest).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="By keyboard")).to_be_in_viewport()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()

    page.goto(f"{page.url.partition('?')[0]}?order=all")
    card = page.locator("#notes > .note").nth(10)
    card.scroll_into_view_if_needed()
    top = card.evaluate(TOP)
    card.locator(".note-open").click()
    expect(page).to_have_url(re.compile(r"/stories/\d+/\?order=all$"))
    page.get_by_role("link", name="Back to the wall").click()
    expect(page).to_have_url(re.compile(r"/\?order=all$"))
    page.wait_for_function("scrollY > 200")
    assert abs(card.evaluate(TOP) - top) < 40

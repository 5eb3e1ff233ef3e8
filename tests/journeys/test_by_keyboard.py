"""Without a mouse: another wall, a team's settings, and a link to give away."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.installation import Installation
from tests.journeys.visits import Visits

pytestmark = [pytest.mark.journey, pytest.mark.once]


@pytest.fixture(scope="module")
def owner(place: Installation) -> str:
    """Of two teams."""
    place.behind("team", slug="keys", name="The Key Room", owner="keys", owner_name="Kai Keys")
    place.behind("another_team", slug="locks", name="The Lock Room", owner="keys")
    return "keys"


@pytest.fixture
def page(visit: Visits, owner: str) -> Page:
    page = visit(owner, "/keys/people/invite/")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    return page


def go_to(page: Page, wanted: Locator) -> None:
    """By the tab key, from where the keyboard is."""
    for _step in range(60):
        page.keyboard.press("Tab")
        if wanted.evaluate("(one) => one === document.activeElement"):
            return
    raise AssertionError(f"the tab key does not lead to {wanted}")


def test_to_another_wall_by_the_menu(page: Page) -> None:
    button, menu = page.locator(".menu-button"), page.locator("#person-menu")
    go_to(page, button)
    page.keyboard.press("Enter")
    expect(menu).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    go_to(page, menu.get_by_role("link", name="The Lock Room"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/locks/$"))


def test_a_teams_name_and_colour(page: Page) -> None:
    page.goto("/keys/settings/")
    name = page.get_by_role("textbox", name="Name")
    go_to(page, name)
    page.keyboard.press("End")
    page.keyboard.type(" Upstairs")
    before = page.locator("[name=accent]:checked")
    was = before.get_attribute("value")
    go_to(page, before)
    page.keyboard.press("ArrowRight")
    chosen = page.locator("[name=accent]:checked").get_attribute("value")
    assert chosen != was
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    expect(page.get_by_role("banner")).to_contain_text("The Key Room Upstairs")
    expect(page.locator("body")).to_have_class(re.compile(f"accent-{chosen}"))


def test_a_link_is_made_and_copied(page: Page) -> None:
    go_to(page, page.get_by_role("button", name="Make a link"))
    page.keyboard.press("Space")
    expect(page.get_by_role("img", name="The link as a code to scan")).to_be_visible()
    go_to(page, page.get_by_role("button", name="Copy"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Copied")).to_be_attached()
    link = page.get_by_label("Link", exact=True).input_value()
    assert "/join/" in link
    assert page.evaluate("navigator.clipboard.readText()") == link

"""Reading in Firefox: the wall as it is laid out, as it lives, and as it is used by keyboard."""

import os
import shutil
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from tests.journeys.installation import Installation, free_port
from tests.journeys.test_wall_layout import LAYOUT
from tests.journeys.wall import unique
from tests.prepared import DEMO_PASSWORD

pytestmark = [pytest.mark.journey, pytest.mark.firefox, pytest.mark.once]

# Errors of scripts, and what the Content-Security-Policy refused.
TROUBLE = """
  return Services.console.getMessageArray()
    .filter((one) => one instanceof Ci.nsIScriptError && one.sourceName.startsWith(arguments[0]))
    .filter((one) => !(one.flags & Ci.nsIScriptError.warningFlag) || one.category === "CSP")
    .map((one) => `${one.errorMessage} (${one.sourceName}:${one.lineNumber})`);
"""


class Firefox:
    """A browser of its own, driven by Mozilla's library for it."""

    def __init__(self, path: str, place: Installation) -> None:
        with warnings.catch_warnings(action="ignore"):  # it leaves sockets to the garbage collector
            from marionette_driver import By, Wait
            from marionette_driver.keys import Keys
            from marionette_driver.marionette import Marionette

            self.marionette = Marionette(bin=path, port=free_port(), headless=True, gecko_log=str(place.folder))
            self.marionette.start_session()
        self.css, self.keys, self.wait = By.CSS_SELECTOR, Keys, Wait
        self.origin = place.origin
        self.marionette.set_window_rect(width=1280, height=886)  # of which 800 show the page

    def close(self) -> None:
        with warnings.catch_warnings(action="ignore"):
            self.marionette.quit()
            self.marionette.cleanup()
            self.marionette.instance = None  # or it cleans up once more, while Python ends

    def open(self, path: str) -> None:
        self.marionette.navigate(self.origin + path)

    def find(self, selector: str) -> Any:
        return self.marionette.find_element(self.css, selector)

    def evaluate(self, expression: str) -> Any:
        return self.marionette.execute_script(f"return {expression}")

    def expect(self, expression: str) -> None:
        """Wait until this is true in the page."""
        self.wait(self.marionette, timeout=10).until(lambda _: self.evaluate(expression), message=expression)

    def expect_no_trouble(self) -> None:
        with self.marionette.using_context("chrome"):
            assert self.marionette.execute_script(TROUBLE, [self.origin]) == []


@pytest.fixture(scope="module")
def firefox(place: Installation) -> Iterator[Firefox]:
    path = os.environ.get("FIREFOX") or shutil.which("firefox-esr") or shutil.which("firefox")
    if not path:
        (pytest.fail if os.environ.get("KINDWALL_TESTS_NO_SKIP") else pytest.skip)("No Firefox was found.")
    firefox = Firefox(path, place)
    try:
        firefox.open("/accounts/login/")
        firefox.find("[name=login]").send_keys("member@kindwall.example")
        firefox.find("[name=password]").send_keys(DEMO_PASSWORD, firefox.keys.ENTER)
        firefox.expect("location.pathname === '/harbour/' && document.readyState === 'complete'")
        yield firefox
    finally:
        firefox.close()


def test_wall_is_full_and_in_order(firefox: Firefox) -> None:
    assert firefox.evaluate("[innerWidth, innerHeight]") == [1280, 800]
    seen = firefox.evaluate(f"({LAYOUT})()")
    assert seen["head"] <= 96
    assert seen["begun"] >= 5
    assert seen["disorder"] == []
    assert firefox.evaluate("document.documentElement.scrollWidth <= innerWidth")
    firefox.expect_no_trouble()


def test_wall_is_live_and_used_by_keyboard(firefox: Firefox, place: Installation) -> None:
    pk = place.behind("story", author="ana", body=unique("Waved from the other boat."))
    uplifts = f"document.querySelector('#story-{pk}-uplift-count').textContent"
    react = f"document.querySelector('#story-{pk}-react')"
    menu = "document.querySelector('#reaction-menu')"
    firefox.expect(f"document.querySelector('#notes > .note').id === 'story-{pk}-card'")
    place.behind("uplift", pk=pk, by="newcomer")
    firefox.expect(f"{uplifts} === '1'")
    firefox.find(f"#story-{pk}-uplift").send_keys(firefox.keys.ENTER)
    firefox.expect(f"{uplifts} === '2'")
    firefox.find(f"#story-{pk}-react").send_keys(firefox.keys.ENTER)
    firefox.expect(f"{menu}.matches(':popover-open') && {menu}.contains(document.activeElement)")
    # Asked until it is so: the button moves when the count beside it changes, and the menu follows it.
    gap = "(menu, button) => Math.min(Math.abs(menu.top - button.bottom), Math.abs(button.top - menu.bottom))"
    firefox.expect(f"({gap})({menu}.getBoundingClientRect(), {react}.getBoundingClientRect()) < 24")
    firefox.marionette.get_active_element().send_keys(firefox.keys.ESCAPE)
    firefox.expect(f"document.activeElement === {react}")
    # The paper leads to the story; after the way back the button shows what this reader wants.
    firefox.find(f"#story-{pk}-card .note-body").click()
    firefox.expect(f"location.pathname === '/harbour/stories/{pk}/'")
    firefox.marionette.go_back()
    firefox.expect(f"document.querySelector('#story-{pk}-uplift')?.getAttribute('aria-pressed') === 'true'")
    place.behind("uplift", pk=pk, by="owner")
    firefox.expect(f"{uplifts} === '3'")
    firefox.expect_no_trouble()

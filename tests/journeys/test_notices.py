"""What one is told reaches the page that is open: the bell, the title, the mark at “Mine”, and the list."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.journeys.installation import Installation
from tests.journeys.visits import Visits
from tests.journeys.wall import expect_not_reloaded, mark, unique

pytestmark = pytest.mark.journey


def expect_bell(page: Page, label: str | re.Pattern[str]) -> None:
    expect(page.locator(".bell")).to_have_attribute("aria-label", label)


def test_returned_story_reaches_its_author_on_open_pages_unless_it_was_undone(
    visit: Visits, place: Installation
) -> None:
    pk = place.behind("story", author="ana", body=unique("Carried the boxes up."), state="pending")
    undone = place.behind("story", author="ana", body=unique("Held the ladder."), state="pending")
    place.behind("read_all_notices", who="ana")
    wall, people, notices = visit("ana"), visit("ana", "/harbour/people/"), visit("ana", "/notices/")
    for page in (people, notices):
        mark(page)
        expect(page.locator("live-stream")).to_have_js_property("state", "open")
    needs = people.locator(".site-nav .mine-count").filter(visible=True)
    before = int((needs.first.inner_text()).split()[0]) if needs.count() else 0

    # The list is before its reader's eyes, so that what comes is read a moment later; here once the bells are seen.
    held: list[Route] = []
    notices.route("**/notices/read/", lambda route: held.append(route))
    place.behind("return_and_undo", pk=undone)
    place.behind("decide", pk=pk, how="return_for_change", message="Please say what happened.")
    for page in (wall, people):
        expect_bell(page, re.compile(r"^Notices, \d+ new$"))  # the demo's own may come in between
        expect(page).to_have_title(re.compile(r"^\(\d+\) "))
        expect(page.locator(".site-nav .mine-count")).to_contain_text(f"{before + 1} ")
    line = notices.locator(".notice.is-unread").filter(has_text="Carried the boxes up.")
    expect(line).to_contain_text("A moderator returned your story.")
    expect(notices.get_by_text("Held the ladder.")).to_have_count(0)
    for route in held:
        route.continue_()
    notices.unroute("**/notices/read/")
    for page in (wall, people, notices):
        expect_bell(page, "Notices")
        expect(page).not_to_have_title(re.compile(r"^\("))
    for page in (people, notices):
        expect_not_reloaded(page)

    line.get_by_role("link").click()
    expect(notices).to_have_url(f"{place.origin}/harbour/stories/{pk}/")

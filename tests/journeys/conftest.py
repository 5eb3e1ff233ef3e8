"""One real server and one real browser for all journeys of a worker; use `--dist loadfile` with xdist."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.journeys.installation import Installation, migrated
from tests.journeys.town import Town
from tests.journeys.visits import Visits

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-quic"]
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

expect.set_options(timeout=10_000)


# All of these live for this folder and no longer: while Playwright runs, its thread has an event
# loop, and Django refuses the database to the tests that come after.


@pytest.fixture(scope="package")
def chromium() -> str:
    found = os.environ.get("CHROMIUM") or next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found:
        return found
    message = "No Chromium was found for the journeys; CHROMIUM=/path/to/it names one."
    if os.environ.get("KINDWALL_TESTS_NO_SKIP"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="package")
def place(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with migrated(tmp_path_factory) as url:
        installation = Installation(tmp_path_factory.mktemp("installation"), url)
        try:
            installation.prepare()
            installation.start()
            yield installation
        finally:
            installation.close()


@pytest.fixture(scope="package")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser, place: Installation) -> Iterator[Visits]:
    visits = Visits(browser, place)
    yield visits
    visits.finish()


@pytest.fixture(scope="package")
def names(place: Installation) -> dict[str, int | str]:
    made: dict[str, int | str] = place.behind("busy_town")
    return made


@pytest.fixture
def town(visit: Visits, names: dict[str, int | str]) -> Town:
    for status in ("403", "404", "410", "422"):
        visit.foresee(status)
    return Town(visit, names, {})

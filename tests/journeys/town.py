"""A town with much in it (`busy_town.py`), and how each of its pages is looked at."""

from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.factories import PASSWORD
from tests.journeys.looking import expect_accessible, expect_reachable
from tests.journeys.visits import Visits


@dataclass(frozen=True)
class Look:
    """A page as somebody has it; `words` are its heading, so that another page is not looked at by mistake."""

    path: str
    words: str
    who: str | None = "owner"
    status: int = 200


@dataclass
class Town:
    """The pages that people have open here, one each, and what their addresses are made of."""

    visit: Visits
    names: dict[str, int | str]
    pages: dict[str | None, Page]

    def as_(self, who: str | None) -> Page:
        if who not in self.pages:
            self.pages[who] = self.visit(f"busy.{who}" if who else None, "/accounts/login/" if not who else "/me/")
        return self.pages[who]

    def open(self, look: Look) -> Page:
        page = self.as_(look.who)
        answer = page.goto(look.path.format(**self.names))
        assert answer
        assert answer.status == look.status, f"{look.path}: {answer.status}"
        # Asked of the page itself, which need not learn first how Playwright finds things.
        assert look.words in page.evaluate("document.querySelector('h1').innerText"), look
        return page


def look_at(page: Page) -> None:
    expect_reachable(page)
    expect_accessible(page)


def confirm(page: Page) -> None:
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_have_count(0)

"""The composer, as journeys use it."""

from playwright.sync_api import Page, Request, expect


def is_save(request: Request) -> bool:
    return request.method == "POST" and "hx-request" in request.headers


def write(page: Page, words: str) -> None:
    """Fill in the words and see them saved."""
    page.get_by_label("What happened?").fill(words)
    expect(page.locator("#composer-saved")).to_have_text("Saved")

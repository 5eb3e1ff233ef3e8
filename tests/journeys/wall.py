"""Finding one's way about an open wall."""

import json
import re
import secrets

from playwright.sync_api import Locator, Page, expect

# The newest twenty as a reader sees them: which cards, in which order, with which words and counts.
READ = """() => {
  const notes = [...document.querySelectorAll("#notes > .note:not(.note-leaving)")].slice(0, 20);
  return JSON.stringify(notes.map((note) => [
    note.id,
    note.querySelector(".note-body").textContent.trim().replace(/\\s+/g, " "), // also where it is not laid out
    [...note.querySelectorAll("[data-count]")].map((count) => count.textContent),
    [...note.querySelectorAll("[aria-pressed]")].map((button) => button.getAttribute("aria-pressed")),
  ]));
}"""


def unique(words: str) -> str:
    """These words as nobody else writes them."""
    return f"{words} ({secrets.token_hex(4)})"


def card(page: Page, pk: int) -> Locator:
    return page.locator(f"#story-{pk}-card")


def answer(page: Page, pk: int, name: str) -> Locator:
    """The button of the uplift below a story, or of a reaction that somebody has given."""
    return card(page, pk).get_by_role("button", name=re.compile(f"^{name}"))


def react(page: Page, pk: int, name: str) -> None:
    """Give a reaction, or take it back, by the menu behind “React”."""
    page.locator(f"#story-{pk}-react").click()
    page.locator("#reaction-menu").get_by_role("button", name=name).click()


def count(page: Page, pk: int, key: str) -> Locator:
    return page.locator(f"#story-{pk}-{key}-count")


def number_in(address: str) -> int:
    found = re.search(r"/stories/(\d+)/", address)
    assert found, address
    return int(found[1])


def mark(page: Page) -> None:
    """`expect_not_reloaded` knows by this that the page is still the one that was opened."""
    page.evaluate("window.opened = true")


def expect_not_reloaded(page: Page) -> None:
    assert page.evaluate("window.opened") is True, f"{page.url} was loaded anew"


def expect_as_fresh(open_page: Page, fresh: Page) -> None:
    """The open wall shows what a wall opened now shows: nothing doubled, missing or out of place."""
    expected = fresh.evaluate(READ)
    open_page.wait_for_function(f"(expected) => ({READ})() === expected", arg=expected)
    numbers = [note[0] for note in json.loads(expected)]
    assert len(numbers) == len(set(numbers)) == 20


def desk_item(page: Page, pk: int) -> Locator:
    """A story as a moderator has it before them."""
    return page.locator(f"#story-{pk}-decision")


def desk_row(page: Page, pk: int) -> Locator:
    """A story in the list of the desk."""
    return page.locator(f"#story-{pk}-row")


def at_desk(pk: int) -> str:
    """The address of the desk with this story open."""
    return f"/harbour/moderation/?story={pk}"


def key(page: Page, pk: int, name: str) -> Locator:
    """Return the button that this key presses in the open story."""
    return desk_item(page, pk).locator(f'[data-key="{name}"]')


def open_answer(page: Page, pk: int, label: str) -> Locator:
    """The form behind “Return for a change”, “Decline” or “Remove”."""
    details = desk_item(page, pk).locator("details.answering").filter(has=page.locator("summary", has_text=label))
    details.locator("> summary").click()
    expect(details.get_by_label("What has to change")).to_be_visible()
    return details


def fill_letter(form: Locator, message: str) -> None:
    """The part of a letter that has to be written."""
    form.get_by_label("What has to change").fill(message)

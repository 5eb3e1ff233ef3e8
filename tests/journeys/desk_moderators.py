"""A moderator at the desk, by keyboard alone and by touch on a phone."""

from typing import Any, ClassVar

from playwright.sync_api import Locator, Page, expect

from tests.journeys.wall import desk_item, desk_row, key

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
FIRST_LINE = """(words) => {
  const { left, top } = words.firstElementChild.getClientRects()[0];
  const seen = document.elementFromPoint(left + 4, top + 8);
  return top >= 0 && top + 16 <= innerHeight && words.contains(seen);
}"""
NUMBERS = "(rows) => rows.map((row) => Number(row.dataset.pk))"


def expect_in_sight(page: Page, pk: int) -> None:
    """The open story's first line is in the viewport, and nothing lies over it."""
    words = desk_item(page, pk).locator(".desk-read .note-body")
    assert words.evaluate(FIRST_LINE), f"the first line of story {pk} is not in sight"


class KeyboardModerator:
    """A moderator without a mouse."""

    options: ClassVar[dict[str, Any]] = {"viewport": {"width": 1280, "height": 800}}

    def __init__(self, page: Page) -> None:
        self.page = page

    def go_to(self, wanted: Locator) -> None:
        """By the tab key, from where the keyboard is."""
        for _step in range(90):
            if wanted.evaluate("(one) => one === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"the tab key does not lead to {wanted}")

    def read(self, pk: int) -> None:
        """By one key after the other, through all that lies between."""
        expect(desk_row(self.page, pk)).to_have_count(1)
        order = self.page.locator(".queue-row").evaluate_all(NUMBERS)
        opened = self.page.locator(".queue-row:has([aria-current])").evaluate_all(NUMBERS)
        at, to = order.index(opened[0]) if opened else -1, order.index(pk)
        while at != to:
            step, name = (1, "j") if at < to else (-1, "k")
            at += step
            self.page.keyboard.press(name)
            expect(desk_item(self.page, order[at])).to_be_visible()

    def do(self, pk: int, name: str) -> None:
        expect_in_sight(self.page, pk)
        self.page.keyboard.press(name)

    def choose_reason(self, pk: int, answer: str) -> None:
        """The first reason with its letter as it is."""
        expect(self.page.locator(f"#story-{pk}-{answer}")).to_have_attribute("open", "")
        self.page.keyboard.press("1")
        self.page.keyboard.press("Enter")

    def publish_without_typo(self, pk: int, words: str) -> None:
        form = self.page.locator(f"#story-{pk}-fix")
        self.fill(form.get_by_role("textbox"), words)
        self.press(form.get_by_role("button", name="Publish it like this"))

    def find(self, words: str) -> None:
        self.page.keyboard.press("/")
        self.page.keyboard.type(words)
        self.page.keyboard.press("Enter")
        expect(self.page.locator(".queue-row")).to_have_count(1)

    def undo(self) -> None:
        self.page.keyboard.press("u")

    def tick(self, pk: int) -> None:
        self.read(pk)
        self.page.keyboard.press("x")

    def fill(self, field: Locator, words: str) -> None:
        self.go_to(field)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(words)

    def press(self, button: Locator) -> None:
        self.go_to(button)
        self.page.keyboard.press("Enter")

    def tab(self, label: str) -> Locator:
        return self.page.locator(".desk-filters").get_by_role("link", name=label)

    def show(self, label: str) -> None:
        self.page.keyboard.press("/")
        self.press(self.tab(label))
        expect(self.page.locator(".desk-filters [aria-current]")).to_contain_text(label)


class TouchModerator(KeyboardModerator):
    """A moderator on a phone."""

    options = PHONE
    at_the_end = False  # of a button

    def read(self, pk: int) -> None:
        if desk_item(self.page, pk).is_visible():
            return
        self.to_the_queue()
        desk_row(self.page, pk).get_by_role("link").tap()
        expect(desk_item(self.page, pk)).to_be_visible()

    def to_the_queue(self) -> None:
        back = self.page.get_by_role("link", name="Back to the queue")
        if back.is_visible():
            back.tap()
            expect(back).to_be_hidden()

    def do(self, pk: int, name: str) -> None:
        """Tap at the button's other end than the time before: two quick taps at one place are one double click."""
        expect_in_sight(self.page, pk)
        button = key(self.page, pk, name)
        box = button.bounding_box()
        assert box
        self.at_the_end = not self.at_the_end
        button.tap(position={"x": box["width"] - 8 if self.at_the_end else 8, "y": box["height"] / 2})

    def choose_reason(self, pk: int, answer: str) -> None:
        form = self.page.locator(f"#story-{pk}-{answer}-form")
        form.locator(".reason-option").first.tap()
        form.locator("button[type=submit]").first.tap()

    def find(self, words: str) -> None:
        self.to_the_queue()
        self.fill(self.page.get_by_role("searchbox"), words)
        self.page.keyboard.press("Enter")
        expect(self.page.locator(".queue-row")).to_have_count(1)

    def undo(self) -> None:
        self.page.locator("#desk-undo").get_by_role("button").tap()

    def tick(self, pk: int) -> None:
        self.to_the_queue()
        desk_row(self.page, pk).get_by_role("checkbox").tap()

    def fill(self, field: Locator, words: str) -> None:
        field.tap()
        field.fill(words)

    def press(self, button: Locator) -> None:
        button.tap()

    def show(self, label: str) -> None:
        self.to_the_queue()
        self.tab(label).tap()
        expect(self.page.locator(".desk-filters [aria-current]")).to_contain_text(label)

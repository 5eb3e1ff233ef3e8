"""The keys of the desk: each press is answered once, and none decides on a story that was not in sight."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.journeys.installation import Installation
from tests.journeys.visits import Visits
from tests.journeys.wall import (
    at_desk,
    desk_item,
    unique,
)

pytestmark = [pytest.mark.journey, pytest.mark.once]


def test_keys_do_nothing_while_somebody_writes_or_holds_another_key(visit: Visits, place: Installation) -> None:
    pk = place.behind("story", author="newcomer", body=unique("Not by chance."), state="pending")
    desk = visit("moderator", at_desk(pk))
    for modifier in ("Control", "Alt", "Meta"):
        desk.keyboard.press(f"{modifier}+s")
        desk.keyboard.press(f"{modifier}+r")
    expect(desk.locator(f"#story-{pk}-return")).not_to_have_attribute("open", "")
    desk.keyboard.press("r")
    message = desk.locator(f"#story-{pk}-return-message")
    reasons = desk.locator(f"#story-{pk}-return-form").get_by_role("radio")
    expect(desk.locator(f"#story-{pk}-return-form").get_by_role("radio", checked=True)).to_be_focused()
    desk.keyboard.press("2")
    expect(reasons.nth(1)).to_be_checked()
    message.focus()
    expect(message).not_to_have_value("")
    message.fill("")
    desk.keyboard.type("perhaps dusk")
    expect(message).to_have_value("perhaps dusk")
    reasons.nth(1).focus()
    for key_of_an_answer in "psd":
        desk.keyboard.press(key_of_an_answer)
    message.focus()
    desk.keyboard.press("Escape")
    expect(desk.locator(f"#story-{pk}-return")).not_to_have_attribute("open", "")
    desk.keyboard.press("?")
    desk.keyboard.press("p")
    # Switched off, they do nothing; the list still opens, and has the switch.
    desk.get_by_role("button", name="Switch single keys off").click()
    expect(desk.locator("desk-keys:not([enabled])")).to_have_count(1)
    desk.locator("body").press("p")
    desk.locator("body").press("?")
    desk.get_by_role("button", name="Switch single keys on").click()
    expect(desk.locator("desk-keys[enabled]")).to_have_count(1)
    desk.goto(at_desk(pk))
    expect(desk_item(desk, pk)).to_be_visible()
    assert place.behind("log_of", pk=pk) == [["submit", "newcomer@kindwall.example"]]


def test_no_tick_of_a_fast_reader_is_lost(visit: Visits, place: Installation) -> None:
    """Each story that is passed arrives with the whole list, at any moment between two presses."""
    pks = place.behind("queue", slug="ticks", number=12, words=unique("Ticked in passing"))
    desk = visit("ticks.owner", "/ticks/moderation/")
    for pause in (0, 50):
        desk.goto("/ticks/moderation/")
        expect(desk_item(desk, pks[0])).to_be_visible()
        desk.keyboard.press("x")
        for _pk in pks[1:]:
            desk.keyboard.press("j")
            desk.wait_for_timeout(pause)
            desk.keyboard.press("x")
        expect(desk_item(desk, pks[-1])).to_be_visible()
        expect(desk.get_by_role("checkbox", checked=True)).to_have_count(len(pks))
    # The server has ticked them, as it does for a letter that it gives back.
    desk.goto("/ticks/moderation/?tick=page")
    desk.evaluate("document.querySelector('moderators-desk').list.refresh()")
    expect(desk.get_by_role("checkbox", checked=True)).to_have_count(len(pks))


def test_a_key_that_is_held_answers_once_and_the_next_story_begins_at_its_top(
    visit: Visits, place: Installation
) -> None:
    words = unique("A key that sticks")
    pks = place.behind("queue", slug="held", number=3, words=f"{words}. " + "It goes on. " * 90)
    desk = visit("held.owner", f"/held/moderation/?story={pks[0]}")
    expect(desk_item(desk, pks[0])).to_be_visible()
    desk.evaluate("scrollTo(0, document.body.scrollHeight)")
    for _repeat in range(12):  # pressed again without being let go, as a keyboard repeats it
        desk.keyboard.down("p")
        desk.wait_for_timeout(40)
    expect(desk_item(desk, pks[1])).to_be_visible()
    desk.keyboard.up("p")
    assert [story["state"] for story in place.behind("written", words=words)] == ["published", "pending", "pending"]
    assert desk.locator("#desk-pane").bounding_box()["y"] >= 0  # type: ignore[index]
    expect(desk).to_have_url(re.compile(rf"story={pks[1]}$"))


def press_on(desk: Page, letter: str, code: str, **more: bool) -> None:
    """A press as another keyboard sends it."""
    desk.evaluate(
        """([key, code, more]) => document.activeElement.dispatchEvent(
            new KeyboardEvent("keydown", { key, code, bubbles: true, cancelable: true, ...more }))""",
        [letter, code, more],
    )


def wait_for_claims(desk: Page, place: Installation, stories: list[int]) -> None:
    for _ in range(50):
        if place.behind("claimed", slug="any-keys") == stories:
            return
        desk.wait_for_timeout(100)
    assert place.behind("claimed", slug="any-keys") == stories


def test_each_key_of_any_keyboard_is_answered_and_decides_on_nothing_unseen(visit: Visits, place: Installation) -> None:
    words = unique("Any keyboard")
    pks = place.behind("queue", slug="any-keys", number=4, words=f"{words}. " + "She waited with me. " * 48)
    desk = visit("any-keys.owner", "/any-keys/moderation/", viewport={"width": 1280, "height": 800})
    shown, answer = desk.locator(".desk-read"), desk.locator("#desk-answer")
    expect(desk_item(desk, pks[0])).to_be_visible()
    desk.get_by_role("button", name="Got it").click()
    expect(desk.locator("#desk-introduction")).to_have_count(0)
    assert desk.locator(".desk-head").evaluate("(head) => head.getBoundingClientRect().bottom") <= 90
    assert shown.evaluate("(story) => story.scrollHeight <= story.clientHeight"), "a thousand characters fit"

    # Passed by quickly, a story is not claimed.
    for letter, code, pk in (("о", "KeyJ", pks[1]), ("J", "KeyJ", pks[2]), ("ArrowDown", "ArrowDown", pks[3])):
        press_on(desk, letter, code)
        expect(desk_item(desk, pk)).to_be_visible()
    assert place.behind("claimed", slug="any-keys") == []
    press_on(desk, "j", "KeyJ")
    expect(answer).to_have_text("This is the last story in the list.")
    press_on(desk, "k", "KeyK", isComposing=True)
    expect(desk_item(desk, pks[3])).to_be_visible()
    press_on(desk, "u", "KeyU")
    expect(answer).to_have_text("There is nothing to undo.")
    wait_for_claims(desk, place, [pks[3]])  # once it has been open for two seconds
    press_on(desk, "л", "KeyK")
    expect(desk_item(desk, pks[2])).to_be_visible()
    wait_for_claims(desk, place, [])  # it ended when it was left

    # Words that were never in sight are shown before anything is decided.
    shown.evaluate("(story) => { story.style.paddingBlockStart = '200vh'; delete story.parentElement.dataset.seen; }")
    press_on(desk, "З", "KeyP")
    expect(answer).to_have_text("Here is the story. Read it, then press the key again.")
    expect(desk_item(desk, pks[2])).to_be_visible()
    press_on(desk, "З", "KeyP")
    expect(desk_item(desk, pks[2])).to_have_count(0)
    assert [story["state"] for story in place.behind("written", words=words)].count("published") == 1

    # The reader has gone on from the story that is still shown, so that a key does not mean it.
    asked: list[Route] = []
    desk.route(re.compile(f"story={pks[1]}"), lambda route: asked.append(route))
    expect(desk_item(desk, pks[3])).to_be_visible()
    press_on(desk, "k", "KeyK")
    press_on(desk, "p", "KeyP")
    expect(answer).to_have_text("One moment, the story that you chose is being opened.")
    asked[0].continue_()
    publish = desk_item(desk, pks[1]).get_by_role("button", name="Publish", exact=False).first
    expect(publish).to_be_visible()
    desk.unroute_all()

    # A double click decides once: the next story's button is in the same place.
    publish.hover()
    desk.mouse.down(click_count=1)
    desk.mouse.up(click_count=1)
    expect(desk_item(desk, pks[3])).to_be_visible()
    desk.mouse.down(click_count=2)
    desk.mouse.up(click_count=2)
    press_on(desk, "x", "KeyX")
    expect(desk.get_by_role("checkbox", checked=True)).to_have_count(1)
    assert [story["state"] for story in place.behind("written", words=words)].count("published") == 2

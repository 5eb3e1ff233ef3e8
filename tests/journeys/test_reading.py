"""Every hand and every screen: the keyboard alone, a narrow phone, words of any shape."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.journeys.installation import Installation
from tests.journeys.visits import Visits
from tests.journeys.wall import answer, card, count, unique

pytestmark = [pytest.mark.journey, pytest.mark.once]

LINES = "\n".join(f"Line {number} of a long thank-you." for number in range(1, 21))
ARABIC = "أبقت سارة الباب مفتوحًا حتى وصل الجميع، ثم ابتسمت ومضت إلى عملها."
WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft".ljust(99, "x")

# Content that a reader cannot reach: a page wider than its window, or words past its edges (a clipped page hides them).
OUT_OF_SIGHT = """() => {
  const wide = document.documentElement.scrollWidth;
  const out = new Set(wide > innerWidth ? [`the page is ${wide} px wide`] : []);
  const words = ".note-body, .note-foot, .note-head, blockquote, .letter, main p, main button";
  for (const one of document.querySelectorAll(words)) {
    if (!one.checkVisibility() || one.closest(".visually-hidden, .reaction-name")) continue;
    const range = document.createRange();
    range.selectNodeContents(one);
    for (const { left, right, width } of range.getClientRects())
      if (width > 1 && (left < -1 || right > innerWidth + 1))
        out.add(`${one.className || one.tagName}, ${left} to ${right}: ${one.innerText.slice(0, 40)}`);
  }
  return [...out];
}"""


def press_until(page: Page, key: str, identity: str) -> None:
    """Press until the element with that id has the focus, as somebody who looks does."""
    for _ in range(40):
        page.keyboard.press(key)
        if page.evaluate("document.activeElement.id") == identity:
            return
    pytest.fail(f"{key} does not come to {identity}")


def test_reactions_work_by_keyboard(visit: Visits, place: Installation) -> None:
    pk = place.behind("story", author="ana", body=unique("Held the lift with her foot."))
    page = visit("newcomer")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the page’s content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    # A card is one stop; its actions are inside.
    press_until(page, "Tab", f"story-{pk}-card")
    page.keyboard.press("Enter")
    press_until(page, "ArrowRight", f"story-{pk}-uplift")
    uplift = answer(page, pk, "Uplift")
    for key, pressed, number in (("Enter", "true", "1"), ("Space", "false", "0"), ("Enter", "true", "1")):
        page.keyboard.press(key)
        expect(uplift).to_have_attribute("aria-pressed", pressed)
        expect(count(page, pk, "uplift")).to_have_text(number)
        expect(uplift).to_be_enabled()
        expect(uplift).to_be_focused()
    page.keyboard.press("ArrowRight")
    react, menu = page.locator(f"#story-{pk}-react"), page.locator("#reaction-menu")
    expect(react).to_be_focused()
    page.keyboard.press("Space")
    expect(menu.get_by_role("button", name="I see you")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(menu.get_by_role("button", name="I’ll try this")).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(react).to_be_focused()
    for key in ("Enter", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    expect(answer(page, pk, "High five")).to_have_attribute("aria-pressed", "true")
    expect(react).to_be_focused()
    # Beside it stands what was given; taken back, it is gone, and the keyboard is not lost with it.
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(answer(page, pk, "High five")).to_have_count(0)
    expect(react).to_be_focused()


def test_a_press_shows_at_once_waits_for_the_connection_and_is_known_after_a_return(
    visit: Visits, place: Installation
) -> None:
    visit.foresee_lost_connections()
    pk = place.behind("story", author="ana", body=unique("Pressed on the train."))
    page, elsewhere = visit("newcomer"), visit("newcomer")
    uplift = answer(page, pk, "Uplift")
    page.context.set_offline(True)
    uplift.dblclick()
    expect(uplift).to_have_attribute("aria-pressed", "true")
    expect(count(page, pk, "uplift")).to_have_text("1")
    expect(page.get_by_role("status").filter(has_text="Reconnecting…")).to_be_visible()
    expect(count(elsewhere, pk, "uplift")).to_have_text("0")
    page.context.set_offline(False)
    expect(page.get_by_role("status").filter(has_text="Your reaction has been sent.")).to_be_visible()
    expect(count(elsewhere, pk, "uplift")).to_have_text("1")
    # The other tab does not know yet that this is its own reader's.
    elsewhere.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(answer(elsewhere, pk, "Uplift")).to_have_attribute("aria-pressed", "true")
    answer(elsewhere, pk, "Uplift").click()
    expect(count(page, pk, "uplift")).to_have_text("0")


def test_a_card_opens_where_its_paper_is_pressed(visit: Visits, place: Installation) -> None:
    pk = place.behind("story", author="ana", body=unique("Opens by itself"))
    page = visit("newcomer")
    body = card(page, pk).locator(".note-body")
    body.dblclick()  # selects a word
    assert page.evaluate("String(getSelection()).trim()")
    expect(page).to_have_url(re.compile("/harbour/$"))
    page.evaluate("getSelection().empty()")
    body.click(position={"x": 4, "y": 4})
    expect(page).to_have_url(re.compile(f"/harbour/stories/{pk}/$"))


def test_wall_is_read_by_its_keys_alone(visit: Visits, place: Installation) -> None:
    pk = place.behind("story", author="ana", body="Held the door.")
    page = visit("newcomer")
    newest = card(page, pk)
    page.keyboard.press("o")
    expect(page.get_by_text("Choose a story first")).to_be_visible()
    page.keyboard.press("J")  # with Caps Lock
    expect(newest).to_be_focused()
    expect(newest).to_match_aria_snapshot("""
      - article "A kindness given by Ana Ribeiro":
        - heading "A kindness given by Ana Ribeiro" [level=2]
        - text: Given
        - list:
          - listitem: hope
        - paragraph: Held the door.
        - paragraph:
          - link "Ana Ribeiro"
          - link "just now"
        - link "Copy the link"
        - group "Reactions to this story":
          - button "Uplift"
          - button "React"
    """)
    page.keyboard.press("Control+u")
    page.keyboard.press("u")
    expect(answer(page, pk, "Uplift")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("1")
    expect(answer(page, pk, "I see you")).to_have_attribute("aria-pressed", "true")
    expect(newest).to_be_focused()
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.keyboard.press("u")  # nobody changes what they do not see
    expect(page.get_by_text("Choose a story first")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="By keyboard")).to_be_in_viewport()
    expect(page.get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    newest.focus()
    page.keyboard.press("o")
    expect(page).to_have_url(re.compile(f"/harbour/stories/{pk}/$"))
    # For moderators the link is in a menu, which the key has no need of.
    page = visit("moderator")
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject() }")
    page.keyboard.press("j")
    page.keyboard.press("c")
    expect(page.get_by_label("Copy this link:")).to_have_value(re.compile(f"/harbour/stories/{pk}/$"))


def test_story_leads_back_to_its_card(visit: Visits) -> None:
    page = visit("newcomer", "/harbour/filters/?kind=given")
    page.get_by_label("Most uplifted of all time").check()
    page.get_by_role("button", name="Show", exact=True).click()
    read = page.locator("#notes > .note").nth(8)
    time = read.locator(".note-open")
    time.scroll_into_view_if_needed()
    top = time.evaluate("(link) => link.getBoundingClientRect().top")
    same = f"Math.abs(document.querySelectorAll('.note-open')[8].getBoundingClientRect().top - {top}) < 40"

    def open_story_and_come_back() -> str:
        """Return the name by which the card is paired with the story’s paper, for a transition from page to page."""
        paired = (
            "[...document.querySelectorAll('#notes > .note')].map((card) => card.style.viewTransitionName).join('')"
        )
        page.evaluate(f"addEventListener('pageswap', () => (sessionStorage.paired = {paired}))")
        time.click()
        expect(page).to_have_url(re.compile(r"/stories/\d+/\?order=all&kind=given$"))
        page.get_by_role("link", name="Back to the wall").click()
        expect(page).to_have_url(re.compile(r"/harbour/\?.*order=all&kind=given"))
        page.wait_for_function(f"scrollY > 200 && {same}")
        return str(page.evaluate("sessionStorage.paired"))

    assert open_story_and_come_back() == ""
    page.reload()
    page.wait_for_function(f"scrollY > 200 && {same}")
    page.emulate_media(reduced_motion="no-preference")
    assert open_story_and_come_back() == "story"
    # Where the skip link has been followed, the page before is the same story.
    time.click()
    expect(page).to_have_url(re.compile("/stories/"))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#main$"))
    page.get_by_role("link", name="Back to the wall").click()
    expect(page).to_have_url(re.compile(r"/harbour/\?.*order=all&kind=given#story-"))


def test_wall_goes_on_at_its_end(visit: Visits, place: Installation) -> None:
    page = visit("newcomer")
    cards, older = page.locator("#notes > .note"), page.locator("#wall-older")
    expect(cards).to_have_count(24)
    next_page = page.request.get(f"/harbour/{older.get_attribute('href')}").text()
    (first, _moment), (pk, moment) = re.findall(r'id="story-(\d+)-card" data-moment="(\d+)"', next_page)[:2]
    place.behind("uplift", pk=pk, by="newcomer")
    seen = f"JSON.stringify({{ moment: {moment}, pk: {pk} }})"
    page.evaluate(f"sessionStorage.setItem('kindwall-seen:/harbour/', {seen})")
    page.reload()
    # Pressed while the next page is on its way, the link leaves neither the wall nor the keyboard's place.
    held: list[Route] = []
    page.route(re.compile(r"\?before="), lambda route: held.append(route))
    with page.expect_request(re.compile(r"\?before=")):
        older.scroll_into_view_if_needed()
    older.focus()
    page.keyboard.press("Enter")
    held[0].continue_()
    page.unroute(re.compile(r"\?before="))
    expect(card(page, first)).to_be_focused()
    assert answer(page, pk, "Uplift").get_attribute("aria-pressed") == "true"  # at once
    expect(card(page, pk)).to_contain_text("You were here")
    expect(page.get_by_text("You were here")).to_have_count(1)
    further = cards.nth(36)
    further.scroll_into_view_if_needed()
    expect(page).to_have_url(re.compile(r"\?before="))
    numbers = cards.evaluate_all("(cards) => cards.map(({ id }) => id)")
    assert len(numbers) == len(set(numbers)) > 36
    page.reload()
    expect(page.locator(f"#{numbers[36]}")).to_be_in_viewport()
    expect(cards.first).to_have_id(numbers[24])


def test_count_changed_by_another_person_leaves_the_focus(visit: Visits, place: Installation) -> None:
    words = unique("Somebody answers while I am here")
    pk = place.behind("story", author="moderator", moderator="second.moderator", body=words)
    page = visit("newcomer")
    react = page.locator(f"#story-{pk}-react")
    react.focus()
    place.behind("uplift", pk=pk, by="member")
    expect(count(page, pk, "uplift")).to_have_text("1")
    expect(react).to_be_focused()
    editor = visit("moderator", "/harbour/mine/")
    # What has no name of its own in the page leads to its card.
    byline = card(page, pk).locator(".note-author")
    for edited, focused, kept in (("once", react, react), ("twice", byline, card(page, pk))):
        focused.focus()
        editor.goto(f"/harbour/stories/{pk}/edit/")
        editor.get_by_label("What happened?").fill(f"{words}, and the author edits {edited}.")
        editor.get_by_role("button", name="Change it").click()
        expect(card(page, pk)).to_contain_text(f"and the author edits {edited}.")
        expect(kept).to_be_focused()


def test_menu_opens_and_closes_by_keyboard(visit: Visits) -> None:
    page = visit("newcomer")
    menu = page.get_by_role("button", name="EK, Elif Kaya: menu")
    menu.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
    expect(menu).to_be_focused()


@pytest.mark.parametrize("shape", ["twenty lines", "right to left", "one long word", "emoji alone"])
def test_words_of_any_shape_fit_a_narrow_phone(visit: Visits, place: Installation, shape: str) -> None:
    phone: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
    words = {"twenty lines": LINES, "right to left": ARABIC, "one long word": WORD, "emoji alone": "👩‍🚀" * 30}[shape]
    pk = place.behind("story", author="ana", body=words, qualities=["encouragement", "consideration", "positivity"])
    waiting = place.behind("story", author="ana", body=words, state="pending")
    returned = place.behind("story", author="ana", body=words, state="returned")
    reader = visit("newcomer", **phone)
    text = card(reader, pk).locator(".note-body")
    expect(text).to_be_visible()
    assert text.evaluate("(text) => getComputedStyle(text).direction") == ("rtl" if shape == "right to left" else "ltr")
    if shape == "twenty lines":
        expect(text).to_contain_text("Line 16 of a long thank-you.… Read on", use_inner_text=True)
    pages = {
        "newcomer": ["/harbour/", f"/harbour/stories/{pk}/"],
        "ana": ["/harbour/mine/", f"/harbour/stories/{waiting}/", f"/harbour/stories/{returned}/"],
        "moderator": ["/harbour/moderation/", f"/harbour/stories/{waiting}/", f"/harbour/stories/{pk}/"],
    }
    out_of_sight = {}
    for who, paths in pages.items():
        page = reader if who == "newcomer" else visit(who, paths[0], **phone)
        for path in paths:
            page.goto(path)
            if found := page.evaluate(OUT_OF_SIGHT):
                out_of_sight[f"{who} at {path}"] = found
    assert not out_of_sight

"""What one does, the others see: at once, once, and without asking for it."""

import json
import re
import urllib.request

import pytest
from playwright.sync_api import APIResponse, Locator, Page, Route, expect

from tests.journeys import open_streams
from tests.journeys.installation import Installation
from tests.journeys.visits import MOVING, WALL, Visits
from tests.journeys.wall import (
    answer,
    at_desk,
    card,
    count,
    desk_item,
    expect_as_fresh,
    expect_not_reloaded,
    fill_letter,
    key,
    mark,
    open_answer,
    react,
    unique,
)

pytestmark = pytest.mark.journey

# How the card looked in the first frame after it came.
WATCH = """(id) => {
  window.arrival = new Promise((resolve) => {
    new MutationObserver((_, observer) => {
      const card = document.getElementById(id);
      if (!card) return;
      observer.disconnect();
      const moves = (one) => one.playState === "running" && one.effect.getComputedTiming().duration > 1;
      const running = () => document.getElementById("notes").getAnimations({ subtree: true }).filter(moves).length;
      requestAnimationFrame(() => resolve({ animation: getComputedStyle(card).animationName, running: running() }));
    }).observe(document.getElementById("wall"), { childList: true, subtree: true });
  });
}"""


def test_a_published_story_comes_to_every_open_wall(visit: Visits, place: Installation) -> None:
    words = unique("Samir swept the stairs before the wheelchair came.")
    pk = place.behind("story", author="member", body=words, state="pending")
    walls = [visit("member", **MOVING), visit("newcomer", **MOVING)]
    for wall in walls:
        mark(wall)
    desk = visit("moderator", at_desk(pk))
    key(desk, pk, "p").click()
    expect(desk_item(desk, pk)).to_have_count(0)
    for wall in walls:
        expect(card(wall, pk)).to_be_visible()
        expect(wall.get_by_text(words)).to_have_count(1)
        expect(wall.locator("#notes > .note").first).to_have_id(f"story-{pk}-card")
        expect(wall.locator("#wall-status")).to_have_text("New story from Chidi Eze")
        expect_not_reloaded(wall)


@pytest.mark.once
def test_uplifts_and_reactions_change_everywhere_and_stay_ones_own(visit: Visits, place: Installation) -> None:
    pk = place.behind("story", author="ana", body=unique("Left the good chair for whoever came next."))
    mine, theirs, authors = visit("member"), visit("newcomer"), visit("ana")
    everybody = (mine, theirs, authors)

    answer(mine, pk, "Uplift").click()
    for page in everybody:
        expect(count(page, pk, "uplift")).to_have_text("1")
    expect(answer(mine, pk, "Uplift")).to_have_attribute("aria-pressed", "true")
    expect(answer(theirs, pk, "Uplift")).to_have_attribute("aria-pressed", "false")

    answer(theirs, pk, "Uplift").click()
    react(theirs, pk, "Warmed me")
    react(theirs, pk, "I’ll try this")
    answer(authors, pk, "Warmed me").click()
    for page in everybody:
        expect(count(page, pk, "uplift")).to_have_text("2")
        expect(count(page, pk, "warm")).to_have_text("2")
        expect(count(page, pk, "try")).to_have_text("1")
    expect(answer(mine, pk, "Warmed me")).to_have_attribute("aria-pressed", "false")

    theirs.reload()
    for name in ("Uplift", "Warmed me", "I’ll try this"):
        expect(answer(theirs, pk, name)).to_have_attribute("aria-pressed", "true")

    answer(theirs, pk, "Uplift").click()
    answer(theirs, pk, "Warmed me").click()
    for page in everybody:
        expect(count(page, pk, "uplift")).to_have_text("1")
        expect(count(page, pk, "warm")).to_have_text("1")
        expect_as_fresh(page, visit({mine: "member", theirs: "newcomer", authors: "ana"}[page]))


@pytest.mark.once
def test_an_answer_that_comes_late_does_not_undo_what_others_did_meanwhile(visit: Visits, place: Installation) -> None:
    pk = place.behind("story", author="ana", body=unique("Watered the fern of whoever was on leave."))
    mine, theirs = visit("member"), visit("newcomer")
    held: list[tuple[Route, APIResponse]] = []
    mine.route("**/uplift/", lambda route: held.append((route, route.fetch())))
    answer(mine, pk, "Uplift").click()
    expect(count(theirs, pk, "uplift")).to_have_text("1")
    react(theirs, pk, "Warmed me")
    expect(count(mine, pk, "warm")).to_have_text("1")
    [(route, response)] = held
    route.fulfill(response=response)
    expect(answer(mine, pk, "Uplift")).to_have_attribute("aria-pressed", "true")
    expect(count(mine, pk, "warm")).to_have_text("1")
    expect(count(mine, pk, "uplift")).to_have_text("1")


@pytest.mark.once
def test_ones_own_story_is_for_others_to_uplift(visit: Visits, place: Installation) -> None:
    page = visit("member")
    # The card comes by the stream, drawn for everybody alike.
    pk = place.behind("story", author="member", body=unique("I did a good thing and would like to say so."))
    place.behind("uplift", pk=pk, by="ana")
    expect(count(page, pk, "uplift")).to_have_text("1")
    expect(answer(page, pk, "Uplift")).to_have_count(0)
    react(page, pk, "High five")
    expect(count(page, pk, "high-five")).to_have_text("1")


@pytest.mark.once
def test_further_down_a_pill_counts_and_nothing_moves(visit: Visits, place: Installation) -> None:
    page = visit("newcomer", viewport={"width": 1280, "height": 800}, **MOVING)
    before = page.locator("#notes > .note").count()
    reading = page.locator("#notes > .note").nth(15)
    reading.scroll_into_view_if_needed()
    # Notes that come near are laid out in the next frames.
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    scrolled, place_of_reading = page.evaluate("scrollY"), reading.bounding_box()
    assert scrolled > 400
    first = place.behind("story", author="ana", body=unique("The first while you read."))
    expect(page.get_by_role("link", name="1 new story")).to_be_visible()
    second = place.behind("story", author="member", body=unique("The second while you read."))
    pill = page.get_by_role("link", name="2 new stories")
    expect(pill).to_be_visible()
    assert page.evaluate("scrollY") == scrolled
    assert reading.bounding_box() == place_of_reading
    expect(page.locator("#notes > .note")).to_have_count(before)

    pill.click()
    expect(pill).to_be_hidden()
    page.wait_for_function("() => scrollY === 0")
    expect(page.locator("#notes > .note")).to_have_count(before + 2)
    came = ", ".join(f"#story-{pk}-card" for pk in (first, second))
    assert page.locator(came).evaluate_all("(cards) => cards.map((one) => one.id)") == [
        f"story-{second}-card",
        f"story-{first}-card",
    ]
    react(page, second, "I see you")
    expect(count(page, second, "see")).to_have_text("1")


@pytest.mark.once
def test_counts_and_removals_reach_what_the_pill_still_holds(visit: Visits, place: Installation) -> None:
    page = visit("newcomer", viewport={"width": 1280, "height": 800})
    page.evaluate("scrollTo(0, 1500)")
    kept = place.behind("story", author="ana", body=unique("Kept while you read."))
    taken = place.behind("story", author="ana", body=unique("Taken down while you read."))
    expect(page.get_by_role("link", name="2 new stories")).to_be_visible()
    place.behind("decide", pk=taken, how="remove", message="Taken down for now.")
    place.behind("uplift", pk=kept, by="member")
    pill = page.get_by_role("link", name="1 new story")
    pill.click()
    expect(count(page, kept, "uplift")).to_have_text("1")
    expect(card(page, taken)).to_have_count(0)


def remove_from_card(page: Page, pk: int) -> None:
    opener = card(page, pk).get_by_role("link", name="Copy the link")
    expect(opener).to_have_attribute("aria-haspopup", "true")
    opener.click()
    expect(page.locator(".card-menu").get_by_role("link", name="Copy the link")).to_be_focused()
    page.get_by_role("link", name="Remove…").click()


@pytest.mark.once
def test_a_removed_story_leaves_and_a_restored_one_comes_back_to_its_place(visit: Visits, place: Installation) -> None:
    older = place.behind("story", author="ana", body=unique("Hangs below it."))
    pk = place.behind("story", author="member", body=unique("Goes, and comes back."))
    newer = place.behind("story", author="ana", body=unique("Hangs above it."))
    walls = [visit("newcomer", **MOVING), visit("member", **MOVING)]
    react(walls[0], pk, "Made me smile")
    expect(count(walls[1], pk, "smile")).to_have_text("1")
    walls[0].evaluate("scrollTo(0, 0)")
    desk = visit("moderator", at_desk(pk))
    removing = open_answer(desk, pk, "Remove")
    fill_letter(removing, "A name in it has to go first.")
    removing.get_by_role("button", name="Remove with this message").click()
    for wall in walls:
        expect(card(wall, pk)).to_have_count(0)
    desk.goto(at_desk(pk))
    desk.get_by_role("button", name="Restore to the wall").click()
    for wall in walls:
        expect(card(wall, pk)).to_be_visible()
        expect(wall.locator(f"#story-{newer}-card + #story-{pk}-card + #story-{older}-card")).to_have_count(1)
        expect(count(wall, pk, "smile")).to_have_text("1")
    # The one who had pressed it has pressed it still.
    expect(answer(walls[0], pk, "Made me smile")).to_have_attribute("aria-pressed", "true")
    # And from the card itself, which a line with the undo replaces.
    desk.goto("/harbour/")
    remove_from_card(desk, older)
    removing = desk.get_by_role("dialog")
    removing.get_by_role("button", name="Cancel").click()
    # Where its letter does not come, the desk has it, and no letter about another story opens.
    visit.foresee("503", "/removal/")
    desk.route(f"**/{pk}/removal/", lambda route: route.fulfill(status=503), times=1)
    remove_from_card(desk, pk)
    expect(desk).to_have_url(re.compile(rf"/moderation/\?story={pk}"))
    desk.goto("/harbour/")
    remove_from_card(desk, pk)
    fill_letter(removing, "A name in it has to go first.")
    removing.get_by_role("button", name="Remove with this message").click()
    desk.get_by_role("button", name="Undo").click()
    expect(card(desk, pk)).to_be_visible()
    expect(desk.locator(".note-removed")).to_have_count(0)
    # Signed out meanwhile, its moderator reads so where they write.
    remove_from_card(desk, pk)
    fill_letter(removing, "Once more.")
    visit.foresee("401", "/remove/")
    desk.context.clear_cookies(name="kindwall_session")
    removing.get_by_role("button", name="Remove with this message").click()
    expect(removing).to_contain_text("You have been signed out.")


@pytest.mark.once
def test_a_moderators_own_edit_changes_the_open_card(visit: Visits, place: Installation) -> None:
    words = unique("Grace lent me her drill")
    pk = place.behind("story", author="moderator", moderator="second.moderator", body=words)
    wall = visit("newcomer")
    mark(wall)
    answer(wall, pk, "Uplift").click()
    expect(count(wall, pk, "uplift")).to_have_text("1")
    page = visit("moderator", f"/harbour/stories/{pk}/")
    page.get_by_role("link", name="Change the text").click()
    page.get_by_label("What happened?").fill(f"{words}, and the bit.")
    page.get_by_role("button", name="Change it").click()
    expect(page.get_by_role("status").filter(has_text="Changed. Everybody sees the new text now.")).to_be_visible()
    expect(card(wall, pk).get_by_text(f"{words}, and the bit.")).to_be_visible()
    expect(card(wall, pk)).to_have_count(1)
    expect(count(wall, pk, "uplift")).to_have_text("1")
    expect(answer(wall, pk, "Uplift")).to_have_attribute("aria-pressed", "true")
    expect_not_reloaded(wall)


@pytest.mark.once
@pytest.mark.parametrize(("motion", "animation"), [("reduce", "none"), ("no-preference", "hang")])
def test_a_card_arrives_as_still_as_its_reader_wants_it(
    visit: Visits, place: Installation, motion: str, animation: str
) -> None:
    page = visit("newcomer", reduced_motion=motion)
    pk = place.behind("story", author="ana", body=unique("Arriving."), state="pending")
    page.evaluate(WATCH, f"story-{pk}-card")
    place.behind("decide", pk=pk, how="publish")
    expect(card(page, pk)).to_be_visible()
    arrival = page.evaluate("arrival")
    assert arrival["animation"] == animation
    assert (arrival["running"] > 0) == (motion != "reduce")


def leave(page: Page, how: str) -> None:
    if how == "offline":
        page.context.set_offline(True)
        expect(line_state(page)).to_have_text("Reconnecting…")
    else:
        show(page, hidden=True)


def come_back(page: Page, how: str) -> None:
    if how == "offline":
        page.context.set_offline(False)
        expect(line_state(page)).to_have_text("")
    else:
        show(page, hidden=False)


def line_state(page: Page) -> Locator:
    return page.locator("live-stream").get_by_role("status")


def show(page: Page, *, hidden: bool) -> None:
    """As a browser tells a page that its tab went to the back or came to the front."""
    page.evaluate(
        """(hidden) => {
          Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


@pytest.mark.once
@pytest.mark.parametrize("away", ["offline", "hidden"])
def test_a_wall_that_was_away_catches_up_by_itself(visit: Visits, place: Installation, away: str) -> None:
    visit.foresee_lost_connections()
    old = place.behind("story", author="ana", body=unique("There before, gone after."))
    page, here = visit("newcomer"), visit("member")
    mark(page)
    leave(page, away)
    new = place.behind("story", author="ana", body=unique("Hung while you were away."))
    place.behind("uplift", pk=new, by="member")
    place.behind("decide", pk=old, how="remove", message="For now.")
    expect(count(here, new, "uplift")).to_have_text("1")
    expect(card(here, old)).to_have_count(0)
    expect(card(page, new)).to_have_count(0)
    come_back(page, away)
    expect(card(page, new)).to_be_visible()
    expect(card(page, old)).to_have_count(0)
    expect_as_fresh(page, visit("newcomer"))
    expect_not_reloaded(page)


def streams(place: Installation) -> dict[str, int]:
    """The server's own count of open streams."""
    with urllib.request.urlopen(f"{place.origin}{open_streams.PATH}", timeout=10) as response:
        found: dict[str, int] = json.load(response)
    return found


def expect_streams(page: Page, place: Installation, **expected: int) -> None:
    for _ in range(100):
        if (found := streams(place)) == expected:
            return
        page.wait_for_timeout(100)  # the server notices a closed tab by itself
    assert found == expected


@pytest.mark.once
def test_twelve_tabs_share_one_stream_and_none_misses_anything(visit: Visits, place: Installation) -> None:
    first = visit("newcomer")
    tabs = [first, *(first.context.new_page() for _ in range(11))]
    for tab in tabs[1:]:
        tab.goto(WALL)
    for tab in tabs:
        mark(tab)
    expect_streams(first, place, wall=1)
    hidden = tabs[3]
    show(hidden, hidden=True)
    missed = place.behind("story", author="ana", body=unique("Published while one tab was hidden."))
    for tab in tabs:
        expect(card(tab, missed)).to_have_count(0 if tab is hidden else 1)

    first.close()  # which had the connection
    place.behind("uplift", pk=missed, by="member")
    for tab in (tabs[1], tabs[11]):
        expect(count(tab, missed, "uplift")).to_have_text("1")
    expect(card(hidden, missed)).to_have_count(0)
    show(hidden, hidden=False)
    expect(count(hidden, missed, "uplift")).to_have_text("1")
    expect_streams(hidden, place, wall=1)
    for tab in (tabs[1], hidden):
        expect_as_fresh(tab, tabs[11])
        expect_not_reloaded(tab)
    for tab in tabs[1:]:
        show(tab, hidden=True)
    expect_streams(hidden, place)


NO_LOCKS_AND_THREE_DAYS_AHEAD = """
  const ahead = 3 * 24 * 60 * 60 * 1000, now = Date.now.bind(Date);
  Object.defineProperty(navigator, "locks", { value: undefined });
  Object.defineProperty(performance, "timeOrigin", { value: performance.timeOrigin + ahead });
  Date.now = () => now() + ahead;
"""
# The ages of the wall's older stories, on the open page and as the server writes them. Minutes pass between the two.
AGES = """async () => {
  const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
  const written = [...page.querySelectorAll("#notes time")].filter((time) => /hour|day/.test(time.textContent));
  const shown = written.map((time) => document.querySelector(`#notes time[datetime="${time.dateTime}"]`));
  return [shown, written].map((times) => times.map((time) => time.textContent));
}"""


@pytest.mark.once
def test_browser_without_locks_and_with_a_wrong_clock_follows_in_each_visible_tab(
    visit: Visits, place: Installation
) -> None:
    page = visit("newcomer", "about:blank")
    page.context.add_init_script(NO_LOCKS_AND_THREE_DAYS_AHEAD)
    page.goto(WALL)
    other = page.context.new_page()
    other.goto(WALL)
    expect_streams(page, place, wall=2)
    pk = place.behind("story", author="ana", body=unique("Seen in both."))
    for tab in (page, other):
        expect(card(tab, pk)).to_be_visible()
    show(other, hidden=True)
    expect_streams(page, place, wall=1)
    page.goto(f"{WALL}?order=all")  # which begins with older stories
    shown, written = page.evaluate(AGES)
    assert shown == written != []

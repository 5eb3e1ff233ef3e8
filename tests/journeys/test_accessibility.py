"""Pages for writing, reading and deciding are accessible in every state; test_every_*.py have the other pages."""

import re
import secrets
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.installation import Installation
from tests.journeys.looking import expect_accessible
from tests.journeys.visits import Visits
from tests.journeys.wall import at_desk, card, desk_item, fill_letter, open_answer, react, unique

pytestmark = [pytest.mark.journey, pytest.mark.once]

SEEN = "The lift, and your knees.\n\nPlease leave out whose they were."


def test_the_entrance(visit: Visits, place: Installation, subtests: pytest.Subtests) -> None:
    place.behind("person", who="stranger", name="Sté Stranger")
    page = visit(None, "/")
    for path in ("/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"):
        with subtests.test(path):
            page.goto(path)
            expect_accessible(page)
    with subtests.test("a refused sign-in"):
        page.goto("/accounts/login/")
        page.get_by_label("Email").fill("nobody@kindwall.example")
        page.get_by_label("Password").fill("not this")
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator(".errors, [role=alert]").first).to_be_visible()
        expect_accessible(page)
    with subtests.test("confirmation sent"):
        page.goto("/accounts/signup/")
        page.get_by_label("Your name").fill("New Person")
        page.get_by_label("Email").fill(f"new-{secrets.token_hex(4)}@kindwall.example")
        page.get_by_label("Password").fill("a-long-enough-phrase")
        page.get_by_role("main").get_by_role("button").click()
        page.wait_for_url("**/accounts/confirm-email/")
        expect_accessible(page)
    with subtests.test("reset sent"):
        page.goto("/accounts/password/reset/")
        page.get_by_label("Email").fill("nobody@kindwall.example")
        page.get_by_role("main").get_by_role("button").click()
        page.wait_for_url("**/accounts/password/reset/done/")
        expect_accessible(page)
    with subtests.test("in no team"):
        teamless = visit("stranger", "/")
        expect(teamless.get_by_role("heading", level=1)).to_contain_text("not in a team yet")
        expect_accessible(teamless)


def test_the_wall(visit: Visits, place: Installation, subtests: pytest.Subtests) -> None:
    with subtests.test("full, with the menu open"):
        full = visit("member")
        full.get_by_role("button", name="menu").click()
        expect(full.get_by_role("button", name="Sign out")).to_be_visible()
        expect_accessible(full)
    with subtests.test("on a phone"):
        phone = visit("moderator", viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
        expect_accessible(phone)
    with subtests.test("with a pill, and an answer pressed"):
        reading = visit("newcomer", viewport={"width": 1280, "height": 800})
        pk = place.behind("story", author="ana", body=unique("To be pressed."))
        react(reading, pk, "I see you")
        expect(card(reading, pk).locator('[aria-pressed="true"]')).to_have_count(1)
        # To the head of a row, so that the header, which stays, lies over nothing that can be pressed.
        reading.locator("#notes > .note").nth(9).evaluate("(note) => scrollTo(0, note.offsetTop - 20)")
        place.behind("story", author="ana", body=unique("For the pill."))
        expect(reading.get_by_role("link", name="1 new story")).to_be_visible()
        expect_accessible(reading)
    with subtests.test("the five reactions, on a story's page"):
        reading.goto(f"/harbour/stories/{pk}/")
        reading.get_by_role("button", name="React", exact=True).click()
        expect(reading.locator("#reaction-menu")).to_be_visible()
        expect_accessible(reading)
    with subtests.test("who reacted"):
        reading.goto(f"/harbour/stories/{pk}/reactions/")
        expect_accessible(reading)


def test_a_team_where_nothing_has_happened(visit: Visits, place: Installation, subtests: pytest.Subtests) -> None:
    place.behind("team", slug="quiet", name="The Quiet Room", owner="quiet", owner_name="Quy Quiet")
    page = visit("quiet", "/quiet/")
    for path, words in (
        ("/quiet/", "A bare wall, and a good day for it."),
        ("/quiet/mine/", "You have no stories yet."),
        ("/quiet/moderation/", "Nothing needs you."),
    ):
        with subtests.test(path):
            page.goto(path)
            expect(page.get_by_role("heading", name=words)).to_be_visible()
            expect_accessible(page)


def test_the_composer(visit: Visits, subtests: pytest.Subtests) -> None:
    visit.foresee("422", "/share/")
    page = visit("member", "/harbour/share/")
    with subtests.test("blank"):
        expect_accessible(page)
    with subtests.test("with errors"):
        page.get_by_label("What happened?").fill("x" * 1001)
        page.get_by_role("button", name="Submit for review").click()
        expect(page.get_by_role("alert")).to_contain_text("Not sent yet.")
        for name in ("love", "hope", "peace"):
            page.get_by_role("checkbox", name=name).check()
        expect_accessible(page)


def test_a_story(visit: Visits, place: Installation, subtests: pytest.Subtests) -> None:
    def story(state: str) -> int:
        return int(place.behind("story", author="ana", body=unique("One of Ana’s."), state=state))

    author = visit("ana", "/harbour/mine/")
    states = {state: story(state) for state in ("draft", "pending", "returned", "declined", "removed", "published")}
    for state in ("draft", "published"):  # the others are looked at in test_every_other_page.py
        with subtests.test(f"{state}, as its author"):
            author.goto(f"/harbour/stories/{states[state]}/")
            expect_accessible(author)
    moderator = visit("moderator", "/harbour/moderation/")
    for state in ("pending", "declined", "removed", "published"):
        with subtests.test(f"{state}, as a moderator"):
            moderator.goto(f"/harbour/stories/{states[state]}/")
            expect_accessible(moderator)
    with subtests.test("removing it"):
        moderator.goto(at_desk(states["published"]))
        open_answer(moderator, states["published"], "Remove")
        expect_accessible(moderator)
    with subtests.test("published, as a reader"):
        expect_accessible(visit("newcomer", f"/harbour/stories/{states['published']}/"))
    with subtests.test("mine"):
        author.goto("/harbour/mine/")
        expect(author.get_by_text("Declined").first).to_be_visible()
        expect_accessible(author)


def test_the_desk(visit: Visits, place: Installation, subtests: pytest.Subtests) -> None:
    visit.foresee("422", "/return/")
    visit.foresee("409", "/decline/")
    pk = place.behind("story", author="newcomer", body=unique("For the desk."), state="pending")
    place.behind("own_reason", by="moderator", name="Whose", words="Please leave out whose it was.")
    page = visit("moderator", at_desk(pk))
    with subtests.test("full"):
        expect_accessible(page)
    with subtests.test("with the list of keys"):
        page.keyboard.press("?")
        expect(page.get_by_role("dialog", name="By keyboard")).to_be_visible()
        expect_accessible(page)
        page.keyboard.press("Escape")
    with subtests.test("with several ticked"):
        page.get_by_role("checkbox", name="Select").first.check()
        page.locator("#bulk").get_by_text("Return the selected ones").click()
        expect_accessible(page)
        page.goto(at_desk(pk))
    for name, summary in {"fixing": "Fix a typo", "writing a note": "Write a note", "assigning": "Assign it"}.items():
        with subtests.test(name):
            desk_item(page, pk).locator("summary", has_text=summary).click()
            expect_accessible(page)
            page.goto(at_desk(pk))
    returning = open_answer(page, pk, "Return for a change")
    with subtests.test("with a form open and its preview"):
        returning.get_by_text("What you saw, what happens next").click()
        fill_letter(returning, "Please say what happened.")
        expect(returning.get_by_role("article")).to_contain_text("Please say what happened.")
        expect_accessible(page)
    with subtests.test("with a form open and its error"):
        fill_letter(returning, "")
        returning.get_by_role("button", name="Send it back").click()
        expect(desk_item(page, pk).get_by_role("alert")).to_contain_text("Write what has to change")
        expect_accessible(page)
    with subtests.test("with a conflict"):
        place.behind("decide", pk=pk, how="return_for_change", moderator="second.moderator", message=SEEN)
        declining = open_answer(page, pk, "Decline")
        fill_letter(declining, "A long and careful no.")
        declining.get_by_role("button", name="Decline with this message").click()
        expect(desk_item(page, pk)).to_contain_text("Maureen Doyle returned this")
        expect_accessible(page)
    for show in ("new", "back", "reported", "mine", "spam"):
        with subtests.test(show):
            page.goto(f"/harbour/moderation/?show={show}")
            expect_accessible(page)


def test_a_teams_settings_not_saved_yet(visit: Visits, subtests: pytest.Subtests) -> None:
    visit.foresee("422", "/settings/")
    page = visit("owner", "/harbour/settings/")
    with subtests.test("refused"):
        page.goto("/harbour/settings/")
        page.get_by_label("Address").fill("admin")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("alert")).to_contain_text("Not saved yet.")
        expect_accessible(page)
    with subtests.test("reasons, arranged"):
        page.goto("/harbour/settings/moderation/")
        page.locator(".reason > details > summary").nth(1).click()
        page.get_by_role("group", name="Reason 2").get_by_role("button", name="Up").click()
        expect(page.get_by_role("status").filter(has_text="Not saved yet.")).to_be_visible()
        expect_accessible(page)
    with subtests.test("reasons, typed and left"):
        page.get_by_role("button", name="Add a reason").click()
        added = page.get_by_label("Reason", exact=True).last
        added.fill("Too long for the wall")
        page.goto("/harbour/settings/moderation/")
        expect(page.get_by_label("Reason", exact=True).last).not_to_have_value("Too long for the wall")
        expect_accessible(page)
        page.get_by_role("button", name="Show it").click()
        expect(page.get_by_label("Reason", exact=True).last).to_have_value("Too long for the wall")


def test_what_does_not_work_out(visit: Visits, place: Installation, subtests: pytest.Subtests) -> None:
    visit.foresee("404", "/nothing/")
    visit.foresee("403", "/share/")
    pages: dict[str, Callable[[Page], object]] = {
        "not found": lambda page: page.goto("/harbour/nothing/"),
        "sent with an old form": lambda page: send_with_an_old_form(page),
    }
    page = visit("member")
    for name, go in pages.items():
        with subtests.test(name):
            go(page)
            expect_accessible(page)
    with subtests.test("a toast"):
        pk = place.behind("story", author="member", body=unique("My own."))
        page.goto("/harbour/")
        page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject() }")
        card(page, pk).get_by_role("link", name="Copy the link").click()
        expect(page.get_by_role("status").get_by_label("Copy this link:")).to_have_value(re.compile(f"/{pk}/$"))
        expect_accessible(page)


def send_with_an_old_form(page: Page) -> None:
    """A form from before a sign-out in another tab."""
    words = unique("Written before.")
    page.goto("/harbour/share/")
    page.get_by_label("What happened?").fill(words)
    page.context.clear_cookies(name="kindwall_csrf")
    page.get_by_role("button", name="Save as draft").click()
    expect(page.get_by_role("heading", name="Please send it again.")).to_be_visible()
    expect(page.get_by_label("Your words")).to_have_value(words)


def test_a_profile_to_be_looked_at_again(visit: Visits) -> None:
    visit.foresee("422", "/me/")
    page = visit("newcomer", "/me/")
    page.get_by_label("Your name").fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Your name")).to_have_attribute("aria-invalid", "true")
    expect_accessible(page)

"""Two moderators work one queue at once by keyboard alone, and one of them by touch on a phone."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.journeys.desk_moderators import KeyboardModerator, TouchModerator
from tests.journeys.installation import Installation
from tests.journeys.looking import expect_accessible
from tests.journeys.visits import Visits
from tests.journeys.wall import card, desk_item, desk_row

pytestmark = [pytest.mark.journey, pytest.mark.once]


def answer_with(hands: KeyboardModerator, pk: int, name: str, answer: str, message: str) -> Locator:
    """Open the form of this answer and write its letter."""
    hands.do(pk, name)
    form = hands.page.locator(f"#story-{pk}-{answer}-form")
    hands.fill(form.get_by_label("What has to change"), message)
    return form


def test_several_are_decided_on_and_undone_by_touch_on_a_phone(visit: Visits, place: Installation) -> None:
    """What fingers do otherwise than keys; each decision by touch is in test_twenty_decisions.py."""
    first, second, third, fourth, *_rest = place.behind("pair", slug="phone")
    wall = visit("phone.reader", "/phone/")
    one = TouchModerator(visit("phone.one", f"/phone/moderation/?story={first}", **TouchModerator.options))
    expect_accessible(one.page)

    one.do(first, "p")
    expect(card(wall, first)).to_be_visible()
    one.undo()
    expect(desk_item(one.page, first)).to_be_visible()
    expect(card(wall, first)).to_have_count(0)

    one.tick(third)
    one.tick(fourth)
    one.press(one.page.get_by_role("button", name="Publish the selected ones"))
    expect(one.page.locator("#desk-undo")).to_contain_text("You decided on 2 stories.")
    for pk in (third, fourth):
        expect(card(wall, pk)).to_be_visible()

    one.read(second)
    returning = answer_with(one, second, "r", "return", "Please leave out whose.")
    expect(returning.get_by_role("article")).to_contain_text("Please leave out whose.")
    expect_accessible(one.page)
    one.press(returning.get_by_role("button", name="Send it back"))
    expect(desk_item(one.page, second)).to_have_count(0)
    assert place.behind("states", pks=[first, second, third, fourth]) == [
        "pending",
        "returned",
        "published",
        "published",
    ]


def test_two_moderators_share_one_queue(visit: Visits, place: Installation) -> None:
    visit.foresee("409", "/decline/")
    slug = "pair-keys"
    desk, options = f"/{slug}/moderation/", KeyboardModerator.options
    first, second, third, fourth, fifth, sixth = pks = place.behind("pair", slug=slug)
    wall = visit(f"{slug}.reader", f"/{slug}/")
    one, two = (KeyboardModerator(visit(f"{slug}.{who}", f"{desk}?story={first}", **options)) for who in ("one", "two"))
    expect_accessible(one.page)

    # A claim is shown, and prevents nothing.
    one.read(first)
    expect(desk_row(two.page, first)).to_contain_text("Otto One is reading")
    two.read(first)
    declining = answer_with(two, first, "d", "decline", "A long and careful no.")

    # Both at once: one wins, and the other loses no word.
    one.do(first, "p")
    expect(desk_item(one.page, second)).to_be_visible()
    expect(card(wall, first)).to_be_visible()
    expect(two.page.locator("#desk-news")).to_have_text("Otto One: published")
    expect(two.page.locator("#desk-news")).to_be_in_viewport()
    two.press(declining.get_by_role("button", name="Decline with this message"))
    conflict = desk_item(two.page, first)
    expect(conflict).to_contain_text("Otto One published this")
    expect(conflict).to_contain_text("Your message was not sent.")
    expect(conflict).to_contain_text("A long and careful no.")
    expect_accessible(two.page)

    # Undone within ten seconds, it leaves every wall.
    one.do(second, "p")
    expect(card(wall, second)).to_be_visible()
    expect(desk_item(one.page, third)).to_be_visible()
    one.undo()
    expect(desk_item(one.page, second)).to_be_visible()
    expect(card(wall, second)).to_have_count(0)

    # Several at once.
    two.page.goto(desk)
    two.tick(third)
    two.tick(fourth)
    two.press(two.page.get_by_role("button", name="Publish the selected ones"))
    for pk in (third, fourth):
        expect(card(wall, pk)).to_be_visible()
    expect(two.page.locator("#desk-undo")).to_contain_text("You decided on 2 stories.")

    # Sent back with a letter, changed by its author, and sent again.
    returning = answer_with(one, second, "r", "return", "Please leave out whose.")
    expect(returning.get_by_role("article")).to_contain_text("Please leave out whose.")
    expect_accessible(one.page)
    one.press(returning.get_by_role("button", name="Send it back"))
    expect(desk_item(one.page, second)).to_have_count(0)
    place.behind("time_passes", pks=[second])
    author = visit(f"{slug}.author", f"/{slug}/stories/{second}/edit/")
    author.get_by_label("What happened?").fill("Story two of mine.")
    author.get_by_role("button", name="Send it again").click()
    expect(author.get_by_role("heading", name="Waiting for review. A moderator will read it soon.")).to_be_visible()
    expect(desk_row(one.page, second)).to_contain_text("Resubmitted")
    one.read(second)
    changes = desk_item(one.page, second).locator(".diff")
    assert changes.locator("del").all_inner_texts() == ["2", "Ada’s."]
    assert changes.locator("ins").all_inner_texts() == ["two", "mine."]
    expect_accessible(one.page)

    # Declined, stood by, and looked at by the other, whose word is last.
    declining = answer_with(one, second, "d", "decline", "It is not ours to tell.")
    one.press(declining.get_by_role("button", name="Decline with this message"))
    expect(desk_item(one.page, second)).to_have_count(0)
    place.behind("time_passes", pks=[second])
    author.goto(f"/{slug}/stories/{second}/")
    author.get_by_text("Ask for a second opinion", exact=True).click()
    author.get_by_label("What should the moderator know?").fill("It is mine to tell.")
    author.get_by_role("button", name="Send it again").click()
    expect(author.get_by_text("It is mine to tell.")).to_be_visible()
    expect(desk_row(two.page, second)).to_contain_text("Second opinion")
    # The first moderator's keys lead past it; it is listed apart.
    expect(one.page.get_by_text("A second opinion on your decision.")).to_have_count(1)
    expect(desk_row(one.page, second)).to_have_count(0)
    two.read(second)
    expect(desk_item(two.page, second)).to_contain_text("It is mine to tell.")
    expect(desk_item(two.page, second)).to_contain_text("your decision is final")
    two.do(second, "p")
    expect(card(wall, second)).to_contain_text("Story two of mine.")

    # Assigned with a note, which its moderator sees at once; and another note, which the first one sees at once.
    one.read(sixth)
    two.read(sixth)
    assigning = one.page.locator(f"#story-{sixth}-assignment")
    one.press(assigning.locator("summary"))
    assigning.get_by_label("To").select_option(label="Thea Two")
    one.fill(assigning.get_by_label("A note for them"), "You know the sixth.")
    one.press(assigning.get_by_role("button", name="Assign it"))
    expect(desk_item(one.page, sixth)).to_have_count(0)
    expect(two.page.locator(f"#story-{sixth}-assigned")).to_contain_text("Otto One has assigned this to you.")
    expect(two.page.locator(f"#story-{sixth}-assigned")).to_contain_text("You know the sixth.")
    expect(desk_row(two.page, sixth)).to_contain_text("Assigned to you")
    one.read(sixth)
    noting = two.page.locator(f"#story-{sixth}-note")
    two.press(noting.locator("summary"))
    two.fill(noting.get_by_label("Your note"), "Advertising, I think.")
    two.press(noting.get_by_role("button", name="Add the note"))
    for page in (one.page, two.page):
        expect(page.locator(f"#story-{sixth}-notes-written")).to_contain_text("Note by Thea Two")
    expect(noting.get_by_label("Your note")).to_have_value("")
    two.read(fifth)

    # A typo, and what is none of it.
    one.read(fifth)
    one.do(fifth, "e")
    one.fill(one.page.locator(f"#story-{fifth}-fix-body"), "Story five of Ada’s.")
    one.press(one.page.get_by_role("button", name="Publish it like this"))
    expect(card(wall, fifth)).to_contain_text("Story five of Ada’s.")
    two.read(sixth)
    two.do(sixth, "s")
    expect(two.page.get_by_role("heading", level=1)).to_have_text("Nothing needs you.")

    # Reported, and looked at.
    reader = visit(f"{slug}.reader", f"/{slug}/stories/{third}/")
    reader.get_by_text("Is something wrong with this story?").click()
    reader.get_by_label("It tells something private").check()
    reader.get_by_label("In your own words (optional)").fill("His knees are his.")
    reader.get_by_role("button", name="Send the report").click()
    expect(reader.get_by_text("You reported this story. A moderator will review it.")).to_be_visible()
    one.show("Reported")
    one.read(third)
    expect(desk_item(one.page, third)).to_contain_text("His knees are his.")
    expect_accessible(one.page)
    removing = answer_with(one, third, "d", "remove", "Please leave out the knees.")
    one.press(removing.get_by_role("button", name="Remove with this message"))
    expect(card(wall, third)).to_have_count(0)

    # Nothing is lost, and nothing done twice.
    done = {pk: [action for action, _who in place.behind("log_of", pk=pk)] for pk in pks}
    assert done == {
        first: ["submit", "publish"],
        second: ["submit", "publish", "undo", "return", "submit", "decline", "stand-by", "publish"],
        third: ["submit", "publish", "remove"],
        fourth: ["submit", "publish"],
        fifth: ["submit", "fix", "publish"],
        sixth: ["submit", "hand", "spam"],
    }
    states = {story["pk"]: story["state"] for story in place.behind("written", words="Story ") if story["pk"] in pks}
    hung = "published"
    assert states == {first: hung, second: hung, third: "removed", fourth: hung, fifth: hung, sixth: "spam"}
    cards = wall.locator("#notes > .note").evaluate_all("(notes) => notes.map((note) => note.id)")
    assert sorted(cards) == sorted(f"story-{pk}-card" for pk in (first, second, fourth, fifth))
    expect(one.page).to_have_url(re.compile(slug))

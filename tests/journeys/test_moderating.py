"""A story goes back with a message, is changed in place, and hangs in the end; two moderators meet over one."""

import pytest
from playwright.sync_api import expect

from tests.journeys.installation import Installation
from tests.journeys.visits import Visits
from tests.journeys.wall import card, desk_item, open_answer, unique

pytestmark = pytest.mark.journey

MESSAGE = "The lift, and your knees: we were there with you.\n\nPlease leave out whose knees they were."


@pytest.mark.once
def test_a_returned_story_is_changed_in_place_and_published(visit: Visits, place: Installation) -> None:
    words = unique("Carried the plotter up for Dennis")
    pk = place.behind("story", author="newcomer", body=f"{words}, with his knees.", state="pending")
    wall = visit("member")

    desk = visit("moderator", "/harbour/moderation/")
    answering = open_answer(desk, pk, "Return for a change")
    answering.get_by_label("Your message to Elif Kaya").fill(MESSAGE)
    answering.get_by_role("button", name="Send it back").click()
    expect(desk_item(desk, pk)).to_contain_text("You returned this")

    author = visit("newcomer", "/harbour/mine/")
    mine = author.locator(f"#story-{pk}-mine")
    expect(mine).to_contain_text("Returned for a change")
    expect(mine).to_contain_text("Please leave out whose knees they were.")
    mine.get_by_role("link", name="Change it").click()
    expect(author.get_by_text("Please leave out whose knees they were.")).to_be_visible()
    expect(author.get_by_text("Ben Hallam")).to_have_count(0)
    writing = author.get_by_label("What happened?")
    expect(writing).to_have_value(f"{words}, with his knees.")
    writing.fill(f"{words}.")
    expect(author.locator("#composer-saved")).to_have_text("Saved")
    author.get_by_role("button", name="Send it again").click()
    expect(author.get_by_role("heading", name="A moderator will read this soon.")).to_be_visible()
    expect(author.get_by_text("Please leave out whose knees they were.")).to_be_visible()

    desk.goto("/harbour/moderation/")
    expect(desk_item(desk, pk)).to_contain_text("Please leave out whose knees they were.")
    expect(desk_item(desk, pk)).to_contain_text(f"{words}.")
    desk_item(desk, pk).get_by_role("button", name="Publish").click()
    expect(desk_item(desk, pk)).to_contain_text("You published this")
    expect(card(wall, pk)).to_be_visible()
    expect(card(wall, pk)).to_contain_text(f"{words}.")
    author.goto("/harbour/mine/")
    expect(mine).to_contain_text("On the wall")


def test_the_second_of_two_moderators_is_shown_what_the_first_did_and_keeps_their_words(
    visit: Visits, place: Installation
) -> None:
    visit.foresee("409", "/decline/")
    pk = place.behind("story", author="newcomer", body=unique("Two will read this."), state="pending")
    first, second = visit("moderator", "/harbour/moderation/"), visit("second.moderator", "/harbour/moderation/")
    declining = open_answer(second, pk, "Decline")
    declining.get_by_role("textbox").fill("A long and careful no.")

    returning = open_answer(first, pk, "Return for a change")
    returning.get_by_role("textbox").fill(MESSAGE)
    returning.get_by_role("button", name="Send it back").click()
    expect(desk_item(first, pk)).to_contain_text("You returned this")

    declining.get_by_role("button", name="Decline with this message").click()
    item = desk_item(second, pk)
    expect(item).to_contain_text("Ben Hallam returned this just now. Nothing of it was changed.")
    expect(item).to_contain_text("Please leave out whose knees they were.")
    expect(item).to_contain_text("Your message was not sent.")
    expect(item).to_contain_text("A long and careful no.")
    assert [story["state"] for story in place.behind("written", words="Two will read this.")] == ["returned"]


def test_a_moderator_who_answers_an_older_text_is_shown_the_new_one_and_keeps_their_words(
    visit: Visits, place: Installation
) -> None:
    visit.foresee("409", "/return/")
    words = unique("It read like this")
    pk = place.behind("story", author="newcomer", body=f"{words} at first.", state="pending")
    desk = visit("moderator", "/harbour/moderation/")
    returning = open_answer(desk, pk, "Return for a change")
    returning.get_by_role("textbox").fill("One thing about the first text.")
    place.behind("rewrite", pk=pk, body=f"{words} in the end.")
    returning.get_by_role("button", name="Send it back").click()
    item = desk_item(desk, pk)
    expect(item.get_by_role("alert")).to_contain_text("The author has changed the text.")
    expect(item).to_contain_text(f"{words} in the end.")
    expect(item.locator("details[open]").get_by_role("textbox")).to_have_value("One thing about the first text.")
    # Read again, and sent again, it counts.
    item.get_by_role("button", name="Send it back").click()
    expect(item).to_contain_text("You returned this")

"""A story goes back with a letter, is changed in place, and hangs in the end; and what a moderator types is kept."""

import re
from itertools import pairwise

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.installation import Installation
from tests.journeys.visits import Visits
from tests.journeys.wall import (
    at_desk,
    card,
    desk_item,
    desk_row,
    fill_letter,
    key,
    open_answer,
    unique,
)

pytestmark = [pytest.mark.journey, pytest.mark.once]

MESSAGE = "The lift, and your knees: we were there with you.\n\nPlease leave out whose knees they were."


def until_settled(desk: Page) -> None:
    """Until the decision can be undone no more, and its author hears of it."""
    expect(desk.locator("#desk-undo")).to_have_count(0, timeout=20_000)


def in_order(*columns: Locator) -> None:
    """Assert that they stand side by side, each within the screen's height."""
    boxes = [box for column in columns if (box := column.bounding_box())]
    assert len(boxes) == len(columns)
    assert all(left["x"] + left["width"] <= right["x"] for left, right in pairwise(boxes))
    for column in columns:
        expect(column).to_be_in_viewport()


def test_a_returned_story_is_changed_in_place_and_published(visit: Visits, place: Installation) -> None:
    words = unique("Carried the plotter up for Dennis")
    pk = place.behind("story", author="newcomer", body=f"{words}, with his knees.", state="pending")
    wall = visit("member")

    desk = visit("moderator", at_desk(pk))
    answering = open_answer(desk, pk, "Return for a change")
    preview = answering.locator(".letter-preview")
    fill_letter(answering, MESSAGE)
    expect(preview.get_by_role("article")).to_contain_text("Please leave out whose knees they were.")
    expect(preview.get_by_role("article")).to_contain_text("The moderators")
    expect(preview.get_by_role("listitem")).to_have_count(0)
    in_order(desk_item(desk, pk).get_by_role("article").first, answering.get_by_label("What has to change"), preview)
    answering.get_by_role("button", name="Send it back").click()
    expect(desk_item(desk, pk)).to_have_count(0)
    # Undone, the letter lies open again, and a reason that is chosen then replaces no word of it.
    desk.keyboard.press("u")
    message = answering.get_by_label("What has to change")
    expect(message).to_have_value(MESSAGE)
    for reason in ("A private detail", "None of these"):
        answering.get_by_label(reason).check()
        expect(message).to_have_value(MESSAGE)
    answering.get_by_role("button", name="Send it back").click()
    expect(desk_item(desk, pk)).to_have_count(0)
    expect(desk_row(desk, pk)).to_have_count(0)
    until_settled(desk)

    author = visit("newcomer", "/harbour/mine/")
    mine = author.locator(f"#story-{pk}-mine")
    expect(mine).to_contain_text("Returned for a change")
    expect(mine).to_contain_text("Please leave out whose knees they were.")
    mine.get_by_role("link", name="Change it").click()
    expect(author.get_by_text("Please leave out whose knees they were.")).to_be_visible()
    writing = author.get_by_label("What happened?")
    expect(writing).to_have_value(f"{words}, with his knees.")
    writing.fill(f"{words}.")
    expect(author.locator("#composer-saved")).to_have_text("Saved")
    author.get_by_role("button", name="Send it again").click()
    expect(author.get_by_role("heading", name="Waiting for review. A moderator will read it soon.")).to_be_visible()
    expect(author.get_by_text("Please leave out whose knees they were.")).to_be_visible()

    desk.goto(at_desk(pk))
    expect(desk_item(desk, pk)).to_contain_text("Please leave out whose knees they were.")
    expect(desk_item(desk, pk).locator(".diff del").last).to_contain_text("with his knees.")
    key(desk, pk, "p").click()
    expect(desk_item(desk, pk)).to_have_count(0)
    expect(card(wall, pk)).to_be_visible()
    expect(card(wall, pk)).to_contain_text(f"{words}.")
    author.goto("/harbour/mine/")
    expect(mine).to_contain_text("Published")


def test_the_second_of_two_moderators_is_shown_what_the_first_did_and_keeps_their_words(
    visit: Visits, place: Installation
) -> None:
    visit.foresee("409", "/decline/")
    pk = place.behind("story", author="newcomer", body=unique("Two will read this."), state="pending")
    first, second = visit("moderator", at_desk(pk)), visit("second.moderator", at_desk(pk))
    declining = open_answer(second, pk, "Decline")
    fill_letter(declining, "A long and careful no.")

    returning = open_answer(first, pk, "Return for a change")
    fill_letter(returning, MESSAGE)
    returning.get_by_role("button", name="Send it back").click()
    # Told at once, and nothing is taken out of the hands of who is writing.
    expect(second.locator("#desk-news")).to_have_text("Ben Hallam: returned")
    expect(declining.get_by_label("What has to change")).to_have_value("A long and careful no.")

    declining.get_by_role("button", name="Decline with this message").click()
    item = desk_item(second, pk)
    expect(item).to_contain_text("Ben Hallam returned this just now. Nothing of it was changed.")
    expect(item).to_contain_text("Please leave out whose knees they were.")
    # It could still be sent, in place of what the first one said.
    expect(declining.get_by_label("What has to change")).to_have_value("A long and careful no.")
    assert [story["state"] for story in place.behind("written", words="Two will read this.")] == ["returned"]


def test_a_moderator_who_answers_an_older_text_is_shown_the_new_one_and_keeps_their_words(
    visit: Visits, place: Installation
) -> None:
    visit.foresee("409", "/return/")
    words = unique("It read like this")
    pk = place.behind("story", author="newcomer", body=f"{words} at first.", state="pending")
    desk = visit("moderator", at_desk(pk))
    returning = open_answer(desk, pk, "Return for a change")
    fill_letter(returning, "One thing about the first text.")
    place.behind("rewrite", pk=pk, body=f"{words} in the end.")
    returning.get_by_role("button", name="Send it back").click()
    item = desk_item(desk, pk)
    expect(item.get_by_role("alert")).to_contain_text("The author has changed the text.")
    expect(item).to_contain_text(f"{words} in the end.")
    expect(returning.get_by_label("What has to change")).to_have_value("One thing about the first text.")
    # Read again, and sent again, it counts.
    item.get_by_role("button", name="Send it back").click()
    expect(desk_item(desk, pk)).to_have_count(0)
    assert [story["state"] for story in place.behind("written", words=words)] == ["returned"]


def test_a_letter_begun_is_there_again_after_a_look_at_another_story(visit: Visits, place: Installation) -> None:
    pks = [place.behind("story", author="newcomer", body=unique("One of two."), state="pending") for _ in range(2)]
    place.behind("own_reason", by="second.moderator", name="Whose", words="Please leave out whose it was.")
    desk = visit("second.moderator", at_desk(pks[0]))
    answering = open_answer(desk, pks[0], "Decline")
    answering.get_by_text("What you saw, what happens next").click()
    answering.get_by_label("What you saw in it").fill("Half a sentence")
    message = answering.get_by_label("What has to change")
    answering.get_by_label("Whose").check()
    expect(message).to_have_value("Please leave out whose it was.")
    answering.get_by_label("A private detail").check()
    expect(message).not_to_have_value("Please leave out whose it was.")
    message.fill("First this.")
    message.press("Escape")
    desk_row(desk, pks[1]).get_by_role("link").click()
    expect(desk_item(desk, pks[1])).to_be_visible()
    desk_row(desk, pks[0]).get_by_role("link").click()
    expect(answering.get_by_label("What you saw in it")).to_have_value("Half a sentence")
    expect(message).to_have_value("First this.")
    expect(answering.get_by_label("A private detail")).to_be_checked()


def test_a_letter_to_several_is_asked_for_and_lost_by_nothing(visit: Visits, place: Installation) -> None:
    words = unique("One letter for these")
    pks = place.behind("queue", slug="several", number=4, words=words)
    desk = visit("several.owner", f"/several/moderation/?story={pks[3]}")
    for pk in pks[:2]:
        desk_row(desk, pk).get_by_role("checkbox").check()
    # Read again, a list in which nothing is new stays as it is, and the keyboard in it.
    desk.evaluate("() => { document.getElementById('desk-list').isSame = true }")
    with desk.expect_response(re.compile("/moderation/news/")) as news:
        desk.locator("moderators-desk").dispatch_event("desk")
    news.value.finished()
    desk.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    assert desk.evaluate("document.getElementById('desk-list').isSame")
    # The enter key answers nobody by chance.
    desk.keyboard.press("Enter")
    bulk = desk.locator("#bulk")
    asking = bulk.get_by_role("button", name="Return the selected ones")
    asking.click()
    message = bulk.get_by_label("What has to change")
    expect(message).to_be_focused()
    # The end of the letter stays in sight, and lies below the field.
    field, button = message.bounding_box(), bulk.get_by_role("button", name="Send them back").bounding_box()
    assert field
    assert button
    assert field["y"] + field["height"] <= button["y"]
    expect(desk_item(desk, pks[3])).to_be_visible()
    message.fill("Please say what happened.")
    # A look at one of them loses no word and no tick, nor does one at another list.
    desk_row(desk, pks[0]).get_by_role("link").click()
    expect(desk_item(desk, pks[0])).to_be_visible()
    expect(message).to_have_value("Please say what happened.")
    expect(bulk.get_by_role("article")).to_contain_text("Please say what happened.")
    desk.locator(".desk-filters").get_by_role("link", name="New people").click()
    expect(desk.get_by_role("link", name="New people")).to_have_attribute("aria-current", "true")
    for pk in pks[:2]:
        desk_row(desk, pk).get_by_role("checkbox").check()
    asking.click()
    expect(message).to_have_value("Please say what happened.")
    expect(bulk.get_by_role("article")).to_contain_text("Please say what happened.")
    bulk.get_by_role("button", name="Send them back").click()
    expect(desk.locator("#desk-undo")).to_contain_text("You decided on 2 stories.")
    assert [story["state"] for story in place.behind("written", words=words)] == ["returned"] * 2 + ["pending"] * 2
    desk.get_by_role("link", name="Select all").click()
    expect(desk.get_by_role("checkbox", checked=True)).to_have_count(2)
    desk.get_by_role("link", name="Select none").click()
    expect(desk.get_by_role("checkbox", checked=True)).to_have_count(0)
    desk_row(desk, pks[2]).get_by_role("checkbox").check()
    asking.click()
    expect(message).to_have_value("")


def test_a_list_that_was_asked_for_before_a_decision_brings_its_story_back_to_nobody(
    visit: Visits, place: Installation
) -> None:
    first, second = place.behind("queue", slug="overtaken", number=2, words=unique("Decided on meanwhile"))
    desk = visit("overtaken.owner", f"/overtaken/moderation/?story={second}")
    place.behind("decide", pk=first, how="publish", moderator="overtaken.second", team="overtaken")
    expect(desk_row(desk, first)).to_contain_text("published")
    with desk.expect_response(lambda news: "/news/" in news.url and f"shown={first}" not in news.url):
        desk.evaluate(
            """(first) => {
              const asked = document.querySelector("moderators-desk").list.refresh();
              document.getElementById(`story-${first}-row`).remove(); // as the response to a decision does
              return asked;
            }""",
            first,
        )
    expect(desk_row(desk, first)).to_have_count(0)


def test_an_empty_desk_begins_with_what_comes_and_the_heading_counts(visit: Visits, place: Installation) -> None:
    (pk,) = place.behind("queue", slug="slow", number=1, words=unique("The only one"))
    desk = visit("slow.owner", f"/slow/moderation/?story={pk}")
    key(desk, pk, "p").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("Nothing needs you.")
    expect(desk.locator("#desk-spoken")).to_contain_text("published")
    first, second = (
        place.behind(
            "story",
            author="slow.author",
            body=unique("One more."),
            state="pending",
            moderator="slow.second",
            team="slow",
        )
        for _ in range(2)
    )
    # They came by another process: of that the heartbeat tells, every twenty seconds.
    expect(desk_item(desk, first)).to_be_visible(timeout=30_000)
    expect(desk.get_by_role("heading", level=1)).to_have_text("2 stories need you", timeout=30_000)
    place.behind("decide", pk=second, how="publish", moderator="slow.second", team="slow")
    expect(desk.get_by_role("heading", level=1)).to_have_text("One story needs you", timeout=30_000)
    expect(desk.locator(".nav-waiting").first).to_contain_text("1")

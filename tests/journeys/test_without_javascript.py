"""Everything by forms and links."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.installation import Installation
from tests.journeys.visits import Visits
from tests.journeys.wall import (
    answer,
    at_desk,
    card,
    count,
    desk_row,
    fill_letter,
    key,
    number_in,
    open_answer,
    react,
    unique,
)

pytestmark = [pytest.mark.journey, pytest.mark.once]


def test_story_goes_from_draft_to_reactions(visit: Visits, place: Installation) -> None:
    words = unique("Wilf mended the hinge and signed it on the inside")
    author = visit("member", java_script_enabled=False)
    author.get_by_role("banner").get_by_role("link", name="Share a kindness").click()
    author.get_by_label("What happened?").fill(words)
    author.get_by_role("button", name="Save as draft").click()
    expect(author.get_by_role("status").filter(has_text="Saved as a draft. Only you can see it.")).to_be_visible()
    expect(author).to_have_url(re.compile(r"/harbour/stories/\d+/edit/$"))
    pk = number_in(author.url)
    author.reload()
    expect(author.get_by_label("What happened?")).to_have_value(words)
    author.get_by_label("I witnessed it").check()
    for quality in ("harmony", "respect"):
        author.get_by_role("checkbox", name=quality).check()
    author.get_by_role("button", name="Submit for review").click()
    expect(author).to_have_url(re.compile(rf"/harbour/stories/{pk}/$"))
    expect(author.get_by_role("heading", name="Waiting for review. A moderator will read it soon.")).to_be_visible()
    expect(author.get_by_text("Most stories here wait")).to_be_visible()

    desk = visit("moderator", "/harbour/moderation/", java_script_enabled=False)
    desk_row(desk, pk).get_by_role("link").click()
    returning = open_answer(desk, pk, "Return for a change")
    fill_letter(returning, "Which hinge was it? One word will do.")
    returning.get_by_role("button", name="See it as its author will").click()
    returning = desk.locator(f"#story-{pk}-return")
    expect(returning.get_by_role("article")).to_contain_text("Which hinge was it?")
    returning.get_by_role("button", name="Send it back").click()
    undo = desk.locator("#desk-undo")
    expect(undo).to_contain_text("Chidi Eze’s story: returned.")
    expect(desk_row(desk, pk)).to_have_count(0)
    undo.get_by_role("button", name="Undo").click()
    expect(desk.get_by_role("status").filter(has_text="Undone.")).to_be_visible()
    # The letter of the undone decision lies open again.
    returning = desk.locator(f"#story-{pk}-return")
    expect(returning.get_by_label("What has to change")).to_have_value("Which hinge was it? One word will do.")
    returning.get_by_role("button", name="Send it back").click()
    expect(undo).to_be_visible()
    # Its author hears of it when it can be undone no more.
    until_settled(desk)

    author.get_by_role("navigation", name="Harbour Studio").get_by_role("link", name="Mine").click()
    mine = author.locator(f"#story-{pk}-mine")
    expect(mine).to_contain_text("Which hinge was it?")
    mine.get_by_role("link", name="Change it").click()
    expect(author.get_by_label("What happened?")).to_have_value(words)
    author.get_by_label("What happened?").fill(f"{words}, the pantry’s.")
    author.get_by_role("button", name="Send it again").click()
    expect(author.get_by_role("heading", name="Waiting for review. A moderator will read it soon.")).to_be_visible()

    desk.goto(at_desk(pk))
    expect(desk.locator(".diff ins")).to_contain_text(", the pantry’s.")
    key(desk, pk, "p").click()
    expect(undo).to_be_visible()

    reader = visit("newcomer", java_script_enabled=False)
    expect(card(reader, pk)).to_contain_text(f"{words}, the pantry’s.")
    answer(reader, pk, "Uplift").click()
    expect(reader).to_have_url(re.compile(rf"/harbour/#story-{pk}-card$"))
    expect(count(reader, pk, "uplift")).to_have_text("1")
    expect(answer(reader, pk, "Uplift")).to_have_attribute("aria-pressed", "true")
    card(reader, pk).get_by_role("link", name="React").click()
    react(reader, pk, "Made me smile")
    expect(reader).to_have_url(re.compile(rf"/stories/{pk}/#story-{pk}-card$"))
    expect(answer(reader, pk, "Made me smile")).to_have_attribute("aria-pressed", "true")
    answer(reader, pk, "Uplift").click()
    expect(answer(reader, pk, "Uplift")).to_have_attribute("aria-pressed", "false")
    expect(count(reader, pk, "uplift")).to_have_text("0")
    expect(count(reader, pk, "smile")).to_have_text("1")

    author.goto("/harbour/")
    expect(count(author, pk, "smile")).to_have_text("1")
    expect(answer(author, pk, "Uplift")).to_have_count(0)


def until_settled(desk: Page) -> None:
    """The offer to undo is there until it is over, and the page is loaded anew."""
    while desk.locator("#desk-undo").count():
        desk.wait_for_timeout(500)
        desk.reload()


def test_refused_text_is_returned(visit: Visits) -> None:
    visit.foresee("422", "/share/")
    words = unique("Nothing chosen yet.")
    page = visit("member", "/harbour/share/", java_script_enabled=False)
    page.get_by_label("What happened?").fill(words)
    page.get_by_role("button", name="Submit for review").click()
    expect(page.get_by_text("Choose at least one word that fits it.")).to_be_visible()
    expect(page.get_by_label("What happened?")).to_have_value(words)


def test_wall_is_paged_by_links(visit: Visits) -> None:
    page = visit("member", java_script_enabled=False)
    seen: list[str] = []
    older = page.get_by_role("link", name="Older stories")
    while True:
        seen += [note.get_attribute("id") or "" for note in page.locator("#notes > .note").all()]
        if not older.count():
            break
        older.click()
    assert len(seen) == len(set(seen)) > 30


def test_moderator_removes_and_restores(visit: Visits, place: Installation) -> None:
    pk = place.behind("story", author="ana", body=unique("Down and up again."))
    desk = visit("moderator", at_desk(pk), java_script_enabled=False)
    removing = open_answer(desk, pk, "Remove")
    fill_letter(removing, "A name in it has to go first.")
    removing.get_by_role("button", name="Remove with this message").click()
    reader = visit("newcomer", java_script_enabled=False)
    expect(card(reader, pk)).to_have_count(0)
    desk.goto(at_desk(pk))
    desk.get_by_role("button", name="Restore to the wall").click()
    expect(desk.locator("#desk-undo")).to_be_visible()
    reader.reload()
    expect(card(reader, pk)).to_be_visible()

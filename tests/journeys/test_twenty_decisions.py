"""A moderator works twenty stories of every kind, by keyboard alone and again by touch on a phone."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.desk_moderators import KeyboardModerator, TouchModerator
from tests.journeys.installation import Installation
from tests.journeys.visits import Visits
from tests.journeys.wall import desk_item, desk_row

pytestmark = [pytest.mark.journey, pytest.mark.once]

# In the order of the line: what a moderator decides on each story.
DECISIONS = "pprpdpspprppdprpspep"
STATES = {"p": "published", "r": "returned", "d": "declined", "s": "spam", "e": "published"}


@pytest.mark.parametrize("by", [KeyboardModerator, TouchModerator], ids=["by keyboard", "by touch on a phone"])
def test_twenty_mixed_decisions(visit: Visits, place: Installation, by: type[KeyboardModerator]) -> None:
    slug = "twenty-keys" if by is KeyboardModerator else "twenty-phone"
    pks = place.behind("mixed_queue", slug=slug, number=len(DECISIONS) + 10)
    # More than one page of the list.
    hands = by(visit(f"{slug}.owner", f"/{slug}/moderation/?story={pks['line'][0]}", **by.options))
    desk, elsewhere = hands.page, visit(f"{slug}.owner", f"/{slug}/people/")

    # What helps to decide stands beside the story.
    hands.read(pks["line"][0])
    expect(desk_item(desk, pks["line"][0])).to_contain_text("It has the watch word “popcorn”.")
    expect(desk_item(desk, pks["line"][0]).locator("mark")).to_have_text("popcorn")
    expect(desk_item(desk, pks["line"][0])).to_contain_text("Like a story by Ada Author")
    # A second opinion on one's own decision is for a colleague: it is not in the line.
    expect(desk_row(desk, pks["objection"])).to_have_count(0)

    for pk, name in zip(pks["line"], DECISIONS, strict=False):
        hands.read(pk)
        hands.do(pk, name)
        if name in "rd":
            hands.choose_reason(pk, "return" if name == "r" else "decline")
        elif name == "e":
            hands.publish_without_typo(pk, "Told well, without a typo.")
        expect(desk_item(desk, pk)).to_have_count(0)
    assert place.behind("states", pks=pks["line"]) == [STATES[name] for name in DECISIONS] + ["pending"] * 10
    # The last and the reported one count too, on every page that is open.
    expect(desk.get_by_role("heading", level=1)).to_have_text("12 stories need you")
    for page in (desk, elsewhere):
        expect(page.locator(".nav-waiting").first).to_contain_text("12")
        expect(page).to_have_title(re.compile(r"^\(12\) "))

    # A reported story is decided on as well.
    hands.show("Reported")
    hands.read(pks["reported"])
    hands.do(pks["reported"], "p")
    expect(desk_row(desk, pks["reported"])).to_have_count(0)
    assert place.behind("log_of", pk=pks["reported"])[-1] == ["keep", f"{slug}.owner@kindwall.example"]
    hands.show("All")

    # Nothing of a letter is lost by undoing.
    hands.find("Last of all")
    hands.read(pks["last"])
    hands.do(pks["last"], "r")
    form = desk.locator(f"#story-{pks['last']}-return-form")
    hands.fill(form.get_by_label("What has to change"), "Whose soup was it?")
    hands.press(form.get_by_role("button", name="Send it back"))
    expect(desk_item(desk, pks["last"])).to_have_count(0)
    hands.undo()
    expect(desk.locator(f"#story-{pks['last']}-return-form").get_by_label("What has to change")).to_have_value(
        "Whose soup was it?"
    )

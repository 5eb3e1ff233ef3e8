"""Writing a story and sending it: on a phone, twice, from two tabs, without a connection."""

import re
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.journeys.composer import is_save
from tests.journeys.installation import Installation
from tests.journeys.visits import Visits
from tests.journeys.wall import number_in, unique

pytestmark = [pytest.mark.journey, pytest.mark.once]

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
FAMILY = "👨‍👩‍👧‍👦"


def test_story_is_written_on_a_phone_and_sent(visit: Visits, place: Installation) -> None:
    page = visit("member", **PHONE)
    page.get_by_role("navigation", name="Shortcuts").get_by_role("link", name="Share a kindness").tap()
    words = unique("Haruka kept the call open until my file had gone through.")
    writing = page.get_by_label("What happened?")
    writing.tap()
    writing.press_sequentially(words)
    expect(page.locator("#composer-saved")).to_have_text("Saved")
    expect(page).to_have_url(re.compile(r"/harbour/stories/\d+/edit/$"))
    pk = number_in(page.url)

    page.keyboard.insert_text(FAMILY)
    expect(page.locator("#remaining")).to_have_text(f"{1000 - len(words) - 1} characters left")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.get_by_label("I received it").tap()
    for quality in ("hope", "consideration", "peace"):
        page.get_by_role("checkbox", name=quality).tap()
    expect(page.get_by_role("checkbox", name="love")).to_be_disabled()
    page.get_by_role("checkbox", name="peace").tap()
    expect(page.get_by_role("checkbox", name="love")).to_be_enabled()
    expect(page.locator("#composer-saved")).to_have_text("Saved")

    page.reload()
    expect(writing).to_have_value(words + FAMILY)
    expect(page.get_by_label("I received it")).to_be_checked()
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(2)
    expect(page.locator("#remaining")).to_have_text(f"{1000 - len(words) - 1} characters left")
    assert [story["state"] for story in place.behind("written", words=words)] == ["draft"]

    page.get_by_role("button", name="Submit for review").tap()
    expect(page).to_have_url(re.compile(rf"/harbour/stories/{pk}/$"))
    expect(page.get_by_role("heading", name="Waiting for review. A moderator will read it soon.")).to_be_visible()
    where = page.locator(f"#story-{pk}-standing")
    expect(where).to_contain_text(
        re.compile(r"just now\.\s+A moderator reads every story first\.\s+Most stories here wait .*(minute|hour|day)")
    )
    expect(page.get_by_role("status").filter(has_text="waiting for review")).to_be_visible()
    expect(page.get_by_text(words)).to_be_visible()
    assert place.behind("written", words=words) == [
        {
            "pk": pk,
            "state": "pending",
            "body": words + FAMILY,
            "kind": "received",
            "qualities": ["hope", "consideration"],
        }
    ]


def test_pressing_submit_twice_makes_one_story(visit: Visits, place: Installation) -> None:
    page = visit("member", "/harbour/share/")
    words = unique("Two presses, one thank-you.")
    writing, sheet = page.get_by_label("What happened?"), page.locator(".writing")
    expect(writing).to_be_focused()
    before = sheet.bounding_box()
    page.keyboard.type(words)
    assert sheet.bounding_box() == before, "nothing moves while somebody types"
    page.get_by_label("I gave it").check()
    page.get_by_role("checkbox", name="love").check()
    page.get_by_role("button", name="Submit for review").dblclick()
    expect(page.get_by_role("heading", name="Waiting for review. A moderator will read it soon.")).to_be_visible()
    assert [story["state"] for story in place.behind("written", words=words)] == ["pending"]
    # One page back there is nothing left to send.
    page.go_back()
    expect(page.get_by_role("heading", name="Waiting for review. A moderator will read it soon.")).to_be_visible()
    assert [story["state"] for story in place.behind("written", words=words)] == ["pending"]


def test_draft_sent_from_two_tabs_is_sent_once(visit: Visits, place: Installation) -> None:
    words = unique("Open in two tabs, as things are.")
    pk = place.behind("draft", author="member", body=words, kind="given", qualities=["love"])
    tabs = [visit("member", f"/harbour/stories/{pk}/edit/") for _ in range(2)]
    for page in tabs:
        page.get_by_role("button", name="Submit for review").click()
        expect(page.get_by_role("heading", name="Waiting for review. A moderator will read it soon.")).to_be_visible()
    assert [story["state"] for story in place.behind("written", words=words)] == ["pending"]


def test_story_sent_without_a_connection_waits_for_it(visit: Visits, place: Installation) -> None:
    """The browser's storage throws: that stops nothing, and is said."""
    visit.foresee_lost_connections()
    page = visit("member", "/harbour/share/")
    page.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new Error('denied') } })")
    page.reload()
    page.get_by_label("I gave it").check()
    page.get_by_role("checkbox", name="peace").check()
    page.get_by_role("checkbox", name="love").check()
    words = unique("Sent from the tunnel")
    page.context.set_offline(True)
    page.get_by_label("What happened?").fill(words)
    expect(page.locator("#composer-saved")).to_contain_text("Please leave this page open.")
    page.get_by_label("What happened?").press("Control+Enter")
    expect(page.get_by_text("There is no connection.")).to_be_visible()
    page.get_by_role("button", name="Do not send it").click()
    expect(page.get_by_text("There is no connection.")).to_be_hidden()
    page.get_by_role("button", name="Submit for review").click()
    page.context.set_offline(False)
    expect(page.get_by_role("heading", name="Waiting for review. A moderator will read it soon.")).to_be_visible()
    assert [(story["state"], story["qualities"]) for story in place.behind("written", words=words)] == [
        ("pending", ["peace", "love"])
    ]


def test_late_save_does_not_change_a_sent_story(visit: Visits, place: Installation) -> None:
    page = visit("member", "/harbour/share/")
    words = unique("Typed to the last moment")
    writing = page.get_by_label("What happened?")
    page.get_by_label("I gave it").check()
    page.get_by_role("checkbox", name="love").check()
    expect(page.locator("#composer-saved")).to_have_text("Saved")
    held: list[Route] = []
    page.route("**", lambda route: held.append(route))
    with page.expect_request(is_save):
        writing.fill(words)
    writing.fill(f"{words}, and sent")  # queued behind the first
    # It gives up before the form has been answered, and the other one does not follow it.
    with page.expect_event("requestfailed", is_save):
        page.get_by_role("button", name="Submit for review").click(no_wait_after=True)
    page.unroute_all()
    waiting = [route for route in held if not is_save(route.request)]
    assert len(held) == len(waiting) + 1
    for route in waiting:
        route.continue_()
    expect(page.get_by_role("heading", name="Waiting for review. A moderator will read it soon.")).to_be_visible()
    assert [(story["state"], story["body"]) for story in place.behind("written", words=words)] == [
        ("pending", f"{words}, and sent")
    ]

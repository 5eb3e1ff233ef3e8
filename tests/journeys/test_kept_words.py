"""Words that somebody has typed are there again after a lost line, a reload, a sign-out and a late script."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.journeys.composer import is_save, write
from tests.journeys.installation import Installation
from tests.journeys.looking import expect_accessible
from tests.journeys.visits import Visits, enter
from tests.journeys.wall import unique

pytestmark = [pytest.mark.journey, pytest.mark.once]

KEPT_TEXTS = "Object.keys(localStorage).filter((key) => key.startsWith('kindwall:'))"


def test_incomplete_text_is_not_lost(visit: Visits) -> None:
    visit.foresee("422", "/share/")
    page = visit("member", "/harbour/share/")
    words = unique("No kind, no word for it, all the same a story.")
    page.get_by_label("What happened?").fill(words)
    page.get_by_role("button", name="Submit for review").click()
    expect(page.get_by_role("alert")).to_contain_text("Not sent yet.")
    expect(page.get_by_text("Choose whether you gave, received or witnessed it.")).to_be_visible()
    expect(page.get_by_text("Choose at least one word that fits it.")).to_be_visible()
    expect(page.get_by_label("What happened?")).to_have_value(words)


def test_text_typed_during_a_save_survives_a_lost_connection(visit: Visits) -> None:
    """The answer to the first save must not take the only copy of what was typed after it."""
    visit.foresee_lost_connections()
    page = visit("member", "/harbour/share/")
    words = unique("First half")
    writing = page.get_by_label("What happened?")
    held: list[Route] = []

    def lose_all_but_the_first(route: Route) -> None:
        if not is_save(route.request):
            route.continue_()
        elif held:
            route.abort()
        else:
            held.append(route)

    page.route("**/share/", lose_all_but_the_first)
    with page.expect_request(is_save):
        writing.fill(words)
    writing.fill(f"{words}, second half")
    with page.expect_event("requestfailed", is_save):
        held[0].continue_()
    expect(page.locator("#composer-saved")).to_contain_text("safe in this browser")
    page.unroute("**/share/")
    edit = page.url
    page.goto("/harbour/mine/")
    page.goto(edit)
    expect(writing).to_have_value(f"{words}, second half")


def test_words_that_never_reached_the_server_are_back_whatever_the_clock_says(visit: Visits) -> None:
    """The author chooses where the draft went on elsewhere meanwhile."""
    visit.foresee_lost_connections()
    page = visit("member", "/harbour/share/")
    page.clock.set_system_time("2001-01-01")
    words = unique("Saved before the tunnel")
    write(page, words)
    expect(page).to_have_url(re.compile("/edit/$"))
    edit = page.url
    page = lose_line_and_type(page, f"{words}, and this inside it")
    page.goto(edit)
    writing = page.get_by_label("What happened?")
    expect(writing).to_have_value(f"{words}, and this inside it")
    expect(page.locator("#composer-saved")).to_have_text("Saved")

    page = lose_line_and_type(page, f"{words}, and more inside it")
    elsewhere = visit("member", edit)
    write(elsewhere, f"{words}, and this on another device")
    page.goto(edit)
    choice = page.get_by_role("group", name="There are two versions of this text.")
    expect(choice).to_contain_text("and this on another device")
    expect(choice).to_contain_text("and more inside it")
    expect(page.get_by_label("What happened?")).to_be_hidden()
    expect_accessible(page)
    page.get_by_role("heading", name="There are two versions").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("What happened?")).to_have_value(f"{words}, and more inside it")
    expect(page.locator("#composer-saved")).to_have_text("Saved")
    assert page.evaluate(KEPT_TEXTS) == []


def lose_line_and_type(page: Page, words: str) -> Page:
    """Type without a connection, close the page, and return a new one with a connection."""
    context = page.context
    context.set_offline(True)
    page.get_by_label("What happened?").fill(words)
    expect(page.locator("#composer-saved")).to_contain_text("safe in this browser")
    page.close()
    context.set_offline(False)
    return context.new_page()


def test_report_and_reply_are_back_after_a_reload(visit: Visits, place: Installation) -> None:
    published = place.behind("story", author="newcomer", body=unique("Something to report"))
    page = visit("member", f"/harbour/stories/{published}/")
    page.locator(f"#story-{published}-report summary").click()
    page.get_by_label("In your own words").fill("It names somebody.")
    page.get_by_role("radio").nth(1).check()
    page.reload()
    expect(page.get_by_label("In your own words")).to_have_value("It names somebody.")
    expect(page.get_by_role("radio").nth(1)).to_be_checked()
    page.get_by_role("button", name="Send the report").click()
    expect(page.get_by_text("You reported this story.")).to_be_visible()
    assert page.evaluate(KEPT_TEXTS) == []


def test_letter_that_was_emptied_again_stays_closed(visit: Visits, place: Installation) -> None:
    pk = place.behind("story", author="newcomer", state="pending", body=unique("To return, or not"))
    page = visit("moderator", f"/harbour/moderation/?story={pk}")
    letter = page.locator(f"details:has(#story-{pk}-return-form)")
    letter.locator("summary").first.click()
    message = letter.get_by_label("What has to change")
    message.fill("Please leave out whose.")
    page.reload()
    expect(message).to_have_value("Please leave out whose.")
    message.fill("")
    assert page.evaluate(KEPT_TEXTS) == []
    page.reload()
    expect(letter).to_be_visible()
    expect(message).to_be_hidden()


def test_words_sent_to_a_server_that_was_away_are_back(visit: Visits, place: Installation) -> None:
    visit.foresee_lost_connections()
    pk = place.behind("story", author="owner", body=unique("As it was"))
    page = visit("owner", f"/harbour/stories/{pk}/edit/")
    words = unique("As it should be")
    page.get_by_label("What happened?").fill(words)
    page.route("**/edit/", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        page.get_by_role("button", name="Change it").click()
    page.unroute("**/edit/")
    # On the story's page they are shown, and nothing deletes them.
    page.goto(f"/harbour/stories/{pk}/")
    expect(page.get_by_text("words about it that were never sent").locator("xpath=..")).to_contain_text(words)
    page.goto(f"/harbour/stories/{pk}/edit/")
    expect(page.get_by_label("What happened?")).to_have_value(words)
    page.get_by_role("button", name="Change it").click()
    expect(page.locator(".note-body")).to_have_text(words)
    assert page.evaluate(KEPT_TEXTS) == []

    other = place.behind("story", author="member", body=unique("To write a note on"))
    page.goto(f"/harbour/moderation/?story={other}")
    noting = page.locator(f"#story-{other}-note")
    noting.locator("summary").click()
    noting.get_by_label("Your note").fill("I asked her.")
    page.context.set_offline(True)
    for _twice in range(2):
        with page.expect_event("requestfailed", lambda request: request.url.endswith("/notes/")):
            noting.get_by_role("button", name="Add the note").click()
    expect(page.locator(".toast")).to_have_count(1)
    page.context.set_offline(False)
    page.reload()
    expect(noting.get_by_label("Your note")).to_have_value("I asked her.")
    noting.get_by_role("button", name="Add the note").click()
    expect(page.locator(f"#story-{other}-notes-written")).to_contain_text("I asked her.")
    assert page.evaluate(KEPT_TEXTS) == []

    page.goto("/harbour/moderation/reasons/")
    adding = page.locator("form:has([name=words]):not(:has([name=reason]))")
    for again in (False, True):
        adding.get_by_label("Name").fill(f"Whose it is {again}")
        adding.get_by_label("What has to change").first.fill("Please say whose it is.")
        if again:
            page.reload()
            expect(adding.get_by_label("Name")).to_have_value("Whose it is True")
        adding.get_by_role("button", name="Add it").click()
        expect(adding.get_by_label("What has to change").first).to_have_value("")
    assert page.evaluate(KEPT_TEXTS) == []


def test_restored_page_saves_again(visit: Visits) -> None:
    page = visit("member", "/harbour/share/")
    page.evaluate("document.querySelector('#composer').addEventListener('submit', (event) => event.preventDefault())")
    words = unique("Back from where the form had led")
    write(page, words)
    page.get_by_role("button", name="Save as draft").click()
    with page.expect_response(lambda answer: is_save(answer.request)):
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(page.locator("#composer-saved")).to_have_text("Saved")
    page.get_by_role("button", name="Save as draft").click()
    with page.expect_response(lambda answer: is_save(answer.request)):
        page.get_by_label("What happened?").fill(f"{words}, and on")
    expect(page.locator("#composer-saved")).to_have_text("Saved")


def sign_out_elsewhere(page: Page) -> None:
    other = page.context.new_page()
    other.goto("/harbour/mine/")
    other.get_by_role("button", name=re.compile("menu$")).click()
    other.get_by_role("button", name="Sign out").click()
    expect(other.get_by_role("link", name="Sign in", exact=True)).to_be_visible()
    other.close()


def test_words_typed_before_the_script_is_there_are_saved(visit: Visits) -> None:
    page, held = visit("member", "/harbour/mine/"), list[Route]()
    page.route("**/story-composer*.js", lambda route: held.append(route))
    page.goto("/harbour/share/", wait_until="commit")
    page.get_by_label("What happened?").fill(unique("Typed early"))
    page.get_by_role("checkbox", name="hope").check()
    assert held
    for route in held:
        route.continue_()
    expect(page.locator("#composer-saved")).to_have_text("Saved")


def test_words_typed_early_and_a_copy_in_the_browser_are_both_shown(visit: Visits) -> None:
    visit.foresee_lost_connections()
    page, kept, typed = visit("newcomer", "/harbour/share/"), unique("Kept here"), unique("Typed early")
    page.route("**/harbour/share/", lambda route: route.abort() if is_save(route.request) else route.continue_())
    writing = page.get_by_label("What happened?")
    writing.fill(kept)
    expect(page.locator("draft-copy[data-kept]")).to_have_count(1)
    page.goto("/harbour/mine/")
    held = list[Route]()
    page.route("**/story-composer*.js", lambda route: held.append(route))
    page.goto("/harbour/share/", wait_until="commit")
    writing.fill(typed)
    for route in held:
        route.continue_()
    expect(page.get_by_role("region", name="Only in this browser")).to_contain_text(kept)
    chosen = page.get_by_role("region", name="Typed just now")
    expect(chosen).to_contain_text(typed)
    page.unroute("**/harbour/share/")
    chosen.get_by_role("button", name="Go on with this one").click()
    expect(writing).to_have_value(typed)
    expect(page.locator("#composer-saved")).to_have_text("Saved")


def test_signed_out_while_writing_the_autosaved_words_come_back_after_signing_in(visit: Visits) -> None:
    visit.foresee("401", "/share/")
    visit.foresee("401", "/live/")
    page = visit("ana", "/harbour/share/")
    words = unique("Half a story, then the other tab signed me out.")
    write(page, words)
    sign_out_elsewhere(page)
    page.get_by_label("What happened?").fill(f"{words} And then the rest of it.")
    expect(page.locator("#composer-saved")).to_contain_text("You have been signed out.")
    page.locator("#composer-saved").get_by_role("link", name="Sign in").click()
    enter(page, "ana")
    expect(page.get_by_label("What happened?")).to_have_value(f"{words} And then the rest of it.")
    page.reload()
    expect(page.get_by_label("What happened?")).to_have_value(f"{words} And then the rest of it.")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_signed_out_while_writing_the_words_of_a_plain_submit_come_back_after_signing_in(
    visit: Visits, place: Installation, scripts: bool
) -> None:
    visit.foresee("401", "/share/")
    visit.foresee("401", "/live/")
    page = visit("ana", "/harbour/share/", java_script_enabled=scripts)
    words = unique("Written with care, sent a minute too late.")
    if scripts:
        sign_out_elsewhere(page)
    else:
        page.context.clear_cookies(name="kindwall_session")
    page.get_by_label("What happened?").fill(words)
    page.get_by_label("I witnessed it").check()
    page.get_by_role("checkbox", name="respect").check()
    page.get_by_role("button", name="Submit for review").click()
    enter(page, "ana")
    expect(page.get_by_text("Here is what you wrote before you signed in.")).to_be_visible()
    expect(page.get_by_label("What happened?")).to_have_value(words)
    expect(page.get_by_label("I witnessed it")).to_be_checked()
    expect(page.get_by_role("checkbox", name="respect")).to_be_checked()
    assert [story["state"] for story in place.behind("written", words=words)] == ["draft"]

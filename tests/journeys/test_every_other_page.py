"""Every page of ways in, of oneself and of what authors are told: by axe, on a narrow screen, and by the keyboard."""

import re
import time

import pytest
from allauth.mfa.totp.internal.auth import hotp_value
from playwright.sync_api import expect

from tests.journeys.installation import Installation
from tests.journeys.looking import expect_accessible
from tests.journeys.town import Look, Town, confirm, look_at

pytestmark = [pytest.mark.journey, pytest.mark.once]

DOORS = [
    Look("/join/{token}/", "The Lantern Makers of Saint-Étienne-du-Bois", None),
    Look("/join/{token}/", "You are a member already.", "member"),
    Look("/join/{run_out}/", "This link has expired.", None, status=410),
    Look("/join/nonsense/", "This link does not work.", None, status=404),
    Look("/me/notices/stop/nonsense/", "This link no longer works.", None, status=404),
    Look("/invitations/{letter}/", "The Lantern Makers of Saint-Étienne-du-Bois", None),
    Look("/invitations/{letter}/", "This invitation is for another address.", "outsider", status=403),
    Look("/open/join/", "The Open Wall", None),
    Look("/teams/", "You are signed in, but not in a team yet.", "outsider"),
    Look("/me/teams/", "Teams", "outsider"),
]
# Pages without content.
EMPTY = [
    Look("/empty/people/", "People"),
    Look("/empty/people/invite/", "Invite people"),
    Look("/empty/settings/joining/", "Who may join"),
    Look("/empty/settings/log/", "Log"),
    Look("/empty/moderation/log/", "Log of decisions"),
    Look("/empty/moderation/figures/", "How moderation works here"),
    Look("/empty/moderation/reasons/", "Reasons of your own"),
]

# Pages of an author about their stories, and of a reader who reports one.
TOLD = [
    Look("/busy/filters/", "Sort and filter", "member"),
    Look("/busy/archive/", "The wall by month", "member"),
    Look("/busy/mine/", "My stories", "member"),
    Look("/busy/stories/{pending}/", "Waiting for review. A moderator will read it soon.", "member"),
    Look("/busy/stories/{returned}/", "Returned: please change something, then it can be published.", "member"),
    Look("/busy/stories/{declined}/", "Declined: this story will not be published.", "member"),
    Look("/busy/stories/{removed}/", "A moderator removed this story from the wall.", "member"),
    Look("/busy/stories/{stood_by}/", "Another moderator will read this.", "member"),
    Look("/busy/stories/{edited}/", "A story by", "member"),
    Look("/busy/stories/{edit}/", "A moderator will read your change soon.", "member"),
    Look("/busy/stories/{returned_edit}/", "Returned: please change something, then it can be published.", "member"),
    Look(
        "/busy/stories/{returned_edit}/edit/", "Returned: please change something, then it can be published.", "member"
    ),
    Look("/busy/stories/{fixed}/", "A story by", "member"),
    Look("/busy/stories/{fixed}/edit/", "Change your story", "member"),
    Look("/busy/stories/{reported}/", "A story by", "member"),
]
# Pages with a form that opens, by the words that open it.
OPENED = [
    (
        Look("/busy/stories/{declined}/", "Declined: this story will not be published.", "member"),
        "Ask for a second opinion",
        "Send it again",
    ),
    (Look("/busy/stories/{others}/", "A story by", "member"), "Is something wrong with this story?", "Send the report"),
]


def test_from_oneself_back_to_the_wall_on_a_phone(town: Town) -> None:
    page = town.open(Look("/me/", "Profile"))
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("link", name="Back to the wall").click()
    expect(page).not_to_have_url(re.compile("/me/"))


def test_pages_of_an_author_and_a_reader(town: Town, subtests: pytest.Subtests) -> None:
    for look in TOLD:
        with subtests.test(look.path):
            look_at(town.open(look))
    town.visit.foresee("422")
    for look, opens, sends in OPENED:
        with subtests.test(f"{look.path} opened, and sent empty"):
            page = town.open(look)
            page.get_by_text(opens, exact=True).click()
            look_at(page)
            page.get_by_role("button", name=sends).click()
            expect(page.get_by_role("alert").first).to_be_visible()
            look_at(page)


def test_pages_without_content(town: Town, subtests: pytest.Subtests) -> None:
    for look in EMPTY:
        with subtests.test(look.path):
            look_at(town.open(look))


def test_pages_before_sign_in(town: Town, subtests: pytest.Subtests) -> None:
    for look in DOORS:
        with subtests.test(f"{look.path} as {look.who}"):
            look_at(town.open(look))


def test_pages_of_setting_up_a_second_factor(town: Town, place: Installation, subtests: pytest.Subtests) -> None:
    with subtests.test("needed"):
        look_at(town.open(Look("/guarded/moderation/", "Set up a second factor.", "guard", status=403)))
    page = town.as_("guard")
    with subtests.test("asked who it is"):
        page.goto("/accounts/2fa/totp/activate/")
        look_at(page)
    confirm(page)
    with subtests.test("setting up an app"):
        look_at(page)
    secret = page.locator(".secret").inner_text()
    page.get_by_label("Authenticator code").fill(f"{hotp_value(secret, int(time.time()) // 30):06d}")
    page.get_by_role("button", name="Switch it on").click()
    with subtests.test("its recovery codes"):
        expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
        look_at(page)
    for path in ("", "recovery-codes/", "recovery-codes/generate/", "totp/deactivate/", "webauthn/"):
        with subtests.test(path or "all of it"):
            page.goto(f"/accounts/2fa/{path}")
            look_at(page)


def test_going_for_good(town: Town, place: Installation, subtests: pytest.Subtests) -> None:
    page = town.as_("leaver")
    page.goto("/me/data/delete/")
    confirm(page)
    with subtests.test("choosing"):
        expect(page.get_by_role("heading", level=1)).to_have_text("Delete your account")
        look_at(page)
    page.get_by_label("Stay without my name").check()
    page.get_by_role("button", name="See what will happen").click()
    with subtests.test("being sure"):
        expect(page.get_by_role("heading", name="This will happen")).to_be_visible()
        look_at(page)
    page.get_by_role("button", name="Delete my account in a day").click()
    with subtests.test("within the day"):
        expect(page.get_by_role("button", name="Keep my account")).to_be_visible()
        look_at(page)
    with subtests.test("on the wall, below its banner"):
        page.goto("/busy/")
        expect(page.get_by_role("region", name="Your account")).to_be_visible()
        expect_accessible(page)
    page.get_by_role("button", name="Keep my account").click()
    expect(page.get_by_role("status").filter(has_text="Your account stays")).to_be_visible()


def test_too_often(town: Town) -> None:
    """Somebody who tries links by chance."""
    town.visit.foresee("429")
    page = town.as_("outsider")
    answer = page.goto("/join/nonsense/")
    while answer and answer.status == 404:
        answer = page.goto("/join/nonsense/")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Please wait"))
    look_at(page)

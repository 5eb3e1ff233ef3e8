"""Every page of teams, of ways in and of oneself: by axe, on a narrow screen, and by the keyboard."""

import re
import time
from dataclasses import dataclass
from itertools import pairwise

import pytest
from allauth.mfa.totp.internal.auth import hotp_value
from playwright.sync_api import Page, expect

from tests.factories import PASSWORD
from tests.journeys.installation import Installation
from tests.journeys.looking import expect_accessible, expect_reachable
from tests.journeys.visits import Visits

pytestmark = [pytest.mark.journey, pytest.mark.once]


@dataclass(frozen=True)
class Look:
    """A page as somebody has it; `words` are its heading, so that another page is not looked at by mistake."""

    path: str
    words: str
    who: str | None = "owner"
    status: int = 200


# Of a team with much in it: people and invitations for two pages, links, domains, a long log. `{}` are numbers and
# tokens of what is in it.
BUSY = [
    Look("/busy/settings/", "Name and colour"),
    Look("/busy/settings/wall/", "Who can read"),
    Look("/busy/settings/joining/", "Who may join"),
    Look("/busy/settings/moderation/", "Moderation"),
    Look("/busy/settings/security/", "Security"),
    Look("/busy/settings/export/", "Take the team with you"),
    Look("/busy/settings/log/", "Log"),
    Look("/busy/settings/log/?before=1", "Log"),
    Look("/busy/settings/log/", "Log", "moderator"),
    Look("/busy/moderation/", "4 stories are waiting", "moderator"),
    Look("/busy/moderation/?show=spam", "4 stories are waiting", "moderator"),
    Look("/busy/people/", "People"),
    Look("/busy/people/", "People", "member"),
    Look("/busy/people/?q=Nobody+of+that+name", "People"),
    Look("/busy/people/{member}/", "Mireille Longuet-Desmoulins"),
    Look("/busy/people/{owner}/", "Odile Quénet-Raffarin"),
    Look("/busy/people/{member}/", "Mireille Longuet-Desmoulins", "moderator"),
    Look("/busy/people/{member}/", "Mireille Longuet-Desmoulins", "member"),
    Look("/busy/moderation/log/", "Log of decisions", "moderator"),
    Look("/busy/moderation/log/?since=2026-05-31&until=2026-05-30", "Log of decisions", "moderator", status=422),
    Look("/busy/moderation/figures/", "How moderation goes here", "moderator"),
    Look("/busy/moderation/figures/", "How moderation goes here", "member"),
    Look("/busy/moderation/phrases/", "Phrases", "moderator"),
    Look("/busy/people/invite/", "Invite people"),
    Look("/teams/", "Which wall?"),
    Look("/teams/new/", "Another wall."),
    Look("/me/", "Profile"),
    Look("/me/teams/", "Teams"),
    Look("/me/data/", "Your data"),
    Look("/accounts/email/", "E-mail addresses"),
    Look("/accounts/password/change/", "Change your password"),
    Look("/accounts/2fa/", "Two-factor and passkeys"),
    Look("/accounts/sessions/", "Sessions"),
    Look("/accounts/sso/", "Connected accounts"),
    Look("/accounts/logout/", "Until the next kindness?"),
    Look("/accounts/confirm-email/nonsense/", "This link no longer works.", None),
    Look("/accounts/password/reset/key/1-nonsense/", "This link no longer works.", None),
    Look("/busy/leave/", "Is it you?", "member"),
    Look("/busy/settings/", "This one is not yours to open.", "member", status=403),
]
# What asks first again who it is; the owner has said so.
CONFIRMED = [
    Look("/busy/people/{member}/remove/", "Take Mireille Longuet-Desmoulins out of"),
    Look("/busy/people/{member}/hand-over/", "Hand"),
    Look("/busy/people/{owner}/remove/", "out of"),
    Look("/busy/people/{owner}/hand-over/", "Hand"),
    Look("/busy/leave/", "Leave"),
    Look("/me/data/delete/", "Hand over first"),
]
DOORS = [
    Look("/join/{token}/", "The Lantern Makers of Saint-Étienne-du-Bois", None),
    Look("/join/{token}/", "The Lantern Makers of Saint-Étienne-du-Bois", "outsider"),
    Look("/join/{token}/", "You are in already.", "member"),
    Look("/join/{run_out}/", "This link has run out.", None, status=410),
    Look("/join/nonsense/", "This link opens nothing.", None, status=404),
    Look("/invitations/{letter}/", "The Lantern Makers of Saint-Étienne-du-Bois", None),
    Look("/invitations/{letter}/", "This one is for another address.", "outsider", status=403),
    Look("/open/join/", "The Open Wall", None),
    Look("/open/join/", "The Open Wall", "outsider"),
    Look("/teams/", "You are in, but not in a team yet.", "outsider"),
    Look("/me/teams/", "Teams", "outsider"),
]
# Where nothing has happened yet.
EMPTY = [
    Look("/empty/people/", "People"),
    Look("/empty/people/invite/", "Invite people"),
    Look("/empty/settings/joining/", "Who may join"),
    Look("/empty/settings/log/", "Log"),
    Look("/empty/moderation/log/", "Log of decisions"),
    Look("/empty/moderation/figures/", "How moderation goes here"),
    Look("/empty/moderation/phrases/", "Phrases"),
]

# What an author is told of their stories, and a reader who reports one.
TOLD = [
    Look("/busy/mine/", "My stories", "member"),
    Look("/busy/stories/{pending}/", "A moderator will read this soon.", "member"),
    Look("/busy/stories/{returned}/", "Something to change, then it can hang.", "member"),
    Look("/busy/stories/{declined}/", "This one does not hang here.", "member"),
    Look("/busy/stories/{aside}/", "A moderator looks at this once more.", "member"),
    Look("/busy/stories/{removed}/", "This one was removed from the wall.", "member"),
    Look("/busy/stories/{stood_by}/", "Somebody else will look at this.", "member"),
    Look("/busy/stories/{final}/", "This one does not hang here.", "member"),
    Look("/busy/stories/{edited}/", "A story by", "member"),
    Look("/busy/stories/{edit}/", "A moderator will read your change soon.", "member"),
    Look("/busy/stories/{returned_edit}/", "Something to change, then it can hang.", "member"),
    Look("/busy/stories/{returned_edit}/edit/", "Something to change, then it can hang.", "member"),
    Look("/busy/stories/{fixed}/", "A story by", "member"),
    Look("/busy/stories/{fixed}/edit/", "Change your story", "member"),
    Look("/busy/stories/{reported}/", "A story by", "member"),
]
# Those with a form that opens, by the words that open it.
OPENED = [
    (Look("/busy/stories/{declined}/", "This one does not hang here.", "member"), "Stand by it", "Send it once more"),
    (Look("/busy/stories/{others}/", "A story by", "member"), "Something is not right with it?", "Tell the moderators"),
]


@dataclass
class Town:
    """The pages that people have open here, one each, and what their addresses are made of."""

    visit: Visits
    names: dict[str, int | str]
    pages: dict[str | None, Page]

    def as_(self, who: str | None) -> Page:
        if who not in self.pages:
            self.pages[who] = self.visit(f"busy.{who}" if who else None, "/accounts/login/" if not who else "/me/")
        return self.pages[who]

    def open(self, look: Look) -> Page:
        page = self.as_(look.who)
        answer = page.goto(look.path.format(**self.names))
        assert answer
        assert answer.status == look.status, f"{look.path}: {answer.status}"
        expect(page.get_by_role("heading", level=1)).to_contain_text(look.words)
        return page


@pytest.fixture(scope="module")
def names(place: Installation) -> dict[str, int | str]:
    made: dict[str, int | str] = place.behind("busy_town")
    return made


@pytest.fixture
def town(visit: Visits, names: dict[str, int | str]) -> Town:
    for status in ("403", "404", "410", "422"):
        visit.foresee(status)
    return Town(visit, names, {})


def look_at(page: Page) -> None:
    expect_reachable(page)
    expect_accessible(page)


def confirm(page: Page) -> None:
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="It is me").click()
    expect(page.get_by_role("heading", name="Is it you?")).to_have_count(0)


def test_a_team_with_much_in_it(town: Town, subtests: pytest.Subtests) -> None:
    for look in BUSY:
        with subtests.test(f"{look.path} as {look.who}"):
            look_at(town.open(look))
    page = town.as_("owner")
    with subtests.test("walls to choose from stand apart"):
        page.goto("/teams/")
        walls = [box for wall in page.get_by_role("listitem").all() if (box := wall.bounding_box())]
        assert len(walls) > 2
        assert all(one["y"] + one["height"] + 8 <= next_one["y"] for one, next_one in pairwise(walls))
    page.goto("/busy/people/{member}/remove/".format(**town.names))
    confirm(page)
    for look in CONFIRMED:
        with subtests.test(f"{look.path} as {look.who}"):
            look_at(town.open(look))
    with subtests.test("more people"):
        page.goto("/busy/people/")
        page.get_by_role("link", name="More people").click()
        expect(page.get_by_role("link", name="From the beginning")).to_be_visible()
        look_at(page)
    with subtests.test("a link, made"):
        page.goto("/busy/people/invite/")
        page.get_by_role("button", name="Make a link").click()
        expect(page.get_by_role("img", name="The link as a code to scan")).to_be_visible()
        look_at(page)
    with subtests.test("invitations, refused"):
        town.visit.foresee("422", "/invite/")
        page.goto("/busy/people/invite/")
        page.get_by_label("E-mail addresses").fill("no address")
        page.get_by_role("button", name="Send the invitations").click()
        expect(page.get_by_role("alert")).to_contain_text("Not saved yet.")
        look_at(page)
    with subtests.test("the menu with its walls"):
        page.goto("/busy/")
        page.locator(".menu-button").click()
        expect(page.get_by_role("list", name="Walls")).to_be_visible()
        expect_accessible(page)


def test_from_oneself_back_to_the_wall_on_a_phone(town: Town) -> None:
    page = town.open(Look("/me/", "Profile"))
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("link", name="Back to the wall").click()
    expect(page).not_to_have_url(re.compile("/me/"))


def test_what_an_author_and_a_reader_are_told(town: Town, subtests: pytest.Subtests) -> None:
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


def test_where_nothing_has_happened(town: Town, subtests: pytest.Subtests) -> None:
    for look in EMPTY:
        with subtests.test(look.path):
            look_at(town.open(look))


def test_the_ways_in(town: Town, subtests: pytest.Subtests) -> None:
    for look in DOORS:
        with subtests.test(f"{look.path} as {look.who}"):
            look_at(town.open(look))


def test_a_second_factor_from_asking_for_it_to_having_it(
    town: Town, place: Installation, subtests: pytest.Subtests
) -> None:
    with subtests.test("needed"):
        look_at(town.open(Look("/guarded/moderation/", "A second factor, please.", "guard", status=403)))
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
    page.get_by_label("Stay, without my name").check()
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
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("slower"))
    look_at(page)

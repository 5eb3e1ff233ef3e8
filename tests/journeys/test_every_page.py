"""Every page of a team: by axe, on a narrow screen, and by the keyboard. The others: test_every_other_page.py."""

from itertools import pairwise

import pytest
from playwright.sync_api import expect

from tests.journeys.looking import expect_accessible
from tests.journeys.town import Look, Town, confirm, look_at

pytestmark = [pytest.mark.journey, pytest.mark.once]

# Of a team with much in it: people and invitations for two pages, links, domains, a long log. `{}` are numbers and
# tokens of what is in it.
BUSY = [
    Look("/busy/settings/overview/", "The rules of the team"),
    Look("/busy/settings/", "Name and colour"),
    Look("/busy/settings/wall/", "Who can read"),
    Look("/busy/settings/joining/", "Who may join"),
    Look("/busy/settings/moderation/", "Moderation"),
    Look("/busy/settings/mail/", "A weekly look at the wall"),
    Look("/busy/settings/security/", "Security"),
    Look("/busy/settings/channels/", "Channels"),
    Look("/busy/settings/channels/{channel}/", "Lamp at the gate"),
    Look("/busy/settings/export/", "Export the team"),
    Look("/busy/settings/log/", "Log"),
    Look("/busy/moderation/", "stories need you", "moderator"),
    Look("/busy/moderation/?show=spam", "stories need you", "moderator"),
    Look("/busy/people/", "People"),
    Look("/busy/people/", "People", "member"),
    Look("/busy/people/{member}/", "Mireille Longuet-Desmoulins"),
    Look("/busy/moderation/people/{member}/", "Mireille Longuet-Desmoulins", "moderator"),
    Look("/busy/people/{member}/", "Mireille Longuet-Desmoulins", "member"),
    Look("/busy/moderation/log/", "Log of decisions", "moderator"),
    Look("/busy/moderation/log/?since=2026-05-31&until=2026-05-30", "Log of decisions", "moderator", status=422),
    Look("/busy/moderation/figures/", "How moderation works here", "moderator"),
    Look("/busy/moderation/reasons/", "Reasons of your own", "moderator"),
    Look("/busy/people/invite/", "Invite people"),
    Look("/teams/", "Which wall?"),
    Look("/teams/new/", "Another wall."),
    Look("/me/", "Profile"),
    Look("/notices/", "Notices"),
    Look("/me/notices/", "Notices and mail"),
    Look("/me/teams/", "Teams"),
    Look("/busy/feed/", "Read the wall in a feed reader", "member"),
    Look("/me/data/", "Your data"),
    Look("/accounts/email/", "E-mail addresses"),
    Look("/accounts/password/change/", "Change your password"),
    Look("/accounts/2fa/", "Two-factor and passkeys"),
    Look("/accounts/sessions/", "Sessions"),
    Look("/accounts/sso/", "Connected accounts"),
    Look("/accounts/logout/", "Sign out?"),
    Look("/accounts/confirm-email/nonsense/", "This link no longer works.", None),
    Look("/accounts/password/reset/key/1-nonsense/", "This link no longer works.", None),
    Look("/busy/leave/", "Confirm that it is you", "member"),
    Look("/busy/settings/", "You cannot open this page.", "member", status=403),
]
# Pages that ask for the password again; the owner has given it.
CONFIRMED = [
    Look("/busy/people/{member}/remove/", "Remove Mireille Longuet-Desmoulins from"),
    Look("/busy/people/{member}/hand-over/", "Hand"),
    Look("/busy/leave/", "Leave"),
    Look("/busy/settings/channels/connect/webhook/", "Connect"),
    Look("/me/data/delete/", "Hand over first"),
]


def test_pages_of_a_busy_team(town: Town, subtests: pytest.Subtests) -> None:
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

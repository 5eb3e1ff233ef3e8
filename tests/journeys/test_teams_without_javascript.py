"""Joining, running and leaving a team, and what is one's own, by forms and links alone."""

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.factories import PASSWORD
from tests.journeys.installation import Installation
from tests.journeys.letters import kept_for, link_in
from tests.journeys.test_profile import photo
from tests.journeys.visits import Visits
from tests.journeys.wall import unique

pytestmark = [pytest.mark.journey, pytest.mark.once]


@dataclass(frozen=True)
class Team:
    """One of this journey's own, its owner's window, and where its letters are kept."""

    slug: str
    owner: Page
    letters: Path


@pytest.fixture
def team(visit: Visits, place: Installation) -> Team:
    slug = unique("plain").replace(" (", "-").rstrip(")")
    place.behind("team", slug=slug, name="The Plain Room", owner=f"{slug}.owner", owner_name="Pola Plain")
    owner = visit(f"{slug}.owner", f"/{slug}/people/", java_script_enabled=False)
    return Team(slug, owner, place.folder / "data" / "mail")


def said(page: Page, words: str) -> None:
    expect(page.get_by_role("status").filter(has_text=words)).to_be_visible()


def confirm(page: Page) -> None:
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def make_account(page: Page, name: str, address: str) -> None:
    page.get_by_role("button", name="Create an account").click()
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Email").fill(address)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create my account").click()


def came_by_link(visit: Visits, team: Team, name: str, address: str) -> Page:
    team.owner.goto(f"/{team.slug}/people/invite/")
    team.owner.get_by_role("button", name="Make a link").click()
    expect(team.owner.get_by_role("button", name="Copy")).to_be_hidden()
    link = team.owner.get_by_label("Link", exact=True).input_value()
    page = visit(None, link, java_script_enabled=False)
    make_account(page, name, address)
    page.goto(link_in(kept_for(address, team.letters)))
    page.get_by_role("button", name="Yes, this is my address").click()
    expect(page).to_have_url(re.compile(f"/{team.slug}/$"))
    return page


def test_somebody_joins_by_a_link_becomes_a_moderator_and_leaves(visit: Visits, team: Team) -> None:
    page = came_by_link(visit, team, "Nils Neu", f"nils@{team.slug}.example")
    owner = team.owner
    owner.goto(f"/{team.slug}/people/")
    owner.get_by_role("link", name="Change Nils Neu").click()
    owner.get_by_role("radio", name="Moderator: also decides").check()
    owner.get_by_role("button", name="Save", exact=True).click()
    expect(owner.get_by_role("listitem").filter(has_text="Nils Neu")).to_contain_text("Moderator")

    page.goto(f"/{team.slug}/")
    expect(page.get_by_role("navigation", name="The Plain Room").get_by_role("link", name="Moderation")).to_be_visible()
    page.goto("/me/teams/")
    page.get_by_role("link", name="Leave The Plain Room").click()
    confirm(page)
    page.get_by_label("Stay without my name").check()
    page.get_by_role("button", name="Leave The Plain Room").click()
    expect(page.get_by_role("heading", name="You are signed in, but not in a team yet.")).to_be_visible()
    owner.goto(f"/{team.slug}/people/")
    expect(owner.get_by_text("Only you so far.")).to_be_visible()


def test_owner_invites_by_mail_and_changes_settings(visit: Visits, team: Team) -> None:
    visit.foresee("422", "/settings/")
    owner, address = team.owner, f"ida@{team.slug}.example"
    owner.get_by_role("link", name="Invite people").click()
    owner.get_by_label("E-mail addresses").fill(f"Ida Invited <{address}>")
    owner.get_by_role("button", name="Send the invitations").click()
    said(owner, "1 invitation is on its way.")
    page = visit(None, link_in(kept_for(address, team.letters)), java_script_enabled=False)
    make_account(page, "Ida Invited", address)
    expect(page).to_have_url(re.compile(f"/{team.slug}/$"))

    owner.get_by_role("link", name="Name and colour").click()
    owner.get_by_label("Name", exact=True).fill("")
    owner.locator("[name=tagline]").fill("As plain as can be.")
    owner.get_by_role("button", name="Save").click()
    expect(owner.get_by_role("alert")).to_contain_text("Not saved yet.")
    expect(owner.locator("[name=tagline]")).to_have_value("As plain as can be.")
    owner.locator("[name=name]").fill("The Plainest Room")
    owner.get_by_role("button", name="Save").click()
    said(owner, "Saved.")
    owner.get_by_role("link", name="Moderation", exact=True).last.click()
    owner.locator(".reason > details > summary").nth(1).click()
    owner.get_by_role("group", name="Reason 2").get_by_role("button", name="Up").click()
    owner.get_by_role("button", name="Save").click()
    said(owner, "Saved.")
    page.reload()
    expect(page.get_by_role("banner")).to_contain_text("As plain as can be.")
    expect(page.get_by_role("banner")).to_contain_text("The Plainest Room")
    owner.get_by_role("link", name="Log", exact=True).click()
    expect(owner.get_by_role("main")).to_contain_text("Ida Invited")


def test_person_changes_their_profile_and_teams(visit: Visits, place: Installation, tmp_path: Path) -> None:
    place.behind("person", who="plain.self", name="Selma Self")
    page = visit("plain.self", "/me/", java_script_enabled=False)
    page.get_by_label("Choose a picture").set_input_files(photo())
    page.get_by_role("button", name="Use this picture").click()
    said(page, "That is your picture now.")
    expect(page.locator("#me-picture img")).to_be_visible()

    page.get_by_role("link", name="Your data").click()
    page.get_by_role("button", name="Prepare the export").click()
    confirm(page)
    with page.expect_download() as packed:
        page.get_by_role("button", name="Prepare the export").click()
    file = tmp_path / "mine.zip"
    packed.value.save_as(file)
    with zipfile.ZipFile(file) as archive:
        assert any("Selma Self" in archive.read(name).decode() for name in archive.namelist() if name.endswith(".html"))

    page.get_by_role("link", name="Delete my account").click()
    page.get_by_role("button", name="See what will happen").click()
    page.get_by_role("button", name="Delete my account in a day").click()
    expect(page.get_by_role("heading", name="Your account will be deleted")).to_be_visible()
    page.goto("/teams/")
    page.get_by_role("region", name="Your account").get_by_role("button", name="Keep my account").click()
    said(page, "Your account stays")
    expect(page.get_by_role("region", name="Your account")).to_have_count(0)

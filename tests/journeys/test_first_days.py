"""From an empty installation to three people in two teams, and its wall in another installation.

One comes by a link on a phone, one by a letter from a real mail server, one by a real OpenID Connect provider.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import hotp_value
from playwright.sync_api import Browser, Page, expect

from tests.journeys.installation import Installation, migrated
from tests.journeys.letters import Letters, link_in
from tests.journeys.looking import expect_accessible
from tests.journeys.provider import CLIENT, PERSON, Provider
from tests.journeys.visits import Visits

pytestmark = [pytest.mark.journey, pytest.mark.once]

PASSWORD = "a-lantern-in-the-hall"
ANA, BEN, CHIDI = (f"{name}@harbour.example" for name in ("ana", "ben", "chidi"))
NIGHT = {"Ana Ribeiro", PERSON["name"]}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
STORIES = ("Held the door, and my tongue.", "Soup for the night shift. 🍲", "سألته كيف حاله، وانتظرت الجواب.")


@dataclass
class Town:
    """Two installations, a mail server and a provider."""

    old: Installation
    new: Installation
    letters: Letters
    provider: Provider


@pytest.fixture(scope="module")
def town(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    old_folder, new_folder = tmp_path_factory.mktemp("old"), tmp_path_factory.mktemp("new")
    with (
        migrated(tmp_path_factory, "first_days", demo=False) as old_url,
        migrated(tmp_path_factory, "next_days", demo=False) as new_url,
    ):
        letters = Letters()
        old = Installation(
            old_folder,
            old_url,
            KINDWALL_DEMO="off",
            MAIL_URL=letters.url,
            MAIL_FROM="Kindwall <wall@harbour.example>",
            OIDC_NAME="Harbour ID",
            OIDC_CLIENT_ID=CLIENT["id"],
            OIDC_CLIENT_SECRET=CLIENT["secret"],
        )
        # Another site than the provider's to the browser, as in life.
        old.origin = old.origin.replace("127.0.0.1", "localhost")
        old.environment["ORIGIN"] = old.origin
        provider = Provider(old_folder, f"{old.origin}/accounts/sso/oidc/login/callback/")
        old.environment["OIDC_URL"] = provider.origin
        new = Installation(new_folder, new_url, KINDWALL_DEMO="off", TEAM_CREATION="operator")
        try:
            provider.start()
            old.prepare(demo=False)
            new.prepare(demo=False)
            old.start()
            yield Town(old, new, letters, provider)
        finally:
            old.close()
            new.close()
            provider.close()
            letters.close()


def visits_to(browser: Browser, installation: Installation, *others: str) -> Visits:
    visits = Visits(browser, installation)
    visits.origins += others
    return visits


def test_from_the_first_page_to_a_wall_in_another_place(browser: Browser, town: Town, tmp_path: Path) -> None:
    visit = visits_to(browser, town.old, town.provider.origin)
    visit.foresee("404", "/favicon.ico")  # the provider's pages are bare
    visit.foresee("404", "/setup/")
    ana = the_first_person(visit, town.old)
    ben = by_a_link_on_a_phone(visit, ana, town.letters)
    chidi = by_a_letter(visit, ana, town.letters)
    another_team(ana)
    by_single_sign_on(visit, ana, town.provider)
    stories_of([ben, chidi, ana], ana)
    hung, packed = taken_along(ana, tmp_path)
    visit.finish()
    town.old.stop()
    in_another_place(browser, town.new, packed, hung)


def the_first_person(visit: Visits, place: Installation) -> Page:
    page = visit(None, "/")
    expect(page).to_have_url(re.compile("/setup/$"))
    expect(page.get_by_text("manage.py setup_link")).to_be_visible()
    expect_accessible(page)
    page.goto(place.setup_path())
    expect_accessible(page)
    page.get_by_label("Your name").fill("Ana Ribeiro")
    page.get_by_label("Your e-mail address").fill(ANA)
    page.get_by_label("A password").fill(PASSWORD)
    page.get_by_label("Your team’s name").fill("Harbour Studio")
    page.get_by_role("button", name="Create the wall").click()
    expect(page).to_have_url(re.compile("/harbour-studio/$"))
    expect(page.get_by_role("heading", name="A bare wall, and a good day for it.")).to_be_visible()
    answer = visit(None, "/").request.get("/setup/")
    assert answer.status == 404
    return page


def by_a_link_on_a_phone(visit: Visits, owner: Page, letters: Letters) -> Page:
    open_menu(owner, "People")
    owner.get_by_role("link", name="Invite people").click()
    owner.get_by_role("button", name="Make a link").click()
    link = owner.get_by_label("Link", exact=True).input_value()
    page = visit(None, link, **PHONE)
    expect(page.get_by_role("heading", name="Harbour Studio")).to_be_visible()
    page.get_by_role("button", name="Create an account").tap()
    make_account(page, "Ben Hallam", BEN)
    expect(page).to_have_url(re.compile("/harbour-studio/$"))  # no letter has to come first
    page.goto(link_in(letters.next_to(BEN)))
    expect_accessible(page)
    page.get_by_role("button", name="Yes, this is my address").tap()
    expect(page).to_have_url(re.compile("/harbour-studio/$"))
    expect(page.get_by_role("heading", name="A bare wall, and a good day for it.")).to_be_visible()
    return page


def by_a_letter(visit: Visits, owner: Page, letters: Letters) -> Page:
    owner.goto("/harbour-studio/people/invite/")
    owner.get_by_label("Addresses").fill(f"Chidi Eze <{CHIDI}>, {BEN}")
    owner.get_by_role("button", name="Send the invitations").click()
    expect(owner.get_by_role("button", name=f"Send again {CHIDI}")).to_be_visible()
    letter = letters.next_to(CHIDI)
    assert letter["Subject"] == "Ana Ribeiro invites you to Harbour Studio"
    page = visit(None, link_in(letter))
    page.get_by_role("button", name="Create an account").click()
    expect(page.get_by_label("Email")).to_have_value(CHIDI)
    make_account(page, "Chidi Eze", CHIDI)
    # The letter has proved whose address it is, so there is no second one.
    expect(page).to_have_url(re.compile("/harbour-studio/$"))
    return page


def another_team(owner: Page) -> None:
    """For everybody with an address at the harbour, as soon as they sign in."""
    owner.goto("/teams/new/")
    owner.get_by_label("The team’s name").fill("Night shift")
    owner.get_by_role("button", name="Create the wall").click()
    expect(owner).to_have_url(re.compile("/night-shift/$"))
    owner.goto("/night-shift/settings/joining/")
    owner.get_by_label("Also people with an e-mail address at our domains").check()
    owner.get_by_role("button", name="Save").click()
    confirm(owner)
    expect(owner.get_by_text("This was not sent yet.")).to_be_visible()
    expect(owner.get_by_label("Also people with an e-mail address at our domains")).to_be_checked()
    owner.get_by_role("button", name="Save").click()
    # The page before has the same field: written into that, the words would be lost.
    expect(owner.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    owner.get_by_role("textbox", name="Domain").fill("harbour.example")
    owner.get_by_label("They join by themselves when they sign in").check()
    owner.get_by_role("button", name="Add the domain").click()
    expect(owner.get_by_role("main")).to_contain_text("They join by themselves when they sign in.")


def by_single_sign_on(visit: Visits, owner: Page, provider: Provider) -> Page:
    page = visit(None, "/")
    page.get_by_role("link", name="Sign in", exact=True).click()
    page.get_by_role("button", name="Continue with Harbour ID").click()
    page.wait_for_url(f"{provider.origin}/**")
    page.get_by_label("Email").fill(PERSON["email"])
    page.get_by_label("Password").fill(PERSON["password"])
    page.get_by_role("button", name="Sign In").click()
    page.get_by_role("button", name="Authorize").click()
    expect(page).to_have_url(re.compile("/night-shift/$"))
    for wall, people in {"harbour-studio": {"Ana Ribeiro", "Ben Hallam", "Chidi Eze"}, "night-shift": NIGHT}.items():
        owner.goto(f"/{wall}/people/")
        shown = owner.get_by_role("main").inner_text()
        assert all(name in shown for name in people), shown
    return page


def stories_of(writers: list[Page], owner: Page) -> None:
    for page, words in zip(writers, STORIES, strict=True):
        page.goto("/harbour-studio/share/")
        page.get_by_label("I gave it").check(force=True)
        page.get_by_label("What happened?").fill(words)
        page.get_by_label("respect").check(force=True)
        page.get_by_role("button", name="Submit for review").click()
        expect(page).to_have_url(re.compile(r"/stories/\d+/$"))
        owner.goto("/harbour-studio/moderation/")
        with owner.expect_response(re.compile("/publish/$")):
            owner.locator(".desk-item [data-key=p]").click()
    writers[0].goto("/harbour-studio/")
    for button in writers[0].get_by_role("button", name="Uplift").all()[:2]:
        with writers[0].expect_response(re.compile("/uplift/$")):
            button.click()


def taken_along(owner: Page, folder: Path) -> tuple[list[str], Path]:
    """Return the published stories, and the file of the whole team."""
    owner.goto("/harbour-studio/")
    hung = cards_on(owner)
    owner.goto("/harbour-studio/settings/export/")
    # She has said who she is a moment ago, when she opened the other team wider.
    with owner.expect_download() as packed:
        owner.get_by_role("button", name="Prepare the export").click()
    file = folder / "harbour-studio.zip"
    packed.value.save_as(file)
    return hung, file


def in_another_place(browser: Browser, place: Installation, packed: Path, hung: list[str]) -> None:
    place.start()
    visit = visits_to(browser, place)
    page = visit(None, place.setup_path())
    page.get_by_label("Your name").fill("Ana Ribeiro")
    page.get_by_label("Your e-mail address").fill(ANA)
    page.get_by_label("A password").fill(PASSWORD)
    page.get_by_label("Your team’s name").fill("Office")
    page.get_by_role("button", name="Create the wall").click()
    expect(page).to_have_url(re.compile("/office/$"))
    a_second_factor(page)
    page.goto("/teams/import/")
    expect_accessible(page)
    page.get_by_label("The team’s archive").set_input_files(packed)
    page.get_by_role("button", name="Import it").click()
    expect(page.get_by_role("heading", name="Harbour Studio has arrived")).to_be_visible()
    expect_accessible(page)
    page.goto("/harbour-studio/")
    assert cards_on(page) == hung
    stranger = visit(None, "/accounts/signup/")
    expect(stranger.get_by_role("heading", name="You need an invitation.")).to_be_visible()
    expect_accessible(stranger)
    visit.finish()


def a_second_factor(page: Page) -> None:
    """Without one, nobody takes a team in."""
    page.goto("/accounts/2fa/totp/activate/")
    confirm(page)
    secret = page.locator(".secret").inner_text()
    page.get_by_label("Authenticator code").fill(f"{hotp_value(secret, int(time.time()) // 30):06d}")
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()


def cards_on(page: Page) -> list[str]:
    """Each card of the wall: its number, moment, words, writer and counts."""
    cards: list[str] = page.locator("#notes .note").evaluate_all(
        """cards => cards.map(card => [card.id, card.dataset.moment, card.querySelector('.note-body').innerText,
            card.querySelector('.note-author').innerText,
            ...[...card.querySelectorAll('.reaction-count')].map(count => count.dataset.count)].join('|'))"""
    )
    assert len(cards) == len(STORIES)
    return cards


def confirm(page: Page) -> None:
    """Before what cannot be taken back, somebody says again who they are."""
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def make_account(page: Page, name: str, address: str) -> None:
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Email").fill(address)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create my account").click()


def open_menu(page: Page, link: str) -> None:
    page.locator(".menu-button").click()
    page.locator("#person-menu").get_by_role("link", name=link, exact=True).click()

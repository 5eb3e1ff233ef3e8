"""A passkey, from its making to signing in with it; and a second factor by an app."""

import re
import time

import pytest
from allauth.mfa.totp.internal.auth import hotp_value
from playwright.sync_api import BrowserContext, Page, expect

from tests.factories import PASSWORD
from tests.journeys.installation import Installation
from tests.journeys.looking import expect_accessible
from tests.journeys.visits import Visits, enter

pytestmark = [pytest.mark.journey, pytest.mark.once]

KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def context(visit: Visits, place: Installation) -> BrowserContext:
    """At a name: no browser makes a passkey for a numbered address."""
    named = place.origin.replace("127.0.0.1", "localhost")
    visit.origins.append(named)
    return visit.open(base_url=named, reduced_motion="reduce")


def sign_in(page: Page, who: str) -> None:
    page.goto("/accounts/login/")
    enter(page, who)
    expect(page).not_to_have_url(re.compile("/login/"))


def sign_out(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.get_by_role("button", name="Sign out").click()
    expect(page).not_to_have_url(re.compile("/logout/"))


def confirm(page: Page, password: str = PASSWORD) -> None:
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Confirm").click()


def test_passkey_is_created_and_signs_in(context: BrowserContext, place: Installation) -> None:
    place.behind("person", who="keen", name="Kee Keen")
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
    sign_in(page, "keen")
    page.goto("/accounts/2fa/")
    page.get_by_role("link", name="Add a passkey").click()
    confirm(page)
    page.get_by_label("Name").fill("Kee’s telephone")
    expect_accessible(page)
    page.get_by_role("button", name="Add this device or key").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    expect(page.get_by_role("list", name="Unused codes").get_by_role("listitem")).to_have_count(10)
    expect_accessible(page)
    page.goto("/accounts/2fa/webauthn/")
    expect(page.get_by_text("Kee’s telephone")).to_be_visible()
    expect_accessible(page)
    page.get_by_role("link", name="Remove Kee’s telephone").click()
    expect_accessible(page)

    sign_out(page)
    page.goto("/accounts/login/?next=/accounts/sessions/")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Sessions")).to_be_visible()
    expect(page.get_by_text("This browser")).to_be_visible()
    expect_accessible(page)

    # With the password alone nobody comes in now.
    sign_out(page)
    sign_in(page, "keen")
    expect(page.get_by_role("heading", name="One more step.")).to_be_visible()
    expect_accessible(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile("team|wall", re.IGNORECASE))


def test_refused_passkey_allows_the_password(context: BrowserContext) -> None:
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": {**KEY, "isUserVerified": False}})
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was confirmed.")
    expect_accessible(page)
    enter(page, "member")
    expect(page).not_to_have_url(re.compile("/login/"))


def test_browser_without_passkeys_shows_no_button(visit: Visits, place: Installation) -> None:
    """At a numbered address, as here, and without JavaScript."""
    for options in ({}, {"java_script_enabled": False}):
        page = visit(None, "/accounts/login/", **options)
        expect(page.get_by_role("button", name="Sign in")).to_be_visible()
        expect(page.get_by_role("button", name="Use a passkey")).to_be_hidden()


def test_authenticator_app_is_set_up_without_javascript(visit: Visits, place: Installation) -> None:
    place.behind("person", who="careful", name="Cara Careful")
    page = visit("careful", "/accounts/2fa/", java_script_enabled=False)
    page.get_by_role("link", name="Set up an app").click()
    confirm(page)
    code = page.get_by_role("img", name="QR code for your authenticator app")
    expect(code.locator("svg")).to_be_visible()
    secret = page.locator(".secret").inner_text()
    page.get_by_label("Authenticator code").fill(now(secret))
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    spare = page.get_by_role("list", name="Unused codes").get_by_role("listitem").first.inner_text()
    sign_out(page)
    sign_in(page, "careful")
    page.get_by_label("Code").fill(spare)
    page.get_by_role("button", name="Sign in").click()
    expect(page).not_to_have_url(re.compile("/2fa/"))


def now(secret: str) -> str:
    """The code that an app shows."""
    return f"{hotp_value(secret, int(time.time()) // 30):06d}"

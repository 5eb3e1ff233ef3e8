"""Signing in with an account from elsewhere: a real browser, a real Kindwall and a real OpenID Connect provider."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.installation import Installation, migrated
from tests.journeys.looking import expect_accessible
from tests.journeys.provider import CLIENT, PERSON, Provider
from tests.journeys.visits import Visits

pytestmark = [pytest.mark.journey, pytest.mark.once]

WAY_IN = "Continue with Harbour ID"


@pytest.fixture(scope="module")
def wall(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Installation, Provider]]:
    folder = tmp_path_factory.mktemp("single-sign-on")
    with migrated(tmp_path_factory, "single_sign_on") as url:
        installation = Installation(
            folder, url, OIDC_NAME="Harbour ID", OIDC_CLIENT_ID=CLIENT["id"], OIDC_CLIENT_SECRET=CLIENT["secret"]
        )
        # Another site than the provider's to the browser, as in life.
        installation.origin = installation.origin.replace("127.0.0.1", "localhost")
        provider = Provider(folder, f"{installation.origin}/accounts/sso/oidc/login/callback/")
        installation.environment["OIDC_URL"] = provider.origin
        try:
            provider.start()
            installation.prepare()
            installation.start()
            yield installation, provider
        finally:
            installation.close()
            provider.close()


@pytest.fixture
def visit(browser: Browser, wall: tuple[Installation, Provider]) -> Iterator[Visits]:
    installation, provider = wall
    visits = Visits(browser, installation)
    visits.origins.append(provider.origin)
    yield visits
    visits.finish()


def sign_in_there(page: Page) -> None:
    page.get_by_label("Email").fill(PERSON["email"])
    page.get_by_label("Password").fill(PERSON["password"])
    page.get_by_role("button", name="Sign In").click()


def test_new_person_signs_in_twice(visit: Visits, wall: tuple[Installation, Provider]) -> None:
    installation, provider = wall
    visit.foresee("404", "/favicon.ico")  # the provider's pages are bare
    page = visit(None, "/accounts/login/?next=/accounts/email/")
    expect_accessible(page)
    page.get_by_role("button", name=WAY_IN).click()
    page.wait_for_url(f"{provider.origin}/**")
    sign_in_there(page)
    page.get_by_role("button", name="Authorize").click()
    page.wait_for_url(f"{installation.origin}/accounts/email/")
    expect(page.get_by_text(PERSON["email"])).to_be_visible()
    expect(page.get_by_text("Not confirmed yet")).to_have_count(0)
    page.goto("/accounts/sso/")
    expect(page.get_by_role("main")).to_contain_text("Harbour ID")
    expect_accessible(page)

    page.goto("/accounts/logout/")
    page.get_by_role("button", name="Sign out").click()
    page.goto("/accounts/login/")
    page.get_by_role("button", name=WAY_IN).click()
    # The provider still knows the person, and asks for the consent or not: either way it is one press at most.
    grant = page.get_by_role("button", name="Authorize")
    inside = page.get_by_role("button", name="Sign out")
    expect(grant.or_(inside).first).to_be_visible()
    if grant.is_visible():
        grant.click()
    expect(page).to_have_url(re.compile(rf"^{installation.origin}/(?!accounts/)"))
    assert installation.behind("people_with", email=PERSON["email"]) == [[PERSON["name"], True]]


def test_single_sign_on_works_without_javascript(visit: Visits, wall: tuple[Installation, Provider]) -> None:
    installation, provider = wall
    visit.foresee("404", "/favicon.ico")
    page = visit(None, "/accounts/login/?next=/accounts/email/", java_script_enabled=False)
    page.get_by_role("button", name=WAY_IN).click()
    page.wait_for_url(f"{provider.origin}/**")
    sign_in_there(page)
    page.get_by_role("button", name="Authorize").click()
    page.wait_for_url(f"{installation.origin}/accounts/email/")


def test_person_who_cancels_at_the_provider_reads_that(visit: Visits, wall: tuple[Installation, Provider]) -> None:
    _installation, provider = wall
    visit.foresee("404", "/favicon.ico")
    page = visit(None, "/accounts/login/")
    page.get_by_role("button", name=WAY_IN).click()
    page.wait_for_url(f"{provider.origin}/**")
    sign_in_there(page)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading", name="Not signed in, as you chose.")).to_be_visible()
    expect_accessible(page)


def test_only_provider_replaces_the_password_form(visit: Visits, wall: tuple[Installation, Provider]) -> None:
    installation, _provider = wall
    visit.foresee("404")
    installation.stop()
    installation.environment["SSO_ONLY"] = "on"
    installation.start()
    try:
        page = visit(None, "/accounts/login/")
        expect(page.get_by_role("button", name=WAY_IN)).to_be_visible()
        expect(page.get_by_label("Password")).to_have_count(0)
        expect(page.get_by_role("button", name="Use a passkey")).to_have_count(0)
        expect_accessible(page)
        for path in ("/accounts/signup/", "/accounts/password/reset/", "/accounts/2fa/webauthn/login/"):
            answer = page.goto(path)
            assert answer is not None
            assert answer.status == 404, path
        answer = page.goto("/")
        assert answer is not None
        assert answer.ok
    finally:
        installation.stop()
        del installation.environment["SSO_ONLY"]
        installation.start()


def test_unreachable_provider_shows_an_error_page(visit: Visits, wall: tuple[Installation, Provider]) -> None:
    _installation, provider = wall
    visit.foresee("424", "/oidc/login/")
    provider.close()
    try:
        page = visit(None, "/accounts/login/")
        page.get_by_role("button", name=WAY_IN).click()
        expect(page.get_by_role("heading", name="The sign-in service does not respond.")).to_be_visible()
        expect_accessible(page)
    finally:
        provider.start()

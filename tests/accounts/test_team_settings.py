"""A team's settings, as its owners change them."""

from typing import Any
from urllib.parse import quote

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership, Reason, Refused, Team, TeamDomain, TeamEntry
from tests.conftest import Cast, confirmed, signed_in
from tests.factories import make_member, make_story, make_team
from tests.pages import attribute, elements, part, text_of, value, words

pytestmark = pytest.mark.once

PAGES = ("", "wall/", "joining/", "moderation/", "security/")
ABOUT = {"name": "Harbour", "slug": "harbour-team", "tagline": "", "accent": "ink"}
RULES = {"policy": "everyone", "newcomer_until": "3", "answer_hours": ""}


@pytest.fixture
def owner(cast: Cast) -> Client:
    """Return a browser of an owner who just gave their password, which opening the team wider requires."""
    return confirmed(cast.owner)


def address(page: str) -> str:
    return f"/harbour-team/settings/{page}"


def team_now(cast: Cast) -> Team:
    return Team.objects.get(pk=cast.team.pk)


def logged(cast: Cast) -> list[tuple[str, dict[str, Any]]]:
    return [(entry.action, entry.detail) for entry in TeamEntry.objects.of(cast.team).order_by("pk")]


def with_second_factor(person: Membership) -> None:
    Authenticator.objects.create(user=person.user, type=Authenticator.Type.TOTP, data={"secret": "x"})


def toast(client: Client, answer: Any) -> str:
    return words(part(client.get(answer["Location"]), "toasts"))


@pytest.mark.parametrize("page", PAGES)
def test_each_page_shows_what_holds_and_marks_itself_in_the_navigation(owner: Client, page: str) -> None:
    html = text_of(owner.get(address(page)))
    current = [attribute(element, "href") for element in elements(html) if attribute(element, "aria-current") == "page"]
    assert current == [address(page)]


CHANGES = [
    ("", ABOUT | {"name": "  Quay   Nine "}, {"name": "Quay Nine"}),
    ("", ABOUT | {"tagline": "Boats, mostly."}, {"tagline": "Boats, mostly."}),
    ("", ABOUT | {"accent": "plum"}, {"accent": "plum"}),
    ("wall/", {"visibility": "public"}, {"visibility": "public", "indexed": False}),
    ("wall/", {"visibility": "public", "indexed": "on"}, {"visibility": "public", "indexed": True}),
    ("wall/", {"visibility": "members", "indexed": "on"}, {"visibility": "members", "indexed": False}),
    ("joining/", {"joining": "open"}, {"joining": "open"}),
    (
        "moderation/",
        RULES | {"policy": "newcomers", "newcomer_until": "5"},
        {"policy": "newcomers", "newcomer_until": 5},
    ),
    ("moderation/", RULES | {"answer_hours": "24"}, {"answer_hours": 24}),
    ("moderation/", RULES | {"set_aside_after": "3"}, {"set_aside_after": 3}),
]


@pytest.mark.parametrize(("page", "typed", "expected"), CHANGES)
def test_saved_setting_holds_and_is_in_the_log_once(
    cast: Cast, owner: Client, page: str, typed: dict[str, str], expected: dict[str, Any]
) -> None:
    before = {field: getattr(cast.team, field) for field in expected}
    first = owner.post(address(page), typed)
    assert (first.status_code, first["Location"]) == (302, address(page))
    team = team_now(cast)
    assert {field: getattr(team, field) for field in expected} == expected
    changed = {
        field: {"field": field, "from": before[field], "to": value}
        for field, value in expected.items()
        if before[field] != value
    }
    assert {detail["field"]: detail for _action, detail in logged(cast)} == changed
    assert [action for action, _detail in logged(cast)] == ["change"] * len(changed)
    assert toast(owner, first) == ("Saved." if changed else "Nothing had to be changed.")
    again = owner.post(address(page), typed)
    assert toast(owner, again) == "Nothing had to be changed."
    assert len(logged(cast)) == len(changed)


REFUSED = [
    ("", ABOUT | {"name": "  "}, "id_name_error"),
    ("", ABOUT | {"name": "x" * 81}, "id_name_error"),
    ("", ABOUT | {"slug": "a"}, "id_slug_error"),
    ("", ABOUT | {"slug": "4711"}, "id_slug_error"),
    ("", ABOUT | {"slug": "-quay"}, "id_slug_error"),
    ("", ABOUT | {"slug": "quay-"}, "id_slug_error"),
    ("", ABOUT | {"slug": "qu_ay"}, "id_slug_error"),
    ("", ABOUT | {"slug": "kaī"}, "id_slug_error"),
    ("", ABOUT | {"slug": "admin"}, "id_slug_error"),
    ("", ABOUT | {"slug": "Settings"}, "id_slug_error"),
    ("", ABOUT | {"slug": "elsewhere"}, "id_slug_error"),
    ("", ABOUT | {"accent": "neon"}, "id_accent_error"),
    ("wall/", {"visibility": "friends"}, "id_visibility_error"),
    ("joining/", {}, "id_joining_error"),
    ("moderation/", RULES | {"policy": "nobody"}, "id_policy_error"),
    ("moderation/", RULES | {"newcomer_until": "0"}, "id_newcomer_until_error"),
    ("moderation/", RULES | {"newcomer_until": "51"}, "id_newcomer_until_error"),
    ("moderation/", RULES | {"answer_hours": "337"}, "id_answer_hours_error"),
    ("moderation/", RULES | {"set_aside_after": "0"}, "id_set_aside_after_error"),
    ("moderation/", RULES | {"set_aside_after": "21"}, "id_set_aside_after_error"),
]


@pytest.mark.parametrize(("page", "typed", "error"), REFUSED)
def test_invalid_setting_is_refused_in_place_and_changes_nothing(
    cast: Cast, owner: Client, page: str, typed: dict[str, str], error: str
) -> None:
    answer = owner.post(address(page), typed)
    assert answer.status_code == 422
    assert words(part(answer, error))
    assert logged(cast) == []


def test_refused_form_keeps_what_was_typed_and_the_header_shows_what_holds(owner: Client) -> None:
    answer = owner.post(address(""), ABOUT | {"name": "Quay Nine", "slug": "admin", "tagline": "Boats."})
    typed = {name: value(part(answer, f"id_{name}")) for name in ("name", "slug", "tagline")}
    assert typed == {"name": "Quay Nine", "slug": "admin", "tagline": "Boats."}
    assert "Quay Nine" not in text_of(answer).split("<main")[0]


def test_address_that_goes_between_looking_and_saving_is_refused_there(
    owner: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.forms.settings.slug_is_free", lambda slug, besides: True)
    answer = owner.post(address(""), ABOUT | {"slug": "elsewhere"})
    assert answer.status_code == 422
    assert "Another team has this address" in words(part(answer, "id_slug_error"))
    assert team_now(cast).slug == "harbour-team"


def test_address_before_another_of_their_own_rules_may_stay(owner: Client, cast: Cast) -> None:
    Team.objects.filter(pk=cast.team.pk).update(slug="old_style")
    answer = owner.post("/old_style/settings/", ABOUT | {"slug": "old_style", "name": "Quay"})
    assert (answer.status_code, team_now(cast).name) == (302, "Quay")


def test_colour_is_on_every_page_of_the_team(cast: Cast, owner: Client) -> None:
    cast.team.change(by=cast.owner, accent="moss")
    for path in ("", "mine/", "moderation/", "settings/"):
        assert 'class="accent-moss"' in text_of(owner.get(f"/harbour-team/{path}")), path


# Domains


def test_domain_of_their_own_can_be_added_changed_and_taken_away(cast: Cast, owner: Client) -> None:
    for automatic in ("", "on", "on"):
        answer = owner.post(address("joining/domains/add/"), {"domain": "@Example.ORG", "automatic": automatic})
        assert (answer.status_code, answer["Location"]) == (302, address("joining/"))
    domain = TeamDomain.objects.of(cast.team).get()
    assert (domain.domain, domain.automatic) == ("example.org", True)
    for _press in range(2):
        owner.post(address(f"joining/domains/{domain.pk}/drop/"))
    assert not TeamDomain.objects.of(cast.team)
    assert logged(cast) == [
        ("domain-add", {"domain": "example.org", "automatic": False}),
        ("domain-add", {"domain": "example.org", "automatic": True}),
        ("domain-drop", {"domain": "example.org"}),
    ]


@pytest.mark.parametrize("domain", ["duck.com", "pm.me", "privaterelay.appleid.com", "users.noreply.github.com"])
def test_domain_where_anybody_can_have_an_address_is_nobodys(cast: Cast, owner: Client, domain: str) -> None:
    EmailAddress.objects.create(user=cast.owner.user, email=f"olu@{domain}", verified=True)
    assert owner.post(address("joining/domains/add/"), {"domain": domain}).status_code == 422
    assert not TeamDomain.objects.of(cast.team)


@pytest.mark.parametrize("domain", ["gmail.com", "web.de", "other.example", "sub.example.org", "org", "a b.org", ""])
def test_no_other_domain_can_be_added(cast: Cast, owner: Client, domain: str) -> None:
    EmailAddress.objects.create(user=cast.owner.user, email="olu@gmail.com", verified=True)
    EmailAddress.objects.create(user=cast.owner.user, email="olu@web.de", verified=True)
    EmailAddress.objects.create(user=cast.owner.user, email="olu@other.example", verified=False)
    answer = owner.post(address("joining/domains/add/"), {"domain": domain})
    assert answer.status_code == 422
    assert words(part(answer, "id_domain_error"))
    assert value(part(answer, "id_domain")) == domain
    assert not TeamDomain.objects.of(cast.team)


@pytest.mark.parametrize("before", [None, False], ids=["added", "changed"])
def test_people_of_a_domain_join_one_team_by_themselves_and_no_other(
    cast: Cast, owner: Client, before: bool | None
) -> None:
    TeamDomain.add("example.org", automatic=True, by=cast.foreign_owner)
    if before is not None:
        TeamDomain.add("example.org", automatic=before, by=cast.owner)
    answer = owner.post(address("joining/domains/add/"), {"domain": "example.org", "automatic": "on"})
    assert answer.status_code == 422
    assert "join another team by themselves" in words(part(answer, "id_domain_error"))
    assert [domain.automatic for domain in TeamDomain.objects.of(cast.team)] == ([] if before is None else [before])
    assert len(logged(cast)) == (0 if before is None else 1)
    assert owner.post(address("joining/domains/add/"), {"domain": "example.org"}).status_code == 302


def test_database_refuses_a_second_team_that_has_them_by_themselves(cast: Cast) -> None:
    TeamDomain.objects.create(team=cast.team, domain="dock.example", automatic=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        TeamDomain.objects.create(team=cast.foreign_owner.team, domain="dock.example", automatic=True)
    TeamDomain.objects.create(team=cast.foreign_owner.team, domain="dock.example", automatic=False)


def test_another_persons_address_lends_no_domain(cast: Cast) -> None:
    EmailAddress.objects.create(user=cast.member.user, email="mia@other.example", verified=True)
    with pytest.raises(Refused):
        TeamDomain.add("other.example", automatic=False, by=cast.owner)


def test_another_teams_domain_is_not_found(cast: Cast, owner: Client) -> None:
    theirs = TeamDomain.add("example.org", automatic=False, by=cast.foreign_owner)
    assert owner.post(address(f"joining/domains/{theirs.pk}/drop/")).status_code == 404
    assert TeamDomain.objects.filter(pk=theirs.pk).exists()


# Security


def test_owner_without_a_second_factor_cannot_ask_it_of_others(cast: Cast, owner: Client) -> None:
    page = owner.get(address("security/"))
    assert "Set one up yourself before you require it of others." in words(part(page, "main"))
    answer = owner.post(address("security/"), {"two_factor_required": "on"})
    assert answer.status_code == 422
    assert "Set up a second factor for yourself first" in words(part(answer, "id_two_factor_required_error"))
    assert not team_now(cast).two_factor_required


def test_owner_with_one_can_and_reads_whom_it_shuts_out(cast: Cast, owner: Client) -> None:
    with_second_factor(cast.owner)
    with_second_factor(cast.member)
    recovery = Authenticator.objects.create(user=cast.moderator.user, type=Authenticator.Type.RECOVERY_CODES, data={})
    assert recovery
    page = owner.get(address("security/"))
    assert "2 of your moderators and owners have none yet." in words(part(page, "main"))
    assert owner.post(address("security/"), {"two_factor_required": "on"}).status_code == 302
    assert team_now(cast).two_factor_required
    assert signed_in(cast.moderator).get(address("log/")).status_code == 403
    assert owner.get(address("log/")).status_code == 200
    assert owner.post(address("security/"), {}).status_code == 302
    assert not team_now(cast).two_factor_required


# All of them


@pytest.mark.parametrize("page", PAGES)
def test_no_page_asks_the_database_more_for_more_rows(cast: Cast, owner: Client, page: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert owner.get(address(page)).status_code == 200
        return len(captured)

    def fill(number: int) -> None:
        Reason.objects.replace([(f"Reason {place}", "") for place in range(number)], by=cast.owner)
        for place in range(number):
            TeamDomain.objects.get_or_create(team=cast.team, domain=f"d{place}.example.org")

    fill(5)
    queries()  # the session notes the role once
    before = queries()
    fill(10)
    assert queries() == before


def test_settings_of_one_team_say_nothing_of_another(cast: Cast, owner: Client) -> None:
    other = make_team(name="Secret Cellar", slug="cellar")
    TeamDomain.objects.create(team=other, domain="cellar.example.org")
    for page in PAGES:
        assert "cellar" not in text_of(owner.get(address(page))).lower(), page


# Opening the team wider


WIDER = [
    ("wall/", {"visibility": "public"}, {}),
    ("wall/", {"visibility": "public", "indexed": "on"}, {"visibility": "public"}),
    ("joining/", {"joining": "domain"}, {}),
    ("joining/", {"joining": "open"}, {"joining": "domain"}),
    ("security/", {}, {"two_factor_required": True}),
]


@pytest.mark.parametrize(("page", "typed", "before"), WIDER)
def test_owner_confirms_before_opening_the_team_wider(
    cast: Cast, page: str, typed: dict[str, str], before: dict[str, Any]
) -> None:
    with_second_factor(cast.owner)
    cast.team.change(by=cast.owner, **before)
    client, logged_before = signed_in(cast.owner), logged(cast)
    answer = client.post(address(page), typed)
    assert answer["Location"] == f"/accounts/reauthenticate/?next={quote(address(page), safe='')}"
    assert logged(cast) == logged_before
    assert confirmed(cast.owner).post(address(page), typed).status_code == 302
    assert len(logged(cast)) > len(logged_before)


@pytest.mark.parametrize(("page", "typed", "before"), WIDER)
def test_closing_it_again_asks_nothing(cast: Cast, page: str, typed: dict[str, str], before: dict[str, Any]) -> None:
    with_second_factor(cast.owner)
    wider: dict[str, dict[str, Any]] = {
        "wall/": {"visibility": "public", "indexed": True},
        "joining/": {"joining": "open"},
        "security/": {},
    }
    closed = {"wall/": {"visibility": "members"}, "joining/": {"joining": "invited"}}
    cast.team.change(by=cast.owner, **wider[page])
    answer = signed_in(cast.owner).post(address(page), closed.get(page, {"two_factor_required": "on"}))
    assert answer["Location"] == address(page)


def test_domain_is_added_after_the_password(cast: Cast) -> None:
    answer = signed_in(cast.owner).post(address("joining/domains/add/"), {"domain": "example.org"})
    assert answer["Location"] == "/accounts/reauthenticate/?next=%2Fharbour-team%2Fsettings%2Fjoining%2F"
    assert not TeamDomain.objects.exists()


# Without the second factor that the team asks for


def test_moderator_without_one_reads_and_does_what_a_member_can(cast: Cast) -> None:
    with_second_factor(cast.owner)
    pending = make_story(author=cast.member, state="pending")
    cast.team.change(by=cast.owner, two_factor_required=True)
    client = signed_in(cast.moderator)
    assert client.get("/harbour-team/").status_code == 200
    assert client.get(f"/harbour-team/stories/{pending.pk}/").status_code == 404
    desk = client.get("/harbour-team/moderation/")
    assert desk.status_code == 403
    assert "second factor" in text_of(desk)
    assert 'href="/harbour-team/moderation/"' in text_of(client.get("/harbour-team/"))
    with pytest.raises(Refused):
        pending.publish(by=Membership.objects.get(pk=cast.moderator.pk), revision=pending.revision)
    with_second_factor(cast.moderator)
    read = signed_in(cast.moderator).get(f"/harbour-team/stories/{pending.pk}/", follow=True)
    assert (read.status_code, read.redirect_chain) == (200, [(f"/harbour-team/moderation/?story={pending.pk}", 302)])


def test_owner_without_one_sees_no_addresses(cast: Cast) -> None:
    with_second_factor(cast.owner)
    other = make_member(team=cast.team, role="owner")
    cast.team.change(by=cast.owner, two_factor_required=True)
    address = cast.member.user.email.partition("@")[0] + "@"
    assert address in text_of(signed_in(cast.owner).get("/harbour-team/people/"))
    assert address not in text_of(signed_in(other).get("/harbour-team/people/"))
    assert signed_in(other).get(f"/harbour-team/people/?q={cast.member.user.email}").status_code == 200

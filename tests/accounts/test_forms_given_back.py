"""Every form of the product comes back as it was filled in, after a session has ended and after the password."""

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.test.html import Element
from django.urls import resolve

from accounts.models import Membership
from accounts.two_factor import has_two_factor
from accounts.unsent_forms import UNSENT_FORM_SECONDS
from kindwall.forms import has_secrets
from stories.models import Report
from tests.conftest import Cast, forget
from tests.factories import PASSWORD, give_second_factor, make_story
from tests.forms import Sent, controls, filled_in, forms_on, kind, sent_by
from tests.pages import attribute, fields, text_of, value
from tests.test_access import CASES

pytestmark = pytest.mark.once

TEAM = "/harbour-team/"
SETTINGS = ("", "wall/", "joining/", "moderation/", "mail/", "security/", "channels/connect/webhook/")
# Every page on which somebody fills something in, and who does it there.
PAGES = {
    "owner": (
        *(f"{TEAM}settings/{page}" for page in SETTINGS),
        *(f"{TEAM}people/{page}" for page in ("invite/", "{member}/", "{member}/hand-over/")),
    ),
    "moderator": (
        *(f"{TEAM}moderation/{page}" for page in ("?story={pending}", "?show=reported&story={reported}", "reasons/")),
        *(f"{TEAM}stories/{{reported}}/", f"{TEAM}moderation/?story={{removed}}"),
    ),
    "member": (
        *(f"{TEAM}{page}" for page in ("share/", "stories/{draft}/edit/", "stories/{returned}/", "leave/")),
        *("/me/", "/me/notices/", "/me/teams/", "/me/data/delete/", "/teams/new/", "/accounts/email/"),
    ),
    "newcomer": (f"{TEAM}stories/{{reported}}/",),
    "stranger": ("/teams/import/", "/accounts/2fa/webauthn/keys/{passkey}/edit/"),
}
# Nothing is filled in before these: they can be pressed again.
BUTTONS = {
    *("publish", "restore", "spam", "not-spam", "keep", "undo", "claim", "trust", "uplift", "react"),
    *("own-words", "review", "give-back", "delete-note", "wall-keys"),
    *("submit", "withdraw", "take-down", "put-back", "delete-story", "undo-delete", "delete-own-reason"),
    *("dismiss_introduction", "dismiss-desk-introduction", "single-keys", "mark-notices-read", "end_notice_pause"),
    *("join", "remove_person", "remove_picture", "drop_domain", "revoke_link", "revoke_invitation"),
    *("resend_invitation", "send_confirmation", "make_feed_address", "revoke_feed_address", "end_session"),
    *("start_channel", "disconnect_channel", "test_channel", "replay_delivery", "channel_secret"),
    *("change_channel_secret", "export_my_data", "download_my_data", "keep_account", "export_team", "download_team"),
}
# These ask first who it is; some only where the team opens wider by it.
ASKING = {
    *("settings_wall", "settings_joining", "add_domain", "connect_channel", "import_team"),
    *("change_role", "hand_over", "leave", "delete_account"),
}
# Before anybody is signed in; a look at a letter, which changes nothing; ticks and cards, which have their own tests;
# and former addresses.
ELSEWHERE = {
    *("setup", "setup_by_link", "join_by_link", "join_by_invitation", "unsubscribe", "openid_connect_login"),
    *("openid_connect_callback", "google_login", "google_callback", "microsoft_login", "microsoft_callback"),
    *("github_login", "github_callback", "preview-letter-to-several", "bulk", "removal", "hand", "phrases"),
}


@pytest.fixture
def addresses(cast: Cast) -> dict[str, int]:
    cast.stranger.is_staff = True
    cast.stranger.save()
    for user in (cast.stranger, cast.owner.user):
        give_second_factor(user)
    reported = make_story(author=cast.owner, moderator=cast.moderator)
    Report.make(reported, by=cast.member, reason="private", words="His knees are his own.")
    data = {"name": "Passkey", "credential": {}}
    passkey = Authenticator.objects.create(user=cast.stranger, type=Authenticator.Type.WEBAUTHN, data=data)
    stories = {
        state: make_story(author=cast.member, moderator=cast.second_moderator, state=state).pk
        for state in ("pending", "draft", "returned", "removed")
    }
    make_story(author=cast.member, moderator=cast.moderator)  # about which an account's deletion asks
    return {**stories, "reported": reported.pk, "member": cast.member.pk, "passkey": passkey.pk}


def browser(cast: Cast, who: str, client: Client | None = None, *, just_now: bool = True) -> Client:
    """Return a browser in which this person has signed in, with their second factor if they have one."""
    client = client or Client()
    person = getattr(cast, who)
    user = person.user if isinstance(person, Membership) else person
    client.force_login(user)
    if has_two_factor(user):
        session = client.session
        at = time.time() if just_now else 0
        session["account_authentication_methods"] = [{"method": "mfa", "at": at}]
        session["account_authentication_methods_user"] = str(user.pk)
        session.save()
    return client


def come_to(client: Client, page: str) -> Any:
    """Open the page, and give the password where it is asked for."""
    answer = client.get(page)
    while answer.status_code == 302:
        there = answer["Location"]
        asked = there.startswith("/accounts/reauthenticate/")
        answer = client.post(there, {"password": PASSWORD}) if asked else client.get(there)
    assert answer.status_code == 200, page
    return answer


def missing_in(page: Any, path: str, sent: Sent, form: Element) -> str:
    """Return which fields that people see are not shown as they were sent; nothing where all are."""
    hidden = {str(attribute(field, "name")) for field in controls(form) if kind(field) == "hidden"}
    unkept = {name for name, values in sent.items() if has_secrets([name]) or holds_file(values)}
    seen = {name: values for name, values in sent.items() if name not in hidden | unkept}
    shown = [sent_by(found) for there, found in forms_on(page) if there == path or "composer" in sent]
    best = max(shown, key=lambda one: sum(one.get(name) == values for name, values in seen.items()), default={})
    lost = {name: best.get(name) for name, values in seen.items() if best.get(name) != values}
    unnamed = unkept and "Please enter this again" not in text_of(page)
    return " ".join(filter(None, (str(lost or ""), "does not name what was not kept" if unnamed else "")))


def holds_file(values: list[Any]) -> bool:
    return any(isinstance(value, SimpleUploadedFile) for value in values)


def every_form(cast: Cast, addresses: dict[str, int]) -> Iterator[tuple[str, str, str, Element]]:
    """Yield who fills it in, on which page, the path that it is sent to, and the form."""
    for who, pages in PAGES.items():
        for page in (page.format(**addresses) for page in pages):
            for path, form in forms_on(come_to(browser(cast, who), page)):
                yield who, page, path, form


def test_every_form_comes_back_after_the_session_has_ended(cast: Cast, addresses: dict[str, int]) -> None:
    found, wrong = set(), {}
    for who, page, path, form in every_form(cast, addresses):
        forget()  # how many forms an address has left behind
        client = Client(headers={"Referer": f"http://testserver{page}"})
        sent, name = filled_in(form), resolve(path).url_name
        found.add(name)
        [after] = parse_qs(urlsplit(client.post(path, sent)["Location"]).query)["next"]
        if missing := missing_in(come_to(browser(cast, who, client), after), path, sent, form):
            wrong[f"{name} on {page}"] = missing
    assert not wrong, "\n".join(f"{form}: {what}" for form, what in wrong.items())
    taken = {
        resolve(case.path.format(pk=1, team=1, picture="1/0")).url_name
        for case in CASES
        if case.method == "post" and case.expected.get("owner", 405) != 405
    }
    assert taken - found == BUTTONS | ELSEWHERE, "PAGES names no page of a form, or BUTTONS one that is none"


def test_every_form_comes_back_after_the_password(cast: Cast, addresses: dict[str, int]) -> None:
    asking, wrong = set(), {}
    for who, page, path, form in list(every_form(cast, addresses)):
        name = str(resolve(path).url_name)
        if name.startswith(("account_", "mfa_")):
            continue  # allauth sends these itself, once the password is given
        with transaction.atomic():  # what is saved at once is taken back
            client = browser(cast, who, just_now=False)
            sent = filled_in(form)
            answer = client.post(path, sent)
            if answer.status_code == 302 and "/reauthenticate/" in answer["Location"]:
                asking.add(name)
                [after] = parse_qs(urlsplit(answer["Location"]).query)["next"]
                if missing := missing_in(come_to(client, after), path, sent, form):
                    wrong[f"{name} on {page}"] = missing
            transaction.set_rollback(True)
    assert not wrong, "\n".join(f"{form}: {what}" for form, what in wrong.items())
    assert asking == ASKING


def test_ticked_stories_are_ticked_again(cast: Cast, addresses: dict[str, int]) -> None:
    ticked = f"{addresses['pending']}:1"
    desk = f"{TEAM}moderation/"
    client = Client(headers={"Referer": f"http://testserver{desk}"})
    client.post(f"{desk}bulk/", {"writer": cast.moderator.user_id, "story": ticked, "action": "publish"})
    page = come_to(browser(cast, "moderator", client), desk)
    checked = [tick for tick in fields(page, "story") if attribute(tick, "checked") is not None]
    assert [value(tick) for tick in checked] == [ticked]
    assert 'id="bulk-preview"' not in text_of(page), "no letter was being written"


@pytest.mark.parametrize("after", [UNSENT_FORM_SECONDS - 1, UNSENT_FORM_SECONDS + 1])
def test_form_is_kept_for_an_hour(cast: Cast, after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    client = browser(cast, "owner")
    client.post(f"{TEAM}settings/joining/", {"writer": cast.owner.user_id, "joining": "open"})
    now = time.time()
    monkeypatch.setattr("accounts.unsent_forms.time.time", lambda: now + after)
    page = client.get(f"{TEAM}settings/joining/")
    assert ("This was not sent yet." in text_of(page)) is (after < UNSENT_FORM_SECONDS)
    assert "This was not sent yet." not in text_of(client.get(f"{TEAM}settings/joining/"))


def test_form_is_shown_apart_where_its_page_has_no_place_for_it(cast: Cast) -> None:
    domains = f"{TEAM}settings/joining/domains/add/"
    client = Client(headers={"Referer": f"http://testserver{domains}"})  # a page with errors, at an address for POST
    client.post(domains, {"writer": cast.owner.user_id, "domain": "example.org", "automatic": "on"})
    shown = come_to(browser(cast, "owner", client), domains)
    assert shown.request["PATH_INFO"] == "/me/unsent/"
    assert [value(field) for field in fields(shown, "domain")] == ["example.org"]


def test_look_ahead_and_fragment_do_not_use_the_form_up(cast: Cast) -> None:
    client, page = browser(cast, "owner"), f"{TEAM}settings/joining/"
    client.post(page, {"writer": cast.owner.user_id, "joining": "open"})
    for headers in ({"Sec-Purpose": "prefetch"}, {"HX-Request": "true"}):
        assert "This was not sent yet." not in text_of(client.get(page, headers=headers))
    assert "This was not sent yet." in text_of(client.get(page))


def test_form_comes_back_after_a_second_factor_was_set_up(cast: Cast) -> None:
    cast.team.two_factor_required = True
    cast.team.save()
    page = f"{TEAM}settings/joining/"
    client = browser(cast, "owner", Client(headers={"Referer": f"http://testserver{page}"}))
    assert client.post(page, {"writer": cast.owner.user_id, "joining": "open"}).status_code == 403
    give_second_factor(cast.owner.user)
    assert "This was not sent yet." in text_of(browser(cast, "owner", client).get(page))

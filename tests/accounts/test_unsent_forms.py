"""A form that was sent after the session had ended is shown again after the sign-in, whatever it was about."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from django import forms
from django.test import Client

from accounts.models import Membership, TeamDomain
from accounts.unsent_forms import UNSENT_FORM_SECONDS
from kindwall.forms import WRITTEN_FIELDS, has_secrets
from stories.models import Assignment, Story
from tests.conftest import Cast, signed_in
from tests.factories import PASSWORD, make_story
from tests.pages import attribute, elements, fields, text_of, value

pytestmark = pytest.mark.once

WORDS = "An hour went into these words."
MODULES = (
    *(f"accounts.forms.{name}" for name in ("invitations", "me", "people", "reasons", "settings", "teams")),
    *("archives.forms", "stories.forms", *(f"moderation.forms.{name}" for name in ("decisions", "log", "own_reasons"))),
    "syndication.forms",
)
# They are sent before anybody is signed in, with a file that no session holds, or by GET.
ELSEWHERE = {"SetupForm", "SetupTeamForm", "ImportForm", "LogFilter"}
PAGES = {
    "settings/": {"name", "slug", "tagline"},
    "settings/joining/": {"domain"},
    "settings/moderation/": {"name", "words"},
    "people/invite/": {"emails"},
    "/me/": {"name"},
    "/teams/new/": {"name", "slug", "tagline"},
    "/accounts/email/": {"email"},
}


def form_classes() -> Iterator[type[forms.BaseForm]]:
    for name in MODULES:
        for found in vars(import_module(name)).values():
            if isinstance(found, type) and issubclass(found, forms.BaseForm) and found.__module__ == name:
                yield found


def is_written(field: Any) -> bool:
    return isinstance(field, forms.CharField) and not isinstance(field.widget, (forms.HiddenInput, forms.PasswordInput))


def test_every_field_in_which_people_write_is_known() -> None:
    named = {
        f"{form.__name__}.{name}"
        for form in form_classes()
        for name, field in form.base_fields.items()  # type: ignore[attr-defined]
        if is_written(field)
        and name not in WRITTEN_FIELDS
        and not has_secrets([name])
        and form.__name__ not in ELSEWHERE
    }
    assert not named, f"kindwall/forms.py: WRITTEN_FIELDS does not name {named}, so what is typed there gets lost"


def sign_in(client: Client, person: Membership, page: str) -> Any:
    answer = client.post(f"/accounts/login/?next={page}", {"login": person.user.email, "password": PASSWORD})
    return client.get(answer["Location"], follow=True)


def next_page(answer: Any) -> str:
    return str(answer["Location"]).partition("next=")[2]


def written_form(page: Any, names: set[str]) -> tuple[str, dict[str, Any]]:
    """Return where the form with these fields is sent, and what it sends, with words in these fields."""
    for form in elements(text_of(page)):
        sent = [field for field in elements(str(form)) if attribute(field, "name")] if form.name == "form" else []
        if names | {"writer"} <= {attribute(field, "name") for field in sent}:
            given: dict[str, Any] = {str(attribute(field, "name")): value(field) for field in sent}
            return str(attribute(form, "action")), given | dict.fromkeys(names, WORDS)
    raise AssertionError(f"no form with {names} that names its writer")


@pytest.mark.parametrize("page", PAGES)
def test_form_is_given_back_after_sign_in(client: Client, cast: Cast, page: str) -> None:
    address = page if page.startswith("/") else f"/harbour-team/{page}"
    action, given = written_form(signed_in(cast.owner).get(address), PAGES[page])
    assert given["writer"] == str(cast.owner.user_id)
    shown = sign_in(client, cast.owner, next_page(client.post(action, given)))
    assert {attribute(field, "name") for field in fields_with_words(shown)} == PAGES[page]
    assert written_form(shown, PAGES[page])[0] == action.partition("#")[0]


def fields_with_words(page: Any) -> list[Any]:
    return [field for field in elements(text_of(page)) if field.name == "textarea" and value(field) == WORDS]


def test_note_for_a_colleague_is_given_back_and_can_be_sent(client: Client, cast: Cast, pending: Story) -> None:
    desk = signed_in(cast.moderator).get("/harbour-team/moderation/", {"story": pending.pk})
    action, given = written_form(desk, {"note"})
    sent = given | {"colleague": cast.second_moderator.pk}
    shown = sign_in(client, cast.moderator, next_page(client.post(action, sent)))
    again, given_back = written_form(shown, {"note"})
    client.post(again, given_back)
    assert Assignment.objects.get(story=pending).note == WORDS


def test_form_is_not_given_to_the_next_person_on_the_same_computer(client: Client, cast: Cast) -> None:
    action, given = written_form(signed_in(cast.owner).get("/me/"), {"name"})
    shown = sign_in(client, cast.member, next_page(client.post(action, given)))
    assert WORDS not in text_of(shown)


def test_session_of_somebody_signed_out_ends_with_the_hour_of_the_form(client: Client, cast: Cast) -> None:
    action, given = written_form(signed_in(cast.owner).get("/me/"), {"name"})
    client.post(action, given)
    assert client.session.keys()
    assert client.session.get_expiry_age() <= UNSENT_FORM_SECONDS


def test_form_without_a_writer_is_given_to_nobody(client: Client, cast: Cast) -> None:
    answer = client.post("/me/", {"name": WORDS})
    assert "unsent" not in next_page(answer)
    assert WORDS not in text_of(sign_in(client, cast.owner, "/me/unsent/"))


def test_button_is_not_given_back(client: Client, cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator)
    answer = client.post(f"/harbour-team/stories/{story.pk}/uplift/")
    assert "unsent" not in next_page(answer)


def test_domain_is_given_back_after_the_password(cast: Cast) -> None:
    client = signed_in(cast.owner)
    action, given = written_form(client.get("/harbour-team/settings/joining/"), {"domain"})
    asked = client.post(action, given | {"domain": "example.org"})
    assert asked["Location"].startswith("/accounts/reauthenticate/")
    confirmed = client.post(asked["Location"], {"password": PASSWORD})
    shown = client.get(confirmed["Location"])
    [field] = fields(shown, "domain")
    assert value(field) == "example.org"
    assert not TeamDomain.objects.exists()
    again, given_back = written_form(shown, {"domain"})
    client.post(again, given_back | {"domain": "example.org"})
    assert TeamDomain.objects.get().domain == "example.org"


def test_form_from_before_a_sign_in_is_given_back(cast: Cast) -> None:
    browser = Client(enforce_csrf_checks=True, headers={"Origin": "http://testserver"})
    browser.force_login(cast.owner.user)
    refused = browser.post("/harbour-team/settings/", {"name": "Harbour", "tagline": WORDS})
    assert refused.status_code == 403
    assert [attribute(field, "name") for field in fields_with_words(refused)] == ["tagline"]

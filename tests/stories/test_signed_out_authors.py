"""What an author sends while signed out comes back after they sign in."""

import uuid
from datetime import timedelta

import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.utils import timezone

from stories.models import Story
from tests.conftest import Cast, signed_in
from tests.factories import PASSWORD, make_draft, make_story
from tests.pages import HTMX, attribute, elements, part, text_of, value, words
from tests.stories.composing import KISS, SHARE, edit, only_story, typed, varies

pytestmark = pytest.mark.once


def sign_in(client: Client, person_email: str, where: str) -> HttpResponseBase:
    """Return the fields of the real form."""
    page = client.get(where)
    assert page.status_code == 200
    hidden = {
        name: attribute(element, "value") or ""
        for element in elements(text_of(page))
        if element.name == "input" and attribute(element, "type") == "hidden" and (name := attribute(element, "name"))
    }
    answer: HttpResponseBase = client.post(where, {**hidden, "login": person_email, "password": PASSWORD}, follow=True)
    return answer


def test_a_story_sent_while_signed_out_is_given_back_after_signing_in(cast: Cast) -> None:
    client = signed_in(None)
    answer = client.post(SHARE, typed(body="Wrote this on the train.", kind="witnessed", qualities=["peace"]))
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/harbour-team/share/")
    page = sign_in(client, cast.member.user.email, answer["Location"])
    assert page.status_code == 200
    assert value(part(page, "id_body")) == "Wrote this on the train."
    assert "what you wrote before you signed in" in words(part(page, "toasts"))
    story = only_story()
    assert (story.state, story.author, story.kind, story.qualities) == (
        "draft",
        cast.member.user,
        "witnessed",
        ["peace"],
    )


@pytest.mark.parametrize(("minutes", "body"), [(59, "Wrote this on the train."), (61, "")])
def test_it_is_kept_for_an_hour_and_no_longer(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, minutes: int, body: str
) -> None:
    client = signed_in(None)
    where = client.post(SHARE, typed(body="Wrote this on the train."))["Location"]
    # The clock of the sessions, which know no other.
    monkeypatch.setattr(timezone, "now", lambda now=timezone.now: now() + timedelta(minutes=minutes))
    page = sign_in(client, cast.member.user.email, where)
    assert value(part(page, "id_body")) == body


def test_it_is_given_back_once(cast: Cast) -> None:
    client = signed_in(None)
    where = client.post(SHARE, typed(body="Wrote this on the train."))["Location"]
    sign_in(client, cast.member.user.email, where)
    assert value(part(client.get(SHARE), "id_body")) == ""
    assert Story.objects.count() == 1


def test_an_edit_sent_while_signed_out_is_given_back_too(cast: Cast) -> None:
    story = make_draft(author=cast.member)
    client = signed_in(None)
    where = client.post(edit(story), typed(body="And on the ferry.", revision=1))["Location"]
    page = sign_in(client, cast.member.user.email, where)
    assert value(part(page, "id_body")) == "And on the ferry."
    assert (only_story().body, only_story().state) == ("And on the ferry.", "draft")


def test_a_second_person_on_the_same_computer_gets_nothing_of_it(cast: Cast) -> None:
    client = signed_in(None)
    where = client.post(SHARE, typed(body="Mine alone."))["Location"]
    sign_in(client, cast.member.user.email, where)
    client.post("/accounts/logout/")
    page = sign_in(client, cast.newcomer.user.email, "/accounts/login/?next=/harbour-team/share/")
    assert value(part(page, "id_body")) == ""


@pytest.mark.parametrize("body", [KISS * 1_000, "ж" * 10_000], ids=["the longest emoji", "ten thousand letters"])
def test_the_longest_text_survives_a_sign_in(cast: Cast, body: str) -> None:
    client = signed_in(None)
    where = client.post(SHARE, typed(body=body))["Location"]
    page = sign_in(client, cast.member.user.email, where)
    assert value(part(page, "id_body")) == body


def test_a_text_that_cannot_be_kept_does_not_bar_the_composer(cast: Cast) -> None:
    client = signed_in(None)
    where = client.post(SHARE, typed(body="x" * 10_001))["Location"]
    client.raise_request_exception = False
    assert sign_in(client, cast.member.user.email, where).status_code < 500
    assert client.get(SHARE).status_code < 500


def test_a_story_that_was_sent_meanwhile_does_not_bar_the_composer(cast: Cast) -> None:
    data = typed(body="The text that was sent.")
    signed_in(cast.member).post(SHARE, data)
    client = signed_in(None)
    where = client.post(SHARE, data | {"body": "A second thought."})["Location"]
    client.raise_request_exception = False
    page = sign_in(client, cast.member.user.email, where)
    assert page.status_code < 500
    assert "A second thought." in text_of(page)
    assert client.get(SHARE).status_code < 500


def test_signing_in_again_publishes_no_half_sentence_of_a_moderator(cast: Cast) -> None:
    """Opening a page changes nothing: a published text changes when its author sends the form."""
    story = make_story(author=cast.moderator, moderator=cast.second_moderator)
    client = signed_in(None)
    where = client.post(edit(story), typed(body="Half a sent", revision=1))["Location"]
    client.raise_request_exception = False
    page = sign_in(client, cast.moderator.user.email, where)
    assert "Half a sent" in text_of(page)
    assert only_story().body == "Held the door, and my tongue."


def test_saving_by_htmx_while_signed_out_says_so_in_place_with_a_way_back(cast: Cast) -> None:
    headers = HTMX | {"HX-Current-URL": "http://testserver/harbour-team/share/"}
    answer = signed_in(None).post(SHARE, typed(action="save"), headers=headers)
    assert answer.status_code == 401
    assert "<html" not in text_of(answer)
    links = [element for element in elements(text_of(answer)) if element.name == "a"]
    assert len(links) == 1
    assert (attribute(links[0], "href") or "").startswith(
        "/accounts/login/?next=http%3A//testserver/harbour-team/share/"
    )
    assert varies(answer)


def test_what_was_saved_by_htmx_while_signed_out_is_there_after_signing_in(cast: Cast) -> None:
    client = signed_in(None)
    headers = HTMX | {"HX-Current-URL": "http://testserver/harbour-team/share/"}
    answer = client.post(SHARE, typed(action="save", body="And on the ferry."), headers=headers)
    where = next(attribute(element, "href") for element in elements(text_of(answer)) if element.name == "a")
    assert where is not None
    page = sign_in(client, cast.member.user.email, where)
    assert value(part(page, "id_body")) == "And on the ferry."


def test_a_session_that_ends_after_the_first_save_loses_nothing_either(cast: Cast) -> None:
    """The first save moves the address to the draft's; the page goes on saving to where it began."""
    client, composer = signed_in(cast.member), str(uuid.uuid4())
    first = client.post(SHARE, typed(action="save", body="Held", composer=composer), headers=HTMX)
    client.logout()
    headers = HTMX | {"HX-Current-URL": f"http://testserver{first['HX-Replace-Url']}"}
    data = typed(action="save", body="Held the lift for her.", composer=composer)
    answer = client.post(SHARE, data, headers=headers)
    assert answer.status_code == 401
    where = next(attribute(element, "href") for element in elements(text_of(answer)) if element.name == "a")
    assert where is not None
    page = sign_in(client, cast.member.user.email, where)
    assert value(part(page, "id_body")) == "Held the lift for her."
    assert Story.objects.count() == 1


@pytest.mark.parametrize("action", ["uplift", "react", "publish", "return", "submit", "withdraw"])
def test_after_signing_in_nobody_lands_on_an_address_that_cannot_be_opened(
    cast: Cast, story: Story, action: str
) -> None:
    client = signed_in(None)
    where = client.post(f"/harbour-team/stories/{story.pk}/{action}/", {"kind": "warm", "revision": 1})["Location"]
    assert sign_in(client, cast.moderator.user.email, where).status_code == 200


def test_a_moderators_message_sent_while_signed_out_is_given_back(cast: Cast, pending: Story) -> None:
    client = signed_in(None)
    data = {"revision": 1, "message": "Nearly an hour went into these words."}
    where = client.post(f"/harbour-team/stories/{pending.pk}/return/", data)["Location"]
    page = sign_in(client, cast.moderator.user.email, where)
    assert "Nearly an hour went into these words." in text_of(page)

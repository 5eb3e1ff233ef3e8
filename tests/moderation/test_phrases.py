"""A moderator's own phrases."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from stories.models import Phrase
from stories.models.phrase import MOST_PHRASES
from tests.conftest import Cast, signed_in
from tests.factories import PASSWORD
from tests.pages import HTMX, part, root_id, text_of, value, words

pytestmark = pytest.mark.once

PAGE = "/harbour-team/moderation/phrases/"


def add_phrase(person: Membership, said: str) -> Phrase:
    return Phrase.add(said, by=person)[0]


def shown(person: Membership) -> str:
    return words(part(signed_in(person).get(PAGE), "main"))


def test_a_phrase_is_kept_and_shown_to_whoever_keeps_it(cast: Cast) -> None:
    client = signed_in(cast.moderator)
    assert "None yet." in shown(cast.moderator)
    answer = client.post(PAGE, {"body": "  Thank you\r\nfor it.  "})
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert Phrase.objects.get().words == "Thank you\nfor it."
    assert "1 of 30 Thank you for it." in shown(cast.moderator)
    assert "Thank you" not in shown(cast.owner)
    client.post(PAGE, {"body": "Thank you\nfor it."})
    assert Phrase.objects.count() == 1
    assert "You have this one already." in text_of(client.get(PAGE))


def test_htmx_gets_the_list_anew(cast: Cast) -> None:
    client, root = signed_in(cast.moderator), f"membership-{cast.moderator.pk}-phrases"
    answer = client.post(PAGE, {"body": "Thank you."}, headers=HTMX)
    assert (answer.status_code, root_id(answer)) == (200, root)
    assert "HX-Request" in answer["Vary"]
    assert "Thank you." in text_of(answer)
    phrase = Phrase.objects.get()
    gone = client.post(f"{PAGE}{phrase.pk}/drop/", headers=HTMX)
    assert (gone.status_code, root_id(gone)) == (200, root)
    assert "Thank you." not in text_of(gone)
    refused = client.post(PAGE, {"body": ""}, headers=HTMX)
    assert (refused.status_code, root_id(refused)) == (422, root)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Write the words"),
        (" \n ", "Write the words"),
        ("\u200b", "Write the words"),
        ("x" * 501, "This one is 1 over."),
    ],
)
def test_what_cannot_be_kept_is_said_there_with_the_text(cast: Cast, typed: str, said: str) -> None:
    answer = signed_in(cast.moderator).post(PAGE, {"body": typed})
    assert answer.status_code == 422
    assert said in words(part(answer, "id_body_error"))
    assert value(part(answer, "id_body")) == typed.strip()
    assert not Phrase.objects.exists()


def test_five_hundred_characters_and_thirty_phrases_are_the_most(cast: Cast) -> None:
    assert signed_in(cast.moderator).post(PAGE, {"body": "x" * 500}).status_code == 302
    for number in range(MOST_PHRASES - 1):
        add_phrase(cast.moderator, f"Phrase {number}.")
    assert "You have 30 phrases, and that is the most." in shown(cast.moderator)
    answer = signed_in(cast.moderator).post(PAGE, {"body": "One more."})
    assert answer.status_code == 422
    assert "Let one go first." in words(part(answer, "id_body_error"))
    assert value(part(answer, "id_body")) == "One more."
    assert Phrase.objects.count() == MOST_PHRASES


def test_a_phrase_is_let_go_once(cast: Cast) -> None:
    phrase, client = add_phrase(cast.moderator, "Thank you."), signed_in(cast.moderator)
    drop = f"{PAGE}{phrase.pk}/drop/"
    answer = client.post(drop)
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert not Phrase.objects.exists()
    assert client.post(drop).status_code == 404


def test_somebody_elses_phrase_is_not_found(cast: Cast) -> None:
    phrase = add_phrase(cast.moderator, "Thank you.")
    assert signed_in(cast.owner).post(f"{PAGE}{phrase.pk}/drop/").status_code == 404
    assert signed_in(cast.foreign_owner).post(f"/elsewhere/moderation/phrases/{phrase.pk}/drop/").status_code == 404
    assert Phrase.objects.filter(pk=phrase.pk).exists()


def test_it_is_for_moderators(cast: Cast) -> None:
    for send in ("get", "post"):
        assert getattr(signed_in(cast.member), send)(PAGE).status_code == 403
        assert getattr(signed_in(cast.stranger), send)(PAGE).status_code == 404
    drop = f"{PAGE}1/drop/"
    assert signed_in(cast.member).post(drop).status_code == 403
    assert signed_in(cast.moderator).get(drop).status_code == 405


def test_what_was_typed_when_the_session_had_ended_is_there_after_signing_in(cast: Cast) -> None:
    client = Client()
    sent = client.post(PAGE, {"body": "Long thought of.", "writer": cast.moderator.user_id})
    assert sent["Location"] == f"/accounts/login/?next={PAGE}"
    client.post("/accounts/login/", {"login": cast.moderator.user.email, "password": PASSWORD})
    assert value(part(client.get(PAGE), "id_body")) == "Long thought of."
    assert value(part(client.get(PAGE), "id_body")) == "", "once"


def test_twice_the_phrases_cost_the_same_queries(cast: Cast) -> None:
    client = signed_in(cast.moderator)

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(PAGE).status_code == 200
        return len(captured)

    add_phrase(cast.moderator, "One.")
    before = cost()
    add_phrase(cast.moderator, "Two.")
    assert cost() == before

"""Reasons of a moderator's own, each with a letter."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps

from accounts.models import Membership, Reason
from accounts.models.reason import MOST_OWN_REASONS, ReasonLetter
from tests.conftest import Cast, signed_in
from tests.pages import attribute, elements, part, text_of, value, words

PAGE = "/harbour-team/moderation/reasons/"
LETTER = {"name": "Whose it is", "words": "Please leave out whose it was.", "saw": "The act is clear."}


def save(person: Membership, **given: Any) -> Any:
    return signed_in(person).post(PAGE, LETTER | given)


@pytest.mark.once
def test_reason_is_saved_changed_and_deleted_by_its_moderator(cast: Cast) -> None:
    answer = save(cast.moderator)
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    reason = Reason.objects.get()
    assert reason.letter == ReasonLetter(LETTER["name"], LETTER["words"], LETTER["saw"])
    assert "Whose it is" in words(part(signed_in(cast.moderator).get(PAGE), "main"))
    assert "Whose it is" not in text_of(signed_in(cast.owner).get(PAGE))
    save(cast.moderator)
    save(cast.moderator, reason=reason.pk, words="Please leave out the name.")
    assert [one.words for one in Reason.objects.all()] == ["Please leave out the name."]
    for _time in range(2):
        assert signed_in(cast.owner).post(f"{PAGE}{reason.pk}/delete/").status_code == 302
        assert Reason.objects.count() == 1, "somebody else's"
    for _time in range(2):
        assert signed_in(cast.moderator).post(f"{PAGE}{reason.pk}/delete/").status_code == 302
    assert not Reason.objects.exists()


@pytest.mark.once
@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"name": ""}, "name", "Give it a name"),
        ({"words": " \n "}, "words", "what the letter says"),
        ({"words": "x" * 601}, "words", "601"),
        ({"words": "Another letter."}, "name", "with this name already"),
    ],
)
def test_invalid_reason_is_given_back_with_an_error(cast: Cast, typed: dict[str, str], field: str, said: str) -> None:
    save(cast.moderator)
    answer = save(cast.moderator, **typed)
    assert answer.status_code == 422
    assert said in words(part(answer, f"id_{field}_error"))
    assert value(part(answer, "id_saw")) == LETTER["saw"]
    assert Reason.objects.count() == 1


def test_thirty_are_the_most_and_a_name_can_be_the_teams(cast: Cast) -> None:
    Reason.objects.replace([("Reason 0", "The team’s.")], by=cast.owner)
    for number in range(MOST_OWN_REASONS):
        Reason.save_own(ReasonLetter(f"Reason {number}", "Mine."), by=cast.moderator)
    assert save(cast.moderator).status_code == 422
    assert "that is the most" in text_of(signed_in(cast.moderator).get(PAGE))
    names = [reason.name for reason in Reason.objects.for_letters(cast.moderator)]
    assert (names[0], len(names)) == ("Reason 0", 1 + MOST_OWN_REASONS)
    assert [reason.words for reason in Reason.objects.of(cast.team)] == ["The team’s."]


@pytest.mark.once
def test_former_page_of_phrases_leads_here(cast: Cast) -> None:
    former = "/harbour-team/moderation/phrases/"
    assert signed_in(cast.moderator).get(former)["Location"] == PAGE
    sent = signed_in(cast.moderator).post(former, {"body": "Thank you for this one."})
    assert (sent.status_code, sent["HX-Retarget"]) == (422, "body")
    assert "Thank you for this one." in words(part(sent, "id_words"))
    assert "Give it a name" in text_of(sent)
    assert f'action="{PAGE}"' in text_of(sent)


@pytest.mark.once
def test_error_in_a_folded_part_is_in_sight(cast: Cast) -> None:
    page = signed_in(cast.moderator).post(PAGE, {"name": "Whose", "words": "Say whose.", "saw": "x" * 601})
    assert page.status_code == 422
    [more] = [one for one in elements(text_of(page)) if attribute(one, "class") == "letter-more"]
    assert attribute(more, "open") is not None


def test_phrases_are_named_by_how_they_begin_and_each_once() -> None:
    name_of = import_module("stories.migrations.0021_phrases_become_reasons").name_of
    assert name_of("Thank\n you.", set()) == "Thank you."
    long = name_of("word " * 90, set())
    assert (len(long), long[-5:]) == (80, "word…")
    again = name_of("word " * 90, {long})
    assert again != long
    assert len(again) <= 80
    assert apps.get_model("accounts", "Reason")._meta.get_field("name").max_length == 80

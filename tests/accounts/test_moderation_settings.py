"""The rules of moderation and the reasons of a team, which its owners change on one page."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Reason
from accounts.models.reason import FIRST_REASONS, MOST_REASONS
from tests.accounts.test_team_settings import address, logged, team_now, toast
from tests.conftest import Cast, signed_in
from tests.forms import forms_on, sent_by
from tests.pages import attribute, elements, fields, part, text_of, value, words

pytestmark = pytest.mark.once


@pytest.fixture
def owner(cast: Cast) -> Client:
    return signed_in(cast.owner)


def rows(reasons: list[tuple[str, str]], do: str = "save") -> dict[str, Any]:
    return {"name": [name for name, _words in reasons], "words": [words for _name, words in reasons], "do": do}


def shown(answer: Any) -> list[str]:
    named = [element for element in elements(text_of(answer)) if attribute(element, "name") == "name"]
    return [value(element) for element in named]


ABC = [("A", "aa"), ("B", ""), ("C", "cc")]


def test_team_begins_with_the_first_reasons(owner: Client) -> None:
    assert shown(owner.get(address("moderation/"))) == [str(name) for name, _words in FIRST_REASONS]


def test_list_is_saved_as_a_whole_in_its_order(cast: Cast, owner: Client) -> None:
    answer = owner.post(address("moderation/reasons/"), rows([*ABC, ("", "")]))
    assert (answer.status_code, answer["Location"]) == (302, address("moderation/"))
    assert [(reason.name, reason.words) for reason in Reason.objects.of(cast.team)] == ABC
    owner.post(address("moderation/reasons/"), rows(ABC))
    assert [action for action, _detail in logged(cast)] == ["reasons"]


@pytest.mark.parametrize(
    ("press", "expected"),
    [
        ("up-1", ["B", "A", "C"]),
        ("down-0", ["B", "A", "C"]),
        ("down-2", ["A", "B", "C"]),
        ("up-0", ["A", "B", "C"]),
        ("drop-1", ["A", "C"]),
        ("add", ["A", "B", "C", ""]),
        ("drop-9", ["A", "B", "C"]),
        ("up-x", ["A", "B", "C"]),
        ("dance", ["A", "B", "C"]),
    ],
)
def test_arranging_keeps_what_is_typed_and_saves_nothing(
    cast: Cast, owner: Client, press: str, expected: list[str]
) -> None:
    answer = owner.post(address("moderation/reasons/"), rows(ABC, press))
    assert (answer.status_code, shown(answer)) == (200, expected)
    assert "Not saved yet." in words(part(answer, "main"))
    assert logged(cast) == []


@pytest.mark.parametrize(
    ("press", "focused"),
    [
        ("up-2", "up-1"),
        ("up-1", "down-0"),
        ("down-0", "down-1"),
        ("down-1", "up-2"),
        ("add", "reason-3-name"),
        ("drop-0", "reason-0-name"),
        ("drop-2", "reason-1-name"),
    ],
)
def test_keyboard_stays_where_it_was_pressed(owner: Client, press: str, focused: str) -> None:
    html = text_of(owner.post(address("moderation/reasons/"), rows(ABC, press)))
    found = [element for element in elements(html) if attribute(element, "autofocus") is not None]
    assert [attribute(element, "id") or value(element) for element in found] == [focused]


def test_only_reason_can_be_moved_nowhere_and_taken_away(owner: Client) -> None:
    for press in ("up-0", "down-0"):
        assert shown(owner.post(address("moderation/reasons/"), rows(ABC[:1], press))) == ["A"]
    assert shown(owner.post(address("moderation/reasons/"), rows(ABC[:1], "drop-0"))) == []


@pytest.mark.parametrize(
    ("reasons", "error"),
    [
        ([("A", ""), ("A", "")], "reason-1-name_error"),
        ([("", "words alone")], "reason-0-name_error"),
        ([("x" * 81, "")], "reason-0-name_error"),
        ([("A", "x" * 601)], "reason-0-words_error"),
    ],
)
def test_list_that_cannot_be_is_given_back(
    cast: Cast, owner: Client, reasons: list[tuple[str, str]], error: str
) -> None:
    answer = owner.post(address("moderation/reasons/"), rows(reasons))
    assert (answer.status_code, shown(answer)) == (422, [name for name, _words in reasons])
    assert words(part(answer, error))
    assert logged(cast) == []


def test_twenty_reasons_are_the_most(cast: Cast, owner: Client) -> None:
    full = [(f"Reason {place}", "") for place in range(MOST_REASONS)]
    assert owner.post(address("moderation/reasons/"), rows([*full, ("One more", "")])).status_code == 422
    assert owner.post(address("moderation/reasons/"), rows(full)).status_code == 302
    assert len(Reason.objects.of(cast.team)) == MOST_REASONS
    assert len(shown(owner.post(address("moderation/reasons/"), rows(full, "add")))) == MOST_REASONS


def test_emptied_list_becomes_the_first_one(cast: Cast, owner: Client) -> None:
    Reason.objects.replace(ABC, by=cast.owner)
    owner.post(address("moderation/reasons/"), rows([]))
    assert [reason.name for reason in Reason.objects.of(cast.team)] == [str(name) for name, _words in FIRST_REASONS]


# One form, and two owners at once


def page_of_moderation(owner: Client) -> dict[str, Any]:
    """Return what the page sends when nothing is changed in it."""
    form = next(form for path, form in forms_on(owner.get(address("moderation/"))) if path == address("moderation/"))
    return sent_by(form)


def test_rules_and_reasons_are_saved_by_one_press(cast: Cast, owner: Client) -> None:
    sent = page_of_moderation(owner) | list_of(ABC) | {"policy": "after", "watch_words": "harbo*"}
    assert toast(owner, owner.post(address("moderation/"), sent)) == "Saved."
    assert (team_now(cast).policy, team_now(cast).watch_words) == ("after", "harbo*")
    assert [reason.name for reason in Reason.objects.of(cast.team)] == ["A", "B", "C"]


@pytest.mark.parametrize("wrong", [{"newcomer_until": "0"}, {"name": ["A", "A", "C"]}])
def test_neither_is_saved_where_the_other_is_refused(cast: Cast, owner: Client, wrong: dict[str, Any]) -> None:
    sent = page_of_moderation(owner) | list_of(ABC) | {"policy": "after"} | wrong
    answer = owner.post(address("moderation/"), sent)
    assert answer.status_code == 422
    assert logged(cast) == []
    focused = [attribute(element, "aria-invalid") for element in elements(text_of(answer)) if is_focused(element)]
    assert focused == ["true"]
    assert shown(answer) == sent["name"]


def list_of(reasons: list[tuple[str, str]], do: str = "save") -> dict[str, Any]:
    """Return what the page sends of these reasons, with the other parts of their letters empty."""
    return {**rows(reasons, do), **{part: [""] * len(reasons) for part in ("saw", "next_step", "talk_to")}}


def is_focused(element: Any) -> bool:
    return attribute(element, "autofocus") is not None


def test_arranging_the_reasons_keeps_the_rules_as_typed(cast: Cast, owner: Client) -> None:
    sent = page_of_moderation(owner) | rows(ABC, "up-1") | {"policy": "after", "answer_hours": "far too many"}
    answer = owner.post(address("moderation/reasons/"), sent)
    assert answer.status_code == 200
    [hours] = fields(answer, "answer_hours")
    assert (value(hours), attribute(hours, "aria-invalid")) == ("far too many", None)
    assert [value(field) for field in fields(answer, "policy") if attribute(field, "checked") is not None] == ["after"]


def test_field_left_as_it_was_keeps_what_another_owner_has_saved(cast: Cast, owner: Client) -> None:
    sent = page_of_moderation(owner)
    cast.team.change(by=cast.owner, answer_hours=24)
    Reason.objects.replace(ABC, by=cast.owner)
    owner.post(address("moderation/"), sent | {"policy": "after"})
    assert (team_now(cast).policy, team_now(cast).answer_hours) == ("after", 24)
    assert [reason.name for reason in Reason.objects.of(cast.team)] == ["A", "B", "C"]


def test_owner_is_told_of_a_field_that_another_one_has_changed_too(cast: Cast, owner: Client) -> None:
    sent = page_of_moderation(owner) | {"policy": "after", "answer_hours": "12"}
    cast.team.change(by=cast.owner, policy="newcomers")
    answer = owner.post(address("moderation/"), sent)
    assert answer.status_code == 422
    assert "Newcomers’, until a few have been published" in words(part(answer, "id_policy_error"))
    assert team_now(cast).answer_hours is None
    again = sent_by(next(form for path, form in forms_on(answer) if path == address("moderation/")))
    assert owner.post(address("moderation/"), again).status_code == 302
    assert (team_now(cast).policy, team_now(cast).answer_hours) == ("after", 12)


def test_owner_is_told_of_a_list_that_another_one_has_changed_too(cast: Cast, owner: Client) -> None:
    sent = page_of_moderation(owner) | list_of(ABC)
    Reason.objects.replace([("Theirs", "")], by=cast.owner)
    answer = owner.post(address("moderation/"), sent)
    assert answer.status_code == 422
    assert "Theirs" in words(part(answer, "main"))
    again = sent_by(next(form for path, form in forms_on(answer) if path == address("moderation/")))
    owner.post(address("moderation/"), again)
    assert [reason.name for reason in Reason.objects.of(cast.team)] == ["A", "B", "C"]

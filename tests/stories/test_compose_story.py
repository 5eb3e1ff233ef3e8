"""The composer makes a draft with the first save, and no typed text is ever lost."""

import json
import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.utils import timezone

from accounts.models import Membership
from stories.models import OutboxEvent, State, Story
from tests.conftest import Cast, signed_in
from tests.factories import PASSWORD, make_draft, make_story
from tests.pages import HTMX, attribute, elements, ids, part, text_of, value, words

pytestmark = pytest.mark.once

SHARE = "/harbour-team/share/"
FAMILY, FLAG, COMBINED = "👩‍👩‍👧‍👦", "🇳🇴", "e\u0301\u0323"
# The longest emoji that people send: ten code points, 35 bytes, one character.
KISS = "👩🏽\u200d❤️\u200d💋\u200d👨🏿"


def typed(**fields: Any) -> dict[str, Any]:
    whole = {"kind": "given", "qualities": ["hope"], "body": "Held the lift.", "revision": "0", "action": "submit"}
    return whole | {"composer": str(uuid.uuid4())} | fields


def edit(story: Story) -> str:
    return f"/harbour-team/stories/{story.pk}/edit/"


def only_story() -> Story:
    return Story.objects.get()


def varies(response: HttpResponseBase) -> bool:
    return "HX-Request" in response.headers.get("Vary", "")


# Saving


def test_opening_the_composer_makes_nothing(cast: Cast) -> None:
    page = signed_in(cast.member).get(SHARE)
    assert page.status_code == 200
    assert uuid.UUID(value(part(page, "id_composer")))
    assert not Story.objects.exists()


def test_the_first_save_makes_a_draft_that_only_its_author_sees(cast: Cast) -> None:
    answer = signed_in(cast.member).post(SHARE, typed(action="save", kind="", qualities=[], body="Held the"))
    story = only_story()
    assert (answer.status_code, answer["Location"]) == (302, edit(story))
    assert (story.state, story.body, story.author, story.team) == ("draft", "Held the", cast.member.user, cast.team)
    assert value(part(signed_in(cast.member).get(edit(story)), "id_body")) == "Held the"
    assert not OutboxEvent.objects.exists()


def test_saving_by_htmx_says_saved_in_place_and_moves_the_address(cast: Cast) -> None:
    answer = signed_in(cast.member).post(SHARE, typed(action="save", body="Held the"), headers=HTMX)
    assert answer.status_code == 200
    assert words(text_of(answer)).endswith("Saved")
    assert "<html" not in text_of(answer)
    assert answer["HX-Replace-Url"] == edit(only_story())


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["without JavaScript", "with htmx"])
def test_both_answers_to_a_save_vary_with_htmx(cast: Cast, headers: dict[str, str]) -> None:
    assert varies(signed_in(cast.member).post(SHARE, typed(action="save"), headers=headers))


def test_a_composer_that_goes_on_saving_writes_on_in_one_draft(cast: Cast) -> None:
    client, composer = signed_in(cast.member), str(uuid.uuid4())
    for body in ("Held", "Held the", "Held the lift"):
        answer = client.post(SHARE, typed(action="save", body=body, composer=composer), headers=HTMX)
        assert answer.status_code == 200
    assert only_story().body == "Held the lift"


def test_a_draft_may_be_unfinished_in_every_way(cast: Cast) -> None:
    client = signed_in(cast.member)
    unfinished_ways: list[dict[str, Any]] = [{"body": ""}, {"kind": ""}, {"qualities": []}, {"body": "x" * 1_500}]
    for unfinished in unfinished_ways:
        assert client.post(SHARE, typed(action="save", **unfinished), headers=HTMX).status_code == 200
    assert Story.objects.filter(state="draft").count() == 4


@pytest.mark.parametrize("missing", [{"body": ""}, {"kind": ""}, {"qualities": []}], ids=str)
def test_a_returned_story_can_be_emptied_while_it_is_rewritten(cast: Cast, missing: dict[str, Any]) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state="returned")
    data = typed(action="save", revision=story.revision, **missing)
    answer = signed_in(cast.member).post(edit(story), data, headers=HTMX)
    assert answer.status_code < 500


# Submitting


def test_a_whole_story_goes_to_the_moderators(cast: Cast) -> None:
    client = signed_in(cast.member)
    answer = client.post(SHARE, typed(kind="received", qualities=["love", "peace"], body="  She waited.\r\nFor me. "))
    story = only_story()
    assert (answer.status_code, answer["Location"]) == (302, f"/harbour-team/stories/{story.pk}/")
    assert (story.state, story.kind, story.qualities) == ("pending", "received", ["love", "peace"])
    assert story.body == "She waited.\nFor me."
    page = client.get(answer["Location"])
    assert "Your story is with the moderators now." in words(part(page, "toasts"))
    assert "Waiting" in words(part(page, f"story-{story.pk}-standing"))


def test_sending_twice_makes_one_story(cast: Cast) -> None:
    data = typed()
    answers = [signed_in(cast.member).post(SHARE, data) for _ in range(2)]
    story = only_story()
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [
        (302, f"/harbour-team/stories/{story.pk}/")
    ] * 2
    assert story.audit_log.count() == 1


def test_the_back_button_after_sending_shows_both_texts_and_changes_nothing(cast: Cast) -> None:
    data = typed(body="The text that was sent.")
    client = signed_in(cast.member)
    client.post(SHARE, data)
    answer = client.post(SHARE, data | {"body": "A second thought."})
    assert answer.status_code == 409
    assert value(part(answer, "id_body")) == "A second thought."
    assert "The text that was sent." in words(part(answer, "main"))
    assert only_story().body == "The text that was sent."


INVISIBLE = {
    "nothing": "",
    "spaces": " \r\n\t ",
    "zero width": "\u200b\u200d\u2060",
    "no-break": "\u00a0\u202f",
    "accents of nothing": "\u0301\u0301",
    "directions": "\u200e\u202e",
    "hangul filler": "\u3164\u115f\uffa0",
    "blank braille": "\u2800",
}
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    **{f"{name} for a text": ({"body": body}, "body-error") for name, body in INVISIBLE.items()},
    "too long": ({"body": "x" * 1_001}, "body-error"),
    "a NUL": ({"body": "Held\x00 the lift."}, "body-error"),
    "no kind": ({"kind": ""}, "kind-error"),
    "a kind that there is not": ({"kind": "stolen"}, "kind-error"),
    "no quality": ({"qualities": []}, "qualities-error"),
    "four qualities": ({"qualities": ["love", "hope", "peace", "respect"]}, "qualities-error"),
    "a quality that there is not": ({"qualities": ["envy"]}, "qualities-error"),
}


@pytest.mark.parametrize(("fields", "error"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_in_place_and_the_text_is_kept(cast: Cast, fields: dict[str, Any], error: str) -> None:
    client = signed_in(cast.member)
    answer = client.post(SHARE, typed(**fields))
    assert answer.status_code == 422
    assert words(part(answer, error))
    assert {found for found in ids(answer) if found.endswith("-error")} == {error}
    story = only_story()
    assert story.state == State.DRAFT
    wanted = str(fields.get("body", "Held the lift.")).replace("\x00", "").strip()
    assert story.body == wanted
    assert value(part(answer, "id_body")).replace("\x00", "") == words(wanted)
    assert attribute(part(answer, "composer"), "action") == edit(story)
    mended = typed(composer=value(part(answer, "id_composer")), revision=value(part(answer, "id_revision")))
    assert client.post(edit(story), mended).status_code == 302
    assert only_story().state == State.PENDING


def test_a_field_that_is_wrong_points_to_its_error(cast: Cast) -> None:
    body = part(signed_in(cast.member).post(SHARE, typed(body="")), "id_body")
    assert attribute(body, "aria-invalid") == "true"
    assert "body-error" in (attribute(body, "aria-describedby") or "").split()


@pytest.mark.parametrize(
    "body",
    ["x" * 1_000, FAMILY * 1_000, FLAG * 1_000, COMBINED * 1_000, "x\r\n" * 499 + "xx", "  " + "ж" * 1_000 + "\r\n"],
    ids=["letters", "families", "flags", "combining marks", "lines", "spaces around"],
)
def test_a_thousand_characters_as_people_count_them_fit(cast: Cast, body: str) -> None:
    assert signed_in(cast.member).post(SHARE, typed(body=body)).status_code == 302
    assert only_story().state == State.PENDING


@pytest.mark.parametrize(
    "body",
    ["x" * 1_001, FAMILY * 1_001, FLAG * 1_001, COMBINED * 1_001, "x\r\n" * 500 + "x"],
    ids=["letters", "families", "flags", "combining marks", "lines"],
)
def test_one_more_does_not(cast: Cast, body: str) -> None:
    answer = signed_in(cast.member).post(SHARE, typed(body=body))
    assert answer.status_code == 422
    assert "1 over" in words(part(answer, "body-error"))
    assert only_story().body == body.replace("\r\n", "\n")


def test_a_text_without_end_is_given_back_though_it_cannot_be_kept(cast: Cast) -> None:
    for action in ("save", "submit"):
        answer = signed_in(cast.member).post(SHARE, typed(body="x" * 10_001, action=action))
        assert answer.status_code == 422
        assert value(part(answer, "id_body")) == "x" * 10_001
    assert not Story.objects.exists()


@pytest.mark.parametrize("field", ["revision", "composer", "turn"])
@pytest.mark.parametrize("nonsense", ["x", "-1", "9" * 40, "\x00"])
def test_hidden_fields_that_make_no_sense_lose_no_text(cast: Cast, field: str, nonsense: str) -> None:
    answer = signed_in(cast.member).post(SHARE, typed(**{field: nonsense}))
    assert answer.status_code in (302, 409, 422)
    if answer.status_code == 422:
        assert value(part(answer, "id_body")) == "Held the lift."
    else:
        assert only_story().body == "Held the lift."


# From a draft to the moderators, and back


def test_a_finished_draft_is_sent_from_its_page(cast: Cast) -> None:
    story = make_draft(author=cast.member)
    client = signed_in(cast.member)
    answer = client.post(f"/harbour-team/stories/{story.pk}/submit/")
    assert (answer.status_code, answer["Location"]) == (302, f"/harbour-team/stories/{story.pk}/")
    assert only_story().state == State.PENDING
    client.post(f"/harbour-team/stories/{story.pk}/submit/")
    assert story.audit_log.count() == 1


def test_an_unfinished_draft_is_not_sent_and_says_what_is_missing(cast: Cast) -> None:
    story = make_draft(author=cast.member, kind="")
    answer = signed_in(cast.member).post(f"/harbour-team/stories/{story.pk}/submit/")
    assert answer.status_code == 422
    assert words(part(answer, "kind-error"))
    assert only_story().state == State.DRAFT


def test_a_waiting_story_is_taken_back_with_every_word(cast: Cast, pending: Story) -> None:
    client = signed_in(cast.member)
    for _ in range(2):
        answer = client.post(f"/harbour-team/stories/{pending.pk}/withdraw/")
        assert (answer.status_code, answer["Location"]) == (302, f"/harbour-team/stories/{pending.pk}/")
    page = client.get(answer["Location"])
    assert value(part(page, "id_body")) == "Held the door, and my tongue."
    assert pending.audit_log.count() == 2


def test_taking_back_too_late_says_what_happened(cast: Cast, story: Story) -> None:
    client = signed_in(cast.member)
    answer = client.post(f"/harbour-team/stories/{story.pk}/withdraw/", follow=True)
    assert "It was published a moment before." in words(part(answer, "toasts"))
    assert only_story().state == State.PUBLISHED


# Two windows


def test_of_two_windows_the_second_is_shown_both_texts_and_its_next_sending_wins(cast: Cast) -> None:
    story = make_draft(author=cast.member, body="As it was.")
    client = signed_in(cast.member)
    one, two = client.get(edit(story)), client.get(edit(story))

    def sent(page: HttpResponseBase, body: str, action: str = "save") -> HttpResponseBase:
        hidden = {name: value(part(page, f"id_{name}")) for name in ("revision", "composer")}
        answer: HttpResponseBase = client.post(edit(story), typed(body=body, action=action, **hidden))
        return answer

    assert sent(one, "From the first window.").status_code == 302
    answer = sent(two, "From the second window.")
    assert answer.status_code == 409
    assert value(part(answer, "id_body")) == "From the second window."
    assert "From the first window." in words(part(answer, "main"))
    assert only_story().body == "From the first window."
    assert sent(answer, "From the second window.", "submit").status_code == 302
    assert (only_story().body, only_story().state) == ("From the second window.", "pending")


def test_a_save_by_htmx_from_the_second_window_says_that_it_was_not_kept(cast: Cast) -> None:
    story = make_draft(author=cast.member, body="As it was.")
    client = signed_in(cast.member)
    client.post(edit(story), typed(body="From the first window.", action="save", revision=1), headers=HTMX)
    answer = client.post(edit(story), typed(body="From the second.", action="save", revision=1), headers=HTMX)
    assert answer.status_code == 409
    assert "Not saved" in text_of(answer)
    assert f'href="/harbour-team/stories/{story.pk}/"' in text_of(answer)
    assert "<html" not in text_of(answer)
    assert only_story().body == "From the first window."


def test_one_window_goes_on_saving_though_its_revision_is_old(cast: Cast) -> None:
    story = make_draft(author=cast.member)
    client, composer = signed_in(cast.member), str(uuid.uuid4())
    for body in ("One.", "One. Two.", "One. Two. Three."):
        data = typed(body=body, action="save", revision=1, composer=composer)
        assert client.post(edit(story), data, headers=HTMX).status_code == 200
    assert only_story().body == "One. Two. Three."


# A save that comes late


@pytest.mark.parametrize("sent", ["Held the lift.", "Held the"], ids=["typed on", "taken back"])
def test_a_save_that_comes_after_a_later_one_of_its_composer_changes_nothing(cast: Cast, sent: str) -> None:
    client, composer = signed_in(cast.member), str(uuid.uuid4())
    client.post(SHARE, typed(action="save", body="Held the", composer=composer, turn=1), headers=HTMX)
    client.post(SHARE, typed(action="save", body=sent, composer=composer, turn=3))
    late = typed(action="save", body="Held the li", composer=composer, turn=2)
    assert client.post(SHARE, late, headers=HTMX).status_code == 409
    assert (only_story().body, only_story().state) == (sent, "draft")
    assert client.post(SHARE, late | {"turn": 4}, headers=HTMX).status_code == 200
    assert only_story().body == "Held the li"


def test_a_save_that_comes_late_to_a_fresh_composer_changes_nothing(cast: Cast) -> None:
    story = make_draft(author=cast.member, body="As it was.")
    client, fields = signed_in(cast.member), {"composer": str(uuid.uuid4()), "revision": story.revision}
    assert client.post(edit(story), typed(action="save", body="As it was.", turn=2, **fields)).status_code == 302
    late = typed(action="save", body="As it was. Or", turn=1, **fields)
    assert client.post(edit(story), late, headers=HTMX).status_code == 409
    assert only_story().body == "As it was."


def test_a_save_that_comes_while_the_story_is_sent_does_not_keep_it_back(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, composer = signed_in(cast.member), str(uuid.uuid4())
    submit, answers = Story.submit, []

    def submit_after_a_late_save(story: Story, *, by: Membership) -> bool:
        late = typed(action="save", body="Held the li", composer=composer, turn=1)
        answers.append(signed_in(cast.member).post(SHARE, late, headers=HTMX).status_code)
        return submit(story, by=by)

    monkeypatch.setattr(Story, "submit", submit_after_a_late_save)
    client.post(SHARE, typed(composer=composer, turn=2))
    assert answers == [409]
    assert (only_story().body, only_story().state) == ("Held the lift.", "pending")


def test_a_save_of_the_draft_that_comes_when_it_hangs_leaves_it_as_it_is(cast: Cast) -> None:
    """The save comes from another window that had read the submitted text."""
    story = make_draft(author=cast.moderator)
    story.submit(by=cast.moderator)
    story.publish(by=cast.second_moderator, revision=story.revision)
    late = typed(action="save", body="Half a sent", revision=story.revision)
    assert signed_in(cast.moderator).post(edit(story), late, headers=HTMX).status_code == 409
    assert only_story().body == "Held the door, and my tongue."


def test_what_was_typed_into_a_story_that_is_decided_meanwhile_is_given_back(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state="declined")
    answer = signed_in(cast.member).post(edit(story), typed(body="One more try.", revision=1))
    assert answer.status_code == 409
    assert value(part(answer, "id_body")) == "One more try."
    assert "Held the door, and my tongue." in words(part(answer, "main"))
    assert only_story().body == "Held the door, and my tongue."


# A moderator's own published story


def test_a_moderator_changes_their_published_story_on_every_wall(cast: Cast) -> None:
    story = make_story(author=cast.moderator, moderator=cast.second_moderator)
    answer = signed_in(cast.moderator).post(edit(story), typed(body="Better told.", revision=1))
    assert (answer.status_code, answer["Location"]) == (302, f"/harbour-team/stories/{story.pk}/")
    assert (only_story().body, only_story().state) == ("Better told.", "published")


@pytest.mark.parametrize("action", ["save", "submit"])
@pytest.mark.parametrize("wrong", [{"body": ""}, {"body": "x" * 1_001}, {"kind": ""}, {"qualities": []}], ids=str)
def test_what_is_published_stays_whole(cast: Cast, action: str, wrong: dict[str, Any]) -> None:
    story = make_story(author=cast.moderator, moderator=cast.second_moderator)
    answer = signed_in(cast.moderator).post(edit(story), typed(action=action, revision=1, **wrong))
    assert answer.status_code == 422
    assert only_story().body == "Held the door, and my tongue."


@pytest.mark.parametrize("body", ["Half a sent", "", "x" * 1_001], ids=["half", "nothing", "too long"])
def test_the_composer_it_was_written_in_does_not_save_half_sentences_onto_the_wall(cast: Cast, body: str) -> None:
    """The back button leads to the page of the first writing, and that page saves as one types."""
    data = typed(body="Told in full.")
    client = signed_in(cast.moderator)
    client.post(SHARE, data)
    only_story().publish(by=cast.second_moderator, revision=1)
    answer = client.post(SHARE, data | {"body": body, "action": "save"}, headers=HTMX)
    assert answer.status_code < 500
    assert only_story().body == "Told in full."


# Signed out meanwhile


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


# A form from before a sign-in: the token is another


def stale(client: Client, path: str, data: dict[str, Any], headers: dict[str, str]) -> HttpResponseBase:
    answer: HttpResponseBase = client.post(path, data, headers=headers)
    assert answer.status_code == 403
    return answer


SAME = [
    {"Origin": "http://testserver"},
    {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"},
]
OTHER = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Referer": "https://evil.example/form"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
]


@pytest.mark.parametrize("headers", SAME, ids=json.dumps)
def test_a_form_with_an_old_token_gives_the_words_back_to_send_again(cast: Cast, headers: dict[str, str]) -> None:
    client = signed_in(cast.member, enforce_csrf_checks=True)
    data = typed(body="Words <of> mine.", csrfmiddlewaretoken="x" * 64)
    page = stale(client, SHARE, data, headers)
    assert value(part(page, "typed-body")) == "Words <of> mine."
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', text_of(page))
    again = dict(fields) | {"body": "Words <of> mine.", "action": "submit"}
    assert client.post(SHARE, again, headers=headers).status_code == 302
    assert (only_story().body, only_story().state) == ("Words <of> mine.", "pending")


@pytest.mark.parametrize("headers", OTHER, ids=json.dumps)
def test_a_form_from_another_site_is_not_given_back(cast: Cast, headers: dict[str, str]) -> None:
    client = signed_in(cast.member, enforce_csrf_checks=True)
    page = stale(client, SHARE, typed(body="Words of an attacker."), headers)
    assert "Words of an attacker." not in text_of(page)


def test_an_old_form_never_gives_a_password_back(cast: Cast) -> None:
    client = signed_in(None, enforce_csrf_checks=True)
    data = {"login": cast.member.user.email, "password": "hunter2-hunter2", "password1": "hunter3-hunter3"}
    page = stale(client, "/accounts/login/", data, SAME[0])
    assert "hunter" not in text_of(page)

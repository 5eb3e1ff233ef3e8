"""The composer makes a draft with the first save, and submits a whole story."""

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from stories.models import OutboxEvent, State, Story
from tests.conftest import Cast, signed_in
from tests.factories import make_draft, make_story
from tests.pages import HTMX, attribute, ids, part, text_of, value, words
from tests.stories.composing import SHARE, edit, only_story, typed, varies

pytestmark = pytest.mark.once

FAMILY, FLAG, COMBINED = "👩‍👩‍👧‍👦", "🇳🇴", "e\u0301\u0323"


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


EMPTY = {"body": " \n", "kind": "", "qualities": []}


def test_empty_form_makes_no_draft(cast: Cast) -> None:
    client = signed_in(cast.member)
    answer = client.post(SHARE, typed(action="save", **EMPTY), headers=HTMX)
    assert (answer.status_code, answer.content) == (204, b"")
    assert "HX-Replace-Url" not in answer
    answer = client.post(SHARE, typed(action="save", **EMPTY), follow=True)
    assert "There is nothing to keep yet." in words(part(answer, "toasts"))
    answer = client.post(SHARE, typed(**EMPTY))
    assert answer.status_code == 422
    assert "body-error" in ids(answer)
    assert not Story.objects.exists()


def test_each_save_brings_the_revision_that_the_next_one_is_based_on(cast: Cast) -> None:
    client, composer = signed_in(cast.member), str(uuid.uuid4())
    for revision, body in enumerate(("Held", "Held the"), start=1):
        answer = client.post(SHARE, typed(action="save", body=body, composer=composer), headers=HTMX)
        field = part(answer, "id_revision")
        assert (value(field), attribute(field, "hx-swap-oob")) == (str(revision), "true")
    assert only_story().revision == 2


def test_new_form_offers_the_latest_drafts(cast: Cast) -> None:
    make_draft(author=cast.newcomer, body="Somebody else's.")
    drafts = [make_draft(author=cast.member, body=f"Draft {number} of a longer text than fits.") for number in range(4)]
    client = signed_in(cast.member)
    page = text_of(client.get(SHARE))
    assert [f'href="{edit(draft)}"' in page for draft in drafts] == [False, True, True, True]
    assert "Draft 3 of a longer text …" in page
    assert "Somebody else" not in page
    assert "drafts-title" not in ids(client.get(edit(drafts[0])))
    assert "drafts-title" not in ids(signed_in(cast.moderator).get(SHARE))


def test_offered_drafts_take_the_same_queries_however_many(cast: Cast) -> None:
    client, queries = signed_in(cast.member), []
    for _round in range(2):
        make_draft(author=cast.member, body="Half")
        with CaptureQueriesContext(connection) as made:
            client.get(SHARE)
        queries.append(len(made))
    assert queries[0] == queries[1]


def test_field_has_the_focus_on_an_opened_form_and_the_button_names_its_shortcut(cast: Cast) -> None:
    client = signed_in(cast.member)
    page = client.get(SHARE)
    assert attribute(part(page, "id_body"), "autofocus") is not None
    assert 'aria-keyshortcuts="Control+Enter Meta+Enter"' in text_of(page)
    # An error is read first.
    assert attribute(part(client.post(SHARE, typed(kind="")), "id_body"), "autofocus") is None


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
    assert "Your story is waiting for review." in words(part(page, "toasts"))
    assert "Waiting for review" in words(part(page, f"story-{story.pk}-standing"))


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
    assert "1 too many" in words(part(answer, "body-error"))
    assert only_story().body == body.replace("\r\n", "\n")


def test_a_text_without_end_is_given_back_though_it_cannot_be_kept(cast: Cast) -> None:
    for action in ("save", "submit"):
        answer = signed_in(cast.member).post(SHARE, typed(body="x" * 10_001, action=action))
        assert answer.status_code == 422
        assert value(part(answer, "id_body")) == "x" * 10_001
    assert not Story.objects.exists()


@pytest.mark.parametrize("field", ["revision", "composer", "turn", "order"])
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
    assert "Somebody was faster: the story is published now." in words(part(answer, "toasts"))
    assert only_story().state == State.PUBLISHED

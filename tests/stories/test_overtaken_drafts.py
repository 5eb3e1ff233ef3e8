"""A draft that is open in two windows, or saved late, loses neither text."""

import uuid
from typing import Any

import pytest
from django.http import HttpResponseBase

from accounts.models import Membership
from stories.models import Story
from tests.conftest import Cast, signed_in
from tests.factories import make_draft, make_story
from tests.pages import HTMX, part, text_of, value, words
from tests.stories.composing import SHARE, edit, only_story, typed

pytestmark = pytest.mark.once


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

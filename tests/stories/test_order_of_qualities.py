"""Qualities stay in the order in which they were chosen: the first one is the paper of the story."""

import uuid
from typing import Any

import pytest

from stories.models import Story
from tests.conftest import Cast, signed_in
from tests.factories import make_draft, make_story
from tests.pages import HTMX, attribute, part, value
from tests.stories.composing import SHARE, edit, only_story, typed

pytestmark = pytest.mark.once

# As a browser sends the ticked boxes: in the order of the list, whichever was ticked first.
TICKED = ["love", "hope", "peace"]


def qualities(story: Story) -> list[str]:
    return Story.objects.get(pk=story.pk).qualities


@pytest.mark.parametrize("order", ["peace,love,hope", "peace,harmony,love,hope,envy", "peace,peace,love,hope"])
def test_new_story_has_the_order_of_choice(cast: Cast, order: str) -> None:
    signed_in(cast.member).post(SHARE, typed(qualities=TICKED, order=order))
    assert only_story().qualities == ["peace", "love", "hope"]


@pytest.mark.parametrize(
    ("ticked", "stored"),
    [
        (["love", "peace"], ["peace", "love"]),
        (["love"], ["love"]),
        (["love", "hope", "peace"], ["peace", "love", "hope"]),
        (["hope"], ["hope"]),
    ],
)
@pytest.mark.parametrize("sends_order", [True, False], ids=["order", "no order"])
def test_untouched_qualities_stay_and_new_ones_come_last(
    cast: Cast, ticked: list[str], stored: list[str], sends_order: bool
) -> None:
    draft = make_draft(author=cast.member, body="Held teh door.", kind="given", qualities=["peace", "love"])
    client = signed_in(cast.member)
    page = client.get(edit(draft))
    assert value(part(page, "id_order")) == "peace,love"
    assert "paper-peace" in str(attribute(part(page, "composer"), "class")).split()
    fields: dict[str, Any] = {"order": "peace,love"} if sends_order else {}
    data = typed(action="save", body="Held the door.", qualities=ticked, revision=draft.revision, **fields)
    assert client.post(edit(draft), data, headers=HTMX).status_code == 200
    assert qualities(draft) == stored


def test_corrected_word_leaves_the_paper_of_a_published_story(cast: Cast) -> None:
    story = make_story(author=cast.moderator, moderator=cast.second_moderator, qualities=["peace", "love"])
    data = typed(body="Another word.", qualities=["love", "peace"], revision=story.revision)
    assert signed_in(cast.moderator).post(edit(story), data).status_code == 302
    assert qualities(story) == ["peace", "love"]


def test_corrected_word_leaves_the_paper_of_a_change_that_waits(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, qualities=["peace", "love"])
    composer = str(uuid.uuid4())
    for body in ("Another", "Another word."):
        data = typed(body=body, qualities=["love", "peace"], composer=composer, action="save")
        signed_in(cast.member).post(edit(story), data, headers=HTMX)
    assert story.edits.get().qualities == ["peace", "love"]


def test_fixed_typo_leaves_the_paper(cast: Cast) -> None:
    story = make_story(author=cast.member, state="pending", qualities=["peace", "love"])
    data = {"body": "Held the door.", "revision": story.revision}
    signed_in(cast.moderator).post(f"/harbour-team/stories/{story.pk}/fix/", data)
    assert qualities(story) == ["peace", "love"]
    assert Story.objects.get(pk=story.pk).body == "Held the door."


def test_form_with_an_error_gives_the_order_back(cast: Cast) -> None:
    page = signed_in(cast.member).post(SHARE, typed(kind="", qualities=["love", "peace"], order="peace,love"))
    assert page.status_code == 422
    assert value(part(page, "id_order")) == "peace,love"
    assert "paper-peace" in str(attribute(part(page, "composer"), "class")).split()

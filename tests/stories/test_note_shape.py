"""How wide a note is, how large its letters are, and where a long text is cut."""

import pytest

from stories.models import Story
from stories.note_shape import excerpt, size, width
from tests.conftest import Cast, signed_in
from tests.factories import make_story
from tests.pages import part, words

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("x" * 70, "xs"),
        ("x" * 71, "s"),
        ("👩‍👩‍👧‍👦" * 70, "xs"),
        ("x\n" * 4 + "x", "s"),
        ("x" * 420, "m"),
        ("x" * 701, "xl"),
    ],
)
def test_note_size_follows_the_length_of_its_text(body: str, expected: str) -> None:
    assert size(body) == expected


def test_note_is_as_wide_as_its_text_needs() -> None:
    texts = ["Thanks.", "a word " * 60, "a word " * 90, "a word " * 150]
    widths = [width(text) for text in texts]
    assert widths == sorted(widths)
    assert widths[0] < widths[1] < widths[2]
    assert width("one\n" * 10) < width("a word " * 80), "short lines need no width"
    assert width("word" * 75) < width("言葉忘形" * 75), "a Chinese letter is as wide as two"


@pytest.mark.parametrize(
    "body",
    ["", "Thanks.", "a word " * 110, "x\n" * 17 + "x", "one\n\n" * 11 + "two"],
    ids=["empty", "short", "fifteen lines", "eighteen short lines", "a poem"],
)
def test_text_of_about_sixteen_lines_is_shown_whole(body: str) -> None:
    assert excerpt(body) == body


def test_longer_text_is_cut_between_words_and_lines() -> None:
    assert excerpt("x\n" * 500) == "\n".join(["x"] * 16) + "…"
    cut = excerpt("several words " * 100)
    assert cut.removesuffix("…").split() == (["several", "words"] * 100)[: len(cut.split())]
    assert 700 < len(cut) <= 801


def test_text_without_spaces_is_cut_between_characters() -> None:
    assert excerpt("x" * 1000) == "x" * 800 + "…"
    assert excerpt("言" * 1000) == "言" * 400 + "…"
    family = "👩‍👩‍👧‍👦"
    assert excerpt(family * 500).replace(family, "") == "…"


def test_wall_shows_the_beginning_and_the_storys_page_the_whole(cast: Cast) -> None:
    long = make_story(author=cast.member, moderator=cast.moderator, body="x\n" * 400 + "the end")
    client = signed_in(cast.newcomer)
    on_the_wall = part(client.get("/harbour-team/"), f"story-{long.pk}-card")
    assert "the end" not in words(on_the_wall)
    assert "Read on" in words(on_the_wall)
    alone = part(client.get(f"/harbour-team/stories/{long.pk}/"), f"story-{long.pk}-card")
    assert "the end" in words(alone)
    assert "Read on" not in words(alone)


def test_short_story_has_nothing_more_to_read(cast: Cast, story: Story) -> None:
    assert "Read on" not in words(part(signed_in(cast.newcomer).get("/harbour-team/"), f"story-{story.pk}-card"))

"""The words of a search are marked on the cards, as they are written there."""

import pytest

from tests.conftest import Cast, signed_in
from tests.factories import make_story
from tests.pages import text_of


@pytest.mark.parametrize(
    ("body", "asked", "marked"),
    [
        ("Zoë brought Popcorn.", "zoe pop", ["Zoë", "Popcorn"]),
        ("She didn't say <mark>, & left.", "mark left", ["mark", "left"]),
        ("Für Ümit über den Tisch.", "fuer umit", ["Für", "Ümit"]),
        ("今天她帮了我。", "帮了", ["帮了"]),
        ("東京2020の話", "東京2020", ["東京2020"]),
        ("Held the door.", "-window held", ["Held"]),
        ("A strong door, amplified.", "amp strong", ["strong", "amplified"]),
        ("The door, then the window and the door.", '"the door"', ["The", "door", "the", "door"]),
        ("Über the für alle.", '"fuer alle"', ["für", "alle"]),
        ("Thank you ☃ so much", "☃", ["☃"]),
        ("Read on, she said. Read.", "read", ["Read", "Read"]),
    ],
)
def test_words_of_a_search_are_marked(cast: Cast, body: str, asked: str, marked: list[str]) -> None:
    make_story(author=cast.member, moderator=cast.moderator, body=body)
    page = text_of(signed_in(cast.owner).get("/harbour-team/", {"q": asked}))
    found = [part.split("</mark>")[0] for part in page.split("<mark>")[1:]]
    assert found == marked
    assert "<mark>" not in text_of(signed_in(cast.owner).get("/harbour-team/"))


def test_name_that_is_found_is_marked(cast: Cast) -> None:
    make_story(author=cast.member, moderator=cast.moderator, body="Held the door.")
    page = text_of(signed_in(cast.owner).get("/harbour-team/", {"q": "mia door"}))
    assert "<bdi><mark>Mia</mark>" in page
    assert "<mark>door</mark>" in page


LONG = "\n".join(f"In line {number} of this story nothing else happened to anybody." for number in range(15))


def test_card_of_a_long_story_shows_the_part_that_is_found(cast: Cast) -> None:
    make_story(author=cast.member, moderator=cast.moderator, body=LONG.replace("line 12 of", "line 12 zebra of"))
    client = signed_in(cast.owner)
    usual, found = (text_of(client.get("/harbour-team/", asked)) for asked in ({}, {"q": "zebra"}))
    assert "In line 0 of" in usual
    assert "zebra" not in usual
    assert "<mark>zebra</mark>" in found
    assert "In line 0 of" not in found
    assert "In line 9 of" in found
    assert "In line 14 of" in found, "as much of the story is shown as there is room for"
    assert "In line 0 of" in text_of(client.get("/harbour-team/", {"q": "story"})), "a word of the beginning"


def test_part_of_a_story_in_short_lines_has_what_is_found(cast: Cast) -> None:
    body = "\n".join("zebra" if number == 25 else f"Thank you {number}" for number in range(40))
    make_story(author=cast.member, moderator=cast.moderator, body=body)
    assert "<mark>zebra</mark>" in text_of(signed_in(cast.owner).get("/harbour-team/", {"q": "zebra"}))

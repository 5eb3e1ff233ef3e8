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
    ],
)
def test_words_of_a_search_are_marked(cast: Cast, body: str, asked: str, marked: list[str]) -> None:
    make_story(author=cast.member, moderator=cast.moderator, body=body)
    page = text_of(signed_in(cast.owner).get("/harbour-team/", {"q": asked}))
    found = [part.split("</mark>")[0] for part in page.split("<mark>")[1:]]
    assert found == marked
    assert "<mark>" not in text_of(signed_in(cast.owner).get("/harbour-team/"))

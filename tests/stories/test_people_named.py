"""Names of people that a text mentions."""

import time

import pytest

from moderation.people import read_people
from moderation.people_named import WORDS, is_named, people_named, stands_in
from tests.conftest import Cast
from tests.factories import make_member, make_story


def named(name: str, text: str) -> bool:
    return is_named(name, text, set(WORDS.findall(text)))


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("Ana Ribeiro", "Ana held the door.", True),
        ("Ana Ribeiro", "Thank you, Ana Ribeiro!", True),
        ("Ana Ribeiro", "Anabel held the door.", False),
        ("Ana Ribeiro", "Only Ribeiro did.", False),
        ("Jean-Luc Roux", "It was Jean-Luc.", True),
        ("Jean-Luc Roux", "It was Jean, and Luc.", False),
        ("O’Neill", "For O’Neill’s desk.", True),
        ("Al B", "Al B", True),
        ("Al B", "Al and B", False),
        ("…", "… …", False),
        ("", "", False),
    ],
)
def test_name_is_found_as_a_word_of_its_own(name: str, text: str, found: bool) -> None:
    assert named(name, text) == found


def test_later_place_counts_where_the_first_is_part_of_a_word() -> None:
    assert stands_in("Ana", "Anabel, and Ana")
    assert not stands_in("Ana", "Anabel, Ana_, Diana")


def test_people_are_named_in_the_order_of_the_team(cast: Cast) -> None:
    make_member(team=cast.team, name="Zoë Zimmer")
    story = make_story(author=cast.member, state="pending", body="Zoë and Mo Moderator helped Mia.")
    assert people_named(story, read_people(cast.team)) == ["Mo Moderator", "Zoë Zimmer"]


def test_text_is_read_once_for_thousands_of_people() -> None:
    text, names = "word " * 2_000, [f"Person{number} of a Team" for number in range(5_000)]
    words = set(WORDS.findall(text))
    began = time.process_time()
    assert not any(is_named(name, text, words) for name in names)
    assert time.process_time() - began < 0.5

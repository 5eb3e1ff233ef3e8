"""The difference between two texts: correct, and with bounded work."""

import sys
import time
from functools import cache
from types import FrameType
from typing import Any

import pytest
from django.utils.html import escape
from hypothesis import given
from hypothesis import strategies as st

from stories import diff
from stories.diff import MOST_CHANGES, compare, word_diff, words_in_common
from stories.models.story import MOST_CHARACTERS, MOST_CODE_POINTS
from tests.pages import words

pytestmark = pytest.mark.once

WORDS = st.lists(st.sampled_from(["a", "b", "c", " ", "<d>"]), max_size=12)
# Texts as the forms admit them: one that was submitted, and a draft.
LETTERS = "a b " * (MOST_CHARACTERS // 4)
DRAFT = "b c a c " * (MOST_CODE_POINTS // 8)
MARKS = " \u0301" * MOST_CHARACTERS
OTHER_MARKS = " \u0316 \u0301\u0301" * (MOST_CHARACTERS // 2)
NUMBERED = " ".join(chr(0x4E00 + place) for place in range(MOST_CODE_POINTS // 2))
WORST = [
    (LETTERS, DRAFT),
    (DRAFT, LETTERS),
    (MARKS, OTHER_MARKS),
    (DRAFT, DRAFT[::-1]),
    (NUMBERED, NUMBERED[::-1]),
    (LETTERS, ""),
]


def longest(old: list[str], new: list[str]) -> int:
    """The length of the longest common subsequence, by its definition."""

    @cache
    def of(here: int, there: int) -> int:
        if here == len(old) or there == len(new):
            return 0
        if old[here] == new[there]:
            return 1 + of(here + 1, there + 1)
        return max(of(here + 1, there), of(here, there + 1))

    return of(0, 0)


@given(WORDS, WORDS)
def test_difference_holds_both_texts_and_their_common_words(old: list[str], new: list[str]) -> None:
    changes = list(compare(old, new))
    assert "".join(each.same + each.gone for each in changes) == "".join(old)
    assert "".join(each.same + each.come for each in changes) == "".join(new)
    olds, news = ([word for word in text if not word.isspace()] for text in (old, new))
    assert len(list(words_in_common(old, new))) == longest(olds, news)


def test_change_reads_as_people_made_it() -> None:
    assert word_diff("Held teh door.", "Held the door.") == "Held <del>teh</del><ins>the</ins> door."
    assert word_diff("Held the door.", "Held up the door.") == "Held <ins>up </ins>the door."
    assert word_diff("One.\nTwo.", "One.\nTwo.\nThree.") == "One.<br>Two.<ins><br>Three.</ins>"
    assert word_diff("Up for Dennis, with his knees.", "Here for Dennis.") == (
        "<del>Up</del><ins>Here</ins> for <del>Dennis, with his knees.</del><ins>Dennis.</ins>"
    )
    assert word_diff("", "New.") == "<ins>New.</ins>"
    assert word_diff("Old.", "") == "<del>Old.</del>"
    assert word_diff("", "") == ""


def test_place_in_the_new_text_is_marked_in_each_part_of_the_difference() -> None:
    marked = word_diff("One <two> three.", "Zero <two> three.", ((0, 4), (5, 10)))
    assert marked == "<del>One</del><ins><mark>Zero</mark></ins> <mark>&lt;two&gt;</mark> three."
    assert word_diff("a c", "a b c", ((0, 5),)) == "<mark>a </mark><ins><mark>b </mark></ins><mark>c</mark>"


def test_words_of_a_difference_are_escaped() -> None:
    assert word_diff("<b> x", "<i> & x") == f"<del>{escape('<b>')}</del><ins>{escape('<i> &')}</ins> x"


def lines_run(before: str, after: str) -> int:
    """Return how many lines of Python the comparison runs."""
    count = 0

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal count
        if frame.f_code.co_filename != diff.__file__:
            return None
        count += event == "line"
        return trace

    word_diff.cache_clear()
    usual = sys.gettrace()
    sys.settrace(trace)
    try:
        word_diff(before, after)
    finally:
        sys.settrace(usual)
    return count


@pytest.mark.parametrize("pair", WORST, ids=range(len(WORST)))
def test_worst_texts_take_steps_in_proportion_to_their_words(pair: tuple[str, str]) -> None:
    number = sum(len(diff.DIFF_PIECES.findall(text)) for text in pair)
    assert number > 900
    assert lines_run(*pair) < 25 * number + 1_000


@pytest.mark.parametrize("pair", WORST, ids=range(len(WORST)))
def test_worst_texts_take_little_of_the_processor(pair: tuple[str, str]) -> None:
    def seconds() -> float:
        word_diff.cache_clear()
        began = time.process_time()
        word_diff(*pair)
        return time.process_time() - began

    assert min(seconds() for _ in range(3)) < 0.15, "50 ms are meant, on a machine that does nothing else"


def test_too_long_texts_count_as_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diff, "MOST_PAIRS", 8)
    word_diff.cache_clear()
    assert word_diff("Yes, a b c. End.", "Yes, c b a. End.") == "Yes, <del>a b c.</del><ins>c b a.</ins> End."
    word_diff.cache_clear()


def test_too_many_changes_count_as_one() -> None:
    old = " ".join(f"{place} same" for place in range(MOST_CHANGES + 1))
    new = old.replace("same", "other")
    assert word_diff(old, new).count("<del>") == 1
    assert words(word_diff(old, new))


def test_difference_is_cached_by_its_texts() -> None:
    word_diff.cache_clear()
    for _ in range(3):
        word_diff("Held teh door.", "Held the door.")
    assert word_diff.cache_info().misses == 1
    assert word_diff.cache_info().maxsize == diff.DIFF_CACHE_BYTES

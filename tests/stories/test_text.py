"""Characters as people count them, in linear time."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from stories.text import MOST_CODE_POINTS_COUNTED, SINGLE, count_characters

pytestmark = pytest.mark.once

FAMILY = "👩🏽‍👩🏽‍👧🏽‍👦🏽"
# Letters of flags among all that joins what stands beside it.
PIECES = "🇩🇪aö’\xad \n\r\u0301\u0316\u200d👩\u0600क\u094d\u0903\u1100\u1161"


@given(st.text(st.sampled_from(PIECES), max_size=40))
def test_counting_agrees_with_unicode(text: str) -> None:
    assert count_characters(text) == len(regex.findall(r"\X", text))


def test_characters_that_are_counted_at_once_never_join() -> None:
    single = [chr(code) for code in range(0x3000) if SINGLE.fullmatch(chr(code))]
    for one in single:
        text = one.join(["a", *single])
        assert count_characters(text) == len(regex.findall(r"\X", text))


@pytest.mark.parametrize("letters", range(8))
def test_two_letters_make_a_flag(letters: int) -> None:
    assert count_characters("🇩" * letters) == (letters + 1) // 2
    assert count_characters("\u0600" + "🇩" * letters + "\u0301b") == max(1, (letters + 1) // 2) + 1


def test_flags_are_not_compared_with_all_flags_before_them(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    class Watched:
        def finditer(self, text: str) -> list[str]:
            seen.append(text)
            found: list[str] = regex.findall(r"\X", text)
            return found

    monkeypatch.setattr("stories.text.CLUSTER", Watched())
    assert count_characters("🇩🇪" * 3_000 + "a" + "🇫🇷" * 1_000) == 4_001
    assert seen == ["🇩🇪a🇫🇷"]


def test_characters_are_separated_only_at_the_beginning_of_a_long_text(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[int] = []

    class Watched:
        def finditer(self, text: str) -> list[str]:
            looked_at.append(len(text))
            return list(text)

    monkeypatch.setattr("stories.text.CLUSTER", Watched())
    assert count_characters("α" * 1_000_000) == 1_000_000
    assert looked_at == [MOST_CODE_POINTS_COUNTED]

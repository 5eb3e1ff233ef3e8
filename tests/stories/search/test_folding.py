"""A text and what people look for meet in one form."""

import pytest

from stories.search.folding import folded
from stories.search.query import MOST_CHARACTERS_READ, MOST_TERMS, SearchQuery

pytestmark = pytest.mark.once

FOUND = [
    ("A café at École", "ecole"),
    ("A cafe at Ecole", "é"),
    ("Die Straße", "strasse"),
    ("Die Strasse", "straße"),
    ("Herr Müller", "mueller"),
    ("Herr Mueller", "Müller"),
    ("Herr Müller", "muller"),
    ("Für Frau Müller gekocht", "“frau mueller”"),
    ("Fu\u0308r Frau Mu\u0308ller", "fuer mueller"),  # typed as a letter and its dots
    ("Smørrebrød", "smorrebrod"),
    ("ŁÓDŹ", "łódź"),
    ("Popcorn for all", "pop"),
    ("Popcorn for all", '"for all"'),
    ("He stayed on the call", "call he"),
    ("カタカナと日本語のテスト", "日本"),
    ("カタカナと日本語のテスト", "語"),
    ("ﾃｽﾄ", "テスト"),
    ("東京2020の話", "東京2020"),
    ("日本abc", "日本abc"),
    ("한국어 문장", "국어"),
    ("قرأ الكتاب الجميل", "كتاب"),
    ("قرأ الكِتَاب", "الكتاب"),
    ("סיפור הכתיבה", "כתיבה"),
    ("สวัสดีครับ", "ดีครับ"),
    ("Danke 🤗 dir", "🤗"),
    ("Held the door.", "door -window"),
    ("don't", "don’t"),
    ("STRASSE", "ſtraße"),
]
NOT_FOUND = [
    ("Held the door.", "door -held"),
    ("Held the door.", '"door held"'),
    ("Held the door.", '"the doo"'),
    ("Held the door.", "oor"),
    ("قرأ الكتاب", "بكت"),
    ("日本 語", "本語"),
    ("Herr Müller", '-"herr mueller" herr'),
]


def is_found(text: str, asked: str) -> bool:
    query, words = SearchQuery.read(asked), folded(text)
    assert query

    def has(patterns: list[str]) -> bool:
        return any(pattern in words for pattern in patterns)

    return all(has(term.patterns) for term in query.wanted) and not any(has(term.patterns) for term in query.excluded)


@pytest.mark.parametrize(("text", "asked"), FOUND)
def test_text_is_found(text: str, asked: str) -> None:
    assert is_found(text, asked)


@pytest.mark.parametrize(("text", "asked"), NOT_FOUND)
def test_text_is_not_found(text: str, asked: str) -> None:
    assert not is_found(text, asked)


@pytest.mark.parametrize("nothing", ["", "  ", '"', '""', "-", "...", "- -", "\u200b", "*", "()", "\ud800"])
def test_search_for_no_word_is_empty(nothing: str) -> None:
    assert not SearchQuery.read(nothing)


def test_search_reads_a_few_words_only() -> None:
    assert len(SearchQuery.read("a b c d e f g h i j k l m n o p").terms) == MOST_TERMS
    assert len(SearchQuery.read("word " * 1_000).terms) == 1
    assert SearchQuery.read(" " * MOST_CHARACTERS_READ + "word").terms == ()


def test_better_match_scores_higher() -> None:
    query = SearchQuery.read("door")
    often, once, begun = (query.score(folded(text)) for text in ("Door, door!", "Door, window!", "Doorman, window!"))
    assert often > once > begun > 0
    assert once > query.score(folded("Door, " + "window " * 100))

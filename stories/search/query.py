"""What somebody looks for, read from the words that they typed.

A word finds every word that begins with it; words in quotation marks are found as they are, one after another; a minus
sign leaves out the stories that have the word. Nothing that can be typed is an error.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import regex

from stories.search.folding import folded_words, umlauts_spelled

MOST_CHARACTERS_READ = 200  # characters of a search that are read
MOST_TERMS = 12
SEARCH_PART = regex.compile(
    r'(?P<minus>(?<!\S)[-−–])?(?:["“”„«»](?P<phrase>[^"“”„«»]*)["“”„«»]?|(?P<word>[^\s"“”„«»]+))'
)


@dataclass(frozen=True, slots=True)
class Term:
    """One word or phrase. `spellings` are alternatives, each a row of folded words."""

    spellings: tuple[tuple[str, ...], ...]
    is_prefix: bool  # the last word may be the beginning of a longer one
    is_excluded: bool = False

    @classmethod
    def read(cls, text: str, *, is_phrase: bool, is_excluded: bool) -> "Term | None":
        plain = folded_words(text)
        if not plain:
            return None
        spellings = [tuple(shortened_words(plain))]
        if spelled := umlauts_spelled(text):
            spellings.append(tuple(shortened_words(folded_words(spelled))))
        return cls(tuple(spellings), is_prefix=not (is_phrase or is_excluded), is_excluded=is_excluded)

    @property
    def is_phrase(self) -> bool:
        """Return whether it has several words, which have to follow each other."""
        return any(len(words) > 1 for words in self.spellings)

    @property
    def patterns(self) -> list[str]:
        """Return what a folded text contains if it has this term: one of these texts."""
        return [f" {' '.join(words)}{'' if self.is_open(words) else ' '}" for words in self.spellings]

    def is_open(self, words: Sequence[str]) -> bool:
        """Return whether the last word may go on."""
        return self.is_prefix or is_piece(words[-1])

    def score(self, words: str) -> float:
        """Return how well the folded words of a story match, from 0 to 1: often, as a whole word, in a short story.

        The measure is that of BM25 without the rarity of words, as every story that is found has all of them:
        S. Robertson and H. Zaragoza, The Probabilistic Relevance Framework, 2009, with k1 = 1.2 and b = 0.75.
        """
        begun = sum(words.count(pattern) for pattern in self.patterns)
        whole = sum(words.count(f" {' '.join(spelling)} ") for spelling in self.spellings)
        often = 0.5 * begun + 0.5 * whole
        length = len(words) / USUAL_LENGTH
        return often / (often + 1.2 * (0.25 + 0.75 * length))


USUAL_LENGTH = 350  # letters of a folded story


@dataclass(frozen=True, slots=True)
class SearchQuery:
    terms: tuple[Term, ...]

    @classmethod
    def read(cls, text: str) -> "SearchQuery":
        terms = []
        for match in SEARCH_PART.finditer(text[:MOST_CHARACTERS_READ]):
            words = match["word"] if match["phrase"] is None else match["phrase"]
            term = Term.read(words, is_phrase=match["phrase"] is not None, is_excluded=bool(match["minus"]))
            if term and term not in terms:
                terms.append(term)
        return cls(tuple(terms[:MOST_TERMS]))

    def __bool__(self) -> bool:
        return bool(self.terms)

    @property
    def wanted(self) -> list[Term]:
        return [term for term in self.terms if not term.is_excluded]

    @property
    def excluded(self) -> list[Term]:
        return [term for term in self.terms if term.is_excluded]

    def score(self, words: str) -> float:
        return sum(term.score(words) for term in self.wanted)


def shortened_words(words: list[str]) -> list[str]:
    """Leave out the shorter pieces at the end: a story may go on there."""
    while len(words) > 1 and is_rest_of(words[-1], words[-2]):
        words = words[:-1]
    return words


def is_rest_of(word: str, before: str) -> bool:
    return is_piece(before) and len(word) < len(before) and before.endswith(word)


def is_piece(word: str) -> bool:
    """Return whether a word is a piece of an uncut run of letters."""
    return bool(QUERY_PIECE.match(word))


QUERY_PIECE = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Arabic}\p{Hebrew}ー]"
)

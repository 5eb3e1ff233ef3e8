"""Watch words: a story that has one is read by a moderator before it is published.

An entry is a word or a phrase, where `*` stands for any letters. It matches whole words; case and accents do not count.
The time to search a text grows with its length and not faster: there are no regular expressions of the team's own.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

# A word with the marks and invisible characters inside it, or a single sign such as an emoji.
WATCHED_WORD = regex.compile(r"[\p{L}\p{N}\p{M}\p{Cf}_]+|\S")
PATTERN = regex.compile(r"[\p{L}\p{N}\p{M}\p{Cf}_*]+|\S")
# Marks on letters, and characters that nobody sees.
IGNORED = regex.compile(r"[\p{Mn}\p{Cf}]")


@dataclass(frozen=True, slots=True)
class Word:
    folded: str
    start: int  # of its place in the text
    end: int


def watched_words(body: str, entries: Sequence[str]) -> list[str]:
    """Return the words of the text that match an entry, each once, as they are written there."""
    found: dict[str, str] = {}
    for word in watched_places(body, entries):
        found.setdefault(word.folded, body[word.start : word.end])
    return list(found.values())


def with_watched_words_marked(body: str, entries: Sequence[str]) -> SafeString:
    """Return the text as HTML, with each word that matches an entry in a <mark>."""
    pieces, end = [], 0
    for word in watched_places(body, entries):
        pieces.append(format_html("{}<mark>{}</mark>", body[end : word.start], body[word.start : word.end]))
        end = word.end
    return mark_safe("".join([*pieces, format_html("{}", body[end:])]))  # noqa: S308 - every piece is escaped


def watched_places(body: str, entries: Sequence[str]) -> list[Word]:
    """Return the words of the text that belong to a match, in their order."""
    if not entries:
        return []
    words = list(words_in(body, WATCHED_WORD))
    places: dict[str, list[int]] = {}
    for place, word in enumerate(words):
        places.setdefault(word.folded, []).append(place)
    found: set[int] = set()
    for entry in entries:
        patterns = [pattern.folded for pattern in words_in(entry, PATTERN)]
        for start in starts(places, patterns):
            following = words[start : start + len(patterns)]
            if len(following) == len(patterns) and all(map(fits, (word.folded for word in following), patterns)):
                found.update(range(start, start + len(patterns)))
    return [words[place] for place in sorted(found)]


def words_in(text: str, words: "regex.Pattern[str]") -> Iterator[Word]:
    for match in words.finditer(text):
        if folded := fold(match[0]):
            yield Word(folded, match.start(), match.end())


def fold(word: str) -> str:
    visible: str = IGNORED.sub("", unicodedata.normalize("NFKD", word))
    return visible.casefold().strip()


def starts(places: dict[str, list[int]], patterns: Sequence[str]) -> list[int]:
    """Return the places of the words that match the first of these patterns."""
    if not patterns:
        return []
    first = patterns[0]
    if "*" not in first:
        return places.get(first, [])
    return [place for word, where in places.items() if fits(word, first) for place in where]


def fits(word: str, pattern: str) -> bool:
    """Return whether the whole word matches. The parts between the stars are searched from left to right, once."""
    if "*" not in pattern:
        return word == pattern
    beginning, *middle, end = pattern.split("*")
    if len(word) < len(beginning) + len(end) or not word.startswith(beginning) or not word.endswith(end):
        return False
    place, last = len(beginning), len(word) - len(end)
    for part in middle:
        place = word.find(part, place, last)
        if place < 0:
            return False
        place += len(part)
    return True

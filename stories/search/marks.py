"""Marking the words of a search in a rendered card, as folded as they are found."""

import regex
from django.utils.safestring import SafeString, mark_safe

from stories.search.folding import WORD, folded, simplified
from stories.search.query import SearchQuery, Term, is_piece

BODY = regex.compile(r'(?s)(?<=<div class="note-body" dir="auto">).*?(?=<footer class="note-foot">)')
MOST_LETTERS = 500  # of a run of letters that is marked; a Chinese sentence is one
NO_TEXT = regex.compile(r"<[^>]*>|&[^;\s]+;")


def marked(card: SafeString, query: SearchQuery) -> SafeString:
    """Return the card with a <mark> around each word of its text that the search looks for."""
    html: str = BODY.sub(lambda body: marked_text(body[0], query.wanted), card)
    return mark_safe(html)  # noqa: S308 - adds tags alone


def marked_text(html: str, terms: list[Term]) -> str:
    """Mark the words between the tags and the character references; each word is folded once."""
    once: dict[str, str] = {}

    def mark(word: regex.Match[str]) -> str:
        if word[0] not in once:
            once[word[0]] = marked_word(word[0], terms)
        return once[word[0]]

    parts, place = [], 0
    for gap in NO_TEXT.finditer(html):
        parts += [WORD.sub(mark, html[place : gap.start()]), gap[0]]
        place = gap.end()
    rest: str = WORD.sub(mark, html[place:])
    return "".join(parts) + rest


def marked_word(word: str, terms: list[Term]) -> str:
    if len(word) > MOST_LETTERS:
        return word
    words, simple = folded(word).split(), simplified(word)
    for term in terms:
        for spelling in term.spellings:
            if is_piece(spelling[0]):
                part = "".join(piece[0] for piece in spelling[:-1]) + spelling[-1]
                start = simple.find(part)
                if start >= 0 and len(simple) == len(word):
                    end = start + len(part)
                    return f"{word[:start]}<mark>{word[start:end]}</mark>{word[end:]}"
            elif any(has(found, spelling, is_open=term.is_open(spelling)) for found in words):
                return f"<mark>{word}</mark>"
    return word


def has(found: str, spelling: tuple[str, ...], *, is_open: bool) -> bool:
    return found in spelling or (is_open and found.startswith(spelling[-1]))

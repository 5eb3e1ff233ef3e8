"""Marking the words of a search in a rendered card, as folded as they are found."""

import regex
from django.utils.safestring import SafeString, mark_safe

from stories.search.folding import WORD, folded, simplified
from stories.search.query import SearchQuery, Term, is_piece

BODY = regex.compile(r'(?s)(?<=<div class="note-body" dir="auto">).*?(?=<footer class="note-foot">)')
NO_TEXT = regex.compile(r"<[^>]*>|&[^;\s]+;")


def marked(card: SafeString, query: SearchQuery) -> SafeString:
    """Return the card with a <mark> around each word of its text that the search looks for."""
    html: str = BODY.sub(lambda body: marked_text(body[0], query.wanted), card)
    return mark_safe(html)  # noqa: S308 - adds tags alone


def marked_text(html: str, terms: list[Term]) -> str:
    """Mark the words between the tags and the character references."""
    parts, place = [], 0
    for gap in NO_TEXT.finditer(html):
        parts += [WORD.sub(lambda word: marked_word(word[0], terms), html[place : gap.start()]), gap[0]]
        place = gap.end()
    rest: str = WORD.sub(lambda word: marked_word(word[0], terms), html[place:])
    return "".join(parts) + rest


def marked_word(word: str, terms: list[Term]) -> str:
    for term in terms:
        for spelling in term.spellings:
            if is_piece(spelling[0]):
                part = "".join(piece[0] for piece in spelling[:-1]) + spelling[-1]
                start = simplified(word).find(part)
                if start >= 0 and len(simplified(word)) == len(word):
                    end = start + len(part)
                    return f"{word[:start]}<mark>{word[start:end]}</mark>{word[end:]}"
            elif any(has(found, spelling, is_open=term.is_open(spelling)) for found in folded(word).split()):
                return f"<mark>{word}</mark>"
    return word


def has(found: str, spelling: tuple[str, ...], *, is_open: bool) -> bool:
    return found in spelling or (is_open and found.startswith(spelling[-1]))

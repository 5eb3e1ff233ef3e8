"""Text as a person sees it."""

import regex

CLUSTER = regex.compile(r"\X")
# Letters, numbers, punctuation and symbols, without those that draw nothing.
READABLE = regex.compile(r"(?V1)[[\p{L}\p{N}\p{P}\p{S}]--[\p{Default_Ignorable_Code_Point}\u2800]]")


def tidy(text: str) -> str:
    """One kind of line end, and no blank lines around the text."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def count_characters(text: str) -> int:
    """How many characters a person counts: extended grapheme clusters (Unicode Standard Annex 29)."""
    return sum(1 for _ in CLUSTER.finditer(text))


def is_readable(text: str) -> bool:
    """Whether there is anything to see; a text of spaces and invisible characters has nothing."""
    return READABLE.search(text) is not None

"""How the names of people and teams are written."""

import unicodedata

LONGEST_NAME = 80

# Letters that turn the direction of what follows, also outside of the name: embeddings, overrides and isolates.
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def one_line(text: str) -> str:
    """Return the text in one line: single spaces, no control characters, nothing that turns the text around it."""
    line = " ".join(text.split())
    return line if line.isprintable() else " ".join("".join(filter(is_written, line)).split())


def is_written(letter: str) -> bool:
    """Return whether the letter shows, or belongs to one that does: no control character, no half of a character."""
    return unicodedata.category(letter) not in ("Cc", "Cs") and letter not in TURNING

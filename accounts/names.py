"""How the names of people and teams, taglines and reasons are written.

A form refuses a name that cannot be read, in words. An account that a provider or an archive brings gets a name that
can be read instead (`readable_name`), because its owner is not there to choose another one.
"""

import unicodedata

import regex
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

LONGEST_NAME = 80
LONGEST_TAGLINE = 140
# Marks that are drawn over or under one letter. Hebrew with points and accents, Tibetan and Burmese reach four.
MOST_MARKS = 4
# The reordering of marks takes quadratic time. No field takes as long a text as this.
MOST_NORMALIZED = 1_000

# Letters that turn the direction of what follows, also outside of the name: embeddings, overrides and isolates.
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# A flag of a part of a country is a black flag with an invisible word behind it.
FLAG = r"\U0001F3F4[\U000E0020-\U000E007E]{1,7}\U000E007F"
# Invisible letters that change how their neighbours are drawn: joiners, marks of direction, and variation selectors,
# which are marks.
JOINING = "\u200c\u200d\u200e\u200f\u061c"
INVISIBLE_IN_NAMES = regex.compile(
    rf"(?V1)(?P<flag>{FLAG})|[[\p{{Default_Ignorable_Code_Point}}\p{{Cc}}\p{{Cs}}\u2800]--[{JOINING}\p{{M}}]]"
)
# Marks at the beginning would be drawn over the letter before the name.
LEADING = regex.compile(rf"\A[\p{{M}}{JOINING}\s]+")
STACK = regex.compile(rf"((?:[\p{{Mn}}\p{{Me}}][{JOINING}]*){{{MOST_MARKS}}})(?:[\p{{Mn}}\p{{Me}}][{JOINING}]*)+")
# A letter, a digit, or an emoji of one or two letters.
READABLE_NAME = regex.compile(
    r"(?V1)[[\p{L}\p{N}\p{Extended_Pictographic}\p{Regional_Indicator}]--[\p{Default_Ignorable_Code_Point}]]"
)
CHARACTER = regex.compile(r"\X")
FROM_RIGHT = frozenset(("R", "AL", "AN"))


def one_line(text: str) -> str:
    """Return the text in one line, in normal form C, without control characters or invisible letters that do nothing.

    Direction is not turned by anything in it, and joiners remain only between two letters.
    """
    line = " ".join(text.split())
    if not line.isascii() or not line.isprintable():
        line = " ".join(INVISIBLE_IN_NAMES.sub(lambda found: found["flag"] or "", line).split())
        line = LEADING.sub("", line).rstrip(f"{JOINING} ")
    return unicodedata.normalize("NFC", line) if len(line) <= MOST_NORMALIZED else line


def is_written_letter(letter: str) -> bool:
    """Return whether the letter shows, or belongs to one that does: no control character, no half of a character."""
    return unicodedata.category(letter) not in ("Cc", "Cs") and letter not in TURNING


def has_something_to_read(name: str) -> bool:
    """Return whether the name has a letter, a digit or an emoji."""
    return READABLE_NAME.search(name) is not None


def without_stacks(name: str) -> str:
    """Return the name with at most `MOST_MARKS` marks on each letter."""
    return str(STACK.sub(r"\1", name))


def validate_name(name: str) -> None:
    """Raise ValidationError where the name, in one line, cannot be read or would be drawn outside of its line."""
    if not has_something_to_read(name):
        raise ValidationError(_("Use at least one letter, digit or emoji, so that people can read it."))
    if STACK.search(name):
        raise ValidationError(_("One of the letters has too many accents to be drawn. Leave some of them out."))


def readable_name(*candidates: str, longest: int = LONGEST_NAME) -> str:
    """Return the first of these names that can be read, as a form would accept it; empty where there is none."""
    for candidate in candidates:
        name = without_stacks(one_line(candidate[:MOST_NORMALIZED]))[:longest].strip()
        if has_something_to_read(name):
            return name
    return ""


def first_character(word: str) -> str:
    """Return the first character: a letter without further marks, which do not fit everywhere, or a whole emoji."""
    found = CHARACTER.match(word)
    first = str(found[0]) if found else ""
    return first[0] if first[:1].isalnum() else first


def isolated(name: object) -> str:
    """Return the name as it stands in a sentence without markup, so that its direction does not turn the sentence.

    Only a name with letters that are read from the right needs that.
    """
    text = str(name)
    if text.isascii() or FROM_RIGHT.isdisjoint(map(unicodedata.bidirectional, text)):
        return text
    return f"\u2068{text}\u2069"

"""Text in characters as people count them, measured in linear time."""

import re

import regex

# Up to this many code points make one character on average: a family with a skin tone each has eleven, accented
# letters two or three, and no text consists of families alone.
CODE_POINTS_PER_CHARACTER = 10
MOST_CODE_POINTS_COUNTED = 10_000  # code points of a text whose characters are told apart

# Each of these is a character by itself, a line's two ends apart: all letters of Western Europe, and quotation marks.
SINGLE = re.compile("[\0-\u02ff\u2010-\u2027]*")
CLUSTER = regex.compile(r"\X")
# Two of these letters make a flag. Where a flag begins depends on how many letters stand before it, so `\X` walks back
# over all of them at each: a text of nothing else takes quadratic time.
FLAGS = re.compile("[\U0001f1e6-\U0001f1ff]{3,}")
# Letters, numbers, punctuation and symbols, without those that draw nothing.
READABLE_TEXT = regex.compile(r"(?V1)[[\p{L}\p{N}\p{P}\p{S}]--[\p{Default_Ignorable_Code_Point}\u2800]]")


def tidy(text: str) -> str:
    """Return the text with one kind of line end and without white space around it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def count_characters(text: str) -> int:
    """Count the characters as a person does: extended grapheme clusters (Unicode Standard Annex 29).

    Beyond `MOST_CODE_POINTS_COUNTED` code points each counts as a character. No field takes such a text.
    """
    if SINGLE.fullmatch(text):
        return len(text) - text.count("\r\n")
    counted, rest = text[:MOST_CODE_POINTS_COUNTED], len(text) - MOST_CODE_POINTS_COUNTED
    flags = 0
    for run in FLAGS.findall(counted):
        flags += (len(run) - 1) // 2
    shortened = FLAGS.sub(without_pairs, counted) if flags else counted
    return flags + sum(1 for _ in CLUSTER.finditer(shortened)) + max(0, rest)


def without_pairs(run: re.Match[str]) -> str:
    """Shorten a run of flag letters to one or two, which combine with the text around it as the whole run does."""
    return run[0][: 2 - len(run[0]) % 2]


def is_readable(text: str) -> bool:
    """Return whether the text has a visible character."""
    return READABLE_TEXT.search(text) is not None

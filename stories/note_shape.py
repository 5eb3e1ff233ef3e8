"""The shape of a note on the wall: the size of its letters, its width, and how much of a long text it shows.

Notes of one row share its width in proportion to what their texts need, so that they come out about equally tall
(static/css/wall.css). The browser measures; these are estimates, in the letters of the story's typeface.
"""

import re
import unicodedata
from math import ceil

from stories.text import CLUSTER, SINGLE, count_characters

# By the characters of a text: the size's name, and its letters and lines in rem as static/css/note.css has them.
SIZES = ((70, "xs", 2, 2.34), (200, "s", 1.4375, 1.84), (420, "m", 1.125, 1.6), (700, "l", 1.0625, 1.55))
LARGEST = ("xl", 1.0625, 1.55)
LETTER_WIDTH = 0.47  # of the type's size: the width of an average letter with its share of spaces
PADDING = 3  # rem, beside the text
TALL = 26  # rem, the height of the text that a note's width is chosen for
WIDTHS = range(16, 30, 2)  # rem
LINES, LINE = 16, 50  # a longer text is cut there; characters of an average line
SPARE = 2  # lines: so few more are shown rather than cut off
BEFORE = 5  # lines of an excerpt before the place that it is chosen for
BREAK = re.compile(r"\s+\S*$")
SPACE = re.compile(r"\s+")


def size(body: str) -> str:
    """Return the note's size by the length of its text; each line counts for at least 40 characters."""
    return letters(body)[0]


def letters(body: str) -> tuple[str, float, float]:
    """Return the size's name, and the height of its letters and of its lines in rem."""
    weight = max(count_characters(body), 40 * (body.count("\n") + 1) if "\n" in body else 0)
    return next(((name, letter, line) for most, name, letter, line in SIZES if weight <= most), LARGEST)


def width(body: str) -> int:
    """Return the width in rem at which the note is about as tall as its neighbours."""
    _name, letter, line = letters(body)
    lengths = [length(text) for text in body.split("\n")]
    for rem in WIDTHS:
        if lines(lengths, (rem - PADDING) / (letter * LETTER_WIDTH)) * line <= TALL:
            return rem
    return WIDTHS[-1]


def lines(lengths: list[int], line: float) -> float:
    """Count the lines of paragraphs of these lengths, where `line` characters fit; an empty one is half as tall."""
    return sum(ceil(length / line) if length else 0.5 for length in lengths)


def length(text: str) -> int:
    """Return the width of a text in letters, of which Chinese and Japanese ones and pictures take two."""
    if SINGLE.fullmatch(text):
        return len(text)
    return count_characters(text) + sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)


def excerpt(body: str) -> str:
    """Return the whole text, or its beginning of about sixteen lines and an ellipsis where it is longer."""
    paragraphs = body.split("\n")
    if lines([length(text) for text in paragraphs], LINE) <= LINES + SPARE:
        return body
    shown: list[str] = []
    left: float = LINES
    for text in paragraphs:
        needed = lines([length(text)], LINE)
        if needed > left:
            shown.append(text_beginning(text, int(left) * LINE))
            break
        shown.append(text)
        left -= needed
    return "\n".join(shown).rstrip() + "…"


def excerpt_around(body: str, place: int) -> str:
    """Return the part of a long text with that place, a few lines below the part's beginning; else the usual one."""
    usual = excerpt(body)
    if usual == body or place < len(usual) - 1:
        return usual
    before = "\n".join(body[:place].split("\n")[-BEFORE:])
    start = place - min(len(before), BEFORE * LINE)
    if start and not body[start - 1].isspace() and (space := SPACE.search(body, start, place)):
        start = space.end()
    return f"…{excerpt(body[start:])}"


def text_beginning(text: str, most: int) -> str:
    """Return the text's first words of at most so many letters together; a word that is longer is cut."""
    end, taken = 0, 0
    for cluster in CLUSTER.finditer(text):
        taken += length(cluster[0])
        if taken > most:
            break
        end = cluster.end()
    return BREAK.sub("", text[:end]) if " " in text[:end] else text[:end]

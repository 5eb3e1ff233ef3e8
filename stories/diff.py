"""The difference between two texts, word by word, in bounded time and memory.

The longest common subsequence of the words is found with one bit for each pair of words, a row of bits being one
number: M. Crochemore, C. S. Iliopoulos, Y. J. Pinzon, J. F. Reid, "A fast and practical bit-vector algorithm for the
longest common subsequence problem", Information Processing Letters 80 (2001), 279-285. For n old and m new words that
takes m steps on numbers of n bits, and n + m steps to read the result. `MOST_PAIRS` bounds n times m, and so both time
and memory.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from sys import getsizeof

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from kindwall.byte_cache import cached_up_to

# Words with the punctuation that clings to them, and the white space between.
DIFF_PIECES = re.compile(r"\s+|[^\s]+")
MOST_PAIRS = (
    32_000_000  # 4 MB of bits for a moment. A story at its longest against a draft at its longest has 20 million
)
type Places = tuple[tuple[int, int], ...]  # beginning and end of each in the new text, in their order
MOST_CHANGES = 1_000  # a note rewritten in words of one letter has half of them
DIFF_CACHE_BYTES = 4 << 20


@dataclass(slots=True)
class Change:
    """Words that are in both texts, or that were replaced in one place."""

    same: str = ""
    gone: str = ""
    come: str = ""


def diff_weight(html: str) -> int:
    """Return the bytes of a difference and its key: every word of both texts is at least once in the HTML."""
    return 3 * getsizeof(html)


@cached_up_to(DIFF_CACHE_BYTES, diff_weight)
def word_diff(before: str, after: str, places: Places = ()) -> SafeString:
    """Return the new text as HTML, with removed words in <del>, added words in <ins>, and these places in <mark>.

    Where there is too much to compare, all between the common beginning and the common end counts as replaced.
    """
    old, new = DIFF_PIECES.findall(before), DIFF_PIECES.findall(after)
    changes = list(compare(old, new))
    if sum(bool(each.gone or each.come) for each in changes) > MOST_CHANGES:
        changes = list(compare(old, new, closely=False))
    return mark_safe("".join(drawn_changes(changes, places)))  # noqa: S308 - escaped piece by piece


def drawn_changes(changes: Sequence[Change], places: Places) -> Iterator[str]:
    start = 0  # in the new text
    for each in changes:
        yield tagged("del", draw(each.gone))
        for tag, text in (("", each.same), ("ins", each.come)):
            if not text:
                continue
            within = [
                (begin - start, end - start) for begin, end in places if begin < start + len(text) and end > start
            ]
            yield tagged(tag, draw(text, within))
            start += len(text)


def compare(old: Sequence[str], new: Sequence[str], *, closely: bool = True) -> Iterator[Change]:
    """Yield the common and the replaced parts of two texts, in the order of the text."""
    head = common_head(old, new)
    yield Change(same="".join(new[:head]))
    old, new = old[head:], new[head:]
    tail = common_head(old[::-1], new[::-1])
    went, came = old[: len(old) - tail], new[: len(new) - tail]
    if closely and len(went) * len(came) <= MOST_PAIRS:
        yield from changes_between(went, came)
    else:
        yield Change(gone="".join(went), come="".join(came))
    yield Change(same="".join(new[len(new) - tail :]))


def common_head(old: Sequence[str], new: Sequence[str]) -> int:
    """Return how many words both begin with."""
    pairs = zip(old, new, strict=False)
    return next((place for place, (one, other) in enumerate(pairs) if one != other), min(len(old), len(new)))


def changes_between(old: Sequence[str], new: Sequence[str]) -> Iterator[Change]:
    """Yield the changes between the common words; between two of them all words count as one replacement."""
    here = there = 0
    for stayed, stays in [*words_in_common(old, new), (len(old), len(new))]:
        yield from compare(old[here:stayed], new[there:stays], closely=False)
        yield Change(same="".join(new[stays : stays + 1]))
        here, there = stayed + 1, stays + 1


def words_in_common(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the places in both texts of each word of the longest common subsequence, white space left out."""
    olds = [place for place, piece in enumerate(old) if not piece.isspace()]
    news = [place for place, piece in enumerate(new) if not piece.isspace()]
    rows = common_lengths([old[place] for place in olds], [new[place] for place in news])
    here = there = 0
    while here < len(olds) and there < len(news):
        bit = len(olds) - 1 - here
        if rows[there] >> bit & 1:
            here += 1
        elif not rows[there + 1] >> bit & 1:
            there += 1
        else:
            yield olds[here], news[there]
            here, there = here + 1, there + 1


def common_lengths(old: Sequence[str], new: Sequence[str]) -> list[int]:
    """Return for each place in the new text a row of bits, of which the lowest belongs to the last old word.

    A bit is 0 where that old word makes the longest common subsequence of both rests one longer.
    """
    places: defaultdict[str, int] = defaultdict(int)
    for bit, word in enumerate(reversed(old)):
        places[word] |= 1 << bit
    row = every = (1 << len(old)) - 1
    rows = [row]
    for word in reversed(new):
        matching = row & places.get(word, 0)
        row = ((row + matching) | (row - matching)) & every
        rows.append(row)
    rows.reverse()
    return rows


def draw(text: str, places: Iterable[tuple[int, int]] = ()) -> str:
    """Return the text as HTML, with these places in <mark>. They may begin before it, and end after it."""
    pieces, done = [], 0
    for begin, end in places:
        begin, end = max(begin, 0), min(end, len(text))
        pieces += [escape(text[done:begin]), f"<mark>{escape(text[begin:end])}</mark>"]
        done = end
    return "".join([*pieces, escape(text[done:])]).replace("\n", "<br>")


def tagged(tag: str, html: str) -> str:
    return f"<{tag}>{html}</{tag}>" if tag and html else html

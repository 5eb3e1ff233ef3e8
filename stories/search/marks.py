"""Finding the words of a search in a text as it is written, and marking them in a rendered card."""

from collections.abc import Iterator, Sequence

import regex
from django.utils.safestring import SafeString, mark_safe

from stories.search.folding import FOLDED_WORD, GRAM_LENGTHS, RUN, folded_words, grams, simplified, umlauts_spelled
from stories.search.query import SearchQuery, Term

# A folded word or piece, and where it is in the word as it is written.
Token = tuple[str, int, int]
BODY, FOOT = '<div class="note-body" dir="auto">', '<footer class="note-foot">'  # of a card
AUTHOR, NAME_END = 'class="note-author"', "</bdi>"
NO_TEXT = regex.compile(r"<[^>]*>|&[^;\s]+;")
MOST_LETTERS = 500  # of a run of letters that is marked; a Chinese sentence is one


class Marker:
    """Marks the words of one search, in as many texts as there are on a page; each different word is folded once."""

    def __init__(self, query: SearchQuery) -> None:
        self.terms = query.wanted
        self.phrases = [term for term in query.wanted if term.is_phrase]
        self._parts: dict[str, tuple[int, int] | None] = {}

    def first_hit(self, text: str) -> int | None:
        """Return the place of the first word that is found."""
        hits = self.hits(text)
        return next((word.start() for number, word in enumerate(FOLDED_WORD.finditer(text)) if number in hits), None)

    def marked(self, card: SafeString, text: str) -> SafeString:
        """Return the card with a <mark> around each word of its text that is found, and of its author's name."""
        head, start, rest = card.partition(BODY)
        body, foot, rest = rest.partition(FOOT)
        before, author, rest = rest.partition(AUTHOR)
        tag, bdi, rest = rest.partition("<bdi>")
        name, end, rest = rest.partition(NAME_END)
        body, name = self._marked(body, self.hits(text)), self._marked(name, self.hits(NO_TEXT.sub(" ", name)))
        return mark_safe("".join([head, start, body, foot, before, author, tag, bdi, name, end, rest]))  # noqa: S308

    def hits(self, text: str) -> dict[int, tuple[int, int]]:
        """Return which part of a word is found, by the word's number in the text."""
        words = FOLDED_WORD.findall(text)
        written = [word or picture for word, picture in words]
        found = {number: part for number, word in enumerate(written) if (part := self._part_of(word))}
        for tokens in self._rows_of_tokens(written) if self.phrases else ():
            for term in self.phrases:
                for number, start, end in sequences(tokens, term):
                    before = found.get(number, (start, end))
                    found[number] = min(start, before[0]), max(end, before[1])
        return found

    def _rows_of_tokens(self, written: Sequence[str]) -> Iterator[list[tuple[int, Token]]]:
        """Yield all tokens in their order with the number of their word; once more where umlauts are spelled out."""
        words = {word: (plain_tokens(word), spelled_tokens(word)) for word in set(written)}
        yield [(number, token) for number, word in enumerate(written) for token in words[word][0]]
        if any(spelled for _, spelled in words.values()):
            yield [(number, token) for number, word in enumerate(written) for token in words[word][1] or words[word][0]]

    def _part_of(self, word: str) -> tuple[int, int] | None:
        """Return the part of the word that a term of one word finds."""
        if word not in self._parts:
            tokens = [*plain_tokens(word), *spelled_tokens(word)]
            parts = [
                (start, end)
                for term in self.terms
                for spelling in term.spellings
                if len(spelling) == 1
                for token, start, end in tokens
                if is_found(token, spelling[0], is_open=term.is_open(spelling))
            ]
            self._parts[word] = (min(parts)[0], max(end for _, end in parts)) if parts else None
        return self._parts[word]

    def _marked(self, html: str, hits: dict[int, tuple[int, int]]) -> str:
        """Mark the words by their number; between tags and character references they are those of the text."""
        numbers = iter(range(len(html)))

        def mark(word: regex.Match[str]) -> str:
            part = hits.get(next(numbers))
            if part is None:
                return str(word[0])
            start, end = part
            return f"{word[0][:start]}<mark>{word[0][start:end]}</mark>{word[0][end:]}"

        marked, place = [], 0
        for gap in NO_TEXT.finditer(html):
            marked += [FOLDED_WORD.sub(mark, html[place : gap.start()]), gap[0]]
            place = gap.end()
        return "".join([*marked, FOLDED_WORD.sub(mark, html[place:])])


def is_found(token: str, wanted: str, *, is_open: bool) -> bool:
    return token.startswith(wanted) if is_open else token == wanted


def sequences(tokens: Sequence[tuple[int, Token]], term: Term) -> Iterator[tuple[int, int, int]]:
    """Yield the number of each word in which the term is found, one token after another, and the part of the word."""
    for wanted in term.spellings:
        is_open = term.is_open(wanted)
        for place in range(len(tokens) - len(wanted) + 1):
            row = tokens[place : place + len(wanted)]
            *first, last = [token for _, (token, _, _) in row]
            if tuple(first) == wanted[:-1] and is_found(last, wanted[-1], is_open=is_open):
                yield from ((number, start, end) for number, (_, start, end) in row)


def plain_tokens(word: str) -> list[Token]:
    """Return the folded words of a word, or its pieces, each with its place where that is known."""
    simple = simplified(word)
    if len(word) > MOST_LETTERS:
        return []
    if len(simple) != len(word) or not simple.isalnum():
        return [(token, 0, len(word)) for token in folded_words(word)]
    tokens: list[Token] = []
    for run in RUN.finditer(simple):
        length = GRAM_LENGTHS.get(str(run.lastgroup))
        tokens += [(piece, at, at + len(piece)) for at, piece in enumerate(grams(run[0], length), run.start())]
    return tokens


def spelled_tokens(word: str) -> list[Token]:
    """Return the same of a word with ae, oe or ue for its umlauts; none where it has no umlaut."""
    spelled = umlauts_spelled(word) if len(word) <= MOST_LETTERS else ""
    return [(token, 0, len(word)) for token in folded_words(spelled)]

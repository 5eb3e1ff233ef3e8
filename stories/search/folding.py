"""Folding a text into the words that it is found by, for stories and for what people look for alike.

Case and accents do not count. A text of German umlauts is found by both ways to write them (ü as u and as ue). Words of
scripts that are written without spaces, or with small words in front (Arabic, Hebrew), are cut into overlapping pieces,
so that a part of a word finds it.
"""

import unicodedata

import regex

# Letters that Unicode does not decompose, by what people type in their place.
SPELLINGS = str.maketrans(
    {"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ı": "i", "ħ": "h", "ŋ": "n"}
)
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
# Accents of Latin, Greek and Cyrillic letters, vowel signs of Hebrew and Arabic, and the stretched Arabic line.
COMBINING_MARKS = regex.compile(r"[\u0300-\u036f\u0591-\u05c7\u0640\u064b-\u065f\u0670]")
FOLDED_WORD = regex.compile(r"(?P<word>[\p{L}\p{N}\p{M}]+)|(?P<picture>\p{Extended_Pictographic})")
# Runs of letters by the length of the pieces that they are cut into; a Chinese word has two letters.
RUN = regex.compile(
    r"(?P<two>[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{M}ー]+)"
    r"|(?P<three>[\p{Arabic}\p{Hebrew}]+)|(?P<whole>[^\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}"
    r"\p{Khmer}\p{Myanmar}\p{Arabic}\p{Hebrew}]+)"
)
GRAM_LENGTHS = {"two": 2, "three": 3}
LONGEST_WORD = 64  # letters; a longer one is an address or noise, and is found by its beginning


def folded(text: str) -> str:
    """Return the words of a text, each between two spaces, as they are stored and compared."""
    plain = folded_words(text)
    spelled = folded_words(umlauts_spelled(text))
    return f" {' '.join([*plain, *spelled])} " if plain else ""


def umlauts_spelled(text: str) -> str:
    """Return the text with ae, oe and ue for its umlauts; empty where it has none."""
    composed = unicodedata.normalize("NFC", text).casefold()
    spelled = composed.translate(UMLAUTS)
    return spelled if spelled != composed else ""


def folded_words(text: str) -> list[str]:
    """Return the folded words and pieces of words, in their order."""
    words: list[str] = []
    for match in FOLDED_WORD.finditer(simplified(text)):
        if match["picture"]:
            # By its number: the database's own tables of letters are older than many emoji.
            words.append(f"u{ord(match['picture']):x}")
        else:
            for run in RUN.finditer(match["word"]):
                words += grams(run[0], GRAM_LENGTHS.get(str(run.lastgroup)))
    return words


def simplified(text: str) -> str:
    """Return the text in small letters without accents."""
    bare = COMBINING_MARKS.sub("", unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFKC", bare.casefold().translate(SPELLINGS))


def grams(run: str, length: int | None) -> list[str]:
    """Cut a run of letters into overlapping pieces, one for each letter; the last ones are shorter."""
    if length is None:
        return [run[:LONGEST_WORD]]
    return [run[start : start + length] for start in range(len(run))]

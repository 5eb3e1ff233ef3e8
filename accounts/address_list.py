"""Reading a pasted list of e-mail addresses, as people and mail programs write them.

`Doe, Jane <jane@example.org>; Roe, Rob <rob@example.org>`: a name stands before an address in brackets, and may contain
the comma that also separates addresses.
"""

import re
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError

from accounts.addresses import clean_address, without_invisible

# Each piece begins where the last one ended, so the whole text is read once.
ADDRESS_PIECES = re.compile(
    r'"(?P<quoted>[^"\n]*)"|\((?P<comment>[^()\n]*)\)|<(?P<address>[^<>\n]*)>|(?P<end>[;\n])|(?P<comma>[,\t])'
    r'|(?P<words>[^"(<;\n,\t]+)|(?P<other>.)'
)
# Outlook writes “Jane Doe [mailto:jane@example.org]”.
SQUARE = re.compile(r"\[(mailto:[^\[\]\s]+)\]", re.IGNORECASE)
MAILTO = "mailto:"
AROUND_ADDRESS = "<>[]{}()\"'“”„‟‘’‚‛«»‹›.,:;"


@dataclass(slots=True)
class AddressList:
    """The addresses of a text in their one form, each once, and the pieces of it that could not be read as one."""

    addresses: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)

    def add(self, word: str) -> None:
        """Add this word as an address, or as an unreadable piece."""
        try:
            self._add_once(self.addresses, clean_address(bare(word)))
        except ValidationError:
            self.refuse(word)

    def refuse(self, piece: str) -> None:
        if piece := piece.strip():
            self._add_once(self.unreadable, piece)

    @staticmethod
    def _add_once(found: list[str], text: str) -> None:
        if text not in found:
            found.append(text)


def read_addresses(text: str) -> AddressList:
    """Read all addresses of the text. A name is left out where an address in brackets follows it."""
    found = AddressList()
    words: list[str] = []  # since the last comma, or end of an entry
    names: list[str] = []  # what came before that comma, and may be the beginning of a name
    for piece in ADDRESS_PIECES.finditer(SQUARE.sub(r"<\1>", without_invisible(text).replace("\r", "\n"))):
        if (address := piece["address"]) is not None:
            add_unnamed(words, found)
            words, names = [], []
            if address.strip():
                found.add(address.strip())
        elif piece["comma"] or piece["end"]:
            names = read_entry(words, names, found)
            words = []
            if piece["end"]:
                refuse_all(names, found)
                names = []
        elif piece["comment"] is None:
            words.append(piece[0])
    refuse_all(read_entry(words, names, found), found)
    return found


def add_unnamed(words: list[str], found: AddressList) -> None:
    """Add the addresses that stand before one in brackets; what is in quotation marks there is a name."""
    for word in " ".join(word for word in words if not word.startswith('"')).split():
        if "@" in word:
            found.add(word)


def read_entry(words: list[str], names: list[str], found: AddressList) -> list[str]:
    """Add the addresses among these words. Return what may be the beginning of a name, if no address is among them."""
    entry = " ".join(word.strip('"') for word in words).split()
    if not any("@" in word for word in entry):
        label = not entry or entry[-1].endswith(":")  # as in “To: jane@example.org”
        return names if label else [*names, " ".join(entry)]
    refuse_all(names, found)
    others: list[str] = []
    for word in entry:
        if "@" in word:
            found.refuse(" ".join(others))
            others = []
            found.add(word)
        elif not word.endswith(":") and word.strip(AROUND_ADDRESS):
            others.append(word)
    found.refuse(" ".join(others))
    return []


def refuse_all(pieces: list[str], found: AddressList) -> None:
    for piece in pieces:
        if piece.strip(AROUND_ADDRESS):
            found.refuse(piece)


def bare(word: str) -> str:
    """Return the address without what stands around it: quotation marks, brackets, and the word of a link."""
    address = word.strip(AROUND_ADDRESS)
    if address[: len(MAILTO)].lower() == MAILTO:
        address = address[len(MAILTO) :].partition("?")[0]
    return address.strip(AROUND_ADDRESS)

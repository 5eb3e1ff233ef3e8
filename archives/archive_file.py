"""The zip file of a team's archive, opened as if it came from an enemy.

Nothing is extracted, no name in it is a path, and how much it unpacks to is bounded before and while it is unpacked.
"""

import json
import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, Self
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from django.utils.translation import gettext as _

from archives import fields
from archives.rows import Unreadable, mapping
from stories.models.story import MOST_CODE_POINTS

DATA, PAGE = "team.json", "index.html"
PICTURE = re.compile(r"pictures/([1-9]\d{0,12})\.webp", re.ASCII)
PIECE = 64 << 10  # bytes
MOST_PICTURE = 128 << 10  # bytes
MOST_DIRECTORY = 4 << 20  # bytes; an entry of the directory takes about 70
# What zipfile raises for files that are broken or lie about themselves.
BROKEN = (BadZipFile, zlib.error, struct.error, NotImplementedError, EOFError, OSError, ValueError, RuntimeError)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is taken in: bytes of the data file, bytes of everything unpacked, values in the data, files."""

    data: int
    everything: int
    values: int
    members: int


# Decoding takes up to 16 bytes for a byte of data (a text with one emoji in it takes 4 for each of its characters), and
# 100 for a value: see docs/self-hosting.md.
IN_A_REQUEST = Bounds(data=12 << 20, everything=64 << 20, values=500_000, members=5_000)
BY_COMMAND = Bounds(data=256 << 20, everything=512 << 20, values=20_000_000, members=50_000)


class DirectoryBound:
    """A file of which no more than MOST_DIRECTORY is read at once, as zipfile would read any directory at once."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        if size > MOST_DIRECTORY:
            raise Unreadable(_("There are more files in it than a team’s archive has."))
        return self._file.read(size if size >= 0 else MOST_DIRECTORY)


class ArchiveFile:
    """A team's archive, open for reading. Everything raises Unreadable."""

    def __init__(self, file: IO[bytes], most: Bounds) -> None:
        self.most = most
        with refusing_broken():
            self.archive = ZipFile(DirectoryBound(file))
        self.members = {info.filename: info for info in self.archive.infolist()}
        self._check_members(self.archive.infolist())
        self.pictures = {int(match[1]): name for name in self.members if (match := PICTURE.fullmatch(name))}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.archive.close()

    def document(self) -> dict[str, Any]:
        return load(self._read(DATA), self.most.values)

    def picture(self, pk: int) -> bytes:
        return self._read(self.pictures[pk])

    def _read(self, name: str) -> bytes:
        # Asked for all of it, zipfile unpacks all there is, and only then cuts it to the size that was declared.
        with refusing_broken(), self.archive.open(self.members[name]) as member:
            return b"".join(iter(lambda: member.read(PIECE), b""))

    def _check_members(self, infos: list[ZipInfo]) -> None:
        if DATA not in self.members:
            raise Unreadable(_("There is no %(file)s in this file, so it is not a team’s archive.") % {"file": DATA})
        if len(infos) > self.most.members:
            raise Unreadable(_("There are more files in it than a team’s archive has."))
        if len(self.members) != len(infos):
            raise Unreadable(_("A file is in it twice."))
        for info in infos:
            self._check_member(info)
        if sum(info.file_size for info in infos) > self.most.everything:
            raise too_large()

    def _check_member(self, info: ZipInfo) -> None:
        picture = PICTURE.fullmatch(info.filename) is not None
        if info.filename not in (DATA, PAGE) and not picture:
            raise Unreadable(_("There are files in it that a team’s archive does not have."))
        # Only of these two is no more unpacked at once than was asked for.
        if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED) or info.flag_bits & 1:
            raise damaged()
        if picture and info.file_size > MOST_PICTURE:
            raise Unreadable(_("A picture in it cannot be read."))
        if info.filename == DATA and info.file_size > self.most.data:
            raise too_large()


@contextmanager
def refusing_broken() -> Iterator[None]:
    try:
        yield
    except (*BROKEN, OverflowError, MemoryError):
        raise damaged() from None


def damaged() -> Unreadable:
    return Unreadable(_("This is no archive that Kindwall has packed, or it is damaged."))


def too_large() -> Unreadable:
    return Unreadable(
        _("There is more in it than can be taken in here. Whoever runs this installation can: manage.py import_team.")
    )


def load(data: bytes, most_values: int) -> dict[str, Any]:
    """Return the document in these bytes, all of its texts fit for a database. Raises Unreadable."""
    # Each value but the first in its list or object has a comma before it; those in texts are counted as well.
    if data.count(b",") + data.count(b"[") + data.count(b"{") > most_values:
        raise too_large()
    try:
        document = json.loads(data, parse_constant=refuse)
        check_texts(document)
    except (ValueError, RecursionError):
        raise Unreadable(_("%(file)s cannot be read.") % {"file": DATA}) from None
    document = mapping(document, "team’s archive")
    if document.get("format") != fields.FORMAT:
        raise Unreadable(_("This is not a team’s archive. (A person’s own data cannot be taken in.)"))
    if document.get("version") not in fields.KNOWN_VERSIONS:
        raise Unreadable(_("This archive is of a version that is not known here. A newer Kindwall can read it."))
    return document


def refuse(constant: str) -> None:
    raise ValueError(constant)


def check_texts(value: Any) -> None:
    """Refuse a text that is longer than any can be, and one that a database would refuse: NUL, half a character.

    Raises Unreadable, and ValueError.
    """
    if isinstance(value, str):
        if len(value) > MOST_CODE_POINTS:
            raise Unreadable(_("A text in it is longer than any can be."))
        if "\x00" in value:
            raise ValueError("NUL")
        value.encode()
    elif isinstance(value, dict):
        for name, item in value.items():
            check_texts(name)
            check_texts(item)
    elif isinstance(value, list):
        for item in value:
            check_texts(item)

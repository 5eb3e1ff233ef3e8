"""The zip file of a team's archive, read without trusting it.

Nothing is extracted, no name in it is used as a path, and the size of the unpacked data is bounded before and while it
is unpacked.
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
PICTURE_NAME = re.compile(r"pictures/([1-9]\d{0,12})\.webp", re.ASCII)
BYTES_READ_AT_ONCE = 64 << 10  # bytes
MOST_PICTURE = 128 << 10  # bytes
MOST_DIRECTORY = 4 << 20  # bytes; an entry of the directory takes about 70
# The errors that zipfile raises for damaged files and for wrong declarations in them.
ZIP_ERRORS = (BadZipFile, zlib.error, struct.error, NotImplementedError, EOFError, OSError, ValueError, RuntimeError)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The largest archive that is read: bytes of the data file, bytes unpacked in total, values in the data, files."""

    data: int
    everything: int
    values: int
    members: int


# Decoding takes up to 16 bytes of memory for a byte of data (a text with one emoji takes 4 for each of its characters),
# and 100 for a value: see docs/self-hosting.md.
WEB_BOUNDS = Bounds(data=12 << 20, everything=64 << 20, values=500_000, members=5_000)
COMMAND_BOUNDS = Bounds(data=256 << 20, everything=512 << 20, values=20_000_000, members=50_000)


class BoundedFile:
    """A file of which at most MOST_DIRECTORY bytes are read at once: zipfile reads a directory of any size at once."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        if size > MOST_DIRECTORY:
            raise Unreadable(_("There are more files in it than a team’s archive has."))
        return self._file.read(size if size >= 0 else MOST_DIRECTORY)


class ArchiveFile:
    """A team's archive, open for reading. Every method raises Unreadable."""

    def __init__(self, file: IO[bytes], bounds: Bounds) -> None:
        self.bounds = bounds
        with zip_errors_as_unreadable():
            self.archive = ZipFile(BoundedFile(file))
        self.members = {info.filename: info for info in self.archive.infolist()}
        self._check_members(self.archive.infolist())
        self.pictures = {int(match[1]): name for name in self.members if (match := PICTURE_NAME.fullmatch(name))}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.archive.close()

    def document(self) -> dict[str, Any]:
        return parse_json(self._read(DATA), self.bounds.values)

    def picture(self, pk: int) -> bytes:
        return self._read(self.pictures[pk])

    def _read(self, name: str) -> bytes:
        # Without a size, zipfile unpacks the whole member, and only then cuts it to its declared size.
        with zip_errors_as_unreadable(), self.archive.open(self.members[name]) as member:
            return b"".join(iter(lambda: member.read(BYTES_READ_AT_ONCE), b""))

    def _check_members(self, infos: list[ZipInfo]) -> None:
        if DATA not in self.members:
            raise Unreadable(_("There is no %(file)s in this file, so it is not a team’s archive.") % {"file": DATA})
        if len(infos) > self.bounds.members:
            raise Unreadable(_("There are more files in it than a team’s archive has."))
        if len(self.members) != len(infos):
            raise Unreadable(_("A file is in it twice."))
        for info in infos:
            self._check_member(info)
        if sum(info.file_size for info in infos) > self.bounds.everything:
            raise too_large()

    def _check_member(self, info: ZipInfo) -> None:
        picture = PICTURE_NAME.fullmatch(info.filename) is not None
        if info.filename not in (DATA, PAGE) and not picture:
            raise Unreadable(_("There are files in it that a team’s archive does not have."))
        # Only for these two methods does zipfile unpack no more at once than is asked for.
        if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED) or info.flag_bits & 1:
            raise damaged()
        if picture and info.file_size > MOST_PICTURE:
            raise Unreadable(_("A picture in it cannot be read."))
        if info.filename == DATA and info.file_size > self.bounds.data:
            raise too_large()


@contextmanager
def zip_errors_as_unreadable() -> Iterator[None]:
    try:
        yield
    except (*ZIP_ERRORS, OverflowError, MemoryError):
        raise damaged() from None


def damaged() -> Unreadable:
    return Unreadable(_("This is no archive that Kindwall has packed, or it is damaged."))


def too_large() -> Unreadable:
    return Unreadable(
        _("It is too large to be imported here. The operator of this server can import it: manage.py import_team.")
    )


def parse_json(data: bytes, most_values: int) -> dict[str, Any]:
    """Return the document in these bytes, with texts that every database can store. Raises Unreadable."""
    # Each value but the first of its list or object follows a comma. Commas within texts are counted as well.
    if data.count(b",") + data.count(b"[") + data.count(b"{") > most_values:
        raise too_large()
    try:
        document = json.loads(data, parse_constant=refuse_constant)
        check_texts(document)
    except (ValueError, RecursionError):
        raise Unreadable(_("%(file)s cannot be read.") % {"file": DATA}) from None
    document = mapping(document, "team’s archive")
    if document.get("format") != fields.FORMAT:
        raise Unreadable(_("This is not a team’s archive. (A person’s own data cannot be taken in.)"))
    if document.get("version") not in fields.KNOWN_VERSIONS:
        raise Unreadable(_("This archive is of a version that is not known here. A newer Kindwall can read it."))
    return document


def refuse_constant(constant: str) -> None:
    raise ValueError(constant)


def check_texts(value: Any) -> None:
    """Raise Unreadable for a text longer than any column, and ValueError for NUL or half a surrogate pair."""
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

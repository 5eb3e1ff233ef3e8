"""Tests of archives that are damaged, declare wrong sizes or are too large: each is refused with a sentence."""

import json
import random
import struct
import tracemalloc
import warnings
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_LZMA, ZIP_STORED, ZipFile

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from accounts.models import Team, User
from archives import archive_file
from archives.archive_file import COMMAND_BOUNDS, WEB_BOUNDS, Bounds
from archives.import_team import import_archive
from archives.parse import open_archive
from archives.rows import Unreadable
from archives.team_export import pack_team
from stories.models import Story
from tests.archives.team_archives import webp
from tests.conftest import make_cast
from tests.factories import make_story

pytestmark = [pytest.mark.once, pytest.mark.django_db]

FEW = Bounds(data=1 << 20, everything=2 << 20, values=10_000, members=50)
DAMAGED = "no archive that Kindwall has packed"


@pytest.fixture(scope="module")
def good(django_db_setup: None, django_db_blocker: Any) -> bytes:
    """Pack a team with a story and a picture, and roll back its rows."""
    file = BytesIO()
    with django_db_blocker.unblock(), transaction.atomic():
        cast = make_cast()
        make_story(author=cast.member, moderator=cast.moderator, body="Ana stayed on the call. \U0001f49b")
        cast.owner.user.set_picture(webp())
        pack_team(cast.team, file)
        transaction.set_rollback(True)
    return file.getvalue()


def members_of(data: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(members: list[tuple[str, bytes]], compression: int = ZIP_DEFLATED) -> bytes:
    file = BytesIO()
    with warnings.catch_warnings(), ZipFile(file, "w", compression) as archive:
        warnings.simplefilter("ignore", UserWarning)  # of a name that is there already
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def with_member(good: bytes, name: str, content: bytes) -> bytes:
    return zipped([*members_of(good).items(), (name, content)])


def changed(good: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    document = json.loads(members_of(good)["team.json"])
    change(document)
    return zipped([("team.json", json.dumps(document).encode())])


def refused(data: bytes, bounds: Bounds = WEB_BOUNDS) -> str:
    with pytest.raises(Unreadable) as words:
        open_archive(BytesIO(data), bounds)
    return str(words.value)


def test_undamaged_archive_is_read(good: bytes) -> None:
    assert open_archive(BytesIO(good), FEW).stories
    assert open_archive(BytesIO(zipped(list(members_of(good).items()), ZIP_STORED)), FEW).stories


# Files that do not belong into it


@pytest.mark.parametrize(
    "name", ["x", "team.json/", "Team.json", "pictures/1.png", "pictures/../1.webp", "/etc/passwd"]
)
def test_archive_with_an_unknown_file_is_refused(good: bytes, name: str) -> None:
    assert "files in it that a team’s archive does not have" in refused(with_member(good, name, b"x"))


def test_archive_with_the_same_name_twice_is_refused(good: bytes) -> None:
    for name, content in members_of(good).items():
        assert "A file is in it twice" in refused(with_member(good, name, content))


def test_more_files_than_a_team_has_are_refused(good: bytes) -> None:
    many = zipped([*members_of(good).items(), *((f"pictures/{pk}.webp", b"") for pk in range(10_000, 10_050))])
    assert "more files in it" in refused(many, FEW)


def test_directory_that_is_too_large_is_not_read(good: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_file, "MOST_DIRECTORY", 1_000)
    many = zipped([*members_of(good).items(), *((f"pictures/{pk}.webp", b"") for pk in range(10_000, 10_050))])
    assert "more files in it" in refused(many)


@pytest.mark.parametrize("compression", [ZIP_BZIP2, ZIP_LZMA])
def test_compression_that_cannot_be_bounded_is_refused(good: bytes, compression: int) -> None:
    assert DAMAGED in refused(zipped(list(members_of(good).items()), compression))


# Sizes


def test_data_file_larger_than_it_may_be_is_refused_unread(good: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    data = zipped([("team.json", b" " * (FEW.data + 1))])
    page = zipped([("team.json", b""), ("index.html", b" " * (3 << 20))])
    picture = zipped([("team.json", b""), ("pictures/1.webp", b" " * (1 << 20))])
    monkeypatch.setattr(ZipFile, "open", lambda *_: pytest.fail("it was read"))
    assert "manage.py import_team" in refused(data, FEW)
    assert "manage.py import_team" in refused(page, FEW)
    assert "picture" in refused(picture, FEW)


def test_member_is_not_unpacked_beyond_its_declared_size() -> None:
    """The member unpacks from 64 KB to 64 MB, and declares 1,000 bytes in the directory and before the data."""
    lies = bytearray(zipped([("team.json", b" " * (64 << 20))]))
    size = struct.pack("<I", 64 << 20)
    assert lies.count(size) == 2
    tracemalloc.start()
    refused(bytes(lies.replace(size, struct.pack("<I", 1_000))))
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 << 20


def test_archive_with_too_many_values_is_refused_undecoded(good: bytes) -> None:
    """A million empty lists would take 3 KB packed, 3 MB unpacked and 70 MB in memory."""
    many = zipped([("team.json", b'{"format": "kindwall-team", "version": 2, "x": [' + b"[]," * 1_000_000 + b"[]]}")])
    tracemalloc.start()
    assert "manage.py import_team" in refused(many)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10 << 20


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data["team"].update(name="x" * 10_001),
        lambda data: data["audit"][0].update(message="x" * 10_001),
        lambda data: data["reasons"].append({"words": "x" * 10_001}),
        lambda data: data["log"].append({"x" * 10_001: 1}),
        lambda data: data.update(unknown=["x" * 10_001]),
    ],
)
def test_text_longer_than_any_column_is_refused(good: bytes, change: Callable[[dict[str, Any]], None]) -> None:
    assert "A text in it is longer" in refused(changed(good, change))


@pytest.mark.parametrize("number", ["9" * 5_000, "-Infinity", "NaN"])
def test_number_that_is_too_long_or_infinite_is_refused(number: str) -> None:
    assert "cannot be read" in refused(zipped([("team.json", f'{{"version": {number}}}'.encode())]))


# Broken files


def broken(good: bytes) -> Iterator[bytes]:
    """Yield the archive with one byte changed at each of 400 places, and cut off at 40 places."""
    rng = random.Random(7)
    for place in rng.sample(range(len(good)), 360) + [len(good) - 1 - back for back in range(40)]:
        yield good[:place] + bytes([good[place] ^ rng.randrange(1, 256)]) + good[place + 1 :]
    for end in rng.sample(range(len(good)), 40):
        yield good[:end]


def test_changed_byte_is_refused_or_changes_nothing(good: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archives.parse.small_squares", list)  # tested by itself
    known = open_archive(BytesIO(good), FEW)
    accepted = 0
    for data in broken(good):
        try:
            archive = open_archive(BytesIO(data), FEW)
        except Unreadable:
            continue
        accepted += 1
        assert [story.body for story in archive.stories] == [story.body for story in known.stories]
        assert [one.email for one in archive.people] == [one.email for one in known.people]
    assert accepted < 250, "most of it is guarded by checksums"


def test_damaged_archive_creates_nothing(good: bytes, tmp_path: Path) -> None:
    path = tmp_path / "team.zip"
    place = good.index(b"team.json") + len(b"team.json") + 60
    path.write_bytes(good[:place] + bytes([good[place] ^ 0x55]) + good[place + 1 :])
    with pytest.raises(CommandError, match=DAMAGED):
        call_command("import_team", str(path))
    assert (Team.objects.count(), User.objects.count(), Story.objects.count()) == (0, 0, 0)
    assert import_archive(open_archive(BytesIO(good), COMMAND_BOUNDS)).stories == 1

"""Tests of archives made to exhaust memory: the server refuses them and its memory stays small."""

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from tests.hostile.target import Person, Target
from tests.hostile.uploads import upload

pytestmark = pytest.mark.once

START = b'{"format": "kindwall-team", "version": 2, "x": ['


def zipped(name: str, pieces: int, piece: bytes) -> bytes:
    """Return an archive of START and so many repetitions of `piece`."""
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive, archive.open(name, "w", force_zip64=True) as member:
        member.write(START)
        for _ in range(pieces):
            member.write(piece)
    return file.getvalue()


HOSTILE = {
    "lists": (zipped("team.json", 200, b"[]," * 100_000), "too large to be imported here"),
    "fewer lists": (zipped("team.json", 10, b"[]," * 100_000), "too large to be imported here"),
    "spaces": (zipped("team.json", 80, b" " * (1 << 20)), "too large to be imported here"),
    "a text of 50 MB": (zipped("team.json", 50, b"x" * (1 << 20)), "too large to be imported here"),
    "a text of 10 MB": (zipped("team.json", 10, b"x" * (1 << 20)), "cannot be read"),
    "a page": (zipped("index.html", 80, b" " * (1 << 20)), "no team.json"),
    "no zip file": (b"PK" + bytes(1 << 20), "no archive that Kindwall has packed"),
}


def test_hostile_archives_are_refused_in_little_memory(target: Target) -> None:
    operator = Person(target.port, target.installation.behind("operator_session"))
    assert operator.get("/teams/import/").status == 200
    before = target.status("VmRSS")
    with target.watched() as watch:
        for name, (data, why) in HOSTILE.items():
            assert len(data) < 2 << 20
            answer = upload(operator, "/teams/import/", "file", data, slug="")
            assert answer.status == 422, name
            assert why in answer.text, name
    assert watch.memory < before + (70 << 20)

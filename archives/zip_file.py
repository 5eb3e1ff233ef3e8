"""Writing a zip file, its members piece by piece, so that a team of any size fits into memory."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.conf import settings
from django.http import StreamingHttpResponse
from django.template.loader import render_to_string
from django.utils import timezone

Member = tuple[str, Iterable[bytes]]  # a name and what is in it


def pack(file: IO[bytes], members: Iterable[Member]) -> None:
    now = timezone.now()
    with ZipFile(file, "w") as archive:
        for name, pieces in members:
            info = ZipInfo(name, (now.year, now.month, now.day, now.hour, now.minute, now.second))
            info.compress_type = ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            with archive.open(info, "w", force_zip64=True) as member:
                for piece in pieces:
                    member.write(piece)


def json_pieces(document: Mapping[str, Any]) -> Iterator[bytes]:
    """One section after another, and of the long ones (iterators) one row after another."""
    yield b"{"
    for place, (name, section) in enumerate(document.items()):
        yield f"{',' if place else ''}\n{dumped(name)}: ".encode()
        if isinstance(section, Iterator):
            yield b"["
            for line, item in enumerate(section):
                yield f"{',' if line else ''}\n  {dumped(item)}".encode()
            yield b"\n]"
        else:
            yield dumped(section).encode()
    yield b"\n}\n"


def dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def page(template: str, context: dict[str, Any]) -> bytes:
    """A page that opens from a folder, without a network and without scripts."""
    return render_to_string(f"archives/papers/{template}", {"origin": settings.ORIGIN, **context}).encode()


def download(pieces: Iterable[bytes], name: str, size: int) -> StreamingHttpResponse:
    response = StreamingHttpResponse(pieces, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Content-Length"] = str(size)
    # It is compressed already; done twice, a browser could not say how much is still to come.
    response["Content-Encoding"] = "identity"
    response["Cache-Control"] = "no-store"
    return response

"""Write zip files piece by piece, so that a team of any size is packed with little memory."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.conf import settings
from django.http import StreamingHttpResponse
from django.template.loader import render_to_string
from django.utils import timezone

Member = tuple[str, Iterable[bytes]]  # a name and its content


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
    """Yield the document as JSON: each section at once, but those that are iterators row by row."""
    yield b"{"
    for place, (name, section) in enumerate(document.items()):
        yield f"{',' if place else ''}\n{to_json(name)}: ".encode()
        if isinstance(section, Iterator):
            yield b"["
            for line, item in enumerate(section):
                yield f"{',' if line else ''}\n  {to_json(item)}".encode()
            yield b"\n]"
        else:
            yield to_json(section).encode()
    yield b"\n}\n"


def to_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def render_page(template: str, context: dict[str, Any]) -> bytes:
    """Render a page that opens from a folder, without a network and without scripts."""
    return render_to_string(f"archives/pages/{template}", {"origin": settings.ORIGIN, **context}).encode()


def download(pieces: Iterable[bytes], name: str, size: int) -> StreamingHttpResponse:
    response = StreamingHttpResponse(pieces, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Content-Length"] = str(size)
    # A zip file is compressed already, and compressing it again would remove Content-Length, which browsers show.
    response["Content-Encoding"] = "identity"
    response["Cache-Control"] = "no-store"
    return response

"""Decoding in a process of its own: pictures on standard input become small squares on standard output.

It is run by its path, imports neither Django nor the rest of Kindwall, and limits itself before it reads a byte: a
hostile file can use up this process and nothing else. `accounts/pictures.py` starts it, and kills it when it takes too
long. A picture is framed by its length in 4 bytes, and a result by one byte for its outcome and the same 4 bytes.
"""

import os
import re
import resource
import sys
from contextlib import suppress
from io import BytesIO
from pathlib import Path

from PIL import AvifImagePlugin, Image, ImageCms, ImageOps

MADE, UNREADABLE, TOO_MANY_PIXELS, TOO_MUCH_WORK = range(4)  # outcomes

MOST_MEMORY = 256 << 20  # bytes of address space; 25 MB of them are Python and Pillow
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
# As many as cameras have. A JPEG is decoded at down to an eighth of its size; every other format has to be decoded
# whole, and takes 8 to 17 bytes for each pixel.
MOST_PIXELS = 52_000_000
MOST_DECODED_PIXELS = 12_500_000
# A JPEG in several scans keeps all coefficients until the last one: 2 bytes for each sample.
MOST_COEFFICIENTS = 80_000_000
# Each scan goes over the whole picture again. Encoders write 1, 3, or about 10.
MOST_SCANS = 20
MOST_SEGMENTS = 2_000
MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
START, END, SCAN, LONE = 0xD8, 0xD9, 0xDA, 0x01
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})

SIDE = 192  # pixels
AIM_BYTES = 20_000
QUALITIES = (82, 70, 55, 40, 25)
SRGB = ImageCms.createProfile("sRGB")
Image.MAX_IMAGE_PIXELS = None  # the limits above are lower
AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # each further one takes memory of its own


class TooManyPixels(Exception):
    """The picture is larger than is decoded here."""


class TooMuchWork(Exception):
    """The picture is written in a way that takes far more work than its size lets expect."""


def decode_small_square(data: bytes) -> bytes:
    """Return the middle of the picture as WebP, upright, without its metadata; of an animation the first frame.

    Raises TooManyPixels, TooMuchWork, MemoryError, and almost anything else for a broken file.
    """
    if webp_pixels(data) > MOST_DECODED_PIXELS:  # Pillow reserves memory for all of them when it opens the file
        raise TooManyPixels
    with Image.open(BytesIO(data), formats=FORMATS) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise TooManyPixels
        if picture.format in ("JPEG", "MPO"):
            check_scans(data)
            picture.draft(None, (SIDE * 2, SIDE * 2))
        if picture.width * picture.height > MOST_DECODED_PIXELS:
            raise TooManyPixels
        return encode(on_white(in_srgb(ImageOps.exif_transpose(square(picture)), picture.info.get("icc_profile"))))


def webp_pixels(data: bytes) -> int:
    """Return how many pixels the header of a WebP file declares; 0 for any other file (RFC 9649, 2.5 to 2.7)."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return 0
    kind = data[12:16]
    if kind == b"VP8X":
        return (1 + little_endian(data[24:27])) * (1 + little_endian(data[27:30]))
    if kind == b"VP8L":
        sides = little_endian(data[21:25])
        return (1 + (sides & 0x3FFF)) * (1 + (sides >> 14 & 0x3FFF))
    return (little_endian(data[26:28]) & 0x3FFF) * (little_endian(data[28:30]) & 0x3FFF)


def little_endian(data: bytes) -> int:
    return int.from_bytes(data, "little")


def check_scans(data: bytes) -> None:
    """Walk over the segments of a JPEG as its decoder does, and count scans and coefficients without decoding.

    A thumbnail inside it, or a film behind it, is skipped. Raises TooMuchWork, and TooManyPixels.
    """
    scans = coefficients = place = 0
    for _segment in range(MOST_SEGMENTS):
        marker = MARKER.search(data, place)
        if marker is None or (kind := data[marker.end() - 1]) == END:
            return
        place = marker.end()
        if kind in (START, LONE):
            continue
        if kind in FRAMES:
            coefficients = count_coefficients(data[place : place + 780])
        scans += kind == SCAN
        if scans > MOST_SCANS:
            raise TooMuchWork
        if coefficients > MOST_COEFFICIENTS and (scans > 1 or kind in PROGRESSIVE):
            raise TooManyPixels
        place += int.from_bytes(data[place : place + 2])
    raise TooMuchWork


def count_coefficients(frame: bytes) -> int:
    """Return the number of samples that a frame header declares: its pixels, for each component as it is sampled."""
    pixels = int.from_bytes(frame[3:5]) * int.from_bytes(frame[5:7])
    samplings = [(sampling >> 4) * (sampling & 15) for sampling in frame[9 : 8 + 3 * frame[7] : 3]]
    return pixels * sum(samplings) // max(samplings, default=1)


def square(picture: Image.Image) -> Image.Image:
    """Return the largest square in the middle, made small before anything else is done with it."""
    picture.load()
    if picture.mode in ("I;16", "I;16B", "I;16L", "I"):
        picture = picture.point(lambda level: level * (1 / 256)).convert("L")
    elif picture.mode not in ("L", "LA", "RGB", "RGBA", "CMYK"):
        picture = picture.convert("RGBA")
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    box = (left, top, left + side, top + side)
    return picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS, box=box, reducing_gap=3.0)


def in_srgb(small: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the colours that its own profile means; without one, or with a broken one, as they are."""
    if profile:
        try:
            source, mode = ImageCms.ImageCmsProfile(BytesIO(profile)), "RGBA" if small.mode == "RGBA" else "RGB"
            return ImageCms.profileToProfile(small, source, SRGB, outputMode=mode) or small
        except (ImageCms.PyCMSError, OSError):
            pass
    return small


def on_white(small: Image.Image) -> Image.Image:
    """Return it on a new sheet, which has none of the old one's metadata."""
    sheet = Image.new("RGBA", small.size, "white")
    sheet.alpha_composite(small.convert("RGBA"))
    return sheet.convert("RGB")


def encode(picture: Image.Image) -> bytes:
    """Return it as good as fits, which is nearly always the best."""
    for quality in QUALITIES:
        file = BytesIO()
        picture.save(file, "WEBP", quality=quality, method=6)
        if file.tell() <= AIM_BYTES:
            break
    return file.getvalue()


def outcome(data: bytes) -> tuple[int, bytes]:
    try:
        return MADE, decode_small_square(data)
    except (TooManyPixels, MemoryError):
        return TOO_MANY_PIXELS, b""
    except TooMuchWork:
        return TOO_MUCH_WORK, b""
    except Exception:  # noqa: BLE001 - a broken file makes Pillow's decoders raise almost anything
        return UNREADABLE, b""


def limit_process(seconds: int) -> None:
    """Give way to pages, be the first to go where memory is short, and never use more than the limits."""
    os.nice(5)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    for what, most in (
        (resource.RLIMIT_AS, MOST_MEMORY),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def main(seconds: int) -> None:
    limit_process(seconds)
    while header := sys.stdin.buffer.read(4):
        code, made = outcome(sys.stdin.buffer.read(int.from_bytes(header)))
        sys.stdout.buffer.write(bytes([code]) + len(made).to_bytes(4) + made)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]))

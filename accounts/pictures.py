"""From whatever picture somebody has to a small square one, with nothing in it but what is to be seen."""

import threading
from io import BytesIO
from typing import IO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from PIL import Image, ImageCms, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
MOST_BYTES = 8 << 20
MOST_PIXELS = 40_000_000
# Each passage of a progressive JPEG goes over the whole picture again: a small file could take hours.
MOST_SCANS = 200
SCAN = b"\xff\xda"
SIDE = 192  # pixels
SRGB = ImageCms.createProfile("sRGB")
AIM_BYTES = 20_000
QUALITIES = (82, 70, 55, 40, 25)
# One that is large when decoded needs some hundred megabytes, so that they take their turns.
turn = threading.Lock()


def small_square(file: IO[bytes]) -> bytes:
    """The middle of the picture as WebP, upright, without its metadata; of one that moves, its first frame.

    Raises ValidationError, in words for the person whose picture it is.
    """
    data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ValidationError(_("This file is too large: a picture can have at most 8 MB."))
    with turn:
        return encoded(decoded(data))


def decoded(data: bytes) -> Image.Image:
    """A square of its own, in sRGB, on white where the picture is transparent."""
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise too_many_pixels()
            if picture.format in ("JPEG", "MPO") and data.count(SCAN) > MOST_SCANS:
                raise unreadable()
            return on_white(in_srgb(ImageOps.exif_transpose(square(picture)), picture.info.get("icc_profile")))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise too_many_pixels() from None
    except ValidationError:
        raise
    except Exception:  # noqa: BLE001 - a broken file makes Pillow's decoders raise almost anything
        raise unreadable() from None


def unreadable() -> ValidationError:
    return ValidationError(
        _("This could not be read as a picture. JPEG, PNG, WebP, GIF and AVIF can; perhaps save it as one of these.")
    )


def too_many_pixels() -> ValidationError:
    return ValidationError(
        _("This picture is too large: it can have at most 40 million pixels. Please make it smaller.")
    )


def square(picture: Image.Image) -> Image.Image:
    """The largest square in the middle, made small before anything else is done with it."""
    picture.draft(None, (SIDE * 2, SIDE * 2))  # a JPEG can be decoded small at once
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
    """The colours its own profile means; without one, or with a broken one, as they are."""
    if profile:
        try:
            source, mode = ImageCms.ImageCmsProfile(BytesIO(profile)), "RGBA" if small.mode == "RGBA" else "RGB"
            return ImageCms.profileToProfile(small, source, SRGB, outputMode=mode) or small
        except (ImageCms.PyCMSError, OSError):
            pass
    return small


def on_white(small: Image.Image) -> Image.Image:
    """On a new sheet, which has none of the old one's metadata."""
    sheet = Image.new("RGBA", small.size, "white")
    sheet.alpha_composite(small.convert("RGBA"))
    return sheet.convert("RGB")


def encoded(picture: Image.Image) -> bytes:
    """As good as fits, which is nearly always the best."""
    for quality in QUALITIES:
        file = BytesIO()
        picture.save(file, "WEBP", quality=quality, method=6)
        if file.tell() <= AIM_BYTES:
            break
    return file.getvalue()

"""Tests of pictures made to take time and memory: others are still served."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from PIL import Image

from tests.hostile.target import Target
from tests.hostile.uploads import upload

pytestmark = pytest.mark.once

PICTURE = "/me/picture/"


def many_scans() -> bytes:
    """Return a progressive JPEG of 36 megapixels with 199 scans, in about 300 KB."""
    file = BytesIO()
    Image.new("L", (6000, 6000), 90).save(file, "JPEG", progressive=True)
    whole = file.getvalue()
    last = whole.rindex(b"\xff\xda")
    more = 199 - whole.count(b"\xff\xda")
    return whole[:-2] + whole[last:-2] * more + whole[-2:]


def large_webp() -> bytes:
    """Return a canvas of 40 megapixels, declared in 36 bytes, with a frame of one pixel."""
    file = BytesIO()
    Image.new("RGB", (1, 1)).save(file, "WEBP")
    frame = file.getvalue()[12:]
    side = (6323).to_bytes(3, "little")
    chunks = b"WEBPVP8X" + (10).to_bytes(4, "little") + bytes(4) + side * 2 + frame
    return b"RIFF" + len(chunks).to_bytes(4, "little") + chunks


def test_twenty_hostile_pictures_at_once_stop_nobody(target: Target) -> None:
    scans, webp = many_scans(), large_webp()
    # Another test sends a picture of the member's, who has to be within the limit for one person.
    sender, reader = target.person("ana"), target.person("moderator")
    reader.get("/harbour/")
    before = target.status("VmRSS")
    with target.watched() as watch, ThreadPoolExecutor(20) as pool:
        sent = [pool.submit(upload, sender, PICTURE, "picture", (scans, webp)[number % 2]) for number in range(20)]
        pages = [reader.get("/harbour/") for _ in range(5)]
        answers = [one.result() for one in sent]
    assert {page.status for page in pages} == {200}
    # Decoded in the requests' threads, they took minutes.
    assert max(page.seconds for page in pages) < 15
    statuses = Counter(answer.status for answer in answers)
    assert statuses.keys() <= {422, 429, 503}, statuses
    assert statuses[422] >= 1
    for answer in answers:
        # The limit on one person's pictures has a page of its own.
        busy = "press the button again" in answer.text or answer.status == 429
        assert busy or "too large" in answer.text or "takes too long" in answer.text
        assert busy == ("retry-after" in answer.headers)
    assert watch.slowest < 15
    assert watch.memory < before + (30 << 20)

"""Makes a small square of a picture. It is decoded in another process, by accounts/picture_decoder.py.

That process costs a tenth of a second to start. One runs at a time, so that together they never take more memory than
one may; one more request waits for its turn, for a moment, so that pictures never hold all of the request's threads.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

DECODER = Path(__file__).with_name("picture_decoder.py")
MADE, UNREADABLE, TOO_MANY_PIXELS, TOO_MUCH_WORK = range(4)  # as the decoder has them
MOST_PICTURE_BYTES = 8 << 20
MOST_WORK = 3  # seconds of processor time for one picture; the largest take half of one
MOST_TIME = 6  # seconds for it on a machine that does other things too
PATIENCE = 2.0  # seconds that one request waits for its turn
LONG_PATIENCE = 60.0  # seconds that an import does
BUSY = "busy"  # the code of the error that a second try may mend
# The decoder gets nothing of the server's environment, in which there are secrets, but where Python finds its modules.
ENVIRONMENT = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH")

turn = threading.Lock()
queue = threading.Semaphore(1)


def small_square(file: IO[bytes]) -> bytes:
    """Return the middle of the picture as WebP, upright, without its metadata; of an animation the first frame.

    Raises ValidationError, in words for the person whose picture it is; its code is BUSY where it may be sent again.
    """
    with next_turn():
        data = file.read(MOST_PICTURE_BYTES + 1)
        if len(data) > MOST_PICTURE_BYTES:
            raise ValidationError(_("This file is too large: a picture can have at most 8 MB."))
        return decode([data])[0]


def small_squares(pictures: Sequence[bytes]) -> list[bytes]:
    """Return a small square of each. Raises ValidationError where one of them cannot be decoded."""
    if not turn.acquire(timeout=LONG_PATIENCE):
        raise busy()
    try:
        return decode(pictures)
    finally:
        turn.release()


@contextmanager
def next_turn() -> Iterator[None]:
    """Wait until the current picture is decoded. Raises BUSY at once where another request waits already."""
    if not turn.acquire(blocking=False):
        if not queue.acquire(blocking=False):
            raise busy()
        try:
            if not turn.acquire(timeout=PATIENCE):
                raise busy()
        finally:
            queue.release()
    try:
        yield
    finally:
        turn.release()


def decode(pictures: Sequence[bytes]) -> list[bytes]:
    """Run the decoder; it is killed and reaped when it takes too long."""
    framed = b"".join(part for data in pictures for part in (len(data).to_bytes(4), data))
    try:
        done = subprocess.run(  # noqa: S603 - our own program and a number
            [sys.executable, "-P", str(DECODER), str(MOST_WORK * len(pictures))],
            input=framed,
            capture_output=True,
            timeout=MOST_TIME * len(pictures),
            env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
            check=False,
        )
    except (subprocess.TimeoutExpired, OSError):  # the machine has no time for it, or no memory for another process
        raise busy() from None
    if done.returncode > 0:
        raise RuntimeError(f"the decoder of pictures does not run: {done.stderr.decode(errors='replace')}")
    if done.returncode < 0:
        killed = -done.returncode in (signal.SIGXCPU, signal.SIGKILL)
        raise refusal(TOO_MUCH_WORK if killed else UNREADABLE)
    return list(results(done.stdout))


def results(output: bytes) -> Iterator[bytes]:
    """Yield each small square. Raises ValidationError at the first that failed."""
    place = 0
    while place < len(output):
        outcome, begin = output[place], place + 5
        if outcome != MADE:
            raise refusal(outcome)
        place = begin + int.from_bytes(output[place + 1 : begin])
        yield output[begin:place]


def busy() -> ValidationError:
    return ValidationError(
        _("Other pictures are being resized at the moment. Please press the button again in a few seconds."),
        code=BUSY,
    )


def refusal(outcome: int) -> ValidationError:
    if outcome == TOO_MANY_PIXELS:
        return ValidationError(
            _(
                "This picture is too large: a JPEG can have at most 50 million pixels, any other 12 million. "
                "Please make it smaller."
            )
        )
    if outcome == TOO_MUCH_WORK:
        return ValidationError(_("This picture takes too long to read. Please save it as an ordinary JPEG."))
    return ValidationError(
        _("This could not be read as a picture. JPEG, PNG, WebP, GIF and AVIF can; perhaps save it as one of these.")
    )

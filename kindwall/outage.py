"""Recognise temporary faults of the machine: a full disk, and a database that is locked or unreachable."""

import errno
import shutil
import sqlite3
import time

from django.conf import settings
from django.db import InterfaceError, OperationalError

LEAST_SPACE = 16 << 20  # bytes; with less, the next backup or upload may find the disk full
REMEMBERED = 30.0  # seconds for which the health check reports a failed write
LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
NOT_WRITTEN = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}
NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}


class FailedWrites:
    """The time of the latest write that failed on a full disk, in seconds of the monotonic clock."""

    latest: float | None = None

    def record(self) -> None:
        self.latest = time.monotonic()

    @property
    def recent(self) -> bool:
        return self.latest is not None and time.monotonic() - self.latest < REMEMBERED


failed_writes = FailedWrites()


def is_outage(exception: BaseException | None) -> bool:
    """Return whether the same request may succeed later without a change of the program."""
    if is_failed_write(exception):
        return True
    if not isinstance(exception, OperationalError | InterfaceError):
        return False
    return sqlite_code(exception) in LOCKED if isinstance(exception.__cause__, sqlite3.Error) else True


def is_failed_write(exception: BaseException | None) -> bool:
    """Return whether a write failed because the disk is full or read-only."""
    if isinstance(exception, OSError):
        return exception.errno in NO_SPACE
    return isinstance(exception, OperationalError) and sqlite_code(exception) in NOT_WRITTEN


def sqlite_code(exception: BaseException) -> int | None:
    """Return SQLite's primary result code (sqlite.org/rescode.html); None for another database."""
    code: int | None = getattr(exception.__cause__, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def lacks_space() -> bool:
    return shutil.disk_usage(settings.DATA_DIR).free < LEAST_SPACE

"""Django's SQLite backend, in which only some writers wait long for the lock, and new files can be opened at once.

While a backup or an import holds the lock, every writer waits for it in one of the server's few threads. Half of the
threads may wait as long as the settings allow (`timeout`). The others fail soon, so that threads stay free for reading
pages, which needs no lock.
"""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db.backends.sqlite3 import base

SHORT_TIMEOUT = 2_000  # milliseconds; a write takes a few, and a hundred on a busy machine
CONNECT_AGAIN_FOR = 5.0  # seconds
CONNECT_AGAIN_AFTER = 0.05  # seconds
long_waits = threading.BoundedSemaphore(max(1, settings.THREADS // 2))


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect again while the file is locked: SQLite waits for no lock when it turns a new file into WAL mode.

        Of several processes that start at once in a new DATA_DIR, one does that and the others find the lock.
        """
        give_up_at = time.monotonic() + CONNECT_AGAIN_FOR
        while True:
            try:
                return super().get_new_connection(conn_params)
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > give_up_at:
                    raise
                time.sleep(CONNECT_AGAIN_AFTER)

    def _start_transaction_under_autocommit(self) -> None:
        if long_waits.acquire(blocking=False):
            try:
                super()._start_transaction_under_autocommit()  # type: ignore[misc]
            finally:
                long_waits.release()
        else:
            with self.lock_timeout(SHORT_TIMEOUT):
                super()._start_transaction_under_autocommit()  # type: ignore[misc]

    @contextmanager
    def lock_timeout(self, milliseconds: int) -> Iterator[None]:
        """Wait for the lock no longer than this, inside a `with` block."""
        self._set_timeout(milliseconds)
        try:
            yield
        finally:
            self._set_timeout(int(self.settings_dict["OPTIONS"]["timeout"] * 1000))

    def _set_timeout(self, milliseconds: int) -> None:
        with self.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {milliseconds}")

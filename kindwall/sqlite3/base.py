"""Django's SQLite, of whose writers only a few wait for long.

While something else holds the lock, as a backup or an import may for a while, every writer waits for it, and each has
one of the server's few threads. Half of the threads may wait for as long as the settings say (`timeout`); the others
give up soon, so that pages go on being read, which needs no lock.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db.backends.sqlite3 import base

SHORT_PATIENCE = 2_000  # milliseconds; writing and committing takes a few, and a hundred on a machine in need
patient = threading.BoundedSemaphore(max(1, settings.THREADS // 2))


class DatabaseWrapper(base.DatabaseWrapper):
    def _start_transaction_under_autocommit(self) -> None:
        if patient.acquire(blocking=False):
            try:
                super()._start_transaction_under_autocommit()  # type: ignore[misc]
            finally:
                patient.release()
        else:
            with self.patience(SHORT_PATIENCE):
                super()._start_transaction_under_autocommit()  # type: ignore[misc]

    @contextmanager
    def patience(self, milliseconds: int) -> Iterator[None]:
        """Wait for the lock no longer than this, inside a `with` block."""
        self._wait_for(milliseconds)
        try:
            yield
        finally:
            self._wait_for(int(self.settings_dict["OPTIONS"]["timeout"] * 1000))

    def _wait_for(self, milliseconds: int) -> None:
        with self.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {milliseconds}")

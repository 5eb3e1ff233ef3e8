"""Writes that a page can do without: they never make it wait, and never make it fail."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress

from django.db import DatabaseError, connection


@contextmanager
def dropped_if_locked() -> Iterator[None]:
    """Leave out a write inside a `with` block where the database is locked, full or read-only."""
    lock_timeout = getattr(connection, "lock_timeout", None)  # kindwall.sqlite3: there one writer makes all others wait
    with suppress(DatabaseError), lock_timeout(0) if lock_timeout else nullcontext():
        yield

"""The health check of this process, for a proxy or a supervisor."""

from contextlib import AbstractContextManager, nullcontext

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from kindwall.outage import LOCKED, failed_writes, lacks_space, sqlite_code

LOCK_TIMEOUT = 1_000  # milliseconds


@require_safe
@login_not_required
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Respond 200 when the database can be read and written, else 503 and a sentence, after a second at most."""
    trouble = find_trouble()
    return HttpResponse(f"{trouble or 'ok'}\n", status=503 if trouble else 200, content_type="text/plain")


def find_trouble() -> str:
    """Return a sentence about what is wrong, or an empty text."""
    try:
        if lacks_space() or failed_writes.recent:
            return "The disk is full, or cannot be written to."
        # On SQLite the beginning of a transaction takes the lock that every change needs.
        with connection.cursor() as cursor, short_lock_timeout(), transaction.atomic():
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return "The database is locked." if sqlite_code(error) in LOCKED else "The database does not answer."
    return ""


def short_lock_timeout() -> AbstractContextManager[None]:
    return connection.lock_timeout(LOCK_TIMEOUT) if connection.vendor == "sqlite" else nullcontext()  # type: ignore[attr-defined]

"""The address that a proxy or a supervisor asks whether this process is well."""

from contextlib import AbstractContextManager, nullcontext

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from kindwall.outage import LOCKED, failed_writes, lacks_space, sqlite_code

PATIENCE = 1_000  # milliseconds that it waits for a lock


@require_safe
@login_not_required
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 when the database can be read and written, 503 and a sentence when not. It waits for about a second."""
    trouble = find_trouble()
    return HttpResponse(f"{trouble or 'ok'}\n", status=503 if trouble else 200, content_type="text/plain")


def find_trouble() -> str:
    """Return what is wrong, and nothing when nothing is."""
    try:
        if lacks_space() or failed_writes.recent:
            return "The disk is full, or cannot be written to."
        # On SQLite the beginning of a transaction takes the lock that every change needs.
        with connection.cursor() as cursor, short_patience(), transaction.atomic():
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return "The database is locked." if sqlite_code(error) in LOCKED else "The database does not answer."
    return ""


def short_patience() -> AbstractContextManager[None]:
    return connection.patience(PATIENCE) if connection.vendor == "sqlite" else nullcontext()  # type: ignore[attr-defined]

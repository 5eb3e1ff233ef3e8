"""Run a command, and explain errors of its environment in one sentence instead of a traceback."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError
from django.db import DatabaseError


def run(command: Callable[[], None]) -> None:
    """Call `command`; a wrong setting, a database out of reach or a folder that refuses ends the process with 1.

    `--traceback` on the command line shows where such an error came from.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kindwall.settings")
    try:
        command()
    except (ImproperlyConfigured, CommandError, DatabaseError, OSError) as error:
        sentence = explain(error)
        if sentence is None or "--traceback" in sys.argv:
            raise
        sys.exit(sentence)


def explain(error: Exception) -> str | None:
    """Return a sentence for the operator that names the variable to change; None for any other error."""
    if isinstance(error, ImproperlyConfigured):
        return f"Kindwall cannot start: {error}"
    if isinstance(error, CommandError):
        return str(error)
    if isinstance(error, DatabaseError):
        return explain_database_error(error)
    return explain_folder_error(error) if isinstance(error, OSError) else None


def explain_database_error(error: DatabaseError) -> str | None:
    from django.db import connection

    if connection.connection is not None:
        return None  # the database was reached, so its address is right
    return describe_database_error(error)


def describe_database_error(error: DatabaseError) -> str:
    from django.conf import settings

    setting = "DATABASE_URL" if settings.DATABASE_URL else f"DATA_DIR ({settings.DATA_DIR})"
    reason = str(error).strip().split("\n")[0].rstrip(".")
    return f"The database cannot be used: {reason}. Look at {setting} and try again."


def explain_folder_error(error: OSError) -> str | None:
    from django.conf import settings

    path = Path(str(error.filename or ""))
    for name in ("DATA_DIR", "BUILD_DIR"):
        folder = getattr(settings, name)
        if path == folder or folder in path.parents or path in folder.parents:
            return f"{name} {folder} cannot be written to ({error.strerror}); choose a folder that can."
    return None

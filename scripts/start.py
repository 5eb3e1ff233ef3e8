"""The start, once its requirements are there: bring everything up to date, then serve.

One process does it all: starting Python five times would take longer than the rest together.
"""

import hashlib
import io
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from kindwall.command_line import run
from kindwall.deployment import refuse_unsafe

# The collected files depend on these, besides the sources themselves.
STATIC_RECIPE = (Path("requirements.txt"), Path("kindwall/settings/files.py"), Path("kindwall/storage.py"))


def main(carry_on: Callable[[], None]) -> None:
    """Prepare, then carry on with serving; what goes wrong with the surroundings is told in one sentence."""
    # Until the server takes the signal over, Ctrl+C ends this without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

    def prepare_and_serve() -> None:
        django.setup()
        if not settings.LOCAL:
            refuse_unsafe()  # before the database is touched
        migrate()
        if settings.LOCAL and settings.DEMO:
            load_demo()
        if not settings.DEBUG:
            collect_static()
        carry_on()

    run(prepare_and_serve)


def serve() -> None:
    call_command("serve")


def print_step(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def migrate() -> None:
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        print_step("Setting up the database")
        call_command("migrate", interactive=False, verbosity=0)


def load_demo() -> None:
    from accounts.models import Team

    if not Team.objects.exists():
        print_step("Hanging up the demo team’s stories")
        call_command("load_demo", if_empty=True, stdout=io.StringIO())


def collect_static() -> None:
    stamp = settings.BUILD_DIR / "static-collected"
    wanted = static_state()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print_step("Collecting static files")
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(wanted)


def static_state() -> str:
    """Changes when a static file, or what is done with it, does."""
    from django.contrib.staticfiles.finders import get_finders

    files = [Path(storage.path(name)) for finder in get_finders() for name, storage in finder.list([])]
    state = hashlib.sha256()
    for file in (*sorted(files), *STATIC_RECIPE):
        stat = file.stat()
        state.update(f"{file} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return state.hexdigest()


def welcome() -> str:
    from kindwall.management.commands.serve import Command

    return Command().welcome()


if __name__ == "__main__":
    main(serve)

"""Run `make dev`: the same preparation and the same server, restarted when a file changes.

Django's own development server cannot carry the live stream, so uvicorn's reloader watches here.
"""

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from django.conf import settings
from django.core.management import CommandError
from uvicorn.supervisors.statreload import StatReload

from scripts.start import main, print_step, welcome

WATCHED = [
    Path(name)
    for name in ("kindwall", "accounts", "stories", "moderation", "notices", "syndication", "archives", "templates")
]
# Style sheets, scripts and pictures are read anew for every page and need no restart.
KINDS = {".py", ".html", ".txt", ".toml"}


class Reloader(StatReload):
    def iter_py_files(self) -> Iterator[Path]:
        for folder in WATCHED:
            yield from (path.resolve() for path in folder.rglob("*") if path.suffix in KINDS)


def watch() -> None:
    from kindwall.server import listen  # reads the settings, which are there by now

    try:
        listener = listen(settings.HOST, settings.PORT)
    except OSError as error:
        raise CommandError(
            f"Port {settings.PORT} on {settings.HOST} cannot be used ({error.strerror}). "
            f"Choose another: PORT={settings.PORT + 1} make dev"
        ) from None
    print_step(welcome())
    Reloader(config(), target=serve, sockets=[listener]).run()


def serve(sockets: list[socket.socket] | None = None) -> None:
    """In a process of its own, started anew after each change. Ctrl+C is the reloader's to hear; it ends this one."""
    from kindwall.server import Server

    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    Server(config(), started=lambda: None, end_streams=end_streams).run(sockets=sockets)


def config() -> uvicorn.Config:
    from kindwall.connections import Connection

    return uvicorn.Config(
        "kindwall.asgi:application",
        loop="uvloop",
        http=Connection,
        ws="none",
        lifespan="on",
        log_level="warning",
        timeout_graceful_shutdown=1,
    )


def end_streams() -> None:
    from stories.live.hub import hub

    hub.close()


if __name__ == "__main__":
    main(watch)

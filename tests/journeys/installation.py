"""A whole Kindwall of the journeys' own: its folder, its database, its port. It can die and come back."""

import contextlib
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit, urlunsplit

import pytest

from tests.prepared import (
    DATABASE,
    ROOT,
    collected_files,
    copy_database,
    create_database,
    drop_database,
    environment,
    migrated_database,
    shared_folder,
    template_database,
)

PATIENCE = 60.0  # seconds for a start, on a machine that does other things too


class Installation:
    """`serve` in a process, and the stage hands (`stage.py`) in another, both on the same database."""

    def __init__(self, folder: Path, database_url: str = "", **more: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.log = folder / "server.log"
        self.database_url = database_url
        self.shared = shared_folder(folder.parent)
        self.environment = environment(
            DATA_DIR=str(folder / "data"),
            BUILD_DIR=str(self.shared / "build"),
            HOST="127.0.0.1",
            PORT=str(self.port),
            **more,
        ) | ({"DATABASE_URL": database_url} if database_url else {})
        self.process: subprocess.Popen[bytes] | None = None
        self.hands: subprocess.Popen[str] | None = None

    def prepare(self, *, demo: bool = True) -> None:
        """Everything that `make run` does before it serves."""
        with ThreadPoolExecutor() as both:  # where one worker does them, the other has to wait for both
            collecting = both.submit(collected_files, self.shared)
            if not self.database_url:  # else `own_database` has made it
                copy_database(migrated_database(self.shared, demo=demo), self.folder / "data" / DATABASE)
            collecting.result()

    # The server

    def start(self) -> None:
        with self.log.open("ab") as log:
            command = [sys.executable, "manage.py", "serve"]
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE
        while not self.answers():
            assert self.process.poll() is None, f"the server did not start:\n{self.log.read_text()}"
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.05)  # asked again until it answers: there is nothing to be told by

    def setup_path(self) -> str:
        """Return the address of the link that the first start of an empty installation printed."""
        found = re.search(r"/setup/[\w-]+/", self.log.read_text())
        assert found, self.log.read_text()
        return found[0]

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.origin}/healthz/", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def ended(self) -> int | None:
        """The exit code, once the server is gone; a signal's number with a minus."""
        return self.process.poll() if self.process else None

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        """As a power cut does it."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """As a supervisor does it; the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        for process in (self.process, self.hands):
            if process is None:
                continue
            if process.poll() is None:
                process.kill()
                process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(BrokenPipeError):  # of what was said to a process that had ended
                        pipe.close()

    # Behind the scenes

    def behind(self, what: str, **arguments: Any) -> Any:
        """Have a function of `stage.py` called, in a process that is not the server's."""
        if self.hands is None:
            command = [sys.executable, "-m", "tests.journeys.stage"]
            self.hands = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        say, hear = pipes(self.hands)
        say.write(json.dumps([what, arguments]) + "\n")
        say.flush()
        line = hear.readline()
        assert line, f"the stage hands left while asked to {what} {arguments}"
        outcome = json.loads(line)
        assert "error" not in outcome, f"{what} {arguments} failed behind the scenes:\n{outcome['error']}"
        return outcome["result"]


def pipes(process: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout


def free_port() -> int:
    """Below the ports that outgoing connections take: while the server is gone nobody may get it by chance."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@contextlib.contextmanager
def own_database(url: str, purpose: str = "journeys", template: str = "") -> Iterator[str]:
    """The address of a new database on the PostgreSQL cluster of `url`, dropped afterwards; nothing for nothing.

    It is a copy of the database `template`, if one is named.
    """
    if not url:
        yield ""
        return
    name = f"kindwall_{purpose}_{os.getpid()}"
    create_database(url, name, template)
    try:
        yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
    finally:
        drop_database(url, name)


@contextlib.contextmanager
def migrated(factory: pytest.TempPathFactory, purpose: str = "journeys", *, demo: bool = True) -> Iterator[str]:
    """The address of a new database with all tables, and with the demo's team; nothing where SQLite is tested."""
    url = os.environ.get("DATABASE_URL", "")
    folder = shared_folder(factory.getbasetemp())
    with own_database(url, purpose, template_database(folder, url, demo=demo) if url else "") as made:
        yield made

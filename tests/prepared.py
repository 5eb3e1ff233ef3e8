"""Files that take long to make and are the same for all workers: the first worker makes them, the others copy."""

import fcntl
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

ROOT = Path(__file__).resolve().parents[1]
DEMO_PASSWORD = "a-harbour-for-the-tests"
DATABASE = "kindwall.sqlite3"
OTHERS = ("DATABASE_URL", "SECRET_KEY")  # what the tests beside this one have set for themselves


def environment(**more: str) -> dict[str, str]:
    """Return the environment of an installation that knows nothing of the tests beside it."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(OTHERS)},
        "DJANGO_SETTINGS_MODULE": "tests.journeys.settings",
        "KINDWALL_LOCAL": "on",
        "DEBUG": "off",
        "DEMO_PASSWORD": DEMO_PASSWORD,
        **more,
    }


def manage(*arguments: str, environment: dict[str, str]) -> None:
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command} failed:\n{done.stdout}{done.stderr}"


def shared_folder(base: Path) -> Path:
    """Return the folder that all workers of this run share; `base` is where this one makes its temporary folders.

    KINDWALL_TESTS_PREPARED names one that several runs share (scripts/test.sh).
    """
    if given := os.environ.get("KINDWALL_TESTS_PREPARED"):
        return Path(given)
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def migrated_database(folder: Path, *, demo: bool = False) -> Path:
    """Return a SQLite file with all tables, and with the demo's team in them; to be copied, and left as it is."""

    def make(place: Path) -> None:
        if demo:
            copy_database(migrated_database(folder), place / DATABASE)
        manage("load_demo" if demo else "migrate", environment=environment(DATA_DIR=str(place)))

    return made_once(folder / ("demo" if demo else "migrated"), make) / DATABASE


def template_database(folder: Path, url: str, *, demo: bool = False) -> str:
    """Return the name of such a database on the PostgreSQL cluster of `url`, for others to be made from."""
    name = f"kindwall_tests_{'demo' if demo else 'migrated'}"

    def make(place: Path) -> None:
        drop_database(url, name)  # of an earlier run
        create_database(url, name, template_database(folder, url) if demo else "")
        address = urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        manage("load_demo" if demo else "migrate", environment=environment(DATA_DIR=str(place), DATABASE_URL=address))

    made_once(folder / f"postgresql-{name}", make)
    return name


def create_database(url: str, name: str, template: str = "") -> None:
    """Create a database on that cluster, empty or as a copy of `template`."""
    copied = f' TEMPLATE "{template}"' if template else ""
    with psycopg.connect(url, autocommit=True) as cluster:
        cluster.execute(f'CREATE DATABASE "{name}"{copied}'.encode())


def drop_database(url: str, name: str) -> None:
    with psycopg.connect(url, autocommit=True) as cluster:
        cluster.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


def collected_files(folder: Path) -> Path:
    """Return a BUILD_DIR with the static files collected and compressed."""
    return made_once(
        folder / "build",
        lambda place: manage(
            "collectstatic",
            "--noinput",
            environment=environment(BUILD_DIR=str(place), DATA_DIR=str(place / "data")),
        ),
    )


def copy_database(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)


def made_once(place: Path, make: Callable[[Path], None]) -> Path:
    """Return this folder, which the first worker that asks for it has filled; the others wait meanwhile."""
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            unfinished = place.with_suffix(".unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            make(unfinished)
            unfinished.rename(place)
    return place

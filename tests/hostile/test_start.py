"""Tests of a start in production: its output, its refusals, and the rights of its files."""

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.hostile.target import Person, Reply
from tests.journeys.installation import Installation
from tests.prepared import ROOT

pytestmark = pytest.mark.once

PRODUCTION = {
    "KINDWALL_LOCAL": "off",
    "SECRET_KEY": "a0b1c2d3e4f5g6h7i8j9" * 4,
    "ALLOWED_HOSTS": "wall.example.org,127.0.0.1",
    "ACCESS_LOG": "on",
}
PROXY = {"Host": "wall.example.org", "X-Forwarded-Proto": "https"}


@contextmanager
def started(installation: Installation) -> Iterator[Path]:
    """Run the server inside a `with` block, and yield the file of its output."""
    installation.log.unlink(missing_ok=True)
    installation.start()
    try:
        yield installation.log
    finally:
        installation.stop()


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def too_open(folder: Path) -> dict[str, str]:
    """Return the files on which other users have any right."""
    paths = [folder, *folder.rglob("*")]
    return {str(path.relative_to(folder)): f"{mode(path):o}" for path in paths if mode(path) & 0o077}


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """Return a production installation, started with a umask that makes files readable for others."""
    before = os.umask(0o022)
    made = Installation(tmp_path, **PRODUCTION)
    try:
        made.prepare(demo=False)
        yield made
    finally:
        made.close()
        os.umask(before)


def test_production_start_is_private_and_hands_the_wall_to_its_operator_alone(installation: Installation) -> None:
    stranger, operator = Person(installation.port, {}), Person(installation.port, {})
    data = installation.folder / "data"
    with started(installation) as log:
        printed = re.search(r"https://wall\.example\.org(/setup/[\w-]+/)", log.read_text())
        assert printed, log.read_text()
        assert "MAIL_URL is not set" in log.read_text()
        assert "Sign in with the password" not in log.read_text()
        assert stranger.get("/", Host="wall.example.org").status == 301, "plain HTTP is sent on"
        assert b"<form class" not in stranger.get("/setup/", **PROXY).body
        page = operator.get(printed[1], **PROXY)
        assert b"<form class" in page.body
        assert (data / "kindwall.sqlite3-wal").exists()
        assert too_open(data) == {}
        set_up(operator, printed[1], page)
        assert stranger.get(printed[1], **PROXY).status == 404
        assert log.read_text().count(printed[1].split("/")[2]) == 1, "the link is printed, and not logged when opened"
        assert "GET /setup/…/" in log.read_text()
    # As an earlier version has left it.
    for path in (data, *data.iterdir()):
        path.chmod(0o755 if path.is_dir() else 0o644)
    with started(installation) as log:
        assert log.read_text().count("Others on this machine could read") == 1
        assert "/setup/" not in log.read_text()
        assert too_open(data) == {}
    # A folder that may be somebody else's.
    (data / "something-else").touch(0o644)
    data.chmod(0o755)
    (data / "kindwall.sqlite3").chmod(0o644)
    installation.environment["HTTPS"] = "off"
    with started(installation) as log:
        assert "holds files that are not Kindwall's" in log.read_text()
        assert "HTTPS is off" in log.read_text()
    assert too_open(data) == {".": "755", "something-else": "644"}


def set_up(operator: Person, path: str, page: Reply) -> None:
    operator.cookies["kindwall_csrf"] = page.headers["set-cookie"].partition("kindwall_csrf=")[2].partition(";")[0]
    form = {"name": "Ana", "email": "ana@example.org", "password": "a-lantern-in-the-hall", "team": "Harbour"}
    headers = PROXY | {"Origin": "https://wall.example.org", "Referer": f"https://wall.example.org{path}"}
    assert operator.post(path, form, **headers).status == 302


def test_start_is_local_only_where_that_is_asked_for() -> None:
    run = (ROOT / "scripts/run.sh").read_text()
    assert "KINDWALL_LOCAL" not in re.sub(r"(?m)^#.*$", "", run)
    for target, arguments in (("run", ""), ("dev", " --reload")):
        command = subprocess.run(
            ["make", "--no-print-directory", "-n", target], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        assert command.strip() == f'KINDWALL_LOCAL="${{KINDWALL_LOCAL:-on}}" scripts/run.sh{arguments}'

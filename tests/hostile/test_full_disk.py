"""Tests of a database locked from outside, and of a full disk: forms are given back."""

import resource
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.hostile.target import Person, Reply, Target

pytestmark = pytest.mark.once

SHARE = "/harbour/share/"
WORDS = "Ana stayed on the call to finish my slides."


def database(target: Target) -> Path:
    return Path(target.installation.environment["DATA_DIR"]) / "kindwall.sqlite3"


@contextmanager
def locked(target: Target) -> Iterator[None]:
    """Lock the database, like an external tool that does not commit."""
    with closing(sqlite3.connect(database(target), isolation_level=None)) as tool:
        tool.execute("BEGIN IMMEDIATE")
        yield
        tool.execute("ROLLBACK")


@contextmanager
def full(target: Target) -> Iterator[None]:
    """Prevent the server's files from growing (RLIMIT_FSIZE), and start a new server afterwards."""
    with closing(sqlite3.connect(database(target))) as tool:
        tool.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # an older, longer file would have room for many stories
    written = database(target).with_name("kindwall.sqlite3-wal").stat().st_size
    before = resource.prlimit(target.pid, resource.RLIMIT_FSIZE, (written, -1))
    try:
        yield
    finally:
        resource.prlimit(target.pid, resource.RLIMIT_FSIZE, before)
        target.installation.stop()
        target.installation.start()


def share(person: Person, words: str) -> Reply:
    origin = f"http://127.0.0.1:{person.port}"
    return person.post(SHARE, {"body": words, "kind": "given", "action": "save"}, Origin=origin)


def test_lock_from_outside_stops_no_reader(target: Target) -> None:
    writer, reader = target.person("member"), target.person("moderator")
    assert reader.get("/harbour/").status == 200
    with locked(target), ThreadPoolExecutor(4) as pool:
        sent = [pool.submit(share, writer, f"{WORDS} {number}") for number in range(4)]  # as many as threads
        health = target.visitor().get("/healthz/")
        page = reader.get("/harbour/")
        still_waiting = sum(not one.done() for one in sent)
        answers = [one.result() for one in sent]
    assert (health.status, health.text) == (503, "The database is locked.\n")
    assert page.status == 200
    assert still_waiting, "the page was read while writers waited for the lock"
    assert {answer.status for answer in answers} == {503}
    assert all(WORDS in answer.text and "retry-after" in answer.headers for answer in answers)
    assert target.visitor().get("/healthz/").status == 200
    assert share(writer, WORDS).status == 302


def test_full_disk_gives_back_what_was_typed(target: Target) -> None:
    writer, long = target.person("member"), f"{WORDS} " * 200
    assert share(writer, WORDS).status == 302
    with full(target):
        for _ in range(200):
            answer = share(writer, long)
            if answer.status != 302:
                break
        health = target.visitor().get("/healthz/")
        page = writer.get("/harbour/")
    assert answer.status == 503
    assert WORDS in answer.text
    assert page.status == 200
    assert (health.status, health.text) == (503, "The disk is full, or cannot be written to.\n")
    assert share(writer, long).status == 302

"""A new column needs `makemigrations` and `migrate` and nothing else, although triggers guard the audit log."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.installation import migrated, own_database
from tests.prepared import DATABASE, OTHERS, ROOT, copy_database, migrated_database, shared_folder

SETTINGS = """
from tests.journeys.settings import *

MIGRATION_MODULES = {"stories": "newer.stories_migrations"}
"""
REFUSED = "the audit log is append-only"


class Installation:
    """Make a database of its own for a copy of the code that gets one more column."""

    def __init__(self, folder: Path, database_url: str) -> None:
        package = folder / "newer"
        shutil.copytree(ROOT / "stories/migrations", package / "stories_migrations", dirs_exist_ok=True)
        (package / "settings.py").write_text(SETTINGS)
        (package / "__init__.py").touch()
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(OTHERS)},
            "NEWER": str(folder),
            "KINDWALL_LOCAL": "on",
            "SECRET_KEY": "only-for-tests",
            "DATA_DIR": str(folder / "data"),
        } | ({"DATABASE_URL": database_url} if database_url else {})

    def run(self, step: str, **environment: str) -> Any:
        command = [sys.executable, "-m", "tests.stories.older_and_newer", step]
        run = subprocess.run(
            command, cwd=ROOT, env=self.environment | environment, capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stderr
        return json.loads(run.stdout)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("new_column")
    with migrated(tmp_path_factory, "new_column") as url:
        if not url:
            shared = shared_folder(tmp_path_factory.getbasetemp())
            copy_database(migrated_database(shared, demo=True), folder / "data" / DATABASE)
        yield Installation(folder, url)


@pytest.fixture(scope="module")
def before(installation: Installation) -> Any:
    return installation.run("older")


@pytest.fixture(scope="module")
def after(installation: Installation, before: Any) -> Any:
    return installation.run("newer")


def test_new_column_is_there_and_data_is_the_same(before: Any, after: Any) -> None:
    assert after["columns"] == [["here"]]
    assert {table: len(rows) for table, rows in before["rows"].items() if not rows} == {}
    assert after["rows"] == before["rows"]


def test_log_refuses_as_before_and_guards_the_new_column(after: Any) -> None:
    assert len(after["refused"]) == 4
    assert [name for name, answer in after["refused"].items() if REFUSED not in answer] == []


def test_log_is_guarded_after_migrating_backwards_and_forwards(after: Any) -> None:
    answers = after["refused_without_it"]
    assert "throw_away" in answers.pop("change the new column"), "it is not there any more"
    assert [name for name, answer in answers.items() if REFUSED not in answer] == []
    assert after["there_after_all"] is True


def test_triggers_are_back_after_a_migration_that_failed(before: Any, after: Any) -> None:
    assert after["failed"] == "half-way"
    assert after["there_after_failing"] is False, "or there is nothing to put back"
    assert after["there_after_a_start"] is True
    assert after["there_after_nothing"] is True
    assert after["rows_in_the_end"] == before["rows"]


@pytest.mark.once
def test_fresh_installation_is_made_in_one_go(after: Any, installation: Installation, tmp_path: Path) -> None:
    with own_database(installation.environment.get("DATABASE_URL", ""), "new_column_fresh") as url:
        environment = {"DATA_DIR": str(tmp_path)} | ({"DATABASE_URL": url} if url else {})
        made = installation.run("fresh", **environment)
    assert made["all_there"] is True
    assert made["columns"] == []
    assert not any(made["rows"].values())

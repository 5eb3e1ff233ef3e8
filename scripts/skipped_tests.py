"""A pytest plugin: writes the names of skipped tests to $SKIPPED_TESTS, one a line.

A test may be for one database alone. One that is skipped on each of them has run nowhere.
"""

import os
from pathlib import Path

import pytest

skipped: set[str] = set()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        skipped.add(report.nodeid)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.skipped:
        skipped.add(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):  # the workers of pytest-xdist report to the one that writes
        Path(os.environ["SKIPPED_TESTS"]).write_text("".join(f"{name}\n" for name in sorted(skipped)))

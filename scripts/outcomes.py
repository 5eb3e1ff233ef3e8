"""A pytest plugin: writes the names of skipped and of failed tests, one a line, to $OUTCOMES.skipped and .failed.

A test may be for one database alone. One that is skipped on each of them has run nowhere. What has failed is named
once more at the end of a run, below all that the tests have written.
"""

import os
from pathlib import Path

import pytest

skipped: set[str] = set()
failed: set[str] = set()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    note(report, expected=hasattr(report, "wasxfail"))


def pytest_collectreport(report: pytest.CollectReport) -> None:
    note(report, expected=False)


def note(report: pytest.TestReport | pytest.CollectReport, *, expected: bool) -> None:
    if report.skipped and not expected:
        skipped.add(report.nodeid)
    if report.failed:
        failed.add(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):  # the workers of pytest-xdist report to the one that writes
        for name, tests in (("skipped", skipped), ("failed", failed)):
            file = Path(f"{os.environ['OUTCOMES']}.{name}")
            file.write_text("".join(f"{test}\n" for test in sorted(tests)))

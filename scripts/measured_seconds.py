"""A pytest plugin: writes to tests/seconds.json how long the files take that take long, for the order of their work.

.venv/bin/python -m pytest -p scripts.measured_seconds -n 2 --dist loadfile -m "not postgresql"
"""

import json
from collections import defaultdict
from pathlib import Path

import pytest

FILE = Path(__file__).resolve().parents[1] / "tests" / "seconds.json"
LEAST = 2.0  # seconds; what is quicker is given out last, in any order

seconds: defaultdict[str, float] = defaultdict(float)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    seconds[Path(report.location[0]).name] += report.duration


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):  # the workers of pytest-xdist report to the one that writes
        longest_first = sorted(seconds.items(), key=lambda one: -one[1])
        long = {name: round(taken, 1) for name, taken in longest_first if taken >= LEAST}
        FILE.write_text(json.dumps(long, indent=1) + "\n")

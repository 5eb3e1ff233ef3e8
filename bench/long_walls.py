"""`python -m bench.long_walls`: every view of a wall of LONG stories (100,000), as ratio to one of 1,000.

Each wall has a database of its own. They are measured in turn, so that other work of the machine meets both.
"""

import json
import os
import tempfile
from contextlib import ExitStack
from pathlib import Path

from bench.database import fresh
from bench.machine import described
from bench.server import local_environment, run
from bench.table import Row, from_environment, printed

SHORT = 1_000
TURNS = 3
MOST, MOST_FOR_UPLIFTS, MOST_FOR_SEARCH = 1.5, 1.3, 50.0  # the last one in milliseconds, and with 100,000 stories


def measure_long_walls(folder: Path) -> list[Row]:
    long = from_environment("LONG", 100_000)
    with ExitStack() as stack:
        environments = []
        for stories in (SHORT, long):
            url = stack.enter_context(fresh(os.environ.get("DATABASE_URL", ""), f"wall_{stories}"))
            environments.append(local_environment(folder / f"wall-{stories}", url))
            run(["-m", "bench.long_wall", str(stories)], environments[-1])
        turns = [[json.loads(run(["-m", "bench.views"], each)) for each in environments] for _ in range(TURNS)]
    names = turns[0][0]["views"]
    short, big = ({name: min(turn[place]["views"][name] for turn in turns) for name in names} for place in (0, 1))
    return [
        *(view_row(name, short[name], big[name], long) for name in names),
        uplift_row(*(min(turn[1]["uplifts"][name] for turn in turns) for name in ("with", "without"))),
    ]


def view_row(name: str, short: float, long: float, stories: int) -> Row:
    is_search, ratio = name.startswith("search"), long / short
    return Row(
        f"{name}, {SHORT:,} and {stories:,} stories",
        f"p50 {short:.1f} and {long:.1f} ms, {ratio:.2f} ×",
        f"at most {MOST} ×" + (f", {MOST_FOR_SEARCH:.0f} ms" if is_search else ""),
        ratio <= MOST and (not is_search or long < MOST_FOR_SEARCH or stories > 100_000),
    )


def uplift_row(with_all: float, without: float) -> Row:
    return Row(
        "an uplift, without and with the indexes of orders and search",
        f"p50 {without:.2f} and {with_all:.2f} ms, {with_all / without:.2f} ×",
        f"at most {MOST_FOR_UPLIFTS} ×",
        with_all / without <= MOST_FOR_UPLIFTS,
    )


if __name__ == "__main__":
    print(described())
    with tempfile.TemporaryDirectory(prefix="kindwall-bench-") as place:
        print(printed(measure_long_walls(Path(place))))

"""`python -m bench`: measure Kindwall against what it aims at, in some minutes.

N stories (1,000) hang on the wall and V viewers (200) watch it; the longest wall has LONG stories (100,000). SQLite in
a temporary folder, or new databases on the server of DATABASE_URL. Everything runs on this machine and shares its
cores: the server, the database, and the clients, which are this process.
"""

import asyncio
import json
import os
import signal
import statistics
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from bench.clients import Browser, Connection, Response, get
from bench.database import fresh
from bench.desk import work_the_queue
from bench.in_browser import measure_in_browser
from bench.live import Audience, allow_many_files, measure
from bench.long_walls import measure_long_walls
from bench.machine import described, software
from bench.page import CONNECTIONS, ENCODINGS, Contender, Rate, Visit, compare, first_visit, percentile
from bench.server import Server, local_environment, run, running
from bench.table import Row, from_environment, printed
from bench.team import LONG_QUEUE, SHORT_QUEUE, SMALL, SeededTeam

SERVE = ["manage.py", "serve"]
FEW = 20  # viewers of the small audience
PRESSES = 50  # stories published before the small audience; twice as many before the large one
CROWD = 10_000  # people of the team whose telling is measured
SECONDS = 0.9  # of load in each round on each address


def main() -> None:
    stories, viewers = from_environment("N", 1_000), from_environment("V", 200)
    # A signal to stop unwinds the stack below, which stops the servers and clears up.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, frame: sys.exit(128 + number))
    allow_many_files()
    machine = described()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kindwall-bench-")))
        database_url = stack.enter_context(fresh(os.environ.get("DATABASE_URL", "")))
        environment = local_environment(folder, database_url)
        team = SeededTeam(**json.loads(run(["-m", "bench.seed", str(stories), str(3 * PRESSES)], environment)))
        print(f"{machine}\n{software()}, Django {team.django}, {team.database}\n")
        with running(SERVE, environment, "/healthz/") as server:
            rows = measure_wall(server, environment, folder, team, stories)
            rows += measure_in_browser(server, team)
            rows += measure_desk(server, team)
        rows += measure_telling(environment)
        with running(SERVE, environment, "/healthz/") as server:
            rows += measure_stream(server, team, viewers)
        rows += measure_long_walls(folder)
    print(printed(rows))


def measure_desk(server: Server, team: SeededTeam) -> list[Row]:
    waits = asyncio.run(work_the_queue(server, team))
    few, many = team.desk_queries
    return [
        Row(
            f"desk with {LONG_QUEUE:,} waiting: press to the next story ({len(waits)} presses)",
            f"p50 {percentile(waits, 50):.0f}, p95 {percentile(waits, 95):.0f} ms",
            "p50 under 150 ms",
            percentile(waits, 50) < 150,
        ),
        Row(
            f"queries for the desk, {SHORT_QUEUE} and {LONG_QUEUE:,} waiting",
            f"{few} and {many}",
            "the same",
            few == many,
        ),
    ]


def measure_telling(environment: dict[str, str]) -> list[Row]:
    costs = json.loads(run(["-m", "bench.telling", str(CROWD)], environment))
    return [
        Row(
            f"{CROWD:,} people: {cost['what']}",
            f"{cost['queries']} queries, {cost['seconds']:.2f} s, {cost['rows']:,} rows",
        )
        for cost in costs
    ]


def measure_wall(
    server: Server, environment: dict[str, str], folder: Path, team: SeededTeam, stories: int
) -> list[Row]:
    idle = server.rss
    visit, plain, packed, cookie = asyncio.run(fetch(server.port, team))
    outside, outside_packed = asyncio.run(fetch_signed_out(server.port, team))
    asking = {"cookie": cookie, "accept": "text/html"}
    browser = asking | {"accept_encoding": ENCODINGS}
    visitor = {"accept": "text/html", "accept_language": "en"}
    visitors_browser = visitor | {"accept_encoding": ENCODINGS}
    with ExitStack() as stack:

        def yardstick(page: Response, middleware: str) -> Server:
            (folder / "page").write_bytes(page.body)
            given = {
                "BENCH_PAGE": str(folder / "page"),
                "BENCH_ENCODING": page.header("content-encoding"),
                "BENCH_MIDDLEWARE": middleware,
            }
            return stack.enter_context(running(["-m", "bench.bare"], environment | given, "/ready/"))

        contenders = [  # in the order of rate_rows
            Contender(server, get(team.wall, **asking), len(plain.body)),
            Contender(yardstick(plain, "none"), get("/", **asking), len(plain.body)),
            Contender(server, get(team.wall, **browser), len(packed.body)),
            Contender(yardstick(packed, "none"), get("/", **browser), len(packed.body)),
            Contender(yardstick(plain, "product"), get("/signed-in/", **asking), len(plain.body)),
            Contender(server, get(team.wall, **visitor), len(outside.body)),
            Contender(
                server,
                get(team.wall, **visitor),
                len(outside.body),
                again=lambda etag: get(team.wall, **visitor, if_none_match=etag),
            ),
            Contender(yardstick(outside, "none"), get("/", **visitor), len(outside.body)),
            Contender(server, get(team.wall, **visitors_browser), len(outside_packed.body)),
            Contender(yardstick(outside_packed, "none"), get("/", **visitors_browser), len(outside_packed.body)),
        ]
        rates = asyncio.run(compare(contenders, SECONDS))
    return [
        *rate_rows(rates[:5], plain, packed),
        *public_rows(rates[5:], outside, outside_packed),
        Row(
            f"queries for the wall, {min(SMALL, stories)} and {stories:,} stories",
            " and ".join(map(str, team.queries)),
            "at most 5, the same",
            max(team.queries) <= 5 and len(set(team.queries)) == 1,
        ),
        Row("memory, idle", f"{idle / 1024:.0f} MB"),
        Row("memory, after serving the wall", f"{server.rss / 1024:.0f} MB", "under 250 MB", server.rss < 250 * 1024),
        Row("start, to the first answer", f"{server.start:.2f} s", "under 3 s", server.start < 3),
        Row("first visit, requests", str(visit.requests), "at most 12", visit.requests <= 12),
        Row("first visit, compressed", f"{visit.wire / 1000:.1f} KB", "at most 100 KB", visit.wire <= 100_000),
    ]


async def fetch(port: int, team: SeededTeam) -> tuple[Visit, Response, Response, str]:
    """The first visit; the wall, plain and compressed; and the reader's cookies."""
    browser = Browser(await Connection.open(port))
    await browser.sign_in(team.reader, team.password)
    visit = await first_visit(browser, team.wall)
    plain = await browser.get(team.wall)
    packed = await browser.get(team.wall, accept_encoding=ENCODINGS)
    browser.connection.close()
    return visit, plain, packed, browser.cookie


def rate_rows(rates: list[Rate], plain: Response, packed: Response) -> list[Row]:
    wall, bare, wall_packed, bare_packed, with_middleware = rates
    ratio, ratio_packed = wall.requests / bare.requests, wall_packed.requests / bare_packed.requests
    return [
        Row(f"signed-in wall, {len(plain.body) / 1000:.0f} KB, {CONNECTIONS} connections", rate_text(wall)),
        Row("bare view of the same bytes, no middleware", rate_text(bare)),
        Row("wall against bare view", f"{ratio:.3f}", "at least 0.2, then 0.4", ratio >= 0.2),
        # Steadier where the machine has other work to do.
        Row("the same by the servers’ processor time", f"{bare.cpu / wall.cpu:.3f}"),
        Row(
            f"signed-in wall as browsers ask, {len(packed.body) / 1000:.1f} KB {packed.header('content-encoding')}",
            rate_text(wall_packed),
        ),
        Row("bare view of those bytes, no middleware", rate_text(bare_packed)),
        Row("wall against bare view, compressed", f"{ratio_packed:.3f}"),
        Row("the same by the servers’ processor time, compressed", f"{bare_packed.cpu / wall_packed.cpu:.3f}"),
        Row("bare view in the product's middleware, signed in", rate_text(with_middleware)),
    ]


async def fetch_signed_out(port: int, team: SeededTeam) -> tuple[Response, Response]:
    """The public wall, plain and compressed."""
    connection = await Connection.open(port)
    visitor = {"accept": "text/html", "accept_language": "en"}
    plain = await connection.ask(get(team.wall, **visitor))
    packed = await connection.ask(get(team.wall, **visitor, accept_encoding=ENCODINGS))
    connection.close()
    return plain, packed


def public_rows(rates: list[Rate], plain: Response, packed: Response) -> list[Row]:
    wall, unchanged, bare, wall_packed, bare_packed = rates
    ratio, ratio_unchanged = wall.requests / bare.requests, unchanged.requests / bare.requests
    ratio_packed = wall_packed.requests / bare_packed.requests
    return [
        Row(f"public wall, signed out, {len(plain.body) / 1000:.0f} KB", rate_text(wall)),
        Row("the same, unchanged since (304)", rate_text(unchanged)),
        Row("bare view of the public wall's bytes, no middleware", rate_text(bare)),
        Row("public wall against bare view", f"{ratio:.3f}", "at least 0.5", ratio >= 0.5),
        Row("its 304 against bare view", f"{ratio_unchanged:.3f}", "at least 0.7", ratio_unchanged >= 0.7),
        Row("the two by the servers’ processor time", f"{bare.cpu / wall.cpu:.3f} and {bare.cpu / unchanged.cpu:.3f}"),
        Row(f"public wall as browsers ask, {len(packed.body) / 1000:.1f} KB", rate_text(wall_packed)),
        Row("public wall against bare view, compressed", f"{ratio_packed:.3f}"),
    ]


def rate_text(rate: Rate) -> str:
    return f"{rate.requests:,.0f}/s, p50 {rate.p50:.1f} ms, p95 {rate.p95:.1f} ms, cpu {rate.cpu:.2f} ms"


def measure_stream(server: Server, team: SeededTeam, viewers: int) -> list[Row]:
    few, many = asyncio.run(watch(server, team, viewers))
    return [
        *audience_rows(few, "p50 under 50 ms", percentile(lasts(few), 50) < 50),
        *audience_rows(many, "p99 under 300 ms", percentile(lasts(many), 99) < 300),
        Row(f"memory for each of {viewers:,} viewers", f"{many.memory:.1f} KB", "at most 50 KB", many.memory <= 50),
        Row(f"threads with {viewers:,} viewers", str(many.threads)),
        Row(f"{viewers:,} streams opened in", f"{many.opened_in:.2f} s"),
    ]


async def watch(server: Server, team: SeededTeam, viewers: int) -> tuple[Audience, Audience]:
    reader, moderator = [Browser(await Connection.open(server.port)) for _ in range(2)]
    await reader.sign_in(team.reader, team.password)
    await moderator.sign_in(team.moderator, team.password)
    for _ in range(50):  # to be warm, so that the memory of pages is not taken for the viewers'
        await reader.get(team.wall)
    few = await measure(server, reader, moderator, team.wall, FEW, team.pending[:PRESSES])
    many = await measure(server, reader, moderator, team.wall, viewers, team.pending[PRESSES:])
    for browser in (reader, moderator):
        browser.connection.close()
    return few, many


def audience_rows(audience: Audience, aim: str, met: bool) -> list[Row]:
    last = lasts(audience)
    middle = statistics.median(spread.median for spread in audience.spreads) * 1000
    return [
        Row(
            f"{audience.viewers:,} viewers: press to the last screen ({len(last)} presses)",
            f"p50 {percentile(last, 50):.0f}, p99 {percentile(last, 99):.0f}, max {max(last):.0f} ms",
            aim,
            met,
        ),
        Row(f"{audience.viewers:,} viewers: press to the middle screen", f"p50 {middle:.0f} ms"),
    ]


def lasts(audience: Audience) -> list[float]:
    """Milliseconds to the last screen, for each press."""
    return [spread.last * 1000 for spread in audience.spreads]


if __name__ == "__main__":
    main()

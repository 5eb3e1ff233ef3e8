"""The wall page: its rate beside a bare view's, and what a first visit costs."""

import math
import re
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin

from bench.clients import Browser, get, load
from bench.server import Server

CONNECTIONS = 8
ROUNDS = 3
ENCODINGS = "gzip, deflate, br, zstd"  # as browsers ask
FONT_FACE = re.compile(r"@font-face\s*{(?P<rules>[^}]*)}")
RANGE = re.compile(r"unicode-range:\s*(?P<ranges>[^;}]+)")
URL = re.compile(r"""url\(\s*["']?(?P<url>[^"')]+)["']?\s*\)""")
IMPORT = re.compile(r"""\bimport\b[^;'"]*["'](?P<url>[^"']+)["']""")


@dataclass(frozen=True, slots=True)
class Rate:
    """One address under load, over all its rounds."""

    requests: float  # a second; the median of the rounds
    p50: float  # milliseconds
    p95: float
    cpu: float  # milliseconds of the server's processor time for one answer


@dataclass(frozen=True, slots=True)
class Contender:
    server: Server
    request: bytes
    length: int  # bytes of its body
    again: Callable[[str], bytes] | None = None  # the request of a cache that has the page, from its ETag

    async def load(self, seconds: float) -> tuple[list[float], float]:
        return await load(
            self.server.port,
            self.request,
            seconds=seconds,
            connections=CONNECTIONS,
            length=self.length,
            again=self.again,
        )


async def compare(contenders: Sequence[Contender], seconds: float) -> list[Rate]:
    """Each in its turn, ROUNDS times over, so that whatever else the machine does meets all of them."""
    latencies: list[list[float]] = [[] for _ in contenders]
    rates: list[list[float]] = [[] for _ in contenders]
    used = [0.0 for _ in contenders]
    for one in contenders:  # to be warm
        await one.load(0.3)
    for _ in range(ROUNDS):
        for place, one in enumerate(contenders):
            before = one.server.cpu
            took, passed = await one.load(seconds)
            used[place] += one.server.cpu - before
            latencies[place] += took
            rates[place].append(len(took) / passed)
    return [
        Rate(
            requests=statistics.median(rate),
            p50=percentile(took, 50) * 1000,
            p95=percentile(took, 95) * 1000,
            cpu=cpu / len(took) * 1000,
        )
        for rate, took, cpu in zip(rates, latencies, used, strict=True)
    ]


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


@dataclass(frozen=True, slots=True)
class Visit:
    requests: int
    wire: int  # bytes received, compressed, headers included


async def first_visit(browser: Browser, wall: str) -> Visit:
    """The requests of a browser with an empty cache, and the live stream, whose few bytes are not counted.

    Every picture of the stylesheet counts, used on the wall or not; a font counts if a character
    of the page is in its range.
    """
    page = await browser.get(wall, accept_encoding=ENCODINGS)
    reader = PageReader()
    reader.feed(page.text)
    wire, asked, waiting = page.wire, {wall}, [urljoin(wall, url) for url in reader.urls]
    while waiting:
        url = waiting.pop(0).partition("#")[0]
        if url in asked:
            continue
        asked.add(url)
        response = await browser.connection.ask(get(url, accept_encoding=ENCODINGS))
        if response.status != 200:
            raise SystemExit(f"{url} was answered with {response.status}.")
        wire += response.wire
        waiting += (urljoin(url, found) for found in referred(url, response.text if is_text(url) else "", page.text))
    return Visit(requests=len(asked) + reader.streams, wire=wire)


def is_text(url: str) -> bool:
    return url.endswith((".css", ".js"))


def referred(url: str, source: str, page: str) -> Iterable[str]:
    if url.endswith(".js"):
        return [match["url"] for match in IMPORT.finditer(source)]
    characters = {ord(character) for character in page}
    for face in FONT_FACE.finditer(source):
        if (given := RANGE.search(face["rules"])) and not any(in_ranges(given["ranges"], characters)):
            source = source.replace(face[0], "")
    return [match["url"] for match in URL.finditer(source) if not match["url"].startswith(("data:", "#"))]


def in_ranges(ranges: str, characters: set[int]) -> Iterable[bool]:
    """For each of CSS's ranges, such as `U+0000-00FF, U+0131`, whether one of the characters is in it."""
    for one in ranges.split(","):
        first, _, last = one.strip().removeprefix("U+").partition("-")
        yield any(int(first, 16) <= character <= int(last or first, 16) for character in characters)


class PageReader(HTMLParser):
    """Collects what a page makes a browser ask for at once."""

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []
        self.streams = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value for name, value in attrs if value}
        self.streams += tag == "live-stream"
        if tag == "link" and {"icon", "preload", "stylesheet"} & set(values.get("rel", "").split()):
            self.urls.append(values["href"])
        elif tag in ("script", "img") and "src" in values:
            self.urls.append(values["src"])
        elif tag == "use" and not values.get("href", "#").startswith("#"):
            self.urls.append(values["href"])

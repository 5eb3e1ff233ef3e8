"""What somebody at a screen waits for, in a real Chromium: the desk's keys, and drawing the wall."""

import os
import statistics
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, ViewportSize, sync_playwright

from bench.server import Server
from bench.table import Row
from bench.team import LONG_QUEUE, SeededTeam

PRESSES = 50
DRAWINGS = 7
LAPTOP = ViewportSize(width=1280, height=800)
# Returns the milliseconds from a press until the next story is painted: a message is handled after the frame.
PRESS = """
(key) => new Promise((resolve, reject) => {
  const desk = document.querySelector("moderators-desk");
  const before = document.querySelector(".desk-item").dataset.pk;
  let pressed;
  const changes = new MutationObserver(() => {
    const item = document.querySelector(".desk-item");
    if (!item || item.dataset.pk === before) return;
    changes.disconnect();
    requestAnimationFrame(() => {
      const painted = new MessageChannel();
      painted.port1.onmessage = () => resolve(performance.now() - pressed);
      painted.port2.postMessage(0);
    });
  });
  changes.observe(desk, { childList: true, subtree: true });
  pressed = performance.now();
  const code = `Key${key.toUpperCase()}`;
  document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, code, bubbles: true, cancelable: true }));
  setTimeout(() => reject(new Error(`The key ${key} brought no other story.`)), 5000);
})
"""


def measure_in_browser(server: Server, team: SeededTeam) -> list[Row]:
    """Return no figures, but a row that says so, where there is no Chromium."""
    found = subprocess.run(["scripts/chromium.sh"], capture_output=True, text=True, check=False)
    if found.returncode:
        return [Row("in a browser", "not measured: no Chromium")]
    with signed_in(found.stdout.strip(), server, team.moderator, team.password) as page:
        return [*desk_rows(page, team), *wall_rows(page, team)]


@contextmanager
def signed_in(chromium: str, server: Server, email: str, password: str) -> Iterator[Page]:
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        page = browser.new_page(viewport=LAPTOP, base_url=f"http://localhost:{server.port}", reduced_motion="reduce")
        page.goto("/accounts/login/")
        page.fill("input[name=login]", email)
        page.fill("input[name=password]", password)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda address: "login" not in address)
        yield page
        browser.close()


def desk_rows(page: Page, team: SeededTeam) -> list[Row]:
    rows = []
    for key, what, aim in (("j", "the next story", 100), ("p", "publish, and the next story", 150)):
        open_page(page, team.desk)
        waits = [press(page, key) for _ in range(PRESSES if key == "p" else PRESSES // 3)]
        median = statistics.median(waits)
        rows.append(
            Row(
                f"desk with {LONG_QUEUE:,} waiting: key {key} ({what}) to painted",
                f"p50 {median:.0f} ms",
                f"p50 under {aim} ms",
                median < aim,
            )
        )
    return rows


def open_page(page: Page, address: str) -> None:
    """Open a page and let its scripts begin. The live stream never ends, so the network is never at rest."""
    page.goto(address)
    page.wait_for_timeout(1_000)


def press(page: Page, key: str) -> float:
    page.wait_for_timeout(150)  # a person reads; a key counts only for a story that has been in sight
    wait: float = page.evaluate(PRESS, key)
    return wait


def wall_rows(page: Page, team: SeededTeam) -> list[Row]:
    """Measure by the browser's own counts, for a reader who has been there before."""
    open_page(page, team.wall)
    page.get_by_role("button", name="Got it").click()
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable")
    times, nodes = [], 0
    for _ in range(DRAWINGS):
        page.goto("about:blank")
        before = metrics(devtools.send("Performance.getMetrics"))
        open_page(page, team.wall)
        after = metrics(devtools.send("Performance.getMetrics"))
        times.append(sum(after[name] - before[name] for name in ("RecalcStyleDuration", "LayoutDuration")) * 1000)
        devtools.send("HeapProfiler.collectGarbage")  # of the pages before
        nodes = int(metrics(devtools.send("Performance.getMetrics"))["Nodes"])
    return [
        Row(
            "wall at 1280 px: style and layout",
            f"p50 {statistics.median(times):.0f} ms",
            "p50 under 50 ms",
            statistics.median(times) < 50,
        ),
        Row("wall: nodes", f"{nodes:,}", "under 3,000", nodes < 3_000),
    ]


def metrics(answer: dict[str, list[dict[str, float | str]]]) -> dict[str, float]:
    return {str(metric["name"]): float(metric["value"]) for metric in answer["metrics"]}

"""People with browsers: who they are, what they open, and what must never happen meanwhile."""

import re
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, WebError

from tests.factories import PASSWORD
from tests.journeys.installation import Installation
from tests.prepared import DEMO_PASSWORD

WALL = "/harbour/"
NAMES = {
    "owner": "Ingrid Solheim",
    "moderator": "Ben Hallam",
    "second.moderator": "Maureen Doyle",
    "member": "Chidi Eze",
    "newcomer": "Elif Kaya",
    "ana": "Ana Ribeiro",
}
MOVING: dict[str, Any] = {"reduced_motion": "no-preference"}
# A browser without a graphics card takes longer to draw textures, shadows, the light and a change of colour than for
# all else that a journey does. They are decoration. Journeys with MOVING have them, and those without JavaScript.
WITHOUT_TEXTURES = """
  const plain = new CSSStyleSheet();
  plain.replaceSync(`
    *, ::before, ::after {
      background-image: none !important; background-blend-mode: normal !important;
      transition-property: none !important; }
    ::before, ::after { box-shadow: none !important; }
    :is(html, body)::before, :is(html, body)::after { display: none !important; }`);
  document.adoptedStyleSheets = [plain];"""
STREAM = re.compile(r"/live/\?after=")


class Visits:
    """The browsers of one journey. Called, it opens a page as somebody; `who` None is a visitor.

    Each has a session of its own, made behind the scenes: to sign in by the page takes as long as much of a journey.
    """

    def __init__(self, browser: Browser, place: Installation) -> None:
        self.browser = browser
        self.place = place
        self.contexts: list[BrowserContext] = []
        self.trouble: list[str] = []
        self.foreseen: list[tuple[str, str]] = []
        self.origins = [place.origin]  # where journeys lead; a stranger's address is trouble
        self.read_from = place.log.stat().st_size

    def __call__(self, who: str | None, path: str = WALL, **options: Any) -> Page:
        """A page in a browser of its own.

        Nothing moves in it unless the journey says so, with `**MOVING`: it is quicker, and a reader may want it so.
        """
        scripts = options.get("java_script_enabled", True)
        context = self.open(**{"reduced_motion": "reduce", **options})
        if who:
            cookies = self.place.behind("session_of", who=who)
            context.add_cookies([{"name": name, "value": cookies[name], "url": self.place.origin} for name in cookies])
        page = context.new_page()
        if path == WALL and scripts:
            # The journey begins when the wall is live, so that what it measures is the stream and not the start.
            with page.expect_response(STREAM):
                page.goto(path)
        else:
            page.goto(path)
        return page

    def open(self, **options: Any) -> BrowserContext:
        context = self.browser.new_context(**{"base_url": self.place.origin, **options})
        context.on("console", self._said)
        context.on("weberror", self._failed)
        context.on("request", self._asked)
        if options.get("reduced_motion") != MOVING["reduced_motion"]:
            context.add_init_script(WITHOUT_TEXTURES)
        self.contexts.append(context)
        return context

    def foresee(self, words: str, path: str = "") -> None:
        """A browser reports refusals and lost connections as errors; these are part of the journey."""
        self.foreseen.append((words, path))

    def foresee_lost_connections(self) -> None:
        self.foresee("net::ERR_")
        self.foresee("htmx:error: Failed to fetch", "/htmx-")

    def finish(self) -> None:
        for context in self.contexts:
            context.close()
        if (code := self.place.ended()) is not None:
            self.trouble.append(f"the server has ended with {code}")
            self.place.start()  # the next journey is another
        with self.place.log.open() as log:
            log.seek(self.read_from)
            said = log.read()
        if " ERROR " in said or " CRITICAL " in said:
            self.trouble.append(f"the server: {said}")
        assert not self.trouble, "\n".join(self.trouble)

    # Errors that no journey may meet

    def _said(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        address = message.location["url"]
        if not any(words in message.text and path in address for words, path in self.foreseen):
            self.trouble.append(f"console {message.type}: {message.text} ({address})")

    def _failed(self, error: WebError) -> None:
        self.trouble.append(f"script: {error.error}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((*(f"{origin}/" for origin in self.origins), "data:", "blob:")):
            self.trouble.append(f"asked another host: {request.url}")


def enter(page: Page, who: str) -> None:
    """Fill in the sign-in that is open."""
    page.get_by_label("Email").fill(f"{who}@kindwall.example")
    page.get_by_label("Password").fill(DEMO_PASSWORD if who in NAMES else PASSWORD)
    page.get_by_role("button", name="Sign in").click()

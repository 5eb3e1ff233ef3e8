"""A real server for hostile tests, whose memory, threads and health are measured from outside."""

import http.client
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

from tests.journeys.installation import Installation

PATIENCE = 20.0  # seconds that one answer may take before the test gives up on it
LOOK = 0.05  # seconds between two looks at the server


@dataclass(frozen=True, slots=True)
class Reply:
    """The response to one request."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float
    cookies: Mapping[str, str] = field(default_factory=dict)  # set by it; an empty value deletes one

    @property
    def text(self) -> str:
        return self.body.decode()


class Person:
    """A browser that is signed in, or a visitor's without a session. Each request has its own connection."""

    def __init__(self, port: int, cookies: Mapping[str, str]) -> None:
        self.port = port
        self.cookies = dict(cookies)

    def headers(self) -> dict[str, str]:
        """Return the headers of each request of the browser, with the CSRF token."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": cookie, "X-CSRFToken": self.cookies.get("kindwall_csrf", "")}

    def get(self, path: str, **headers: str) -> Reply:
        return self.ask("GET", path, b"", headers)

    def post(self, path: str, fields: Mapping[str, str] | bytes, **headers: str) -> Reply:
        """Send a form; bytes go as they are, with the content type that `headers` names."""
        body = fields if isinstance(fields, bytes) else urlencode(fields).encode()
        return self.ask("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded", **headers})

    def ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        began = time.monotonic()
        try:
            connection.request(method, path, body or None, {**self.headers(), **headers})
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        cookies = SimpleCookie("\n".join(response.headers.get_all("Set-Cookie", [])))
        given = {name: morsel.value for name, morsel in cookies.items()}
        return Reply(response.status, dict(response.getheaders()), content, time.monotonic() - began, given)


@dataclass(slots=True)
class Watch:
    """The worst measured values: seconds for /healthz/, bytes of memory, threads."""

    slowest: float = 0.0
    memory: int = 0
    threads: int = 0
    looks: int = 0
    failures: list[str] = field(default_factory=list)


class Target:
    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.port = installation.port

    @property
    def pid(self) -> int:
        process = self.installation.process
        assert process is not None
        return process.pid

    def person(self, who: str) -> Person:
        """A browser in which somebody of the demo team is signed in: owner, moderator, member …"""
        return Person(self.port, self.installation.behind("session_of", who=who))

    def visitor(self) -> Person:
        return Person(self.port, {})

    def status(self, name: str) -> int:
        """A number of /proc/PID/status: VmRSS and VmHWM in bytes, Threads."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                number, *unit = line.split()[1:]
                return int(number) * (1024 if unit else 1)
        raise KeyError(name)

    @contextmanager
    def watched(self) -> Iterator[Watch]:
        """Ask for /healthz/ again and again, and look at memory and threads, while the body runs."""
        watch, stop = Watch(), threading.Event()
        watcher = threading.Thread(target=self._watch, args=(watch, stop), daemon=True)
        watcher.start()
        try:
            yield watch
        finally:
            stop.set()
            watcher.join()
        assert watch.looks, "the server was never looked at"
        assert not watch.failures, watch.failures

    def _watch(self, watch: Watch, stop: threading.Event) -> None:
        while not stop.is_set():
            began = time.monotonic()
            try:
                status = self.visitor().get("/healthz/").status
                if status != 200:
                    watch.failures.append(f"/healthz/ answered {status}")
                watch.memory = max(watch.memory, self.status("VmRSS"))
                watch.threads = max(watch.threads, self.status("Threads"))
            except OSError as error:
                watch.failures.append(repr(error))
            watch.slowest = max(watch.slowest, time.monotonic() - began)
            watch.looks += 1
            stop.wait(LOOK)

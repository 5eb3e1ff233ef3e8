"""HTTP/1.1 clients on one asyncio loop: a kept connection, a browser's cookies and forms, and a steady load."""

import asyncio
import gzip
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

import brotli  # type: ignore[import-untyped]
from httptools import HttpResponseParser

CSRF = re.compile(r'"X-CSRFToken": "(\w+)"|name="csrfmiddlewaretoken" value="(\w+)"')


@dataclass(slots=True)
class Response:
    status: int
    headers: list[tuple[str, str]]
    body: bytes
    wire: int = 0  # bytes received, headers included

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")

    @property
    def text(self) -> str:
        decoders = {"br": brotli.decompress, "gzip": gzip.decompress}
        decode = decoders.get(self.header("content-encoding"), bytes)
        return bytes(decode(self.body)).decode()


class Connection(asyncio.Protocol):
    """One kept connection; one request at a time."""

    @classmethod
    async def open(cls, port: int) -> "Connection":
        _, connection = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        return connection

    def ask(self, request: bytes) -> asyncio.Future[Response]:
        self.response: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self.parser = HttpResponseParser(self)
        self.headers: list[tuple[str, str]] = []
        self.body: list[bytes] = []
        self.wire = 0
        self.transport.write(request)
        return self.response

    def close(self) -> None:
        self.transport.close()

    # asyncio's calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.wire += len(data)
        self.parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        response = getattr(self, "response", None)
        if response is not None and not response.done():
            response.set_exception(exc or ConnectionResetError("closed before the response was complete"))

    # The parser's calls

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.decode().lower(), value.decode("latin-1")))

    def on_body(self, body: bytes) -> None:
        self.body.append(body)

    def on_message_complete(self) -> None:
        self.response.set_result(Response(self.parser.get_status_code(), self.headers, b"".join(self.body), self.wire))


def get(path: str, **headers: str) -> bytes:
    return request("GET", path, headers)


def request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """Keyword names become header names: `accept_encoding` is Accept-Encoding."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if method == "POST":
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(slots=True)
class Browser:
    """Somebody who signs in, reads pages and sends forms."""

    connection: Connection
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    async def sign_in(self, email: str, password: str) -> None:
        await self.get("/accounts/login/")
        form = {"login": email, "password": password, "csrfmiddlewaretoken": self.token}
        response = await self.post("/accounts/login/", form)
        if response.status != 302 or "kindwall_session" not in self.cookies:
            raise SystemExit(f"Signing in was answered with {response.status}.")

    async def get(self, path: str, **headers: str) -> Response:
        response = await self.connection.ask(get(path, **headers, **self._cookie_header()))
        self._store_cookies(response)
        if found := CSRF.search(response.text if response.header("content-type").startswith("text/html") else ""):
            self.token = found[1] or found[2]
        return response

    def form(self, path: str, fields: dict[str, str], **headers: str) -> bytes:
        """The request that sends a form, ready to be written."""
        return request("POST", path, headers | self._cookie_header(), urlencode(fields).encode())

    async def post(self, path: str, fields: dict[str, str]) -> Response:
        response = await self.connection.ask(self.form(path, fields))
        self._store_cookies(response)
        return response

    def _cookie_header(self) -> dict[str, str]:
        return {"cookie": self.cookie} if self.cookies else {}

    def _store_cookies(self, response: Response) -> None:
        for key, value in response.headers:
            if key == "set-cookie":
                name, _, rest = value.partition("=")
                self.cookies[name] = rest.partition(";")[0]


async def load(
    port: int,
    wanted: bytes,
    *,
    seconds: float,
    connections: int,
    length: int,
    again: Callable[[str], bytes] | None = None,
) -> tuple[list[float], float]:
    """Ask again as soon as each response is complete: every latency, and the time that passed, in seconds.

    A response other than 200 with `length` bytes, give or take a tenth, ends the bench. With `again`, which makes
    the next request from the ETag of the last response, each but a few is a 304: the page changes rarely.
    """
    latencies: list[float] = []
    opened = [await Connection.open(port) for _ in range(connections)]
    began = time.perf_counter()

    async def keep_asking(connection: Connection) -> None:
        request, now = wanted, time.perf_counter()
        while now < began + seconds:
            response = await connection.ask(request)
            before, now = now, time.perf_counter()
            latencies.append(now - before)
            if again and response.status == 304:
                continue
            if again:
                request = again(response.header("etag"))
            if response.status != 200 or abs(len(response.body) - length) > length / 10:
                raise SystemExit(f"Unexpected: {response.status} with {len(response.body)} bytes.")

    try:
        await asyncio.gather(*(keep_asking(connection) for connection in opened))
        return latencies, time.perf_counter() - began
    finally:
        for connection in opened:
            connection.close()

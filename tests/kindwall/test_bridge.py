"""The one way in: what a server hands over, and what it gets back."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from kindwall import bridge
from kindwall.bridge import MOST_BODY, WHOLE, Bridge, StreamResponse

pytestmark = pytest.mark.once

PATIENCE = 10.0


class Parts:
    """A long response, and whether Django was told that it is over."""

    def __init__(self, number: int = 1_000_000, part: bytes = b"x" * 65_536) -> None:
        self.number, self.part = number, part
        self.given = 0
        self.closed = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(self.number):
            self.given += 1
            yield self.part

    def close(self) -> None:
        self.closed.set()


class Stream(StreamResponse):
    async def stream(self, headers: list[tuple[bytes, bytes]], receive: bridge.Receive, send: bridge.Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"on the loop"})


class Handler(WSGIHandler):
    """Django's handler with one view, `answer`, instead of the site."""

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.answer = answer
        self.requests: list[WSGIRequest] = []

    def get_response(self, request: Any) -> HttpResponseBase:
        self.requests.append(request)
        response: HttpResponseBase = self.answer(request)
        return response


class Reader:
    """The other end of a connection. `leaves_after` is how much of a response it waits for."""

    def __init__(self, *messages: dict[str, Any], leaves_after: int | None = None) -> None:
        self.messages = list(messages) or [{"type": "http.request", "body": b"", "more_body": False}]
        self.leaves_after = leaves_after
        self.left = asyncio.Event()
        self.sent: list[dict[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        if self.messages:
            return self.messages.pop(0)
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)
        if self.leaves_after is not None and len(self.body) > self.leaves_after:
            self.left.set()
            await asyncio.sleep(0)

    @property
    def status(self) -> int:
        status: int = self.sent[0]["status"]
        return status

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.sent[0]["headers"])

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)

    @property
    def complete(self) -> bool:
        return not self.sent[-1].get("more_body", False)


def scope(method: str = "GET", path: str = "/", query: bytes = b"", **headers: str) -> dict[str, Any]:
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query,
        "scheme": "http",
        "http_version": "1.1",
        "headers": [(name.replace("__", "-").lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("192.0.2.7", 1234),
        "server": ("testserver", 80),
    }


async def nothing() -> None: ...


def make_bridge(handler: WSGIHandler) -> Bridge:
    return Bridge(handler, start=nothing, stop=nothing, threads=2)


def ask(answer: Any, asked: dict[str, Any] | None = None, reader: Reader | None = None) -> tuple[Reader, Handler]:
    """One request to a bridge whose site is `answer`."""
    handler = Handler(answer)

    async def test() -> Reader:
        other_end = reader or Reader()
        application = make_bridge(handler)
        async with asyncio.timeout(PATIENCE):
            await application(asked or scope(), other_end.receive, other_end.send)
        application.pool.shutdown()
        return other_end

    return asyncio.run(test()), handler


def test_a_page_is_sent_whole() -> None:
    reader, _ = ask(lambda request: HttpResponse(f"Hello, {request.GET['name']}", status=418), scope(query=b"name=Ana"))
    assert (reader.status, reader.body, reader.complete) == (418, b"Hello, Ana", True)
    assert len(reader.sent) == 2
    assert reader.headers[b"content-type"] == b"text/html; charset=utf-8"


@pytest.mark.django_db
def test_the_real_site_answers_through_it(client: Any) -> None:
    handler = WSGIHandler()

    async def test() -> list[Reader]:
        application, readers = make_bridge(handler), []
        for method, path in (("GET", "/no-such/thing/here"), ("HEAD", "/no-such/thing/here")):
            reader = Reader()
            await application(scope(method, path, host="testserver"), reader.receive, reader.send)
            readers.append(reader)
        application.pool.shutdown()
        return readers

    got, head = asyncio.run(test())
    assert got.status == head.status == 404
    assert b"<!doctype html>" in got.body
    assert head.body == b""
    assert head.headers[b"content-length"] == got.headers[b"content-length"] or b"content-length" in head.headers


def test_a_head_has_headers_and_no_body() -> None:
    reader, _ = ask(lambda request: HttpResponse("Hello", headers={"Content-Length": "5"}), scope("HEAD"))
    assert (reader.status, reader.body, reader.headers[b"content-length"]) == (200, b"", b"5")
    assert reader.complete


def test_paths_and_queries_arrive_as_they_were_sent() -> None:
    _, handler = ask(lambda request: HttpResponse(), scope(path="/straße/日本/", query=b"q=%C3%A9&q=2"))
    [request] = handler.requests
    assert request.path == "/straße/日本/"
    assert request.GET.getlist("q") == ["é", "2"]


@pytest.mark.parametrize("size", [0, 10, bridge.IN_MEMORY + 1], ids=["none", "small", "in a file"])
def test_a_post_arrives_whole_though_it_came_in_pieces(size: int) -> None:
    body = b"z" * size
    half = size // 2
    reader = Reader(
        {"type": "http.request", "body": body[:half], "more_body": True},
        {"type": "http.request", "more_body": True},
        {"type": "http.request", "body": body[half:]},
    )
    ask(lambda request: HttpResponse(str(len(request.read()))), scope("POST"), reader)
    assert reader.body == str(size).encode(), "also without a declared length"


def test_a_form_is_read() -> None:
    reader = Reader({"type": "http.request", "body": b"body=Held+the+lift&qualities=hope&qualities=love"})
    asked = scope("POST", content__type="application/x-www-form-urlencoded", content__length="48")
    _, handler = ask(lambda request: JsonResponse(dict(request.POST.lists())), asked, reader)
    assert handler.requests[0].POST.getlist("qualities") == ["hope", "love"]
    assert b"Held the lift" in reader.body


def test_an_upload_that_is_declared_too_large_is_refused_unread() -> None:
    reader = Reader({"type": "http.request", "body": b"x", "more_body": True})
    _, handler = ask(lambda request: HttpResponse(), scope("POST", content__length=str(MOST_BODY + 1)), reader)
    assert (reader.status, handler.requests, len(reader.messages)) == (413, [], 1)
    assert reader.headers[b"connection"] == b"close"


def test_an_upload_without_end_is_refused_when_it_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge, "MOST_BODY", 1_000)
    more = {"type": "http.request", "body": b"x" * 400, "more_body": True}
    reader = Reader(*[more] * 9)
    _, handler = ask(lambda request: HttpResponse(), scope("POST"), reader)
    assert (reader.status, handler.requests) == (413, [])
    assert len(reader.messages) == 6, "what is too much is not read to its end"


@pytest.mark.parametrize("length", ["x", "-5", ""])
def test_a_length_that_is_none_does_not_break_the_bridge(length: str) -> None:
    reader, _ = ask(lambda request: HttpResponse("fine"), scope("POST", content__length=length))
    assert reader.status in (200, 400)


def test_somebody_who_leaves_during_an_upload_is_not_answered() -> None:
    reader = Reader({"type": "http.request", "body": b"half", "more_body": True}, {"type": "http.disconnect"})
    _, handler = ask(lambda request: HttpResponse(), scope("POST"), reader)
    assert (reader.sent, handler.requests) == ([], [])


def test_a_header_with_an_underscore_cannot_pass_for_another() -> None:
    asked = scope()
    asked["headers"] = [(b"x_forwarded_for", b"forged"), (b"x-real-ip", b"real"), (b"x_real_ip", b"forged")]
    _, handler = ask(lambda request: HttpResponse(), asked)
    [request] = handler.requests
    assert "forged" not in "".join(map(str, request.META.values()))
    assert request.headers["X-Real-Ip"] == "real"


def test_cookies_in_several_headers_are_all_read() -> None:
    asked = scope()
    asked["headers"] = [(b"cookie", b"one=1"), (b"cookie", b"two=2")]
    _, handler = ask(lambda request: HttpResponse(), asked)
    assert handler.requests[0].META["HTTP_COOKIE"].replace(",", ";").split(";")[0] == "one=1"
    assert handler.requests[0].COOKIES == {"one": "1", "two": "2"}


def test_a_long_response_arrives_part_by_part() -> None:
    parts = Parts(number=40)
    reader, _ = ask(lambda request: StreamingHttpResponse(parts))
    assert len(reader.body) == 40 * 65_536
    assert len(reader.sent) == 42
    assert reader.complete
    assert parts.closed.is_set()


def test_a_short_response_of_known_length_is_sent_at_once() -> None:
    parts = Parts(number=2, part=b"x" * 10)
    reader, _ = ask(lambda request: StreamingHttpResponse(parts, headers={"Content-Length": "20"}))
    assert (reader.body, len(reader.sent)) == (b"x" * 20, 2)
    assert parts.closed.is_set()


def test_a_long_response_is_over_when_its_reader_has_left() -> None:
    parts = Parts()
    reader = Reader(leaves_after=WHOLE)
    ask(lambda request: StreamingHttpResponse(parts), reader=reader)
    assert parts.closed.is_set()
    assert parts.given < 100
    assert not reader.complete


def test_a_long_response_is_over_when_its_reader_has_stopped_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge, "SEND_TIMEOUT", 0.05)

    class Stopped(Reader):
        async def send(self, message: dict[str, Any]) -> None:
            await super().send(message)
            if len(self.sent) > 3:
                await asyncio.Event().wait()

    parts = Parts()
    ask(lambda request: StreamingHttpResponse(parts), reader=Stopped())
    assert parts.closed.is_set()
    assert parts.given < 10


def test_a_view_that_keeps_its_connection_goes_on_without_a_thread() -> None:
    def answer(request: Any) -> HttpResponseBase:
        return Stream(content_type="text/event-stream", headers={"Content-Length": "0"})

    reader, _ = ask(answer)
    assert (reader.status, reader.body) == (200, b"on the loop")
    assert b"content-length" not in reader.headers
    assert reader.headers[b"content-type"] == b"text/event-stream"


def test_what_breaks_outside_django_is_a_500_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def broken(request: Any) -> HttpResponse:
        raise RuntimeError("boom")

    reader, _ = ask(broken)
    assert (reader.status, reader.complete) == (500, True)
    assert b"boom" not in reader.body
    assert "GET / failed outside Django" in caplog.text
    assert "boom" in caplog.text


def test_what_breaks_halfway_cuts_the_connection_instead_of_looking_whole() -> None:
    class Breaking(Parts):
        def __iter__(self) -> Iterator[bytes]:
            yield b"half"
            raise RuntimeError("boom")

    parts = Breaking()
    reader = Reader()
    with pytest.raises(RuntimeError, match="boom"):
        ask(lambda request: StreamingHttpResponse(parts), reader=reader)
    assert reader.body == b"half"
    assert not reader.complete
    assert parts.closed.is_set()


def test_a_query_that_cannot_be_read_is_a_400() -> None:
    reader, handler = ask(lambda request: HttpResponse(), scope(query="q=é".encode("latin-1")))
    assert (reader.status, handler.requests) == (400, [])


def test_it_starts_and_stops_with_the_server() -> None:
    called: list[str] = []

    async def start() -> None:
        called.append("start")

    async def stop() -> None:
        called.append("stop")

    async def test() -> None:
        reader = Reader({"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})
        await Bridge(Handler(None), start=start, stop=stop, threads=1)(
            {"type": "lifespan"}, reader.receive, reader.send
        )
        assert [message["type"] for message in reader.sent] == [
            "lifespan.startup.complete",
            "lifespan.shutdown.complete",
        ]

    asyncio.run(test())
    assert called == ["start", "stop"]


def test_a_websocket_is_not_its_business() -> None:
    reader = Reader()
    with pytest.raises(ValueError, match="HTTP only"):
        ask(lambda request: HttpResponse(), {"type": "websocket"}, reader)
    assert reader.sent == []


def test_requests_are_answered_side_by_side() -> None:
    meeting = threading.Barrier(2, timeout=PATIENCE)

    def answer(request: Any) -> HttpResponse:
        meeting.wait()
        return HttpResponse("met")

    async def test() -> list[Reader]:
        application = make_bridge(Handler(answer))
        readers = [Reader(), Reader()]
        await asyncio.gather(*(application(scope(), reader.receive, reader.send) for reader in readers))
        application.pool.shutdown()
        return readers

    assert [reader.body for reader in asyncio.run(test())] == [b"met", b"met"]

"""The one way in: what a server hands over, and what it gets back."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import RequestDataTooBig
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from kindwall import downloads, uploads
from kindwall.bridge import Bridge, Send, StreamResponse
from kindwall.downloads import TURN
from kindwall.quota import Quota
from kindwall.uploads import MOST_BODY, MOST_READ, MOST_TEXT, Receive, takes_files

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
    async def stream(self, headers: list[tuple[bytes, bytes]], receive: Receive, send: Send) -> None:
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


def scope(method: str = "GET", path: str = "/", *, query: bytes = b"", **headers: Any) -> dict[str, Any]:
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


@pytest.mark.parametrize("size", [0, 10, uploads.IN_MEMORY + 1], ids=["none", "small", "in a file"])
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


def read_it(request: Any) -> HttpResponse:
    try:
        return HttpResponse(str(len(request.read())))
    except RequestDataTooBig:
        return HttpResponse("Too much.", status=413)


def body_of(size: int) -> list[dict[str, Any]]:
    """It comes in pieces."""
    piece = {"type": "http.request", "body": b"x" * 400, "more_body": True}
    return [*[piece] * (size // 400), {"type": "http.request", "body": b"x" * (size % 400)}]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that a test reaches with a few pieces."""
    for name, size in (("MOST_TEXT", 1_000), ("MOST_BODY", 2_000), ("MOST_READ", 4_000), ("IN_MEMORY", 500)):
        monkeypatch.setattr(uploads, name, size)
    monkeypatch.setattr(uploads, "most_body", {"/": 1_000, "/picture/": 2_000}.__getitem__)
    monkeypatch.setattr(uploads, "under_way", Quota(10_000, least=3_000))


@pytest.mark.parametrize(("path", "size", "said"), [("/", 1_000, "1000"), ("/picture/", 2_000, "2000")])
def test_body_within_the_limit_of_its_address_arrives(small: None, path: str, size: int, said: str) -> None:
    reader, _ = ask(read_it, scope("POST", path), Reader(*body_of(size)))
    assert (reader.status, reader.body.decode()) == (200, said)
    assert uploads.under_way.used == 0


@pytest.mark.parametrize(("path", "size"), [("/", 1_001), ("/picture/", 2_001), ("/picture/", 4_000)])
@pytest.mark.parametrize("is_declared", [True, False])
def test_too_large_body_is_read_to_its_end_and_then_answered_by_the_page(
    small: None, path: str, size: int, is_declared: bool
) -> None:
    """A browser that is still sending would not read the answer."""
    declared: dict[str, Any] = {"content__length": str(size)} if is_declared else {}
    reader = Reader(*body_of(size))
    ask(read_it, scope("POST", path, **declared), reader)
    assert (reader.status, reader.body, reader.messages) == (413, b"Too much.", [])
    assert b"connection" not in reader.headers
    assert uploads.under_way.used == 0


def test_endless_body_is_answered_before_its_end(small: None) -> None:
    reader = Reader(*body_of(9_000))
    ask(read_it, scope("POST"), reader)
    assert (reader.status, reader.headers[b"connection"]) == (413, b"close")
    assert len(reader.messages) == 12, "what is too much is not read to its end"


@pytest.mark.parametrize("headers", [{"content__length": str(MOST_READ + 1)}, {"expect": "100-continue"}])
def test_body_that_need_not_be_sent_is_refused_unread(headers: dict[str, Any]) -> None:
    reader = Reader({"type": "http.request", "body": b"x", "more_body": True})
    ask(read_it, scope("POST", **({"content__length": str(MOST_TEXT + 1)} | headers)), reader)
    assert (reader.status, len(reader.messages)) == (413, 1)
    assert reader.headers[b"connection"] == b"close"


def test_body_for_which_there_is_no_room_is_refused_in_words(small: None, monkeypatch: pytest.MonkeyPatch) -> None:
    uploads.under_way.take("192.0.2.7", 2_500)
    reader, handler = ask(read_it, scope("POST"), Reader(*body_of(800)))
    assert (reader.status, handler.requests) == (503, [])
    assert reader.headers[b"retry-after"] == b"60"
    assert b"try again" in reader.body
    few, _ = ask(read_it, scope("POST"), Reader(*body_of(400)))
    assert few.body == b"400", "what fits into memory needs no room"
    other = scope("POST") | {"client": ("192.0.2.8", 1)}
    assert ask(read_it, other, Reader(*body_of(800)))[0].body == b"800", "another address has its own"
    uploads.under_way.give_back("192.0.2.7", 2_500)
    assert uploads.under_way.used == 0


def test_full_disk_is_a_refusal_in_words(small: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(uploads, "written", full)
    reader, _ = ask(read_it, scope("POST"), Reader(*body_of(800)))
    assert (reader.status, uploads.under_way.used) == (503, 0)


def test_bodies_are_counted_until_they_are_answered(small: None) -> None:
    counted: list[int] = []

    def answer(request: Any) -> HttpResponse:
        counted.append(uploads.under_way.used)
        return read_it(request)

    ask(answer, None, Reader(*body_of(900)))
    assert counted == [900]


def test_view_that_takes_files_says_so_and_others_do_not() -> None:
    assert uploads.most_body("/me/picture/") == 16 << 20
    assert uploads.most_body("/teams/import/") == MOST_BODY
    for path in ("/healthz/", "/", "/me/", "/harbour/share/", "/no/such/page", "/accounts/login/"):
        assert uploads.most_body(path) == MOST_TEXT
    assert takes_files(1 << 40)(lambda: None).most_body == MOST_BODY  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_too_large_form_is_answered_with_a_page_in_words() -> None:
    handler = WSGIHandler()

    async def test() -> list[Reader]:
        application, readers = make_bridge(handler), []
        for content_type in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            reader = Reader(
                {"type": "http.request", "body": b"body=" + b"x" * MOST_TEXT, "more_body": True},
                {"type": "http.request", "body": b"x"},
            )
            headers: dict[str, Any] = {
                "host": "testserver",
                "content__type": content_type,
                "cookie": f"kindwall_csrf={'x' * 32}",
            }
            asked = scope("POST", "/harbour-team/share/", accept__language="de", **headers)
            await application(asked, reader.receive, reader.send)
            readers.append(reader)
        application.pool.shutdown()
        return readers

    for reader in asyncio.run(test()):
        assert reader.status == 413
        assert b"<!doctype html>" in reader.body
        assert b"<h1>" in reader.body


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
    assert downloads.under_way.used == 0


@pytest.mark.parametrize("declared", [{}, {"Content-Length": "20"}])
def test_a_short_response_is_sent_at_once(declared: dict[str, str]) -> None:
    parts = Parts(number=2, part=b"x" * 10)
    reader, _ = ask(lambda request: StreamingHttpResponse(parts, headers=declared))
    assert (reader.body, len(reader.sent)) == (b"x" * 20, 2)
    assert parts.closed.is_set()


def test_no_thread_waits_for_readers_that_have_stopped_reading() -> None:
    class Stopped(Reader):
        async def send(self, message: dict[str, Any]) -> None:
            await super().send(message)
            if message.get("body"):
                await self.left.wait()

    responses: list[Parts] = []

    def answer(request: Any) -> HttpResponseBase:
        if request.path == "/":
            return HttpResponse("A page.")
        responses.append(Parts())
        return StreamingHttpResponse(responses[-1])

    async def test() -> None:
        application = make_bridge(Handler(answer))
        slow = [Stopped() for _ in range(8)]
        downloads_of = [
            asyncio.ensure_future(application(scope(path="/table/"), one.receive, one.send)) for one in slow
        ]
        async with asyncio.timeout(PATIENCE):
            while not all(one.body for one in slow):
                await asyncio.sleep(0)
            assert application.pool._work_queue.qsize() == 0
            page = Reader()
            await application(scope(), page.receive, page.send)
            assert page.body == b"A page."
            assert downloads.under_way.used == 8
            assert [parts.given * len(parts.part) for parts in responses] == [TURN] * 8, (
                "none is made ahead of its reader"
            )
            for one in slow:
                one.left.set()
            await asyncio.gather(*downloads_of)
        application.pool.shutdown()

    asyncio.run(test())
    assert all(parts.closed.is_set() for parts in responses)
    assert downloads.under_way.used == 0


def test_more_long_responses_than_there_is_room_for_are_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "under_way", Quota(0))
    parts = Parts()
    reader, _ = ask(lambda request: StreamingHttpResponse(parts))
    assert (reader.status, reader.headers[b"retry-after"]) == (503, b"60")
    assert parts.closed.is_set()


def test_a_long_response_is_over_when_its_reader_has_left() -> None:
    parts = Parts()
    reader = Reader(leaves_after=TURN)
    ask(lambda request: StreamingHttpResponse(parts), reader=reader)
    assert parts.closed.is_set()
    assert parts.given < 100
    assert not reader.complete


def test_a_long_response_is_over_when_its_reader_has_stopped_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "SEND_TIMEOUT", 0.05)

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
            yield b"h" * TURN
            raise RuntimeError("boom")

    parts = Breaking()
    reader = Reader()
    with pytest.raises(RuntimeError, match="boom"):
        ask(lambda request: StreamingHttpResponse(parts), reader=reader)
    assert reader.body == b"h" * TURN
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

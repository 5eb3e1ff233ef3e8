"""Tests of the bridge between the server and Django."""

import asyncio
import threading
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from kindwall import uploads
from kindwall.bridge import Bridge
from tests.kindwall.bridges import PATIENCE, Handler, Reader, Stream, make_bridge, scope, send_request

pytestmark = pytest.mark.once


def test_page_is_sent_whole() -> None:
    reader, _ = send_request(
        lambda request: HttpResponse(f"Hello, {request.GET['name']}", status=418), scope(query=b"name=Ana")
    )
    assert (reader.status, reader.body, reader.complete) == (418, b"Hello, Ana", True)
    assert len(reader.sent) == 2
    assert reader.headers[b"content-type"] == b"text/html; charset=utf-8"


@pytest.mark.django_db
def test_bridge_serves_the_real_site(client: Any) -> None:
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


def test_response_to_head_has_headers_and_no_body() -> None:
    reader, _ = send_request(lambda request: HttpResponse("Hello", headers={"Content-Length": "5"}), scope("HEAD"))
    assert (reader.status, reader.body, reader.headers[b"content-length"]) == (200, b"", b"5")
    assert reader.complete


def test_path_and_query_reach_the_view_unchanged() -> None:
    _, handler = send_request(lambda request: HttpResponse(), scope(path="/straße/日本/", query=b"q=%C3%A9&q=2"))
    [request] = handler.requests
    assert request.path == "/straße/日本/"
    assert request.GET.getlist("q") == ["é", "2"]


@pytest.mark.parametrize("size", [0, 10, uploads.IN_MEMORY + 1], ids=["none", "small", "in a file"])
def test_body_in_pieces_reaches_the_view_whole(size: int) -> None:
    body = b"z" * size
    half = size // 2
    reader = Reader(
        {"type": "http.request", "body": body[:half], "more_body": True},
        {"type": "http.request", "more_body": True},
        {"type": "http.request", "body": body[half:]},
    )
    send_request(lambda request: HttpResponse(str(len(request.read()))), scope("POST"), reader)
    assert reader.body == str(size).encode(), "also without a declared length"


def test_form_reaches_the_view() -> None:
    reader = Reader({"type": "http.request", "body": b"body=Held+the+lift&qualities=hope&qualities=love"})
    request_scope = scope("POST", content__type="application/x-www-form-urlencoded", content__length="48")
    _, handler = send_request(lambda request: JsonResponse(dict(request.POST.lists())), request_scope, reader)
    assert handler.requests[0].POST.getlist("qualities") == ["hope", "love"]
    assert b"Held the lift" in reader.body


@pytest.mark.parametrize("length", ["x", "-5", ""])
def test_invalid_content_length_does_not_break_the_bridge(length: str) -> None:
    reader, _ = send_request(lambda request: HttpResponse("fine"), scope("POST", content__length=length))
    assert reader.status in (200, 400)


def test_client_that_leaves_during_an_upload_gets_no_response() -> None:
    reader = Reader({"type": "http.request", "body": b"half", "more_body": True}, {"type": "http.disconnect"})
    _, handler = send_request(lambda request: HttpResponse(), scope("POST"), reader)
    assert (reader.sent, handler.requests) == ([], [])


def test_header_with_an_underscore_is_dropped() -> None:
    request_scope = scope()
    request_scope["headers"] = [(b"x_forwarded_for", b"forged"), (b"x-real-ip", b"real"), (b"x_real_ip", b"forged")]
    _, handler = send_request(lambda request: HttpResponse(), request_scope)
    [request] = handler.requests
    assert "forged" not in "".join(map(str, request.META.values()))
    assert request.headers["X-Real-Ip"] == "real"


def test_cookies_of_several_headers_are_joined() -> None:
    request_scope = scope()
    request_scope["headers"] = [(b"cookie", b"one=1"), (b"cookie", b"two=2")]
    _, handler = send_request(lambda request: HttpResponse(), request_scope)
    assert handler.requests[0].META["HTTP_COOKIE"].replace(",", ";").split(";")[0] == "one=1"
    assert handler.requests[0].COOKIES == {"one": "1", "two": "2"}


def test_stream_response_is_sent_on_the_loop() -> None:
    def view(request: Any) -> HttpResponseBase:
        return Stream(content_type="text/event-stream", headers={"Content-Length": "0"})

    reader, _ = send_request(view)
    assert (reader.status, reader.body) == (200, b"on the loop")
    assert b"content-length" not in reader.headers
    assert reader.headers[b"content-type"] == b"text/event-stream"


def test_failure_outside_django_is_a_500_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def broken(request: Any) -> HttpResponse:
        raise RuntimeError("boom")

    reader, _ = send_request(broken)
    assert (reader.status, reader.complete) == (500, True)
    assert b"boom" not in reader.body
    assert "GET / failed outside Django" in caplog.text
    assert "boom" in caplog.text


def test_invalid_query_is_a_400() -> None:
    reader, handler = send_request(lambda request: HttpResponse(), scope(query="q=é".encode("latin-1")))
    assert (reader.status, handler.requests) == (400, [])


def test_bridge_starts_and_stops_with_the_server() -> None:
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


def test_websocket_is_refused() -> None:
    reader = Reader()
    with pytest.raises(ValueError, match="HTTP only"):
        send_request(lambda request: HttpResponse(), {"type": "websocket"}, reader)
    assert reader.sent == []


def test_two_requests_are_served_at_the_same_time() -> None:
    meeting = threading.Barrier(2, timeout=PATIENCE)

    def view(request: Any) -> HttpResponse:
        meeting.wait()
        return HttpResponse("met")

    async def test() -> list[Reader]:
        application = make_bridge(Handler(view))
        readers = [Reader(), Reader()]
        await asyncio.gather(*(application(scope(), reader.receive, reader.send) for reader in readers))
        application.pool.shutdown()
        return readers

    assert [reader.body for reader in asyncio.run(test())] == [b"met", b"met"]

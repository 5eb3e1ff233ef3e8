"""Tests of reading request bodies: their limits, and the room for them."""

import asyncio
from typing import Any

import pytest
from django.core.exceptions import RequestDataTooBig
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse

from kindwall import uploads
from kindwall.quota import Quota
from kindwall.uploads import MOST_BODY, MOST_READ, MOST_TEXT, takes_files
from tests.kindwall.bridges import Reader, make_bridge, scope, send_request

pytestmark = pytest.mark.once


def count_bytes(request: Any) -> HttpResponse:
    try:
        return HttpResponse(str(len(request.read())))
    except RequestDataTooBig:
        return HttpResponse("Too much.", status=413)


def pieces_of(size: int) -> list[dict[str, Any]]:
    """Return the messages of a body of so many bytes, in pieces."""
    piece = {"type": "http.request", "body": b"x" * 400, "more_body": True}
    return [*[piece] * (size // 400), {"type": "http.request", "body": b"x" * (size % 400)}]


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lower the limits, so that a test reaches them with a few pieces."""
    for name, size in (("MOST_TEXT", 1_000), ("MOST_BODY", 2_000), ("MOST_READ", 4_000), ("IN_MEMORY", 500)):
        monkeypatch.setattr(uploads, name, size)
    monkeypatch.setattr(uploads, "most_body", {"/": 1_000, "/picture/": 2_000}.__getitem__)
    monkeypatch.setattr(uploads, "upload_quota", Quota(10_000, least=3_000))


@pytest.mark.parametrize(("path", "size", "said"), [("/", 1_000, "1000"), ("/picture/", 2_000, "2000")])
def test_body_within_the_limit_of_its_address_reaches_the_view(
    small_limits: None, path: str, size: int, said: str
) -> None:
    reader, _ = send_request(count_bytes, scope("POST", path), Reader(*pieces_of(size)))
    assert (reader.status, reader.body.decode()) == (200, said)
    assert uploads.upload_quota.used == 0


@pytest.mark.parametrize(("path", "size"), [("/", 1_001), ("/picture/", 2_001), ("/picture/", 4_000)])
@pytest.mark.parametrize("is_declared", [True, False])
def test_too_large_body_is_read_to_its_end_and_refused_by_the_view(
    small_limits: None, path: str, size: int, is_declared: bool
) -> None:
    """A browser reads the response only after it has sent the whole request."""
    declared: dict[str, Any] = {"content__length": str(size)} if is_declared else {}
    reader = Reader(*pieces_of(size))
    send_request(count_bytes, scope("POST", path, **declared), reader)
    assert (reader.status, reader.body, reader.messages) == (413, b"Too much.", [])
    assert b"connection" not in reader.headers
    assert uploads.upload_quota.used == 0


def test_endless_body_is_refused_before_its_end(small_limits: None) -> None:
    reader = Reader(*pieces_of(9_000))
    send_request(count_bytes, scope("POST"), reader)
    assert (reader.status, reader.headers[b"connection"]) == (413, b"close")
    assert len(reader.messages) == 12, "the rest of the body is not read"


@pytest.mark.parametrize("headers", [{"content__length": str(MOST_READ + 1)}, {"expect": "100-continue"}])
def test_body_whose_client_waits_or_is_endless_is_refused_unread(headers: dict[str, Any]) -> None:
    reader = Reader({"type": "http.request", "body": b"x", "more_body": True})
    send_request(count_bytes, scope("POST", **({"content__length": str(MOST_TEXT + 1)} | headers)), reader)
    assert (reader.status, len(reader.messages)) == (413, 1)
    assert reader.headers[b"connection"] == b"close"


def test_body_without_room_is_refused_with_a_sentence(small_limits: None, monkeypatch: pytest.MonkeyPatch) -> None:
    uploads.upload_quota.take("192.0.2.7", 2_500)
    reader, handler = send_request(count_bytes, scope("POST"), Reader(*pieces_of(800)))
    assert (reader.status, handler.requests) == (503, [])
    assert reader.headers[b"retry-after"] == b"60"
    assert b"try again" in reader.body
    few, _ = send_request(count_bytes, scope("POST"), Reader(*pieces_of(400)))
    assert few.body == b"400", "a body that fits into memory needs no room"
    other = scope("POST") | {"client": ("192.0.2.8", 1)}
    assert send_request(count_bytes, other, Reader(*pieces_of(800)))[0].body == b"800", (
        "another address has room of its own"
    )
    uploads.upload_quota.give_back("192.0.2.7", 2_500)
    assert uploads.upload_quota.used == 0


def test_body_on_a_full_disk_is_refused_with_a_sentence(small_limits: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(uploads, "append_to_file", full)
    reader, _ = send_request(count_bytes, scope("POST"), Reader(*pieces_of(800)))
    assert (reader.status, uploads.upload_quota.used) == (503, 0)


def test_body_is_counted_until_the_response(small_limits: None) -> None:
    counted: list[int] = []

    def view(request: Any) -> HttpResponse:
        counted.append(uploads.upload_quota.used)
        return count_bytes(request)

    send_request(view, None, Reader(*pieces_of(900)))
    assert counted == [900]


def test_only_views_for_files_accept_large_bodies() -> None:
    assert uploads.most_body("/me/picture/") == 16 << 20
    assert uploads.most_body("/teams/import/") == MOST_BODY
    for path in ("/healthz/", "/", "/me/", "/harbour/share/", "/no/such/page", "/accounts/login/"):
        assert uploads.most_body(path) == MOST_TEXT
    assert takes_files(1 << 40)(lambda: None).most_body == MOST_BODY  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_too_large_form_gets_the_error_page() -> None:
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
            request_scope = scope("POST", "/harbour-team/share/", accept__language="de", **headers)
            await application(request_scope, reader.receive, reader.send)
            readers.append(reader)
        application.pool.shutdown()
        return readers

    for reader in asyncio.run(test()):
        assert reader.status == 413
        assert b"<!doctype html>" in reader.body
        assert b"<h1>" in reader.body

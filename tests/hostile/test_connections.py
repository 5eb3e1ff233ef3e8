"""Tests of clients that hold connections, headers and bodies open: each is limited, and others are served."""

import socket
import time
from pathlib import Path

import pytest

from tests.hostile.target import Target
from tests.hostile.wire import ELSEWHERE, connect, connections, head, seconds_until_closed, send_all, status_of

pytestmark = pytest.mark.once

MB = 1 << 20


def spooled(target: Target) -> int:
    """Return the bytes of the server's unnamed temporary files, which contain unfinished uploads."""
    size = 0
    for link in Path(f"/proc/{target.pid}/fd").iterdir():
        try:
            if str(link.readlink()).endswith("(deleted)"):
                size += link.stat().st_size
        except OSError:
            continue
    return size


def test_headers_without_end_take_no_memory(target: Target) -> None:
    before = target.status("VmRSS")
    with target.watched() as watch, connections(target.port, 5) as clients:
        sent = [send_all(client, [b"GET / HTTP/1.1\r\nX-Long: ", *[b"x" * MB] * 8]) for client in clients]
    assert max(sent) < 8 * MB
    assert watch.memory - before < 20 * MB


@pytest.mark.parametrize(
    "lines",
    [b"GET /%s HTTP/1.1\r\n" % (b"x" * 40_000), b"GET / HTTP/1.1\r\n" + b"X: %s\r\n" % (b"x" * 40_000)],
    ids=["address", "one of them"],
)
def test_headers_that_are_too_large_are_refused(target: Target, lines: bytes) -> None:
    with connections(target.port, 1) as [client]:
        client.sendall(lines + b"Host: 127.0.0.1\r\n\r\n")
        reply = client.recv(4_096)
    assert reply.startswith(b"HTTP/1.1 431 ")
    assert b"cookies" in reply


def test_trailers_are_limited_and_do_not_change_headers(target: Target) -> None:
    chunked = head("POST", "/healthz/", {"Transfer-Encoding": "chunked"}) + b"1\r\nx\r\n0\r\n"
    with connections(target.port, 2) as [long, short]:
        sent = send_all(long, [chunked, b"X-Long: ", *[b"x" * MB] * 8])
        short.sendall(chunked + b"Host: elsewhere.example\r\n\r\n")
        assert status_of(short) == 403, "another Host would be refused with 400"
    assert sent < 8 * MB


def test_many_requests_at_once_on_one_connection_are_not_queued_without_end(target: Target) -> None:
    before = target.status("VmRSS")
    with target.watched() as watch, connections(target.port, 4) as clients:
        for client in clients:
            send_all(client, [head("GET", "/healthz/") * 4_000])
        time.sleep(0.5)
    assert watch.memory - before < 20 * MB


def test_slow_headers_and_slow_bodies_are_closed_and_others_served(target: Target) -> None:
    """A silent client, slow headers, a slow body, and no valid request; each but the first gets a response."""
    with target.watched() as watch, connections(target.port, 4) as [silent, headers, body, blank]:
        headers.sendall(b"GET / HTTP/1.1\r\n")
        body.sendall(head("POST", "/accounts/login/", {"Content-Length": 5_000}))
        began = time.monotonic()
        closed: dict[socket.socket, tuple[bytes, float]] = {}
        while len(closed) < 4 and time.monotonic() - began < 12:
            for client, piece in ((silent, b""), (headers, b"X: y\r\n"), (body, b"x"), (blank, b"\r\n")):
                if client in closed:
                    continue
                client.settimeout(0.1)
                try:
                    client.sendall(piece)
                    reply = client.recv(64)
                except TimeoutError:
                    continue
                except OSError:
                    reply = b""
                closed[client] = (reply[9:12], time.monotonic() - began)
    assert {closed[client][0] for client in (headers, body)} == {b"408"}
    assert closed[silent][0] == b""
    assert max(seconds for _reply, seconds in closed.values()) < 8
    assert watch.slowest < 5


def test_unfinished_uploads_take_little_disk_and_memory(target: Target) -> None:
    """A page without files stores nothing; a page for files stores as much as an address may have."""
    before = target.status("VmRSS")
    bodies: dict[str, str | int] = {"Content-Length": 31 * MB, "Content-Type": "multipart/form-data; boundary=x"}
    with target.watched() as watch:
        with connections(target.port, 10) as clients:
            for client in clients:
                send_all(client, [head("POST", "/healthz/", bodies), *[b"x" * MB] * 4])
            assert spooled(target) < 3 * MB
        with connections(target.port, 10) as clients:
            for client in clients:
                send_all(client, [head("POST", "/teams/import/", bodies), *[b"x" * MB] * 8])
            assert spooled(target) <= 64 * MB
    assert watch.memory - before < 40 * MB
    assert watch.slowest < 5


@pytest.mark.parametrize("path", ["/healthz/", "/accounts/login/", "/setup/"])
def test_pages_without_files_refuse_a_large_body_and_the_answer_is_read(target: Target, path: str) -> None:
    visitor = target.visitor()
    visitor.cookies["kindwall_csrf"] = "x" * 32
    refused = visitor.post(path, b"email=" + b"x" * 4 * MB)
    assert refused.status == 413
    assert "cannot take as much as you sent" in refused.text


def test_member_is_told_about_a_large_form_and_keeps_a_long_one(target: Target) -> None:
    member = target.person("member")
    too_large = member.post("/harbour/share/", b"body=" + b"x" * 4 * MB)
    assert (too_large.status, "cannot take as much as you sent" in too_large.text) == (413, True)
    long = member.post("/harbour/share/", b"body=" + b"word+" * 40_000)
    assert long.status == 422
    assert long.text.count("word ") > 30_000, "what was typed is given back"
    form = b'--x\r\nContent-Disposition: form-data; name="picture"; filename="a.png"\r\n\r\n%s\r\n--x--\r\n'
    picture = member.post("/me/picture/", form % (b"x" * 5 * MB), **{"Content-Type": "multipart/form-data; boundary=x"})
    assert picture.status == 422, "the form itself says what is wrong with it"


def test_address_with_too_many_connections_loses_its_oldest_and_others_get_in(target: Target) -> None:
    """An address may have a quarter of the visitors' connections; those with a request are still served."""
    with target.watched() as watch, connections(target.port, 2_100) as clients:
        member = target.person("member")
        assert member.get("/harbour/").status == 200
        clients[-1].sendall(head("GET", "/healthz/"))
        assert status_of(clients[-1]) == 200
        assert seconds_until_closed(clients[0]) < 5, "closed for a newer one"
        with connections(target.port, 1, "127.0.0.10") as [other]:
            other.sendall(head("GET", "/healthz/"))
            assert status_of(other) == 200
    assert watch.slowest < 5


def test_browser_that_waits_between_two_requests_is_served_again(target: Target) -> None:
    client = connect(target.port, ELSEWHERE)
    for _ in range(3):
        client.sendall(head("GET", "/healthz/"))
        reply = b""
        while not reply.endswith(b"ok\n"):
            reply += client.recv(4_096)
        assert reply.startswith(b"HTTP/1.1 200 ")
    client.close()

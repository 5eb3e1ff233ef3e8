"""Tests of the limits of connections, without a network."""

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
import uvicorn
from uvicorn.server import ServerState

from kindwall import connections
from kindwall.connections import BODY_GRACE, HEAD_TIME, LEAST_READ, WRITE_TIME, Connection, ConnectionBudget

pytestmark = pytest.mark.once

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
NOW = 1_000.0


class Transport:
    """The bytes that the protocol writes, and whether it has closed the connection."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.written = b""
        self.waiting = 0
        self.closed = self.aborted = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return {"peername": (self.host, 1), "sockname": ("127.0.0.1", 80)}.get(name, default)

    def write(self, data: bytes) -> None:
        self.written += data

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = self.aborted = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Server:
    """Makes connections on a loop whose time stands still, to an application that answers when told to."""

    def __init__(self) -> None:
        self.state = ServerState()
        self.now = NOW
        self.loop = SimpleNamespace(time=lambda: self.now, create_task=self.start, call_later=lambda *_: None)
        self.config = uvicorn.Config(self.application, http=Connection, ws="none", log_config=None)

    async def application(self, scope: Any, receive: Any, send: Any) -> None:
        raise AssertionError("no task is run")

    def start(self, task: Any) -> Any:
        task.close()
        return Mock()

    def connect(self, host: str = "192.0.2.7") -> tuple[Connection, Transport]:
        connection, transport = Connection(self.config, self.state, {}, _loop=self.loop), Transport(host)  # type: ignore[arg-type]
        connection.connection_made(transport)
        return connection, transport

    def later(self, seconds: float) -> None:
        self.now += seconds
        for connection in list(self.state.connections):
            connection.check(self.now)  # type: ignore[union-attr]


def respond(connection: Connection) -> None:
    """As uvicorn does it at the end of a response."""
    connection.cycle.response_complete = True
    connection.on_response_complete()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(connections, "budget", ConnectionBudget())
    monkeypatch.setattr(connections, "LEAST_CONNECTIONS_OF_ADDRESS", 1)
    asyncio.set_event_loop(asyncio.new_event_loop())
    yield Server()
    asyncio.get_event_loop().close()
    asyncio.set_event_loop(None)


def test_silent_connection_is_closed_without_a_response(server: Server) -> None:
    _, silent = server.connect()
    server.later(HEAD_TIME)
    assert not silent.closed
    server.later(1)
    assert (silent.aborted, silent.written) == (True, b"")


@pytest.mark.parametrize("trickle", [b"GET / HTTP/1.1\r\nX: y\r\n", b"\r\n"])
def test_headers_that_do_not_end_are_refused(server: Server, trickle: bytes) -> None:
    connection, transport = server.connect()
    connection.data_received(trickle)
    for _ in range(int(HEAD_TIME)):
        server.later(1)
        connection.data_received(b"X: y\r\n" if b"GET" in trickle else b"\r\n")
    assert not transport.closed
    server.later(1)
    assert transport.written.startswith(b"HTTP/1.1 408 ") or transport.aborted


def test_blank_lines_between_two_requests_hold_no_connection(server: Server) -> None:
    connection, transport = server.connect()
    connection.data_received(GET)
    respond(connection)
    connection.data_received(b"\r\n")
    server.later(HEAD_TIME + 1)
    assert transport.closed


def test_slow_response_is_not_cut_off(server: Server) -> None:
    connection, transport = server.connect()
    connection.data_received(GET)
    server.later(600)
    assert not transport.closed


@pytest.mark.parametrize(("rate", "is_refused"), [(999, True), (1_001, False)])
def test_body_slower_than_a_thousand_bytes_a_second_is_refused(server: Server, rate: int, is_refused: bool) -> None:
    connection, transport = server.connect()
    connection.data_received(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n")
    server.later(BODY_GRACE)
    for _ in range(60):
        if not transport.closed:
            connection.data_received(b"x" * rate)
            server.later(1)
    assert transport.written.startswith(b"HTTP/1.1 408 ") is is_refused


def test_time_in_which_the_server_does_not_read_is_not_counted(server: Server) -> None:
    connection, transport = server.connect()
    connection.data_received(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n" + b"x" * 100_000)
    assert connection.flow.read_paused
    server.later(600)
    assert not transport.closed
    connection.flow.resume_reading()
    server.later(BODY_GRACE)
    assert not transport.closed


def test_reader_that_stops_reading_is_cut_off(server: Server) -> None:
    connection, transport = server.connect()
    connection.data_received(GET)
    transport.waiting = 10 * LEAST_READ
    for _ in range(5):
        server.later(WRITE_TIME)
        transport.waiting -= LEAST_READ
    assert not transport.closed
    server.later(WRITE_TIME)
    transport.waiting -= 10
    server.later(WRITE_TIME + 1)
    assert transport.aborted


def test_reader_whose_buffer_empties_is_not_slow(server: Server) -> None:
    connection, transport = server.connect()
    transport.waiting = 100_000
    connection.data_received(GET)
    for _ in range(5):
        server.later(WRITE_TIME - 1)
        connection.resume_writing()
    assert not transport.closed


@pytest.mark.parametrize("pieces", [[b"GET /" + b"x" * 40_000], [b"GET / HTTP/1.1\r\n", *[b"X: y\r\n"] * 6_000]])
def test_headers_without_end_are_refused_before_they_are_whole(server: Server, pieces: list[bytes]) -> None:
    connection, transport = server.connect()
    for piece in pieces:
        if not transport.closed:
            connection.data_received(piece)
    assert transport.written.startswith(b"HTTP/1.1 431 ")


def test_body_in_the_same_packet_as_its_headers_is_not_counted_as_header(server: Server) -> None:
    connection, transport = server.connect()
    connection.data_received(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n" + b"x" * 60_000)
    assert not transport.closed
    assert len(connection.cycle.body) == 60_000


def test_trailers_do_not_change_the_headers(server: Server) -> None:
    connection, _ = server.connect()
    connection.data_received(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
    scope = connection.scope
    connection.data_received(b"1\r\nx\r\n0\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n")
    assert not connection.cycle.more_body
    assert [name for name, _ in scope["headers"]] == [b"host", b"transfer-encoding"]


def test_more_requests_in_a_row_than_a_browser_sends_are_cut_off(server: Server) -> None:
    connection, transport = server.connect()
    connection.data_received(GET * 5_000)
    assert transport.closed
    assert len(connection.pipeline) <= connections.MOST_PIPELINED


def fill(server: Server, number: int, host: str = "192.0.2.7") -> list[tuple[Connection, Transport]]:
    return [server.connect(host) for _ in range(number)]


def test_idle_connections_of_an_address_make_room_for_its_newer_ones(server: Server) -> None:
    connections.budget.configure(most=60, trusted_proxies="")  # 40 for visitors, of which one address may hold 10
    opened = fill(server, 14)
    assert [transport.closed for _, transport in opened] == [True] * 4 + [False] * 10
    _, other = server.connect("192.0.2.8")
    assert not other.closed


def test_address_with_requests_in_progress_gets_no_more_and_a_known_person_does(server: Server) -> None:
    connections.budget.configure(most=60, trusted_proxies="")
    for connection, _ in fill(server, 10):
        connection.data_received(GET)
    signed_in = GET.replace(b"\r\n\r\n", b"\r\nCookie: kindwall_session=abc\r\n\r\n")
    before, _ = server.connect("192.0.2.8")
    before.data_received(signed_in)
    before.belongs_to(17)
    visitor, refused = server.connect()
    visitor.data_received(GET)
    person, served = server.connect()
    person.data_received(signed_in)
    assert refused.written.startswith(b"HTTP/1.1 503 ")
    assert not served.closed
    assert connections.budget.people.held == {17: 2}


def test_page_that_is_still_being_read_is_not_cut_off_for_a_newer_connection(server: Server) -> None:
    connections.budget.configure(most=60, trusted_proxies="")
    (_, reading), (_, idle), *_ = fill(server, 10)
    reading.waiting = 50_000
    server.connect()
    assert (reading.closed, idle.closed) == (False, True)


def test_lost_connection_is_no_longer_counted(server: Server) -> None:
    opened = fill(server, 10)
    opened[0][0].data_received(GET)
    opened[0][0].belongs_to(17)
    opened[1][0].data_received(GET)
    for connection, _ in opened:
        connection.connection_lost(None)
    budget = connections.budget
    assert (budget.visitors.used, budget.people.used, budget.idle) == (0, 0, {})


def test_proxy_has_as_many_connections_as_it_needs_but_not_more_than_all(server: Server) -> None:
    connections.budget.configure(most=30, trusted_proxies="127.0.0.1")
    opened = fill(server, 30, "127.0.0.1")
    assert not any(transport.closed for _, transport in opened)
    _, over = server.connect("127.0.0.1")
    assert over.written.startswith(b"HTTP/1.1 503 ")


def test_full_server_closes_an_idle_visitor_for_a_newcomer(server: Server) -> None:
    connections.budget.configure(most=10, trusted_proxies="127.0.0.1")
    fill(server, 9, "127.0.0.1")
    _, visitor = server.connect()
    connection, newcomer = server.connect("127.0.0.1")
    assert (visitor.aborted, newcomer.closed) == (True, False)
    assert not connection.is_counted

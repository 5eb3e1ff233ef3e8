"""Limits on connections: the time to send a request, and the number of connections for each visitor and person.

uvicorn limits neither. Connections of people who are signed in are counted apart, so that visitors cannot use all of
them. Behind a proxy every connection is the proxy's, which has such limits itself.
"""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Iterable
from itertools import islice
from typing import Any

from django.conf import settings
from uvicorn.middleware.proxy_headers import _TrustedHosts
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from kindwall.addresses import network_of
from kindwall.quota import Quota

HEAD_TIME = settings.REQUEST_HEAD_SECONDS
MOST_HEAD = 32 << 10  # bytes of them, and of whatever else a client sends that is not a body
BODY_GRACE = settings.REQUEST_BODY_SECONDS
BODY_RATE = 1_000  # bytes a second
WRITE_TIME = 30.0  # seconds in which a reader has to take LEAST_READ of what waits for it
LEAST_READ = 32 << 10  # bytes
MOST_PIPELINED = 16  # requests that may wait on one connection for the first response

MOST_CONNECTIONS = 12_000  # connections
OF_VISITORS = 2 / 3  # of these; of what is free an address may hold a quarter
LEAST_CONNECTIONS_OF_ADDRESS = 100
MOST_OF_PERSON = 100
MOST_KNOWN = 20_000  # sessions that are recognised before Django is asked

REFUSAL_TEXTS = {
    400: b"This request cannot be read.\n",
    408: b"This request took too long to arrive. Please try again.\n",
    431: b"The headers of this request are too large. Deleting this site\xe2\x80\x99s cookies may help.\n",
    503: b"There are too many connections just now. Please try again in a minute.\n",
}
SESSION = re.compile(rb"(?:^|;\s*)%s=([^;]+)" % re.escape(settings.SESSION_COOKIE_NAME.encode()))


class ConnectionBudget:
    """The connections of this process, by address and by person. Every method runs on the loop."""

    def __init__(self) -> None:
        self.configure(most=MOST_CONNECTIONS, trusted_proxies="")

    def configure(self, *, most: int, trusted_proxies: str) -> None:
        self.most = most
        self.visitors = Quota(int(most * OF_VISITORS), share=0.25, least=LEAST_CONNECTIONS_OF_ADDRESS)
        self.people = Quota(most, least=MOST_OF_PERSON)
        self.proxies = _TrustedHosts(trusted_proxies)
        # By address, oldest first: visitors' connections without a request in progress, which can be closed.
        self.idle: dict[str, dict[Connection, None]] = {}
        self.known: OrderedDict[bytes, Any] = OrderedDict()

    def open(self, connection: "Connection", total: int) -> bool:
        """Count a new connection, and close an idle one for it if necessary. Return False when there is no room."""
        if total > self.most and not self._close_idle(self._address_with_most_idle()):
            return False
        if connection.is_proxy:
            return True
        address = connection.address
        if not self.visitors.take(address):
            self._close_idle(self._address_with_most_idle() if self.visitors.is_full else address)
            # If that fails, `admit` may still count it as a signed-in person's once its headers are there.
            connection.is_counted = self.visitors.take(address)
        else:
            connection.is_counted = True
        self.mark_idle(connection)
        return True

    def close(self, connection: "Connection") -> None:
        self.mark_busy(connection)
        self._release(connection)

    def mark_idle(self, connection: "Connection") -> None:
        """Note that no request is in progress."""
        if connection.person is None and not connection.is_proxy:
            self.idle.setdefault(connection.address, {})[connection] = None

    def mark_busy(self, connection: "Connection") -> None:
        if resting := self.idle.get(connection.address):
            resting.pop(connection, None)
            if not resting:
                del self.idle[connection.address]

    def admit(self, connection: "Connection", headers: Iterable[tuple[bytes, bytes]]) -> bool:
        """Return whether a request is served: its connection is counted, or its session is a known person's."""
        if connection.is_counted or connection.is_proxy:
            return True
        connection.is_counted = self.visitors.take(connection.address)
        if not connection.is_counted and (person := self.known.get(session_of(headers))) is not None:
            self._move(connection, person)
        return connection.is_counted

    def recognise(self, connection: "Connection", person: Any, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Remember the session of a person whom Django has served, and count the connection as theirs."""
        if session := session_of(headers):
            self.known[session] = person
            self.known.move_to_end(session)
            if len(self.known) > MOST_KNOWN:
                self.known.popitem(last=False)
        self._move(connection, person)

    def _move(self, connection: "Connection", person: Any) -> None:
        """Count a visitor's connection as the person's, where they have room."""
        if self.people.take(person):
            self._release(connection)
            connection.person, connection.is_counted = person, True

    def _release(self, connection: "Connection") -> None:
        if connection.is_counted:
            if connection.person is None:
                self.visitors.give_back(connection.address)
            else:
                self.people.give_back(connection.person)
            connection.is_counted = False

    def _address_with_most_idle(self) -> str:
        """Return the address with the most idle connections."""
        return max(self.idle, key=lambda address: len(self.idle[address]), default="")

    def _close_idle(self, address: str) -> bool:
        """Close an old idle connection of this address, if any; preferably one that has nothing left to read."""
        oldest = list(islice(self.idle.get(address, ()), 20))
        if not oldest:
            return False
        connection = next((one for one in oldest if not one.transport.get_write_buffer_size()), oldest[0])
        self.close(connection)
        connection.transport.abort()
        return True


budget = ConnectionBudget()


class Connection(HttpToolsProtocol):
    """uvicorn's protocol with limits. `check` is called at intervals, because a timer for each would cost more."""

    person: Any = None
    address = ""
    is_proxy = False
    is_counted = False
    refusal = 400
    head_since: float | None = None  # while headers are awaited or come in
    body_since: float | None = None  # while a body comes in
    body_size = 0
    unread = 0  # bytes that the parser has not used yet
    full_since: float | None = None  # while unread output waits for the client
    waiting = 0  # bytes of that output

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        host = self.client[0] if self.client else ""
        self.is_proxy = not host or host in budget.proxies
        self.address = network_of(host)
        self.head_since = self.loop.time()
        if not budget.open(self, len(self.connections)):
            self.refuse(503)

    def connection_lost(self, exc: Exception | None) -> None:
        budget.close(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self.unread += len(data)
        if self.head_since is None and self.body_since is None:
            self.head_since = self.loop.time()
        super().data_received(data)
        if self.unread > MOST_HEAD:
            self.refuse(431)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self.head_since is None:
            self.head_since = self.loop.time()

    def on_headers_complete(self) -> None:
        if refusal := self._refusal():
            self.refusal = refusal
            raise ValueError("refused")  # the parser stops, and `send_400_response` is called
        budget.mark_busy(self)
        self.head_since, self.unread = None, 0
        self.body_since, self.body_size = self.loop.time(), 0
        self.scope["kindwall.connection"] = self  # type: ignore[typeddict-unknown-key]
        super().on_headers_complete()
        # The parser adds trailers, which come after the body, to this list; they must not change the headers.
        self.headers = []

    def _refusal(self) -> int:
        """Return the status with which these headers are refused, or 0."""
        if self.unread > MOST_HEAD and head_size(self.url, self.headers) > MOST_HEAD:
            return 431
        if len(self.pipeline) >= MOST_PIPELINED:
            return 400
        return 0 if budget.admit(self, self.headers) else 503

    def on_body(self, body: bytes) -> None:
        self.unread = 0
        self.body_size += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self.unread, self.body_since = 0, None
        super().on_message_complete()

    def on_response_complete(self) -> None:
        if not self.pipeline and not self.transport.is_closing():
            budget.mark_idle(self)
        super().on_response_complete()

    def resume_writing(self) -> None:
        self.full_since = None
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        self.refuse(self.refusal)

    async def cut(self) -> None:
        """Abort the connection within a response, and wait until uvicorn notices."""
        self.transport.abort()
        while not self.cycle.disconnected:
            await asyncio.sleep(0)

    def belongs_to(self, person: Any) -> None:
        """Note the person who is signed in on this connection, as Django has found."""
        if self.person is None and not self.is_proxy and not self.transport.is_closing():
            budget.recognise(self, person, self.scope["headers"])

    def check(self, now: float) -> None:
        """Close the connection when its client has been too slow, in sending or in reading."""
        if self.head_since is not None and now - self.head_since > HEAD_TIME:
            # Browsers open connections that they may never use; these get no response.
            self.refuse(408) if self.unread else self.transport.abort()
        elif self.body_since is not None:
            self._check_body(now)
        self._check_reader(now)

    def _check_body(self, now: float) -> None:
        assert self.body_since is not None
        if self.flow.read_paused:  # by us
            self.body_since, self.body_size = now, 0
        elif self.body_size < BODY_RATE * (now - self.body_since - BODY_GRACE):
            self.refuse(408)

    def _check_reader(self, now: float) -> None:
        waiting = self.transport.get_write_buffer_size()
        if not waiting:
            self.full_since = None
        elif self.full_since is None or waiting <= self.waiting - LEAST_READ:
            self.full_since, self.waiting = now, waiting
        elif now - self.full_since > WRITE_TIME:
            self.transport.abort()

    def refuse(self, status: int) -> None:
        """Send a status and a sentence unless a response is in progress, and close the connection."""
        if self.transport.is_closing():
            return
        if self._is_responding():
            self.transport.abort()
            return
        text = REFUSAL_TEXTS[status]
        head = b"content-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(text)
        self.transport.write(STATUS_LINE[status] + head + text)
        self.transport.close()

    def _is_responding(self) -> bool:
        """Return whether a response to an earlier request is in progress, or the latest response has begun."""
        if self.cycle is None or self.cycle.response_complete:
            return False
        return self.body_since is None or bool(self.pipeline) or self.cycle.response_started


def head_size(url: bytes, headers: list[tuple[bytes, bytes]]) -> int:
    return len(url) + sum(len(name) + len(value) for name, value in headers)


def session_of(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the session key in the cookies of a request, or nothing."""
    for name, value in headers:
        if name == b"cookie" and (found := SESSION.search(value)):
            return found[1]
    return b""

"""Serve with uvicorn, set up for thousands of open streams and a quick, clean stop."""

import asyncio
import contextlib
import logging
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator

import uvicorn
from django.conf import settings

from kindwall import connections
from kindwall.access_log import TokenFilter

SHUTDOWN_GRACE = settings.STOP_SECONDS
LAST_GRACE = 1.5  # more seconds for a thread that is still in a view, before the process exits anyway
CHECK_INTERVAL = 20  # tenths of a second between two checks of the connections
SPARE_FILES = 256  # open files that are not connections
# Warnings that any client can cause as often as it likes, and that an operator can do nothing about.
NOISE = ("Invalid HTTP request received.", "Unsupported upgrade request.")
BACKLOG = 4096  # connections that may wait to be accepted, for when every browser reconnects at once


class Server(uvicorn.Server):
    """uvicorn's server, which ends the streams before it stops, because it waits for every open response."""

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        started: Callable[[], None],
        end_streams: Callable[[], None],
        finish: Callable[[], object] = lambda: None,
    ) -> None:
        super().__init__(config)
        self.on_started = started
        self.end_streams = end_streams
        self.finish = finish

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self.on_started()

    async def on_tick(self, counter: int) -> bool:
        if counter % CHECK_INTERVAL == 0:
            now = asyncio.get_running_loop().time()
            for connection in list(self.server_state.connections):
                connection.check(now)  # type: ignore[union-attr]
        return await super().on_tick(counter)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGTERM and SIGINT, and exit with 0: uvicorn's own raises the signal again after a clean stop."""
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.end_streams()
        cut = asyncio.get_running_loop().call_later(SHUTDOWN_GRACE, self._drop_connections)
        last = threading.Timer(SHUTDOWN_GRACE + LAST_GRACE, self._exit)
        last.daemon = True
        last.start()
        await super().shutdown(sockets)
        cut.cancel()

    def _exit(self) -> None:
        """Exit although a view still runs, after background work that ends soon."""
        self.finish()
        os._exit(0)

    def _drop_connections(self) -> None:
        """Drop connections that are still open: a client that stopped reading never receives the end of its stream."""
        for connection in list(self.server_state.connections):
            if connection.transport is not None:
                connection.transport.abort()


def listen(host: str, port: int) -> socket.socket:
    """Return a socket whose connections the kernel closes when the client is gone or has stopped reading."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if sys.platform == "linux":
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 60)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 30_000)
    return listener


def serve(
    app: str,
    listener: socket.socket,
    *,
    started: Callable[[], None],
    end_streams: Callable[[], None],
    finish: Callable[[], object] = lambda: None,
    trusted_proxies: str,
    access_log: bool,
) -> None:
    """Serve until SIGTERM or SIGINT. `X-Forwarded-*` count only from `trusted_proxies`.

    `finish` is called before an exit that interrupts a view; it may wait for a few seconds.
    """
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    most = (
        connections.MOST_CONNECTIONS
        if hard == resource.RLIM_INFINITY
        else min(connections.MOST_CONNECTIONS, max(1, hard - SPARE_FILES))
    )
    connections.budget.configure(most=most, trusted_proxies=trusted_proxies)
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=connections.Connection,
        ws="none",
        lifespan="on",
        backlog=BACKLOG,
        access_log=access_log,
        log_level="info" if access_log else "warning",
        server_header=False,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=trusted_proxies,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=int(SHUTDOWN_GRACE) + 1,
    )
    logging.getLogger("uvicorn.error").addFilter(lambda record: not str(record.msg).startswith(NOISE))
    logging.getLogger("uvicorn.access").addFilter(TokenFilter())
    Server(config, started=started, end_streams=end_streams, finish=finish).run(sockets=[listener])

"""Serving with uvicorn, set up for thousands of open streams and a quick, clean stop."""

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
from kindwall.access_log import TokensHidden

GRACE = settings.STOP_SECONDS
LAST = 1.5  # seconds more for a thread that is still in a view, before the process exits regardless
ROUND = 20  # tenths of a second between two looks at how slow the connections are
SPARE_FILES = 256  # of the files that the process may have open, for other things than connections
# What anybody can make uvicorn say, as often as they like; there is nothing that an operator could do about it.
NOISE = ("Invalid HTTP request received.", "Unsupported upgrade request.")
BACKLOG = 4096  # connections that may wait to be accepted, as when every browser comes back at once


class Server(uvicorn.Server):
    """uvicorn, but it ends the streams first: it would wait for every open response before it tells the application."""

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        started: Callable[[], None],
        end_streams: Callable[[], None],
        finish: Callable[[], object] = lambda: None,
    ) -> None:
        super().__init__(config)
        self.tell_started = started
        self.end_streams = end_streams
        self.finish = finish

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self.tell_started()

    async def on_tick(self, counter: int) -> bool:
        if counter % ROUND == 0:
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
        cut = asyncio.get_running_loop().call_later(GRACE, self._cut)
        last = threading.Timer(GRACE + LAST, self._leave)
        last.daemon = True
        last.start()
        await super().shutdown(sockets)
        cut.cancel()

    def _leave(self) -> None:
        """Exit although a view does not end, but not in the middle of background work that soon will."""
        self.finish()
        os._exit(0)

    def _cut(self) -> None:
        """Drop the connections that are still open: readers that stopped reading never take the end of their stream."""
        for connection in list(self.server_state.connections):
            if connection.transport is not None:
                connection.transport.abort()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket whose connections the kernel ends when the other side is gone or has stopped reading."""
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

    `finish` is called before an exit that leaves a view behind; it may wait for a few seconds.
    """
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    most = connections.MOST if hard == resource.RLIM_INFINITY else min(connections.MOST, max(1, hard - SPARE_FILES))
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
        timeout_graceful_shutdown=int(GRACE) + 1,
    )
    logging.getLogger("uvicorn.error").addFilter(lambda record: not str(record.msg).startswith(NOISE))
    logging.getLogger("uvicorn.access").addFilter(TokensHidden())
    Server(config, started=started, end_streams=end_streams, finish=finish).run(sockets=[listener])

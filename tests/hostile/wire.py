"""Helpers for misbehaving clients: raw bytes on a socket from an address of their own."""

import contextlib
import socket
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

PATIENCE = 40.0  # seconds; the longest limit of the server is shorter
# 127.0.0.1 is where the server expects a proxy: what comes from there is not limited by address.
ELSEWHERE = "127.0.0.9"


def connect(port: int, source: str = ELSEWHERE, *, receive_buffer: int = 0) -> socket.socket:
    client = socket.socket()
    if receive_buffer:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    client.settimeout(PATIENCE)
    client.bind((source, 0))
    client.connect(("127.0.0.1", port))
    return client


@contextmanager
def connections(port: int, number: int, source: str = ELSEWHERE) -> Iterator[list[socket.socket]]:
    clients: list[socket.socket] = []
    try:
        clients.extend(connect(port, source) for _ in range(number))
        yield clients
    finally:
        for client in clients:
            client.close()


def head(method: str, path: str, headers: Mapping[str, str | int] | None = None) -> bytes:
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: 127.0.0.1",
        *(f"{name}: {value}" for name, value in (headers or {}).items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def send_all(client: socket.socket, chunks: Iterable[bytes]) -> int:
    """Return how many bytes were sent before the server closed the connection."""
    sent = 0
    with contextlib.suppress(OSError):
        for chunk in chunks:
            client.sendall(chunk)
            sent += len(chunk)
    return sent


def status_of(client: socket.socket) -> int:
    """Return the status of the response, or 0 when the connection was closed without one."""
    with contextlib.suppress(OSError):
        reply = client.recv(64)
        if reply.startswith(b"HTTP/1.1 "):
            return int(reply[9:12])
    return 0


def seconds_until_closed(client: socket.socket) -> float:
    began = time.monotonic()
    with contextlib.suppress(ConnectionError):
        while client.recv(65_536):
            pass
    return time.monotonic() - began

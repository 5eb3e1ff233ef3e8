"""Requests to addresses that people have typed in: receivers of webhooks, and chat rooms.

Such an address is not trusted. Its name is resolved here, each IP address is checked, and the connection goes to the
very address that was checked, so that a name server cannot give another one in between. The certificate is checked
against the name. No redirect is followed, no proxy of the environment used, no more than the beginning of a response is
read, and after ten seconds everything is over.

A response is a response, whatever its status. Everything else raises Unreachable, with a sentence for the owner.
"""

import http.client
import ipaddress
import queue
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.encoding import iri_to_uri
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TOTAL_SECONDS = 10.0
CONNECT_SECONDS = 4.0  # for each of the IP addresses of a name
MOST_ADDRESSES_TRIED = 3
LARGEST_RESPONSE = 16_384  # bytes that are read
LONGEST_OUTBOUND_ADDRESS = 2_000
WELL_KNOWN_PORTS = (80, 443)  # of those below 1,024, which belong to other protocols
USER_AGENT = "Kindwall"
NAT64 = ipaddress.ip_network("64:ff9b::/96")  # holds an IPv4 address in its last 32 bits
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
RELAYED = ipaddress.ip_network("2002::/16")  # 6to4: what it leads to is decided elsewhere
# Answers every machine of one cloud, although it is a public address.
METADATA = (ipaddress.ip_address("168.63.129.16"),)

LATE = _("No response came within ten seconds.")
PRIVATE_NETWORK = _("The address leads into a private network, and the operator of this server has not allowed that.")

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class Unreachable(Exception):
    """No response came. `reason` is a sentence that names neither the address nor its parts."""

    def __init__(self, reason: Promise) -> None:
        super().__init__(str(reason))
        self.reason = reason


@dataclass(frozen=True, slots=True)
class OutboundResponse:
    status: int
    headers: Mapping[str, str]  # by name in lower case
    body: bytes  # its first `LARGEST_RESPONSE` bytes


def send_request(
    method: str, address: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> OutboundResponse:
    """Send one request and return the response. Raises Unreachable."""
    deadline = time.monotonic() + TOTAL_SECONDS
    parts = checked_parts(address)
    host, port = str(parts.hostname), port_of(parts)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    with connected(host, port, tls=parts.scheme == "https", deadline=deadline) as sock:
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(host, port)
        connection.sock = sock  # so that it resolves and connects no name itself
        try:
            connection.request(method, target, body, {"User-Agent": USER_AGENT, **(headers or {})})
            response = connection.getresponse()
            read = response.read(LARGEST_RESPONSE)
        except (OSError, http.client.HTTPException, ValueError):
            late = time.monotonic() >= deadline
            raise Unreachable(LATE if late else _("The reply was no HTTP response.")) from None
        finally:
            connection.close()
    if time.monotonic() >= deadline:
        raise Unreachable(LATE)
    return OutboundResponse(response.status, {name.lower(): value for name, value in response.getheaders()}, read)


# The address


def checked_parts(address: str) -> SplitResult:
    """Return the parts of an address that may be asked, its name in ASCII. Raises Unreachable for any other."""
    if len(address) > LONGEST_OUTBOUND_ADDRESS or re.search(r"[\s\x00-\x1f\x7f\\]", address):
        raise Unreachable(_("This is no address of a web page."))
    try:
        parts = urlsplit(iri_to_uri(address))
        name = urlsplit(address).hostname or ""
        host = name if ":" in name else name.encode("idna").decode()
        port = port_of(parts)
    except ValueError:
        raise Unreachable(_("This is no address of a web page.")) from None
    if parts.scheme not in ("http", "https") or not host:
        raise Unreachable(_("The address must begin with https://."))
    if parts.scheme == "http" and not settings.CHANNEL_PRIVATE_ADDRESSES:
        raise Unreachable(_("The address must begin with https://, so that nobody reads along."))
    if "@" in parts.netloc:
        raise Unreachable(_("The address must hold no user name and no password."))
    if port < 1024 and port not in WELL_KNOWN_PORTS:
        raise Unreachable(_("Another service than the web has this port."))
    with suppress(ValueError):
        if not is_allowed(ipaddress.ip_address(host)):
            raise Unreachable(PRIVATE_NETWORK)
    netloc = f"[{host}]" if ":" in host else host
    return parts._replace(netloc=f"{netloc}:{port}", fragment="")


def port_of(parts: SplitResult) -> int:
    return parts.port if parts.port is not None else 443 if parts.scheme == "https" else 80


def is_allowed(address: IPAddress) -> bool:
    """Return whether a server may connect to this IP address for an owner.

    The operator can allow those of the own network, but never the link-local ones, by which clouds give machines their
    credentials.
    """
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_allowed(address.ipv4_mapped)
        if address in NAT64:
            return is_allowed(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
    if address.is_multicast or address.is_unspecified or address.is_link_local or address in METADATA:
        return False
    if settings.CHANNEL_PRIVATE_ADDRESSES:
        return True
    if isinstance(address, ipaddress.IPv6Address) and (address not in GLOBAL_UNICAST or address in RELAYED):
        return False
    return address.is_global


def resolved(host: str, port: int, *, seconds: float) -> list[IPAddress]:
    """Return the allowed IP addresses of a name. Raises Unreachable where it has none."""
    # The system's resolver has no time limit of its own, so it gets a thread that may be left behind.
    answers: queue.SimpleQueue[list[str] | None] = queue.SimpleQueue()

    def resolve() -> None:
        try:
            answers.put([str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)])
        except (OSError, UnicodeError):
            answers.put(None)

    threading.Thread(target=resolve, name="resolve", daemon=True).start()
    try:
        found = answers.get(timeout=max(0.0, seconds))
    except queue.Empty:
        raise Unreachable(LATE) from None
    if not found:
        raise Unreachable(_("No server with this name was found."))
    # A scope, such as %eth0, only comes with link-local addresses.
    addresses = list(dict.fromkeys(ipaddress.ip_address(one.partition("%")[0]) for one in found))
    allowed = [one for one in addresses if is_allowed(one)]
    if not allowed:
        raise Unreachable(PRIVATE_NETWORK)
    return allowed[:MOST_ADDRESSES_TRIED]


# The connection


@contextmanager
def connected(host: str, port: int, *, tls: bool, deadline: float) -> Iterator[socket.socket]:
    """Connect to a checked IP address of the name, and cut the connection at the deadline, a monotonic time."""
    sock = first_connection(resolved(host, port, seconds=deadline - time.monotonic()), port, deadline)
    if tls:
        sock = tls_context().wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
    # A time limit of the socket starts anew with each byte, and a hostile server may send them one by one. The method
    # of the plain socket leaves the TLS state alone, which another thread is using.
    watch = threading.Timer(max(0.0, deadline - time.monotonic()), cut_connection, [sock])
    watch.daemon = True
    watch.start()
    try:
        sock.settimeout(max(0.1, deadline - time.monotonic()))
        if isinstance(sock, ssl.SSLSocket):
            shake_hands(sock, deadline)
        yield sock
    finally:
        watch.cancel()
        sock.close()


def first_connection(addresses: list[IPAddress], port: int, deadline: float) -> socket.socket:
    for address in addresses:
        seconds = min(CONNECT_SECONDS, deadline - time.monotonic())
        if seconds <= 0:
            break
        sock = socket.socket(socket.AF_INET6 if address.version == 6 else socket.AF_INET)
        try:
            sock.settimeout(seconds)
            sock.connect((str(address), port))
        except OSError:
            sock.close()
        else:
            return sock
    raise Unreachable(_("The server does not accept a connection."))


def shake_hands(sock: ssl.SSLSocket, deadline: float) -> None:
    try:
        sock.do_handshake()
    except ssl.SSLCertVerificationError:
        raise Unreachable(_("The certificate of the server is not valid.")) from None
    except OSError:
        late = time.monotonic() >= deadline
        raise Unreachable(LATE if late else _("No encrypted connection to the server came about.")) from None


def cut_connection(sock: socket.socket) -> None:
    with suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


@cache
def tls_context() -> ssl.SSLContext:
    """Trust the authorities of the system; SSL_CERT_FILE names others."""
    return ssl.create_default_context()

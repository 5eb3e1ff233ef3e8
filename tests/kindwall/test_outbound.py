"""Tests of requests to addresses that people typed in: what is refused, and what a hostile server can do."""

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kindwall import outbound
from kindwall.outbound import Unreachable

pytestmark = pytest.mark.once

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX-Name: value\r\n\r\nfine"
PUBLIC = "93.184.215.14"


@pytest.fixture
def private_allowed(settings: Any) -> None:
    settings.CHANNEL_PRIVATE_ADDRESSES = True


@contextmanager
def server(respond: Callable[[socket.socket], None], context: ssl.SSLContext | None = None) -> Iterator[int]:
    """Take connections on a port of 127.0.0.1, and hand each to `respond`."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _address = listening.accept()
                with context.wrap_socket(connection, server_side=True) if context else connection as wrapped:
                    respond(wrapped)
            except OSError:
                if listening.fileno() < 0:
                    return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)


def saying(response: bytes) -> Callable[[socket.socket], None]:
    def respond(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(response)

    return respond


def resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_asked, **_more: found)


def reason(address: str) -> str:
    with pytest.raises(Unreachable) as raised:
        outbound.send_request("POST", address)
    return str(raised.value)


# What is refused before anything is asked

PRIVATE_ADDRESSES = [
    *("127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "100.100.100.200"),
    *("169.254.169.254", "0.0.0.0", "224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "168.63.129.16"),
    *("::1", "::", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "fe80::1", "fc00::1", "fd00:ec2::254"),
    *("ff02::1", "fec0::1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001::1", "2001:db8::1"),
]


@pytest.mark.parametrize("address", PRIVATE_ADDRESSES)
def test_private_address_is_not_allowed(address: str) -> None:
    assert not outbound.is_allowed(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", [PUBLIC, "2606:2800:21f:cb07::1", "64:ff9b::5db8:d70e", "::ffff:93.184.215.14"])
def test_public_address_is_allowed(address: str) -> None:
    assert outbound.is_allowed(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    ("address", "allowed"),
    [("127.0.0.1", True), ("10.1.2.3", True), ("fd00::1", True), ("169.254.169.254", False), ("fe80::1", False)],
)
def test_operator_can_allow_the_own_network_but_no_link_local_address(
    private_allowed: None, address: str, allowed: bool
) -> None:
    assert outbound.is_allowed(ipaddress.ip_address(address)) is allowed


@pytest.mark.parametrize(
    "address",
    [
        *("http://example.org/", "ftp://example.org/", "//example.org/", "example.org", "https://", "https:///x", ""),
        *("https://ana:pass@example.org/", "https://example.org:25/", "https://example.org:22/", "file:///etc/passwd"),
        *("https://example.org:99999/", "https://exa mple.org/", "https://example.org/\r\nX: y", "https://[::1/"),
        *("https://127.0.0.1/", "https://[::ffff:10.0.0.1]/", "https://a..b/", f"https://example.org/{'x' * 2_000}"),
    ],
)
def test_odd_address_is_refused_without_a_connection(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_asked: Any, **_more: Any) -> None:
        raise AssertionError("a name was resolved")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    assert reason(address)


def test_name_in_other_letters_is_asked_for_in_ascii() -> None:
    parts = outbound.checked_parts("https://münchen.example/a b".replace(" ", "%20"))
    assert (parts.hostname, parts.path) == ("xn--mnchen-3ya.example", "/a%20b")


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.8", "169.254.169.254", "::1"])
def test_name_that_leads_to_a_private_address_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_asked: Any, **_more: Any) -> None:
        raise AssertionError("a connection was opened")

    resolve_to(monkeypatch, address)
    monkeypatch.setattr(socket.socket, "connect", fail)
    assert "private network" in reason("https://rebinding.example.org/")


def test_connection_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is resolved once. A second answer of its name server, with a private address, is never asked for."""
    answers = iter([PUBLIC, "127.0.0.1"])

    def resolve(*_asked: Any, **_more: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), 0))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    opened: list[tuple[str, int]] = []

    def connect(sock: socket.socket, address: tuple[str, int]) -> None:
        opened.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    assert "does not accept" in reason("https://rebinding.example.org/")
    assert opened == [(PUBLIC, 443)]


def test_unknown_name_is_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_asked: Any, **_more: Any) -> None:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert "No server" in reason("https://nowhere.example.org/")


# With a server


def test_response_is_returned_with_its_headers(private_allowed: None) -> None:
    heard: list[bytes] = []

    def respond(connection: socket.socket) -> None:
        heard.append(connection.recv(65_536))
        connection.sendall(OK)

    with server(respond) as port:
        response = outbound.send_request(
            "POST", f"http://localhost:{port}/path?a=b#part", body=b"{}", headers={"Content-Type": "application/json"}
        )
    assert (response.status, response.body, response.headers["x-name"]) == (200, b"fine", "value")
    assert heard[0].startswith(b"POST /path?a=b HTTP/1.1\r\n")
    assert f"Host: localhost:{port}".encode() in heard[0]
    assert b"Content-Type: application/json" in heard[0]


def test_redirect_is_not_followed(private_allowed: None) -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"
    with server(saying(moved)) as port:
        assert outbound.send_request("GET", f"http://127.0.0.1:{port}/").status == 302


def test_proxy_of_the_environment_is_not_used(private_allowed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    with server(saying(OK)) as port:
        assert outbound.send_request("GET", f"http://127.0.0.1:{port}/").status == 200


def test_no_more_than_the_beginning_of_a_response_is_read(private_allowed: None) -> None:
    endless = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_000_000
    with server(saying(endless)) as port:
        assert len(outbound.send_request("GET", f"http://127.0.0.1:{port}/").body) == outbound.LARGEST_RESPONSE


@pytest.mark.parametrize("response", [b"", b"SSH-2.0-OpenSSH_9.9\r\n", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1_000])
def test_other_protocol_is_no_response(private_allowed: None, response: bytes) -> None:
    with server(saying(response)) as port:
        assert "no HTTP" in reason(f"http://127.0.0.1:{port}/")


def test_response_that_trickles_is_cut_off(private_allowed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes in time, but all of them do not."""
    monkeypatch.setattr(outbound, "TOTAL_SECONDS", 0.3)

    def trickle(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while True:
            connection.sendall(b"x")
            time.sleep(0.05)

    with server(trickle) as port:
        began = time.monotonic()
        assert "within ten seconds" in reason(f"http://127.0.0.1:{port}/")
        assert time.monotonic() - began < 3


def test_resolver_that_hangs_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    monkeypatch.setattr(outbound, "TOTAL_SECONDS", 0.1)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_asked, **_more: released.wait(10) and [])
    assert "within ten seconds" in reason("https://slow.example.org/")
    released.set()


# Encrypted


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of hooks.example.org that signs itself, with its key."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("hooks.example.org")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("certificate") / "both.pem"
    no_password = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, no_password)
    path.write_bytes(private + built.public_bytes(serialization.Encoding.PEM))
    return path


def of_server(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_certificate_is_checked_against_the_name(
    private_allowed: None, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusting = ssl.create_default_context(cafile=str(certificate))
    resolve_to(monkeypatch, "127.0.0.1")
    monkeypatch.setattr(outbound, "tls_context", lambda: trusting)
    with server(saying(OK), of_server(certificate)) as port:
        assert outbound.send_request("POST", f"https://hooks.example.org:{port}/").body == b"fine"
        assert "certificate" in reason(f"https://other.example.org:{port}/")


def test_unknown_authority_is_refused(
    private_allowed: None, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve_to(monkeypatch, "127.0.0.1")
    with server(saying(OK), of_server(certificate)) as port:
        assert "certificate" in reason(f"https://hooks.example.org:{port}/")


def test_server_without_encryption_is_refused(private_allowed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, "127.0.0.1")
    with server(saying(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        assert "encrypted" in reason(f"https://hooks.example.org:{port}/")

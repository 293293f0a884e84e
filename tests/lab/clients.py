"""Clients of a running lab that are no measuring code: plain blocking sockets, and what they get."""

import socket
import ssl
import time
from contextlib import suppress

from probe.lab.door import ACCEPTED
from probe.lab.lab import Lab
from probe.lab.scenario import Rule, Scenario, Site

LOOPBACK = "127.0.0.1"
PATIENCE = 5.0
"""Seconds after which a client gives up, and its test fails."""

HOST, ADDRESS = "www.example.org", "104.40.1.1"
SITE = Site(HOST, (ADDRESS,))


def lab_with(*rules: Rule, sites: tuple[Site, ...] = (SITE,), rtt: float = 0.0, alive: bool = True) -> Lab:
    """A lab whose network does what `rules` say."""
    return Lab(Scenario("test", "A test.", rules, sites, alive=alive), rtt=rtt)


def knock(lab: Lab, line: bytes) -> socket.socket:
    """Say `line` at the door."""
    sock = socket.create_connection((LOOPBACK, lab.door.tcp_port), PATIENCE)
    sock.sendall(line)
    return sock


def reach(lab: Lab, ip: str = ADDRESS, port: int = 443) -> socket.socket:
    """A connection to the simulated `ip`:`port`."""
    sock = knock(lab, f"to {ip} {port}\n".encode())
    assert sock.recv(1) == ACCEPTED
    return sock


def encrypt(
    sock: socket.socket, lab: Lab, name: str = HOST, alpn: tuple[str, ...] = ("http/1.1",)
) -> ssl.SSLSocket:
    """TLS over `sock`, verified by the lab's roots."""
    context = ssl.create_default_context(cafile=str(lab.ca_file))
    context.set_alpn_protocols(list(alpn))
    return context.wrap_socket(sock, server_hostname=name)


def get(sock: socket.socket, host: str = HOST) -> bytes:
    """One request over HTTP/1.1, and all that comes until the server ends the connection."""
    sock.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    return rest(sock)


def fetch(lab: Lab, name: str = HOST, port: int = 443) -> bytes:
    """A whole visit of `name`, encrypted."""
    with reach(lab, port=port) as sock, encrypt(sock, lab, name) as tls:
        return get(tls, name)


def fetch_in_the_clear(lab: Lab, port: int = 80) -> bytes:
    """A whole visit, in the clear."""
    with reach(lab, port=port) as sock:
        return get(sock)


def rest(sock: socket.socket) -> bytes:
    """All that comes until FIN; raises `ConnectionResetError` on RST, `TimeoutError` when nothing does."""
    data = b""
    with suppress(ssl.SSLEOFError):
        while part := sock.recv(65536):
            data += part
    return data


def bytes_within(sock: socket.socket, seconds: float) -> int:
    """How many bytes come within `seconds`."""
    received, end = 0, time.monotonic() + seconds
    with suppress(TimeoutError):
        while (left := end - time.monotonic()) > 0:
            sock.settimeout(left)
            part = sock.recv(65536)
            assert part
            received += len(part)
    return received

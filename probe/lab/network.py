"""The client's side of the lab: the `Network` that measuring code sees. Real sockets, to simulated addresses."""

import asyncio
import errno
import itertools
import os
import socket
from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype

from probe.lab.door import ACCEPTED, DNS_PORT, REFUSED, RESET, UNREACHABLE
from probe.lab.resolvers import ISP_RESOLVER

LOOKUP_PATIENCE = 3.0
"""Seconds after which the system's resolver gives up; real ones take five."""

NO_DATA = getattr(socket, "EAI_NODATA", socket.EAI_NONAME)
"""What getaddrinfo says of a name without an address: a number of its own where the system has one."""

LENGTH = 2
"""Bytes before each message over TCP (RFC 1035 §4.2.2)."""

ERRORS = {
    REFUSED: errno.ECONNREFUSED,
    RESET: errno.ECONNRESET,
    UNREACHABLE: errno.EHOSTUNREACH,
    b"": errno.ECONNRESET,
}


@dataclass(frozen=True, slots=True)
class Door:
    """Where a lab listens on 127.0.0.1; can be handed to another process.

    Several UDP ports, taken in turn: the kernel drops what one socket's buffer cannot hold, and forty targets
    that start at once ask five hundred questions.
    """

    tcp_port: int
    udp_ports: tuple[int, ...]


class LabNetwork:
    """Implements `probe.measure.network.Network`."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._turns = itertools.cycle(door.udp_ports)

    async def open_tcp(self, ip: str, port: int) -> socket.socket:
        """Connect to the simulated `ip`:`port`; raises what a kernel would, waits for ever on a dropped SYN."""
        loop = asyncio.get_running_loop()
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            sock.settimeout(0)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await loop.sock_connect(sock, ("127.0.0.1", self._door.tcp_port))
            await loop.sock_sendall(sock, f"to {ip} {port}\n".encode())
            verdict = await loop.sock_recv(sock, 1)
            _raise_unless_accepted(verdict)
        except BaseException:
            sock.close()
            raise
        return sock

    async def open_udp(self, ip: str, port: int) -> socket.socket:
        """A socket to the simulated resolver at `ip`; to a closed port when there is none."""
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            sock.settimeout(0)
            sock.connect(("127.0.0.1", next(self._turns)))
            loop = asyncio.get_running_loop()
            await loop.sock_sendall(sock, f"to {ip} {port}".encode())
            _raise_unless_accepted(await loop.sock_recv(sock, 1))
        except BaseException:
            sock.close()
            raise
        return sock

    async def system_lookup(self, hostname: str) -> list[str]:
        """What a stub resolver does: ask the provider's for A and AAAA; raises `socket.gaierror`."""
        results = await asyncio.gather(
            self._ask(hostname, "A"), self._ask(hostname, "AAAA"), return_exceptions=True
        )
        errors = [result for result in results if isinstance(result, BaseException)]
        found = [ip for result in results if not isinstance(result, BaseException) for ip in result]
        if not found:
            raise errors[0] if errors else socket.gaierror(NO_DATA, "no address associated with hostname")
        return found

    async def _ask(self, hostname: str, kind: str) -> list[str]:
        query = dns.message.make_query(hostname, kind)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(LOOKUP_PATIENCE):
                with await self.open_udp(ISP_RESOLVER, 53) as sock:
                    await loop.sock_sendall(sock, query.to_wire())
                    answer = await _receive_answer(sock, query)
                if answer.flags & dns.flags.TC:
                    answer = await self._ask_over_tcp(query)
        except TimeoutError:
            raise socket.gaierror(socket.EAI_AGAIN, "temporary failure in name resolution") from None
        _raise_for(answer.rcode())
        return [
            str(rdata)
            for rrset in answer.answer
            if rrset.rdtype == dns.rdatatype.from_text(kind)
            for rdata in rrset
        ]

    async def _ask_over_tcp(self, query: dns.message.Message) -> dns.message.Message:
        """What a stub resolver does with an answer that was cut short (RFC 7766)."""
        loop, wire = asyncio.get_running_loop(), query.to_wire()
        with await self.open_tcp(ISP_RESOLVER, DNS_PORT) as sock:
            await loop.sock_sendall(sock, len(wire).to_bytes(LENGTH, "big") + wire)
            data = b""
            while len(data) < LENGTH or len(data) < LENGTH + int.from_bytes(data[:LENGTH], "big"):
                part = await loop.sock_recv(sock, 65536)
                if not part:
                    raise TimeoutError
                data += part
        return dns.message.from_wire(data[LENGTH:], ignore_trailing=True)


def _raise_unless_accepted(verdict: bytes) -> None:
    if verdict != ACCEPTED:
        number = ERRORS.get(verdict, errno.EIO)
        raise OSError(number, os.strerror(number))


async def _receive_answer(sock: socket.socket, query: dns.message.Message) -> dns.message.Message:
    """The first datagram that answers `query`; a stub resolver does not look at others."""
    while True:
        raw = await asyncio.get_running_loop().sock_recv(sock, 4096)
        try:
            answer = dns.message.from_wire(raw, ignore_trailing=True)
        except dns.exception.DNSException:
            continue
        if query.is_response(answer):
            return answer


def _raise_for(rcode: dns.rcode.Rcode) -> None:
    if rcode == dns.rcode.NXDOMAIN:
        raise socket.gaierror(socket.EAI_NONAME, "name or service not known")
    if rcode == dns.rcode.SERVFAIL:
        raise socket.gaierror(socket.EAI_AGAIN, "temporary failure in name resolution")
    if rcode != dns.rcode.NOERROR:
        raise socket.gaierror(socket.EAI_FAIL, "non-recoverable failure in name resolution")

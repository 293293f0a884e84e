"""The client's side of the lab: the `Network` that measuring code sees. Real sockets, to simulated addresses."""

import asyncio
import errno
import itertools
import os
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

from probe.lab.door import ACCEPTED, DNS_PORT, REFUSED, RESET, UNREACHABLE

NO_DATA = getattr(socket, "EAI_NODATA", socket.EAI_NONAME)
"""What getaddrinfo says of a name without an address: a number of its own where the system has one."""

LOOKUP_ERRORS = {
    "NODATA": (NO_DATA, "no address associated with hostname"),
    "NONAME": (socket.EAI_NONAME, "name or service not known"),
    "AGAIN": (socket.EAI_AGAIN, "temporary failure in name resolution"),
    "FAIL": (socket.EAI_FAIL, "non-recoverable failure in name resolution"),
}

DATAGRAM = 4096

ERRORS = {
    REFUSED: errno.ECONNREFUSED,
    RESET: errno.ECONNRESET,
    UNREACHABLE: errno.EHOSTUNREACH,
    b"": errno.ECONNRESET,
}


@dataclass(frozen=True, slots=True)
class Door:
    """Where a lab listens on 127.0.0.1; can be handed to another process.

    `udp_ports`: of each simulated resolver; `system_ports`: of the one behind getaddrinfo; `silent_ports`: where
    every datagram goes on a network that is dead, else empty. Several each, taken in turn: the kernel drops what
    one socket's buffer cannot hold, and forty targets that start at once ask five hundred questions.
    """

    tcp_port: int
    udp_ports: Mapping[str, Sequence[int]]
    system_ports: Sequence[int]
    silent_ports: Sequence[int] = ()

    def to_json(self) -> dict[str, object]:
        """For another process."""
        return asdict(self)


class LabNetwork:
    """Implements `probe.measure.network.Network`."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._turns = itertools.count()

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
        """A socket to the simulated resolver at `ip`; raises what a closed port does when there is none."""
        door = self._door
        ports = door.silent_ports or (door.udp_ports.get(ip, ()) if port == DNS_PORT else ())
        if not ports:
            raise ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))
        return self._connect(ports)

    async def system_lookup(self, hostname: str, begun: Callable[[], None]) -> list[str]:
        """What getaddrinfo says, with the provider's resolver behind it; raises `socket.gaierror`."""
        loop = asyncio.get_running_loop()
        begun()
        with self._connect(self._door.system_ports) as sock:
            await loop.sock_sendall(sock, hostname.encode("ascii"))
            answer = (await loop.sock_recv(sock, DATAGRAM)).decode("ascii")
        if answer.startswith("!"):
            raise socket.gaierror(*LOOKUP_ERRORS[answer[1:]])
        return answer.split()

    def _connect(self, ports: Sequence[int]) -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            sock.settimeout(0)
            sock.connect(("127.0.0.1", ports[next(self._turns) % len(ports)]))
        except BaseException:
            sock.close()
            raise
        return sock


def _raise_unless_accepted(verdict: bytes) -> None:
    if verdict != ACCEPTED:
        number = ERRORS.get(verdict, errno.EIO)
        raise OSError(number, os.strerror(number))

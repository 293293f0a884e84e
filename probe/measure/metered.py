"""A `Network` that counts the bytes which go through it, for runs that may use only so many.

What is counted is what sockets carry; the headers around it (a twentieth, about) and the system's own look-ups, for
which a round number stands, are not seen from here. Nothing is ever cut off: a connection that we end at a limit
would look like one that a censor ended.
"""

import socket
from collections.abc import Callable
from dataclasses import dataclass

from probe.measure.network import Network

LOOKUP_BYTES = 300
"""A look-up by the system's resolver: two questions and two answers."""


@dataclass(slots=True)
class Meter:
    """Bytes sent and received so far."""

    used: int = 0


class MeteredSocket(socket.socket):
    """Takes over a connected socket; asyncio and we read and write by the two methods here, and by no others."""

    def __init__(self, sock: socket.socket, meter: Meter) -> None:
        family, kind, proto, timeout = sock.family, sock.type, sock.proto, sock.gettimeout()
        super().__init__(family, kind, proto, fileno=sock.detach())
        self.settimeout(timeout)
        self._meter = meter

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """As `socket.recv`."""
        data = super().recv(size, flags)
        if not flags & socket.MSG_PEEK:
            self._meter.used += len(data)
        return data

    def send(self, data: bytes | bytearray | memoryview, flags: int = 0, /) -> int:  # type: ignore[override]
        """As `socket.send`."""
        sent = super().send(data, flags)
        self._meter.used += sent
        return sent


class MeteredNetwork:
    """`network` with `meter` beside it."""

    def __init__(self, network: Network, meter: Meter) -> None:
        self._network, self._meter = network, meter

    async def open_tcp(self, ip: str, port: int) -> socket.socket:
        """As `Network` says."""
        return MeteredSocket(await self._network.open_tcp(ip, port), self._meter)

    async def open_udp(self, ip: str, port: int) -> socket.socket:
        """As `Network` says."""
        return MeteredSocket(await self._network.open_udp(ip, port), self._meter)

    async def system_lookup(self, hostname: str, begun: Callable[[], None]) -> list[str]:
        """As `Network` says."""
        self._meter.used += LOOKUP_BYTES
        return await self._network.system_lookup(hostname, begun)

"""The test networks: addresses that look public, mapped to loopback; the sockets are real."""

import asyncio
import errno
import socket
from collections.abc import Callable, Sequence

from probe.measure.network import Network, SystemNetwork
from tests.measure.servers import LOOPBACK

Lookup = Sequence[str] | Exception


class PretendNetwork:
    """Implements `Network`: whatever is not mapped refuses connections and is no name.

    `tcp` and `udp` map (address, port) to a port of loopback; `silent` holds endpoints that never answer;
    `names` holds what the system's resolver says, `delays` how many seconds it takes for it, `turns` how many pass
    before it is asked.
    """

    def __init__(self) -> None:
        self.tcp: dict[tuple[str, int], int] = {}
        self.udp: dict[tuple[str, int], int] = {}
        self.silent: set[tuple[str, int]] = set()
        self.names: dict[str, Lookup] = {}
        self.delays: dict[str, float] = {}
        self.turns: dict[str, float] = {}
        self.opened: list[tuple[str, int]] = []
        self.asked: list[str] = []
        self._system = SystemNetwork()

    async def open_tcp(self, ip: str, port: int) -> socket.socket:
        """Connect to the loopback port behind `ip`:`port`."""
        self.opened.append((ip, port))
        if (ip, port) in self.silent:
            await asyncio.Event().wait()
        return await self._system.open_tcp(LOOPBACK, self._target(self.tcp, ip, port))

    async def open_udp(self, ip: str, port: int) -> socket.socket:
        """A UDP socket connected to the loopback port behind `ip`:`port`."""
        return await self._system.open_udp(LOOPBACK, self._target(self.udp, ip, port))

    async def system_lookup(self, hostname: str, begun: Callable[[], None]) -> list[str]:
        """What `names` says of `hostname`."""
        self.asked.append(hostname)
        name = hostname.rstrip(".")
        await asyncio.sleep(self.turns.get(name, 0.0))
        begun()
        await asyncio.sleep(self.delays.get(name, 0.0))
        answer = self.names.get(name, socket.gaierror(socket.EAI_NONAME, "no such name"))
        if isinstance(answer, Exception):
            raise answer
        return list(answer)

    @staticmethod
    def _target(ports: dict[tuple[str, int], int], ip: str, port: int) -> int:
        if (ip, port) not in ports:
            raise ConnectionRefusedError(errno.ECONNREFUSED, "nobody is there")
        return ports[ip, port]


class _At(socket.socket):
    own = ""

    def getsockname(self) -> tuple[str, int]:
        return self.own, 50_000


def at(own: str, sock: socket.socket) -> socket.socket:
    """`sock`, which says that it goes out from the address `own`."""
    seen = _At(sock.family, sock.type, sock.proto, fileno=sock.detach())
    seen.settimeout(0)
    seen.own = own
    return seen


class SeenFrom:
    """`network` on a machine whose ways to all others begin at the address `own`."""

    def __init__(self, own: str, network: Network) -> None:
        self._own, self._network = own, network

    async def open_tcp(self, ip: str, port: int) -> socket.socket:
        """As `Network` says."""
        return at(self._own, await self._network.open_tcp(ip, port))

    async def open_udp(self, ip: str, port: int) -> socket.socket:
        """As `Network` says."""
        return at(self._own, await self._network.open_udp(ip, port))

    async def system_lookup(self, hostname: str, begun: Callable[[], None]) -> list[str]:
        """As `Network` says."""
        return await self._network.system_lookup(hostname, begun)

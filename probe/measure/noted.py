"""A `Network` that tells from which address of this machine each socket goes out.

Which one it is depends on the way to the other end, and may change while a run goes on (a lease that ends, a phone that
changes networks, IPv6's temporary addresses). So the sockets themselves are asked: no list made before is sure to have it.
"""

import socket
from collections.abc import Callable

from probe.measure.network import Network


class NotedNetwork:
    """`network`; `note` hears the own address of every socket that it opens."""

    def __init__(self, network: Network, note: Callable[[str], None]) -> None:
        self._network, self._note = network, note

    async def open_tcp(self, ip: str, port: int) -> socket.socket:
        """As `Network` says."""
        return self._noted(await self._network.open_tcp(ip, port))

    async def open_udp(self, ip: str, port: int) -> socket.socket:
        """As `Network` says."""
        return self._noted(await self._network.open_udp(ip, port))

    async def system_lookup(self, hostname: str, begun: Callable[[], None]) -> list[str]:
        """As `Network` says. Its sockets are the system's own."""
        return await self._network.system_lookup(hostname, begun)

    def _noted(self, sock: socket.socket) -> socket.socket:
        if sock.family in (socket.AF_INET, socket.AF_INET6):  # else it leads nowhere beyond this machine
            self._note(str(sock.getsockname()[0]))
        return sock

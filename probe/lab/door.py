r"""The two sockets through which everything comes: which simulated address is meant, and whether it can be had.

A client says first where it wants to go, `to 203.0.113.5 443\n`, and gets one byte back after a round trip; from
then on the connection is the simulated one. Over UDP the first datagram says so for all that follow.
"""

import asyncio
import ipaddress
import weakref
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import cast

from probe.lab.censor import Censor
from probe.lab.resolvers import RESOLVERS, Resolvers
from probe.lab.scenario import Act, Site
from probe.lab.server import Server
from probe.lab.wire import Wire

ACCEPTED, REFUSED, RESET, UNREACHABLE = b"A", b"R", b"X", b"U"
"""Nothing at all means that the SYN was dropped."""

MAX_PREAMBLE = 64
MAX_UDP_PEERS = 8192
DNS_PORT = 53


def read_preamble(line: bytes) -> tuple[str, int] | None:
    """Address and port of `to ADDRESS PORT`; None when it is anything else."""
    try:
        word, ip, port = line.decode("ascii").split()
        return (str(ipaddress.ip_address(ip)), int(port)) if word == "to" and 0 < int(port) <= 65535 else None  # noqa: PLR2004
    except ValueError:
        return None


class Reception:
    """Decides about each connection and hands it on."""

    def __init__(self, server: Server, censor: Censor, sites: list[Site], rtt: float, *, alive: bool) -> None:
        self._server, self._censor, self._rtt, self._alive = server, censor, rtt, alive
        self._closed = {(ip, port) for site in sites for ip in site.addresses for port in site.closed_ports}
        self._open: dict[asyncio.Task[None], Wire] = {}
        self._wires: weakref.WeakSet[Wire] = (
            weakref.WeakSet()
        )  # also those that only wait to be read to their end

    def wire(self) -> Wire:
        """Asyncio's protocol factory: a new connection at the door."""
        wire = Wire(self._rtt)
        self._wires.add(wire)
        task = asyncio.get_running_loop().create_task(self._receive(wire))
        self._open[task] = wire
        task.add_done_callback(self._ended)
        return wire

    async def close(self) -> None:
        """End all connections, those on which nothing moves any more as well."""
        for wire in self._wires:
            wire.abort()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._open.pop(task).close()

    async def _receive(self, wire: Wire) -> None:
        line = b""
        while b"\n" not in line and len(line) < MAX_PREAMBLE:
            data = await wire.read()
            if not data:
                wire.close()
                return
            line += data
        place = read_preamble(line.partition(b"\n")[0])
        if place is None:
            wire.reset()
            return
        await self._admit(wire, *place)

    async def _admit(self, wire: Wire, ip: str, port: int) -> None:
        rule = self._censor.on_connect(ip, port)
        if not self._alive or (rule is not None and rule.act not in (Act.SYN_RESET, Act.SYN_UNREACHABLE)):
            await wire.stall()
        elif rule is not None:
            await wire.write(RESET if rule.act is Act.SYN_RESET else UNREACHABLE)
        elif (ip, port) in self._closed:
            await wire.write(REFUSED)
        else:
            await wire.write(ACCEPTED)
            await self._server.serve(wire, ip, port)
        wire.close()


class UdpDoor(asyncio.DatagramProtocol):
    """DNS over UDP. A peer is a client's socket; the least recently heard of is forgotten."""

    def __init__(self, resolvers: Resolvers, rtt: float, *, alive: bool) -> None:
        self._resolvers, self._rtt, self._alive = resolvers, rtt, alive
        self._peers: OrderedDict[tuple[str, int], tuple[str, int]] = OrderedDict()
        self._transport: asyncio.DatagramTransport | None = None
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asyncio's call: the socket is open."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Asyncio's call: a preamble, or a question."""
        place = read_preamble(data) if data.startswith(b"to ") else None
        if place is not None:
            self._peers[addr] = place
            self._peers.move_to_end(addr)
            if len(self._peers) > MAX_UDP_PEERS:
                self._peers.popitem(last=False)
            open_port = place[1] == DNS_PORT and (place[0] in RESOLVERS or not self._alive)
            self._send(ACCEPTED if open_port or not self._alive else REFUSED, addr)
        elif addr in self._peers and self._alive:
            self._peers.move_to_end(addr)
            for reply in self._resolvers.answer(data, self._peers[addr][0]):
                self._later(self._rtt + reply.delay, partial(self._send, reply.wire, addr))

    def _later(self, delay: float, send: Callable[[], None]) -> None:
        if delay:
            self._loop.call_later(delay, send)
        else:
            send()

    def _send(self, data: bytes, addr: tuple[str, int]) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(data, addr)

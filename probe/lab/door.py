r"""The sockets through which everything comes: which simulated address is meant, and whether it can be had.

A client says first where it wants to go, `to 203.0.113.5 443\n`, and gets one byte back after a round trip; from
then on the connection is the simulated one. Over UDP each resolver has sockets of its own, and so has the system's.
"""

import asyncio
import ipaddress
import weakref
from collections.abc import Callable, Iterable
from functools import partial
from typing import cast

from probe.lab.censor import Censor
from probe.lab.resolvers import LOOKUP_PATIENCE, Lookup, Reply, Resolvers
from probe.lab.scenario import Act, Site
from probe.lab.server import Server
from probe.lab.wire import Wire

ACCEPTED, REFUSED, RESET, UNREACHABLE = b"A", b"R", b"X", b"U"
"""Nothing at all means that the SYN was dropped."""

MAX_PREAMBLE = 64
DNS_PORT = 53
MAX_NAME = 1024
"""Bytes of a host name that are looked at; more is none."""


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
    """DNS over UDP at one simulated resolver; on a network that is dead no question is ever answered."""

    def __init__(self, answer: Callable[[bytes], Iterable[Reply]], rtt: float) -> None:
        self._answer, self._rtt = answer, rtt
        self._transport: asyncio.DatagramTransport | None = None
        self._loop = asyncio.get_running_loop()

    @classmethod
    def of_resolver(cls, resolvers: Resolvers, ip: str, rtt: float) -> "UdpDoor":
        """Each datagram is a DNS message for the resolver at `ip`."""
        return cls(partial(resolvers.answer, resolver=ip), rtt)

    @classmethod
    def of_system(cls, resolvers: Resolvers, rtt: float) -> "UdpDoor":
        """Each datagram is a host name for the system's stub resolver, whose work is not the measuring process'."""
        return cls(partial(_look_up, resolvers), rtt)

    @classmethod
    def of_nobody(cls, *, system: bool) -> "UdpDoor":
        """Nothing comes back; the system's resolver gives up in the end."""
        gave_up = [Reply(written(Lookup((), "AGAIN")), LOOKUP_PATIENCE)] if system else []
        return cls(lambda _: gave_up, 0.0)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asyncio's call: the socket is open."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Asyncio's call: a question."""
        for reply in self._answer(data):
            self._later(self._rtt + reply.delay, partial(self._send, reply.wire, addr))

    def _later(self, delay: float, send: Callable[[], None]) -> None:
        if delay:
            self._loop.call_later(delay, send)
        else:
            send()

    def _send(self, data: bytes, addr: tuple[str, int]) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(data, addr)


def _look_up(resolvers: Resolvers, name: bytes) -> list[Reply]:
    found = resolvers.look_up(name[:MAX_NAME].decode("ascii", "replace"))
    return [Reply(written(found), found.delay)]


def written(found: Lookup) -> bytes:
    """`found` as one datagram: addresses, or an error after a sign that no address begins with."""
    return " ".join(found.addresses).encode() if found.addresses else b"!" + found.error.encode()

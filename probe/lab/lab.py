"""A running lab: a scenario's network in a thread of its own, on 127.0.0.1."""

import asyncio
import threading
from concurrent.futures import Future
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Self

from probe.lab.authority import Authority
from probe.lab.censor import Censor
from probe.lab.door import Reception, UdpDoor
from probe.lab.names import Names
from probe.lab.network import Door, LabNetwork
from probe.lab.resolvers import RESOLVERS, Resolvers
from probe.lab.scenario import Scenario, Site
from probe.lab.server import Server
from probe.lab.web import BLOCK_ADDRESSES, Web

START_PATIENCE = 30.0
UDP_DOORS = 4
"""Sockets of each resolver."""

SYSTEM, SILENCE = "system", "silence"


class Lab:
    """`with Lab(scenario) as lab`: `lab.network()` measures it, `lab.ca_file` holds the roots to trust.

    `seed` decides names, addresses and pages; `rtt` is the round trip time to everywhere, in seconds.
    """

    def __init__(self, scenario: Scenario, *, seed: int = 0, rtt: float = 0.0) -> None:
        self.scenario = scenario
        self._seed, self._rtt = seed, rtt
        self._authority = Authority(datetime.now(UTC))
        self._ready: Future[Door] = Future()
        self._stop: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._main, name="probe-lab", daemon=True)

    @property
    def ca_file(self) -> Path:
        """The lab's root certificate, PEM; gone when the lab is closed."""
        return self._authority.ca_file

    @property
    def door(self) -> Door:
        """Where the lab listens."""
        return self._ready.result(START_PATIENCE)

    def network(self) -> LabNetwork:
        """The network as measuring code sees it."""
        return LabNetwork(self.door)

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            self._ready.result(START_PATIENCE)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all connections, the thread, and remove the files; does nothing the second time."""
        if self._thread.is_alive() and self._loop is not None and self._stop is not None:
            with suppress(RuntimeError):  # the loop has ended by itself meanwhile
                self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(START_PATIENCE)
        self._authority.close()

    def _main(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # the thread that waits for the door must hear of it
            if self._ready.done():
                raise
            self._ready.set_exception(error)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        reception, resolvers = self._build(self._loop)
        tcp = await self._loop.create_server(reception.wire, "127.0.0.1", 0, backlog=1024)
        udp = await self._open_udp(self._loop, resolvers)
        ports = {name: tuple(map(_port, transports)) for name, transports in udp.items()}
        silent, system = ports.pop(SILENCE, ()), ports.pop(SYSTEM)
        self._ready.set_result(Door(tcp.sockets[0].getsockname()[1], ports, system, silent))
        await self._stop.wait()
        tcp.close()
        for transport in chain.from_iterable(udp.values()):
            transport.close()
        await reception.close()
        await asyncio.sleep(0)  # asyncio closes the sockets of aborted transports one turn later

    async def _open_udp(
        self, loop: asyncio.AbstractEventLoop, resolvers: Resolvers
    ) -> dict[str, list[asyncio.DatagramTransport]]:
        """Sockets by the address of the resolver, by `SYSTEM` or by `SILENCE`."""
        names = [*sorted(RESOLVERS), SYSTEM] if self.scenario.alive else [SYSTEM, SILENCE]
        return {
            name: [
                (
                    await loop.create_datagram_endpoint(
                        partial(self._udp_door, resolvers, name), local_addr=("127.0.0.1", 0)
                    )
                )[0]
                for _ in range(UDP_DOORS)
            ]
            for name in names
        }

    def _udp_door(self, resolvers: Resolvers, name: str) -> UdpDoor:
        if not self.scenario.alive:
            return UdpDoor.of_nobody(system=name == SYSTEM)
        if name == SYSTEM:
            return UdpDoor.of_system(resolvers, self._rtt)
        return UdpDoor.of_resolver(resolvers, name, self._rtt)

    def _build(self, loop: asyncio.AbstractEventLoop) -> tuple[Reception, Resolvers]:
        sites = [*self.scenario.sites, Site("block.invalid", BLOCK_ADDRESSES, closed_ports=(443,))]
        names = Names(self._seed, sites)
        censor = Censor(self.scenario, names, loop.time)
        resolvers = Resolvers(names, censor)
        web = Web(names, {site.host: site for site in sites}, resolvers.answer_encrypted)
        server = Server(censor, self._authority, resolvers, web)
        return Reception(server, censor, sites, self._rtt, alive=self.scenario.alive), resolvers


def _port(transport: asyncio.DatagramTransport) -> int:
    return int(transport.get_extra_info("sockname")[1])

"""A helper to talk to: in the lab, or among scripted peers; asked without a socket between."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from probe.control.limits import Limits
from probe.control.server import Service, build
from probe.control.serving import assemble
from probe.lab.lab import Lab
from probe.lab.scenarios import SCENARIOS
from probe.measure.network import Network
from probe.measure.setting import Deadlines
from probe.measure.trust import Trust
from tests.measure.world import World

QUICK = Deadlines(dns=0.6, linger=0.0, tcp=0.6, tls=0.6, http=1.5)

CLIENT_HEADERS = {
    "Accept": ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"],
    "Accept-Language": ["en-US,en;q=0.9"],
    "User-Agent": [
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/122.0.0.0 Safari/537.3"
    ],
}
"""As OONI's clients ask for them."""


def question(url: str, *endpoints: str, **more: object) -> dict[str, object]:
    """A request as OONI's clients send it."""
    return {
        "http_request": url,
        "http_request_headers": CLIENT_HEADERS,
        "tcp_connect": list(endpoints),
        **more,
    }


class Recording:
    """A network that remembers which addresses were contacted, and how many connections were open at most."""

    def __init__(self, network: Network) -> None:
        self.contacted: list[tuple[str, int]] = []
        self.looked_up: list[str] = []
        self.most_open = 0
        self._network = network
        self._sockets: list[socket.socket] = []

    async def open_tcp(self, ip: str, port: int) -> socket.socket:
        """Note it, then connect."""
        self.contacted.append((ip, port))
        sock = await self._network.open_tcp(ip, port)
        self._sockets = [one for one in (*self._sockets, sock) if one.fileno() != -1]
        self.most_open = max(self.most_open, len(self._sockets))
        return sock

    async def open_udp(self, ip: str, port: int) -> socket.socket:
        """Note it, then open."""
        self.contacted.append((ip, port))
        return await self._network.open_udp(ip, port)

    async def system_lookup(self, hostname: str, begun: Callable[[], None]) -> list[str]:
        """Note it, then ask."""
        self.looked_up.append(hostname)
        return await self._network.system_lookup(hostname, begun)


@dataclass
class Room:
    """A helper, a client of it, what it logged and what it contacted."""

    client: httpx.AsyncClient
    network: Recording
    lines: list[Mapping[str, object]] = field(default_factory=list)

    async def ask(self, body: object, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """POST `body` as JSON."""
        return await self.client.post("/", content=json.dumps(body), headers=headers)

    async def answer(self, url: str, *endpoints: str, **more: object) -> dict[str, Any]:
        """The answer to a request that must be answered."""
        response = await self.ask(question(url, *endpoints, **more))
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found


@asynccontextmanager
async def room(network: Network, trust: Trust, **options: Any) -> AsyncIterator[Room]:  # noqa: ANN401 - assemble's
    """A helper over `network`, with what `assemble` takes beside."""
    recording, lines = Recording(network), list[Mapping[str, object]]()
    service = assemble(recording, trust, **{"deadlines": QUICK, "log": lines.append, **options})
    async with talking_to(service) as client:
        yield Room(client, recording, lines)


@asynccontextmanager
async def talking_to(service: Service, address: str = "192.0.2.7") -> AsyncIterator[httpx.AsyncClient]:
    """A client at `address` of the application itself."""
    transport = httpx.ASGITransport(build(service), client=(address, 1234))
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://helper.test") as client:
            yield client
    finally:
        service.close()


@asynccontextmanager
async def in_lab(lab: Lab, **options: Any) -> AsyncIterator[Room]:  # noqa: ANN401 - assemble's
    """A helper whose internet is `lab`."""
    async with room(lab.network(), Trust.load(lab.ca_file), **options) as here:
        yield here


@asynccontextmanager
async def among(world: World, **options: Any) -> AsyncIterator[Room]:  # noqa: ANN401 - assemble's
    """A helper among the scripted peers of `world`, which are asked over UDP."""
    async with room(world.network, world.trust, udp=world.resolvers, doh=(), **options) as here:
        yield here


def scenario(name: str) -> Lab:
    """The lab of scenario `name`."""
    return Lab(SCENARIOS[name])


@asynccontextmanager
async def on_a_socket(service: Service, **options: Any) -> AsyncIterator[str]:  # noqa: ANN401 - server_for's
    """The helper under uvicorn on loopback; its URL, but for the scheme when there is a certificate."""
    from probe.control.serving import listen, server_for  # noqa: PLC0415 - uvicorn only for those who need it

    with listen("127.0.0.1", 0) as sock:
        server = server_for(build(service), service.limits, **options)
        task = asyncio.create_task(server.serve(sockets=[sock]))
        try:
            yield f"http://127.0.0.1:{sock.getsockname()[1]}/"
        finally:
            server.should_exit = True
            await task


GENEROUS = Limits(rate=1e6, burst=10**6)
"""For tests of other bounds than the rate."""

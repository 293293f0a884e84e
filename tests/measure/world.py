"""A small world to travel in: scripted peers at pretended addresses, and the setting of a run among them."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from probe.measure.connect import connect
from probe.measure.doh import DohResolver, DohSession
from probe.measure.fetch import BODY_CAP, Answer, Ask, CookieJar, fetch
from probe.measure.handshake import handshake
from probe.measure.journey import Journey
from probe.measure.place import endpoint, locate
from probe.measure.resolve import UdpResolver
from probe.measure.setting import Deadlines, Setting
from probe.measure.stream import Stream
from probe.measure.trace import Trace
from probe.measure.trust import Trust
from probe.record import HttpTransaction, MarkKind, Query, to_bytes
from tests.measure.messages import answer
from tests.measure.networks import PretendNetwork
from tests.measure.servers import Datagrams, Script, Server, answering, serving

ADDRESS = "93.184.216.34"
OTHER = "93.184.216.35"
PRIVATE = "10.10.34.36"
RESOLVER = "9.9.9.10"
HOST = "www.example.org"

QUICK = Deadlines(dns=0.3, linger=0.05, tcp=0.3, tls=0.3, http=0.3, preference=0.1, target=5.0)


class World:
    """Peers at addresses; all of them end with the world."""

    def __init__(self, peers: AsyncExitStack, trust: Trust) -> None:
        self.network = PretendNetwork()
        self.resolvers: list[UdpResolver] = []
        self.doh: list[DohSession] = []
        self.trust = trust
        self._peers = peers

    async def serve(self, script: Script, port: int = 80, ip: str = ADDRESS) -> Server:
        """Put a TCP server at `ip`:`port`."""
        server = await self._peers.enter_async_context(serving(script))
        self.network.tcp[ip, port] = server.port
        return server

    async def resolve(self, script: Datagrams, ip: str = RESOLVER) -> UdpResolver:
        """Put a UDP resolver at `ip`, which journeys ask."""
        resolver = UdpResolver(ip)
        self.network.udp[ip, resolver.port] = await self._peers.enter_async_context(answering(script))
        self.resolvers.append(resolver)
        return resolver

    def resolve_over_https(self, url: str, ip: str) -> DohSession:
        """A DoH session that journeys use; the server has to be put there with `serve`."""
        session = DohSession(self.network, self.trust, DohResolver(url, ip))
        self.doh.append(session)
        return session

    def setting(self, deadlines: Deadlines = QUICK) -> Setting:
        """The setting of a run in this world."""
        return Setting(self.network, self.trust, self.resolvers, self.doh, deadlines, random.Random(7))

    async def travel(self, url: str, deadlines: Deadlines = QUICK) -> Trace:
        """The trace of a journey to `url`."""
        return await Journey(self.setting(deadlines), url).run()


@asynccontextmanager
async def world(trust: Trust) -> AsyncIterator[World]:
    """A world of its own."""
    async with AsyncExitStack() as peers:
        here = World(peers, trust)
        try:
            yield here
        finally:
            for session in here.doh:
                session.close()


async def open_stream(
    network: PretendNetwork, url: str, trust: Trust, deadline: float = 1.0
) -> tuple[Stream, Trace]:
    """Connect to `ADDRESS` and, for https, shake hands; both must work."""
    place, trace = locate(url), Trace()
    flow = trace.open_flow(trace.seen, endpoint(ADDRESS, place.port), "tcp", [])
    stream = await connect(network, ADDRESS, place.port, flow, trace.seen, deadline)
    assert stream is not None
    if place.scheme == "https":
        assert await handshake(stream, trust.context, place.host, trace.seen, deadline)
    return stream, trace


async def fetch_from(
    script: Script,
    url: str,
    trust: Trust,
    *,
    deadline: float = 1.0,
    cap: int = BODY_CAP,
    cookies: CookieJar | None = None,
    ask: Ask | None = None,
) -> tuple[Answer, Trace]:
    """Put `script` at the address of `url` and fetch from it."""
    async with world(trust) as here:
        await here.serve(script, locate(url).port)
        stream, trace = await open_stream(here.network, url, trust)
        answer = await fetch(stream, ask or Ask(url), trace.seen, deadline, cookies, cap)
        return answer, trace


def honest(*addresses: str, delay: float = 0.0) -> Datagrams:
    """A resolver that answers every question with those of `addresses` that fit."""

    async def play(wire: bytes, send: object) -> None:
        if delay:
            await asyncio.sleep(delay)
        assert callable(send)
        send(answer(wire, *addresses))

    return play


def requests(trace: Trace) -> Sequence[HttpTransaction]:
    """The exchanges of a trace, oldest first."""
    return trace.seen.requests


def outcome(row: HttpTransaction) -> tuple[str | None, int | None, bytes]:
    """Failure, status and body of an exchange."""
    if row.response is None:
        return row.failure, None, b""
    return row.failure, row.response.code, to_bytes(row.response.body)


def queries(trace: Trace, engine: str) -> list[Query]:
    """The look-ups of one engine."""
    return [row for row in trace.seen.queries if row.engine == engine]


def marks(trace: Trace, kind: MarkKind) -> list[str | None]:
    """The details of all marks of one kind."""
    return [mark.detail for mark in trace.marks if mark.kind == kind]


def unparsed(trace: Trace) -> list[bytes]:
    """The answers that were neither TLS nor HTTP."""
    return [to_bytes(one.data) for one in trace.unparsed]

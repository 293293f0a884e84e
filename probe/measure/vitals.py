"""Whether the network gives any sign of life: what tells "nothing is reachable" from "there is no network".

A dead network must not become a thousand records that look like blocking. A sign of life is what only the outside
can have sent: an address for a name, a connection to a listed site that was accepted or refused, anything said under
a resolver's or the canary's own certificate. That a name does not exist is none: the gateway of a closed network says
so of every name, as it accepts connections to every address.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from typing import Any

from probe.measure.connect import connect
from probe.measure.doh import DohSession
from probe.measure.handshake import handshake
from probe.measure.message import Question
from probe.measure.place import endpoint, is_public
from probe.measure.resolve import UdpResolver, ask_system, ask_udp
from probe.measure.setting import Setting
from probe.measure.stream import Stream
from probe.measure.trace import Trace
from probe.record import Measurement, Query, WebMeasurement

CANARY = "www.iana.org"
"""Asked of every resolver; any address will do, a forged one as well. Its site is greeted where no resolver answers at once."""

CANARY_PORT = 443

PATIENCE = 3.0
"""Seconds that a look takes at most."""

ENCRYPTED_AFTER, CONNECT_AFTER = 0.5, 1.0
"""Seconds that the resolvers before have to themselves: where one answers nobody else is bothered."""

REFUSALS = frozenset({"connection_refused", "connection_reset"})
INTERRUPTIONS = REFUSALS | {"eof_error"}


def shows_life(measurement: Measurement) -> bool:
    """Whether anything in the record came from outside this network.

    What the system's resolver says may come from its cache or from this machine, so it does not count.
    """
    if not isinstance(measurement, WebMeasurement):
        return True
    keys = measurement.test_keys
    told = any(_tells(query) for query in keys.queries or () if query.engine != "getaddrinfo")
    return told or any(row.status.success or row.status.failure in REFUSALS for row in keys.tcp_connect or ())


def _tells(query: Query) -> bool:
    """Over DoH any answer counts: it came under the resolver's certificate."""
    return bool(query.addresses()) or (query.engine == "doh" and query.rcode is not None)


Endpoint = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Vitals:
    """What one look found: `resolvers` says of `system` and each UDP resolver (by its endpoint) whether it named an address."""

    resolvers: Mapping[str, bool]
    alive: bool


async def look_around(setting: Setting, living: Endpoint | None = None, *, lives: bool = False) -> Vitals:
    """Ask every plain resolver for a name that surely exists, and look for a sign of life; within seconds.

    `living`: an endpoint that accepted a connection earlier, and would again while there is a network; `lives`: there
    was a sign of life just now, so that only the resolvers are asked.
    """
    async with _asking(setting, living, further=not lives) as probes:
        alive = lives or await _any(probes.signs)
        plain = {"system": bool(await probes.system)}
        plain |= {endpoint: await asked for endpoint, asked in probes.udp.items()}
        return Vitals(plain, alive)


async def network_is_alive(setting: Setting) -> bool:
    """Whether there is any sign of life; True at the first."""
    async with _asking(setting, None, further=True) as probes:
        return await _any(probes.signs)


@dataclass(frozen=True, slots=True)
class _Probes:
    """Questions that are out."""

    system: "asyncio.Task[list[str]]"
    udp: "Mapping[str, asyncio.Task[bool]]"
    others: "Sequence[asyncio.Task[bool]]"

    @property
    def signs(self) -> "Sequence[asyncio.Task[bool]]":
        """Those whose answer is a sign of life. The system's resolver's is none by itself: it may be from a cache."""
        return [*self.udp.values(), *self.others]


@asynccontextmanager
async def _asking(setting: Setting, living: Endpoint | None, *, further: bool) -> AsyncIterator[_Probes]:
    start = asyncio.create_task
    system = start(_ask_system(setting))
    udp = {resolver.endpoint: start(_ask(setting, resolver)) for resolver in setting.udp}
    asks: list[tuple[float, Coroutine[Any, Any, bool]]] = []
    if further:
        asks += [(ENCRYPTED_AFTER, _ask_encrypted(setting, session)) for session in setting.doh]
        asks.append((CONNECT_AFTER, _reach_canary(setting, system)))
    if further and living is not None:
        asks.append((CONNECT_AFTER, _reach(setting, living)))
    others = [start(_late(delay, ask)) for delay, ask in asks]
    try:
        yield _Probes(system, udp, others)
    finally:
        tasks = (system, *udp.values(), *others)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _any(signs: "Sequence[asyncio.Task[bool]]") -> bool:
    for first in asyncio.as_completed(signs):
        if await first:
            return True
    return False


async def _late(delay: float, ask: Coroutine[Any, Any, bool]) -> bool:
    """Most networks have shown life before these are asked."""
    try:
        async with asyncio.timeout(PATIENCE):
            await asyncio.sleep(delay)
            return await ask
    except TimeoutError:
        return False
    finally:
        ask.close()


async def _ask_system(setting: Setting) -> list[str]:
    found: list[str] = []
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):  # a wait for our own turn included: no look may take longer
            await ask_system(setting.network, CANARY, Trace(setting.clock), [], PATIENCE, found.extend)
    return found


def _question(setting: Setting) -> Question:
    return Question.ask(CANARY, "A", setting.rng.getrandbits(16))


async def _ask(setting: Setting, resolver: UdpResolver) -> bool:
    trace, waits = Trace(setting.clock), (PATIENCE, 0.0)
    reply = await ask_udp(setting.network, resolver, _question(setting), trace, [], waits, lambda _: None)
    return reply is not None and bool(reply.addresses)


async def _ask_encrypted(setting: Setting, session: DohSession) -> bool:
    """A censor that breaks the connection is a sign of life, a stranger's certificate in its place is none.

    Nor is the failure of an earlier connection, which a session remembers for a while.
    """
    trace = Trace(setting.clock)
    await session.ask(_question(setting), trace, [], PATIENCE, lambda _: None)
    (row,) = trace.seen.queries
    return _tells(row) or (bool(trace.doh.tcp_connect) and row.failure in INTERRUPTIONS)


async def _reach_canary(setting: Setting, system: "asyncio.Task[list[str]]") -> bool:
    """Shake hands with the canary where the system's resolver says it is: a gateway has no certificate for it."""
    named = [ip for ip in await asyncio.shield(system) if is_public(ip)]
    first = {":" in ip: ip for ip in reversed(named)}.values()  # of each family
    tried = await asyncio.gather(*(_greet(setting, ip) for ip in first))
    return any(tried)


async def _greet(setting: Setting, ip: str) -> bool:
    trace = Trace(setting.clock)
    stream = await _open(setting, (ip, CANARY_PORT), trace)
    if stream is None:
        return trace.seen.tcp_connect[-1].status.failure in REFUSALS
    with closing(stream):
        if await handshake(stream, setting.trust.context, CANARY, trace.seen, PATIENCE, setting.wall_clock):
            return True
    return trace.seen.tls_handshakes[-1].failure in INTERRUPTIONS


async def _reach(setting: Setting, living: Endpoint) -> bool:
    """Connect to where a site was reached before, unless a censor may have been triggered there since."""
    if setting.cooldowns.since(living, setting.clock()) is not None:
        return False
    trace = Trace(setting.clock)
    stream = await _open(setting, living, trace)
    if stream is not None:
        stream.close()
    return stream is not None or trace.seen.tcp_connect[-1].status.failure in REFUSALS


async def _open(setting: Setting, where: Endpoint, trace: Trace) -> Stream | None:
    flow = trace.open_flow(trace.seen, endpoint(*where), "tcp", [])
    return await connect(setting.network, *where, flow, trace.seen, PATIENCE)

"""Whether the network gives any sign of life: what tells "nothing is reachable" from "there is no network".

A dead network must not become a thousand records that look like blocking. A sign of life is what only the outside
can have sent: an address for a name, a connection to a listed site that was accepted or refused, anything said under
a resolver's own certificate. That a name does not exist is none: the gateway of a closed network says so of every
name, as it accepts connections to every address.
"""

import asyncio

from probe.measure.doh import DohSession
from probe.measure.message import Question
from probe.measure.resolve import UdpResolver, ask_system, ask_udp
from probe.measure.setting import Setting
from probe.measure.trace import Trace
from probe.record import Measurement, Query, WebMeasurement

CANARY = "www.iana.org"
"""Asked of every resolver; any address will do, a forged one as well."""

PATIENCE = 3.0

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


async def network_is_alive(setting: Setting) -> bool:
    """Ask every resolver for a name that surely exists; True at the first sign of life."""
    probes = [asyncio.create_task(_ask(setting, resolver)) for resolver in setting.udp]
    probes += [asyncio.create_task(_ask_encrypted(setting, session)) for session in setting.doh]
    try:
        for first in asyncio.as_completed(probes):
            if await first:
                return True
        return False
    finally:
        for probe in probes:
            probe.cancel()
        await asyncio.gather(*probes, return_exceptions=True)


async def resolver_states(setting: Setting) -> dict[str, bool]:
    """Which plain resolvers answer for a name that surely exists: `system`, and each UDP resolver by its endpoint."""
    names = ["system", *(resolver.endpoint for resolver in setting.udp)]
    told = await asyncio.gather(_ask_system(setting), *(_ask(setting, resolver) for resolver in setting.udp))
    return dict(zip(names, told, strict=True))


async def _ask_system(setting: Setting) -> bool:
    found: list[str] = []
    await ask_system(setting.network, CANARY, Trace(setting.clock), [], PATIENCE, found.extend)
    return bool(found)


def _question(setting: Setting) -> Question:
    return Question.ask(CANARY, "A", setting.rng.getrandbits(16))


async def _ask(setting: Setting, resolver: UdpResolver) -> bool:
    trace, waits = Trace(setting.clock), (PATIENCE, 0.0)
    reply = await ask_udp(setting.network, resolver, _question(setting), trace, [], waits, lambda _: None)
    return reply is not None and bool(reply.addresses)


async def _ask_encrypted(setting: Setting, session: DohSession) -> bool:
    """A censor that breaks the connection is a sign of life, a stranger's certificate in its place is none."""
    trace = Trace(setting.clock)
    await session.ask(_question(setting), trace, [], PATIENCE, lambda _: None)
    (row,) = trace.seen.queries
    return _tells(row) or row.failure in INTERRUPTIONS

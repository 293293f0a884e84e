"""Whether the network gives any sign of life: what tells "nothing is reachable" from "there is no network".

A dead network must not become a thousand records that look like blocking. A sign of life is anything that
came from outside: a datagram of a resolver, a connection that was accepted or refused.
"""

import asyncio

from probe.measure.message import Question
from probe.measure.place import locate
from probe.measure.resolve import UdpResolver, ask_udp
from probe.measure.setting import Setting
from probe.measure.trace import Trace
from probe.record import Measurement, WebMeasurement

CANARY = "www.iana.org"
"""Asked of every resolver; its answer does not matter, only that one comes."""

PATIENCE = 3.0

REFUSALS = frozenset({"connection_refused", "connection_reset"})


def shows_life(measurement: Measurement) -> bool:
    """Whether anything in the record came from outside this machine.

    What the system's resolver says may come from its cache or from this machine, so it does not count.
    """
    if not isinstance(measurement, WebMeasurement):
        return True
    keys = measurement.test_keys
    datagram = any(query.rcode is not None for query in keys.queries or ())
    connections = [*(keys.tcp_connect or ()), *(keys.x_doh.tcp_connect or () if keys.x_doh else ())]
    return datagram or any(row.status.success or row.status.failure in REFUSALS for row in connections)


async def network_is_alive(setting: Setting) -> bool:
    """Ask every resolver something harmless and knock at the DoH resolvers; True at the first sign of life."""
    probes = [asyncio.create_task(_ask(setting, resolver)) for resolver in setting.udp]
    probes += [
        asyncio.create_task(_knock(setting, session.resolver.ip, session.resolver.url))
        for session in setting.doh
    ]
    try:
        for first in asyncio.as_completed(probes):
            if await first:
                return True
        return False
    finally:
        for probe in probes:
            probe.cancel()
        await asyncio.gather(*probes, return_exceptions=True)


async def _ask(setting: Setting, resolver: UdpResolver) -> bool:
    question = Question.ask(CANARY, "A", setting.rng.getrandbits(16))
    reply = await ask_udp(
        setting.network, resolver, question, Trace(setting.clock), [], (PATIENCE, 0.0), lambda _: None
    )
    return reply is not None


async def _knock(setting: Setting, ip: str, url: str) -> bool:
    try:
        async with asyncio.timeout(PATIENCE):
            (await setting.network.open_tcp(ip, locate(url).port)).close()
    except (ConnectionRefusedError, ConnectionResetError):
        return True
    except OSError:
        return False
    return True

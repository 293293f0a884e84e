"""A name → its addresses as seen from here, by the resolvers of the helper's setting.

DNS over HTTPS first, since nobody near this machine can change its answers; UDP when no such resolver gave any.
The system's resolver is never asked: it may know names of the helper's own network.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from probe.control.faults import OwnFaultError
from probe.measure.message import Question
from probe.measure.resolve import Found, UdpResolver, ask_tcp, ask_udp
from probe.measure.setting import Setting
from probe.measure.trace import Trace
from probe.measure.vitals import network_is_alive
from probe.record import Failure, Query

MAX_ADDRESSES = 16
"""Of one name, as many as a probe tries."""

TYPES = ("A", "AAAA")
TELLING = (
    Failure.DNS_NXDOMAIN_ERROR,
    Failure.DNS_NO_ANSWER,
    Failure.DNS_REFUSED_ERROR,
    Failure.DNS_SERVFAIL_ERROR,
    Failure.DNS_SERVER_MISBEHAVING,
)
"""What a resolver said comes before what happened on the way to one; the more definite first."""


@dataclass(frozen=True, slots=True)
class LookedUp:
    """All addresses of a name, IPv4 first; without any, the df-007 name of why."""

    addresses: tuple[str, ...]
    failure: str | None


async def look_up(setting: Setting, host: str) -> LookedUp:
    """Look `host` up; raises `OwnFaultError` when no resolver says anything, not about other names either."""
    trace, found = Trace(setting.clock), dict[str, None]()

    def keep(addresses: Sequence[str]) -> None:
        """Addresses of one answer."""
        found.update(dict.fromkeys(addresses))

    try:
        questions = [Question.ask(host, kind, setting.rng.getrandbits(16)) for kind in TYPES]
    except ValueError:
        return LookedUp((), Failure.DNS_NXDOMAIN_ERROR)
    await _ask_encrypted(setting, questions, trace, keep)
    if not _heard(trace.seen.queries):
        await _ask_plain(setting, questions, trace, keep)
    if not _heard(trace.seen.queries) and not await network_is_alive(setting):
        raise OwnFaultError("no resolver answers")
    addresses = sorted(found, key=lambda ip: ":" in ip)[:MAX_ADDRESSES]
    failures = [row.failure for row in trace.seen.queries if row.failure]
    return LookedUp(tuple(addresses), None if addresses else most_telling(failures))


async def _ask_encrypted(setting: Setting, questions: Sequence[Question], trace: Trace, found: Found) -> None:
    limit = setting.deadlines.dns
    async with asyncio.TaskGroup() as group:
        for question in questions:
            for session in setting.doh:
                group.create_task(session.ask(question, trace, [], limit, found))


async def _ask_plain(setting: Setting, questions: Sequence[Question], trace: Trace, found: Found) -> None:
    async with asyncio.TaskGroup() as group:
        for question in questions:
            for resolver in setting.udp:
                group.create_task(_ask_one(setting, resolver, question, trace, found))


async def _ask_one(
    setting: Setting, resolver: UdpResolver, question: Question, trace: Trace, found: Found
) -> None:
    network, limit = setting.network, setting.deadlines.dns
    reply = await ask_udp(network, resolver, question, trace, [], (limit, 0.0), found)
    if reply is not None and reply.truncated:
        await ask_tcp(network, resolver, question, trace, [], limit, found)


def _heard(rows: Sequence[Query]) -> bool:
    return any(row.rcode is not None for row in rows)


def most_telling(failures: Sequence[str]) -> str:
    """Of the failures of several questions about a name, the one to report."""
    told = next((name for name in TELLING if name in failures), None)
    return told or (failures[0] if failures else Failure.DNS_NO_ANSWER)

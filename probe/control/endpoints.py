"""Endpoints of a target → whether they accept connections, and show a valid certificate for its name.

All at the same time, each with its own deadline; what failed for reasons of this machine is left out.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from probe.control.faults import is_own_fault
from probe.control.outlook import Outlook
from probe.measure.connect import connect
from probe.measure.handshake import handshake
from probe.measure.place import DEFAULT_PORTS, Place, endpoint
from probe.measure.stream import Stream
from probe.measure.trace import Trace
from probe.record.control import ControlTcp, ControlTls, tcp_failure

TLS_PORT = 443
"""The only port on which OONI's helper shakes hands (ipinfo.go)."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of one endpoint; `tls` is None where no handshake was tried. `ended`: the failure of either, as df-007."""

    ip: str
    endpoint: str
    tcp: ControlTcp
    tls: ControlTls | None
    ended: str | None


def ports_of(place: Place) -> tuple[int, ...]:
    """The ports to check: the URL's own, else 443 for https and both for http (ipinfo.go of OONI's helper)."""
    if place.port != DEFAULT_PORTS[place.scheme]:
        return (place.port,)
    return (443,) if place.scheme == "https" else (80, 443)


async def check_all(
    outlook: Outlook, place: Place, addresses: Iterable[str], limit: int
) -> Sequence[Checked]:
    """Check every endpoint of `addresses` that may be contacted, the first `limit` of them."""
    allowed = [ip for ip in addresses if outlook.guard.allows(ip)]
    wanted = [(ip, port) for ip in allowed for port in ports_of(place)][:limit]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_check(outlook, place.host, ip, port)) for ip, port in wanted]
    return [checked for task in tasks if (checked := task.result()) is not None]


async def _check(outlook: Outlook, host: str, ip: str, port: int) -> Checked | None:
    trace, where = Trace(outlook.setting.clock), endpoint(ip, port)
    flow = trace.open_flow(trace.seen, where, "tcp", [])
    async with outlook.slots:
        limit = outlook.setting.deadlines.tcp
        stream = await connect(outlook.network, ip, port, flow, trace.seen, limit)
        tls = await _shake_hands(outlook, stream, host, trace, limit) if stream and port == TLS_PORT else None
        if stream is not None:
            stream.close()
    failure = trace.seen.tcp_connect[-1].status.failure or None
    if is_own_fault(ip, failure):
        return None
    if tls is not None and is_own_fault(ip, tls.failure):
        tls = None
    ended = failure or (tls.failure if tls else None)
    return Checked(ip, where, ControlTcp(status=failure is None, failure=tcp_failure(failure)), tls, ended)


async def _shake_hands(outlook: Outlook, stream: Stream, host: str, trace: Trace, limit: float) -> ControlTls:
    """With what the connect has left of its `limit` seconds."""
    setting, left = outlook.setting, limit - trace.now()
    agreed = await handshake(
        stream, setting.trust.context, host, trace.seen, max(left, 0.0), setting.wall_clock
    )
    failure = trace.seen.tls_handshakes[-1].failure
    return ControlTls(server_name=host, status=agreed, failure=failure)

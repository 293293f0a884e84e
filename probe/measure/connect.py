"""Endpoint → TCP observation and stream."""

import asyncio

from probe.measure.failure import name_failure
from probe.measure.network import Network
from probe.measure.stream import Stream
from probe.measure.trace import Flow, Observed
from probe.record import Operation, TcpConnect, TcpStatus


async def connect(
    network: Network, ip: str, port: int, flow: Flow, seen: Observed, deadline: float
) -> Stream | None:
    """Connect to `ip`:`port` within `deadline` seconds; None when that failed. One `tcp_connect` row either way."""
    t0 = flow.now()
    failure: str | None = None
    try:
        async with asyncio.timeout(deadline):
            return Stream(await network.open_tcp(ip, port), flow)
    except OSError as error:
        failure = name_failure(error)
        return None
    except asyncio.CancelledError as error:
        failure = name_failure(error)
        raise
    finally:
        flow.log(Operation.CONNECT, t0, 0, failure)
        seen.tcp_connect.append(_row(ip, port, flow, t0, failure))


def _row(ip: str, port: int, flow: Flow, t0: float, failure: str | None) -> TcpConnect:
    return TcpConnect(
        ip=ip,
        port=port,
        status=TcpStatus(failure=failure, success=failure is None),
        t0=t0,
        t=flow.now(),
        tags=flow.tags,
        transaction_id=flow.transaction_id,
    )

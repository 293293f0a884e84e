"""TCP: one row for each attempt, whatever became of it; our own faults are not the network's."""

import asyncio
import errno
import socket
import time

import pytest

from probe.measure.connect import connect
from probe.measure.network import SystemNetwork
from probe.measure.stream import Stream
from probe.measure.trace import Trace
from probe.record import TcpConnect
from tests.measure.certificates import Pki
from tests.measure.running import open_descriptors, run
from tests.measure.servers import LOOPBACK, Peer, closed_port, serving
from tests.measure.world import ADDRESS, HOST, queries, world


class Failing(SystemNetwork):
    """A network whose connections all fail in one way; `tried` is where to."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.tried: list[tuple[str, int]] = []
        self._error = error

    async def open_tcp(self, ip: str, port: int) -> socket.socket:
        """Fail."""
        self.tried.append((ip, port))
        raise self._error


async def listen(peer: Peer) -> None:
    """A server that takes connections and says nothing."""
    await peer.receive()


async def attempt(
    network: SystemNetwork, ip: str, port: int, deadline: float = 1.0
) -> tuple[TcpConnect, Trace, Stream | None]:
    """The row of one attempt; its stream, if it led to one, is closed."""
    trace = Trace()
    flow = trace.open_flow(trace.seen, f"{ip}:{port}", "tcp", ["depth=0"])
    stream = await connect(network, ip, port, flow, trace.seen, deadline)
    if stream is not None:
        stream.close()
    (row,) = trace.seen.tcp_connect
    return row, trace, stream


def test_a_connection_that_succeeds() -> None:
    """Row and event with the same flow, tags and times in order."""

    async def scenario() -> None:
        async with serving(listen) as server:
            row, trace, stream = await attempt(SystemNetwork(), LOOPBACK, server.port)
        assert stream is not None
        assert (row.ip, row.port, row.status.success, row.status.failure) == (
            LOOPBACK,
            server.port,
            True,
            None,
        )
        (event,) = trace.seen.events()
        assert (event.operation, event.failure, event.proto) == ("connect", None, "tcp")
        assert (event.transaction_id, event.tags) == (row.transaction_id, row.tags) == (1, ["depth=0"])
        assert row.t0 is not None
        assert row.t is not None
        assert 0 <= row.t0 <= row.t

    run(scenario())


def test_a_refused_connection() -> None:
    """By the kernel's own word."""
    row, trace, stream = run(attempt(SystemNetwork(), LOOPBACK, closed_port()))
    assert stream is None
    assert (row.status.success, row.status.failure) == (False, "connection_refused")
    assert [event.failure for event in trace.seen.events()] == ["connection_refused"]


def test_ipv6() -> None:
    """The loopback of the other family, where this machine has it."""

    async def scenario() -> TcpConnect:
        try:
            listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
        except OSError:
            pytest.skip("no IPv6 on this machine")
        with listener:
            row, _, _ = await attempt(SystemNetwork(), "::1", listener.getsockname()[1])
            return row

    assert run(scenario()).status.success


@pytest.mark.parametrize(
    ("number", "failure"),
    [
        (errno.EHOSTUNREACH, "host_unreachable"),
        (errno.ENETUNREACH, "network_unreachable"),
        (errno.ETIMEDOUT, "timed_out"),
        (errno.ECONNRESET, "connection_reset"),
        (errno.EACCES, "permission_denied"),
        (errno.EAFNOSUPPORT, "address_family_not_supported"),
        (errno.EADDRNOTAVAIL, "address_not_available"),
    ],
)
def test_what_the_kernel_says_is_what_is_recorded(number: int, failure: str) -> None:
    """A kernel's timeout is not ours."""
    network = Failing(OSError(number, "text"))
    row, _, stream = run(attempt(network, ADDRESS, 80))
    assert stream is None
    assert network.tried == [(ADDRESS, 80)]
    assert row.status.failure == failure


def test_silence_ends_at_the_deadline(pki: Pki) -> None:
    """And leaves no socket."""

    async def scenario() -> TcpConnect:
        async with world(pki.trust) as here:
            here.network.silent.add((ADDRESS, 80))
            trace = Trace()
            flow = trace.open_flow(trace.seen, "x", "tcp", [])
            assert await connect(here.network, ADDRESS, 80, flow, trace.seen, 0.05) is None
            return trace.seen.tcp_connect[0]

    before, begin = open_descriptors(), time.monotonic()
    assert run(scenario()).status.failure == "generic_timeout_error"
    assert time.monotonic() - begin < 8.0
    assert open_descriptors() == before


def test_a_cancelled_connection_leaves_its_row(pki: Pki) -> None:
    """Interrupted, by us."""

    async def scenario() -> TcpConnect:
        async with world(pki.trust) as here:
            here.network.silent.add((ADDRESS, 80))
            trace = Trace()
            flow = trace.open_flow(trace.seen, "x", "tcp", [])
            work = asyncio.create_task(connect(here.network, ADDRESS, 80, flow, trace.seen, 5.0))
            await asyncio.sleep(0.02)
            work.cancel()
            with pytest.raises(asyncio.CancelledError):
                await work
            return trace.seen.tcp_connect[0]

    row = run(scenario())
    assert (row.status.success, row.status.failure) == (False, "interrupted")


def test_out_of_descriptors_is_our_own_fault_and_passes(pki: Pki) -> None:
    """The kernel gives no socket: each step says so, the journey ends as usual, and the next one works."""
    resource = pytest.importorskip("resource", reason="a limit of descriptors is a matter of Unix")

    async def scenario() -> None:
        async with world(pki.trust) as here:
            await here.serve(listen)
            await here.resolve(silent)
            here.network.names[HOST] = [ADDRESS]
            limits = resource.getrlimit(resource.RLIMIT_NOFILE)
            resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free(), limits[1]))
            try:
                trace = await here.travel(f"http://{HOST}/")
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, limits)
            assert {row.failure for row in queries(trace, "udp")} == {"too_many_files_open"}
            failures = {row.port: row.status.failure for row in trace.seen.tcp_connect}
            assert failures[80] == "too_many_files_open"
            again = await here.travel(f"http://{HOST}/")
            assert [row.status.success for row in again.seen.tcp_connect if row.port == 80] == [True]

    run(scenario())


async def silent(wire: bytes, send: object) -> None:
    """A resolver that never answers."""


def lowest_free() -> int:
    """The number that the next descriptor would get."""
    with socket.socket() as sock:
        return sock.fileno()

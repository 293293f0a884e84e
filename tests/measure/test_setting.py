"""One connection at a time to an address and port, over all targets of a run; and what a run's setting holds."""

import asyncio
import random
import socket
import time

import pytest

from probe.measure.journey import Journey
from probe.measure.patience import Patience
from probe.measure.setting import DEFAULT_DOH, DEFAULT_UDP, Deadlines, Endpoints
from probe.measure.trace import Trace
from probe.record import MarkKind
from tests.measure.certificates import Pki
from tests.measure.networks import PretendNetwork
from tests.measure.running import run
from tests.measure.servers import Peer, over_tls, reply
from tests.measure.world import ADDRESS, HOST, OTHER, World, marks, outcome, requests, world

PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage"


class CountingNetwork(PretendNetwork):
    """Knows how many sockets to one endpoint were open at the same time, at `most`."""

    def __init__(self) -> None:
        super().__init__()
        self.most: dict[tuple[str, int], int] = {}
        self._open: dict[tuple[str, int], list[socket.socket]] = {}

    async def open_tcp(self, ip: str, port: int) -> socket.socket:
        """Connect, and count."""
        sock = await super().open_tcp(ip, port)
        others = [one for one in self._open.get((ip, port), []) if one.fileno() != -1]
        self._open[ip, port] = [*others, sock]
        self.most[ip, port] = max(self.most.get((ip, port), 0), len(others) + 1)
        return sock


async def hold(endpoints: Endpoints, ip: str, seconds: float, log: list[str] | None = None) -> None:
    """Keep an endpoint for a while; `log` gets its address when that begins, and again when it ends."""
    async with asyncio.timeout(5.0) as timeout:
        async with endpoints.hold(ip, 443, Patience(timeout)):
            if log is not None:
                log.append(ip)
            await asyncio.sleep(seconds)
            if log is not None:
                log.append(ip)


def test_an_endpoint_is_held_by_one_at_a_time() -> None:
    """Ten that want the same one come one after the other, and nothing is remembered of it afterwards."""

    async def scenario() -> float:
        endpoints, begin = Endpoints(), time.monotonic()
        await asyncio.gather(*(hold(endpoints, ADDRESS, 0.01) for _ in range(10)))
        assert not endpoints._locks
        return time.monotonic() - begin

    assert run(scenario()) >= 0.1


def test_other_endpoints_are_free() -> None:
    """Another address, another port."""

    async def scenario() -> None:
        endpoints, log = Endpoints(), list[str]()
        await asyncio.gather(hold(endpoints, ADDRESS, 0.05, log), hold(endpoints, OTHER, 0.01, log))
        assert log == [ADDRESS, OTHER, OTHER, ADDRESS]
        async with asyncio.timeout(1.0) as timeout:
            patience = Patience(timeout)
            async with endpoints.hold(ADDRESS, 443, patience), endpoints.hold(ADDRESS, 80, patience):
                assert len(endpoints._locks) == 2

    run(scenario())


def test_first_come_first_served() -> None:
    """Nobody starves."""

    async def scenario() -> list[int]:
        endpoints, order = Endpoints(), list[int]()

        async def take(number: int) -> None:
            async with asyncio.timeout(5.0) as timeout:
                async with endpoints.hold(ADDRESS, 443, Patience(timeout)):
                    order.append(number)
                    await asyncio.sleep(0.001)

        await asyncio.gather(*(take(number) for number in range(20)))
        return order

    assert run(scenario()) == list(range(20))


@pytest.mark.parametrize("seed", range(10))
def test_whoever_gives_up_leaves_the_endpoint_to_others(seed: int) -> None:
    """Holders and those that wait, cancelled at any moment: in the end it is free and forgotten."""

    async def scenario() -> None:
        rng, endpoints = random.Random(seed), Endpoints()
        work = [asyncio.create_task(hold(endpoints, ADDRESS, 0.005)) for _ in range(20)]
        for task in rng.sample(work, 12):
            await asyncio.sleep(rng.random() * 0.006)
            task.cancel()
        outcomes = await asyncio.gather(*work, return_exceptions=True)
        assert {type(one) for one in outcomes} <= {type(None), asyncio.CancelledError}
        assert not endpoints._locks
        await hold(endpoints, ADDRESS, 0.0)

    run(scenario(), limit=5.0)


async def serve_all(here: World, pki: Pki) -> CountingNetwork:
    """One address with a site on both ports, counted."""
    network = CountingNetwork()
    here.network = network
    network.names.update({f"{n}.example.org": [ADDRESS] for n in range(20)})
    context = pki.authority.issue("*.example.org").context(["http/1.1"])
    await here.serve(reply(PAGE), 80)
    await here.serve(over_tls(context, reply(PAGE)), 443)
    return network


def test_many_journeys_to_one_address_connect_one_at_a_time(pki: Pki) -> None:
    """Twenty names behind one address, half of them https: all are measured, none beside another."""

    async def scenario() -> tuple[list[Trace], dict[tuple[str, int], int]]:
        async with world(pki.trust) as here:
            network = await serve_all(here, pki)
            setting = here.setting(Deadlines(preference=0.0))
            urls = [f"http{'s' * (n % 2)}://{n}.example.org/" for n in range(20)]
            traces = await asyncio.gather(*(Journey(setting, url).run() for url in urls))
            assert not setting.endpoints._locks
            return traces, network.most

    traces, most = run(scenario(), limit=20.0)
    assert [outcome(row) for trace in traces for row in requests(trace)] == [(None, 200, b"page")] * 20
    assert most == {(ADDRESS, 80): 1, (ADDRESS, 443): 1}


def test_silence_is_waited_for_side_by_side(pki: Pki) -> None:
    """Ten names at one address that answers no SYN: one after the other they would take five seconds."""

    async def scenario() -> list[Trace]:
        async with world(pki.trust) as here:
            here.network.silent.add((ADDRESS, 80))
            here.network.names.update({f"{n}.example.org": [ADDRESS] for n in range(10)})
            setting = here.setting(Deadlines(preference=0.0, tcp=60.0, turn=0.001, target=0.5))
            traces = await asyncio.gather(
                *(Journey(setting, f"http://{n}.example.org/").run() for n in range(10))
            )
            assert not setting.endpoints._locks
            assert here.network.opened.count((ADDRESS, 80)) == 10
            return traces

    traces = run(scenario(), limit=4.0)
    assert {mark for trace in traces for mark in marks(trace, MarkKind.TARGET_DEADLINE)} == {"0.5 s"}


def test_a_late_connection_waits_for_its_turn(pki: Pki) -> None:
    """Five SYNs that are answered after their turn: the connections are used one after the other all the same."""
    used, most = 0, 0

    async def page(peer: Peer) -> None:
        nonlocal used, most
        await peer.request()
        used, most = used + 1, max(most, used + 1)
        await asyncio.sleep(0.02)
        used -= 1
        await peer.send(PAGE)

    class Late(PretendNetwork):
        async def open_tcp(self, ip: str, port: int) -> socket.socket:
            await asyncio.sleep(0.05)
            return await super().open_tcp(ip, port)

    async def scenario() -> list[Trace]:
        async with world(pki.trust) as here:
            here.network = Late()
            here.network.names.update({f"{n}.example.org": [ADDRESS] for n in range(5)})
            await here.serve(page, 80)
            setting = here.setting(Deadlines(preference=0.0, turn=0.001))
            return await asyncio.gather(
                *(Journey(setting, f"http://{n}.example.org/").run() for n in range(5))
            )

    traces = run(scenario(), limit=10.0)
    assert [outcome(row) for trace in traces for row in requests(trace)] == [(None, 200, b"page")] * 5
    assert most == 1


def test_waiting_for_others_costs_no_target_its_deadline(pki: Pki) -> None:
    """Six targets of 100 ms each behind one address, with 300 ms for each target."""

    async def slow(peer: Peer) -> None:
        await peer.request()
        await asyncio.sleep(0.1)
        await peer.send(PAGE)

    async def scenario() -> list[Trace]:
        async with world(pki.trust) as here:
            here.network.names.update({f"{n}.example.org": [ADDRESS] for n in range(6)})
            await here.serve(slow, 80)
            setting = here.setting(Deadlines(preference=0.0, target=0.3))
            urls = [f"http://{n}.example.org/" for n in range(6)]
            return await asyncio.gather(*(Journey(setting, url).run() for url in urls))

    traces = run(scenario())
    assert [outcome(row)[1] for trace in traces for row in requests(trace)] == [200] * 6
    assert not [mark for trace in traces for mark in marks(trace, MarkKind.TARGET_DEADLINE)]


def test_a_target_without_end_is_cut_off(pki: Pki) -> None:
    """Everything it did so far is in its record, with a mark; nothing of it goes on."""

    async def hang(peer: Peer) -> None:
        await peer.request()
        await peer.end("hang")

    async def scenario() -> Trace:
        async with world(pki.trust) as here:
            here.network.names[HOST] = [ADDRESS]
            await here.serve(hang, 80)
            trace = await here.travel(f"http://{HOST}/", Deadlines(target=0.2))
            assert len(asyncio.all_tasks()) <= 4  # this one, the server's two, the run's
            return trace

    trace = run(scenario())
    assert marks(trace, MarkKind.TARGET_DEADLINE) == ["0.2 s"]
    assert [outcome(row)[:2] for row in requests(trace)] == [("interrupted", None)]


def test_an_http_url_on_the_port_of_https_takes_its_turns(pki: Pki) -> None:
    """The fetch and the TLS check want the same endpoint."""

    async def scenario() -> tuple[Trace, dict[tuple[str, int], int]]:
        async with world(pki.trust) as here:
            network = CountingNetwork()
            here.network = network
            network.names[HOST] = [ADDRESS]
            await here.serve(reply(PAGE), 443)
            return await here.travel(f"http://{HOST}:443/"), network.most

    trace, most = run(scenario())
    assert most == {(ADDRESS, 443): 1}
    assert len(trace.seen.tcp_connect) == 2
    assert [outcome(row)[1] for row in requests(trace)] == [200]


def test_the_resolvers_of_a_run_are_of_three_operators() -> None:
    """So that one being blocked or wrong is seen against the others; all are asked by address."""
    addresses = [resolver.ip for resolver in DEFAULT_UDP] + [resolver.ip for resolver in DEFAULT_DOH]
    assert len(set(addresses)) == 3
    assert all(resolver.url.startswith("https://") for resolver in DEFAULT_DOH)


def test_the_deadlines_are_ooni_s() -> None:
    """A step's, in seconds; a target has more than the longest way through one hop."""
    limits = Deadlines()
    assert (limits.dns, limits.linger, limits.tcp, limits.tls, limits.http) == (4.0, 0.5, 10.0, 10.0, 10.0)
    assert limits.target > limits.dns + limits.tcp + limits.tls + limits.http

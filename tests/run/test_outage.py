"""A network that goes away while a run goes on, whole or in part: none of its silence is a block."""

import asyncio
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from probe import session
from probe.lab.lab import Lab
from probe.lab.network import LabNetwork
from probe.lab.scenario import Act, Rule, Scenario
from probe.lab.scenarios import DOH_ADDRESSES, SCENARIOS
from probe.measure.setting import Deadlines
from probe.planned import open_new
from probe.record.verdict import Verdict
from probe.run import End, Progress
from probe.schedule import Limits
from tests.run.labs import Silent, around, job, verdicts

PATIENT = Deadlines(dns=1.0, linger=0.05, tcp=1.0, tls=1.0, http=1.0, preference=0.2)
SITES = [f"https://www.good{number}.example/" for number in range(60)]


class Mortal:
    """The lab's network until `connects` connections were opened; then DNS in the clear is gone, or everything is."""

    def __init__(self, network: LabNetwork, connects: int, *, wholly: bool) -> None:
        self._network, self._left, self._wholly = network, connects, wholly
        self._nobody = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._nobody.bind(("127.0.0.1", 0))
        self._relays: set[asyncio.Task[None]] = set()
        self._sockets = [self._nobody]

    @property
    def _is_dead(self) -> bool:
        return self._left <= 0

    async def open_tcp(self, ip: str, port: int) -> socket.socket:
        """A connection through relays, that fall silent when all is gone."""
        if self._is_dead and self._wholly:
            await asyncio.Event().wait()
        self._left -= 1
        far = await self._network.open_tcp(ip, port)
        if not self._wholly:
            return far
        near, ours = socket.socketpair()
        for sock in (near, ours):
            sock.settimeout(0)
        self._sockets += [ours, far]
        for source, sink in ((ours, far), (far, ours)):
            self._relays.add(asyncio.create_task(self._relay(source, sink)))
        return near

    async def _relay(self, source: socket.socket, sink: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        try:
            while data := await loop.sock_recv(source, 65536):
                if self._is_dead:
                    await asyncio.Event().wait()
                await loop.sock_sendall(sink, data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            return

    async def open_udp(self, ip: str, port: int) -> socket.socket:
        """A socket to the resolver, or to nobody."""
        if not self._is_dead:
            return await self._network.open_udp(ip, port)
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.settimeout(0)
        sock.connect(self._nobody.getsockname())
        return sock

    async def system_lookup(self, hostname: str, begun: Callable[[], None]) -> list[str]:
        """The lab's answer, or none."""
        begun()
        if self._is_dead:
            await asyncio.Event().wait()
        return await self._network.system_lookup(hostname, lambda: None)

    async def close(self) -> None:
        """End what is left of it."""
        for task in self._relays:
            task.cancel()
        await asyncio.gather(*self._relays, return_exceptions=True)
        for sock in self._sockets:
            sock.close()


def carry_out(
    folder: Path, *, wholly: bool, connects: int, parallel: int = 20
) -> tuple[Progress, list[Verdict]]:
    """A run over sites of which nobody blocks one, and its verdicts."""

    async def main(lab: Lab) -> Progress:
        network = Mortal(lab.network(), connects, wholly=wholly)
        surroundings = replace(around(lab), network=network)
        work = job(SITES, Limits(parallel), PATIENT)
        results = open_new(work, folder / "records.jsonl", surroundings)
        progress, _ = await session.carry_out(work, results, surroundings, Silent())
        await network.close()
        return progress

    with Lab(SCENARIOS["clean"], rtt=0.02) as lab:
        progress = asyncio.run(main(lab))
    return progress, verdicts(folder / "records.jsonl")


def test_when_dns_in_the_clear_goes_no_name_is_blocked(tmp_path: Path) -> None:
    """That the resolvers answered when the run began proves nothing of later; the sites are there all the time."""
    progress, found = carry_out(tmp_path, wholly=False, connects=30)
    assert progress.end is End.COMPLETE
    rules = Counter(verdict.rules[0] for verdict in found)
    assert rules["reachable.valid"] + rules["inconclusive.resolver_dead"] == len(SITES)
    assert rules["inconclusive.resolver_dead"] > 20


def test_when_all_goes_what_was_in_flight_is_not_blocked(tmp_path: Path) -> None:
    """Handshakes that fell silent with everything else, and what was begun before the run knew it."""
    progress, found = carry_out(tmp_path, wholly=True, connects=45)
    assert progress.end is End.NETWORK_UNUSABLE
    rules = Counter(verdict.rules[0] for verdict in found)
    assert not [rule for rule in rules if not rule.startswith(("reachable.", "inconclusive."))]
    assert rules["reachable.valid"] > 5
    assert rules["inconclusive.cut_off"] > 5


PLATFORMS = tuple(f"banned{number}.example" for number in range(2))


@pytest.mark.parametrize("parallel", [1, 4])
def test_a_row_of_blocked_sites_is_no_dead_network(tmp_path: Path, parallel: int) -> None:
    """Foreign resolvers are cut off too: the system's own and a site that was reached before tell that it lives."""
    rules = (
        Rule(Act.SYN_DROP, hosts=PLATFORMS),
        Rule(Act.SYN_DROP, addresses=DOH_ADDRESSES),
        Rule(Act.DNS_DROP, resolvers=("8.8.8.8", "9.9.9.10")),
    )
    quick = Deadlines(dns=0.2, linger=0.05, tcp=0.2, tls=1.0, http=1.0, preference=0.2)
    work = job([f"https://{host}/" for host in PLATFORMS] + SITES[:3], Limits(parallel), quick)
    with Lab(Scenario("cut", "Foreign resolvers and some sites are cut off.", rules), rtt=0.01) as lab:
        results = open_new(work, tmp_path / "records.jsonl", around(lab))
        progress, _ = asyncio.run(session.carry_out(work, results, around(lab), Silent()))
    assert (progress.end, progress.measured) == (End.COMPLETE, 5)
    assert [one.status.value for one in verdicts(tmp_path / "records.jsonl")].count("reachable") == 3

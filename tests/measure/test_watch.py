"""What records say of one's own network: true at their time, not at the start of the run."""

import asyncio

from probe.measure.setting import Setting
from probe.measure.trace import Trace
from probe.measure.vitals import CANARY
from probe.measure.watch import JUST_NOW, NetworkWatch, silence_of
from probe.record import NetworkState, Query, TcpConnect, TcpStatus
from tests.measure.certificates import Pki
from tests.measure.messages import answer
from tests.measure.running import run
from tests.measure.servers import Datagrams, first_bytes_then
from tests.measure.world import ADDRESS, OTHER, RESOLVER, World, world

UDP = f"{RESOLVER}:53"
ENOUGH = 0.35
"""Seconds; more than a look may be early."""


class Resolver:
    """A resolver that can be silenced."""

    def __init__(self) -> None:
        self.answers = True
        self.asked = 0
        self.thrice = asyncio.Event()

    @property
    def play(self) -> Datagrams:
        """Its script."""

        async def script(wire: bytes, send: object) -> None:
            self.asked += 1
            if self.asked == 3:
                self.thrice.set()
            assert callable(send)
            if self.answers:
                send(answer(wire, ADDRESS))

        return script


def silent(setting: Setting, ago: float = 0.0) -> Trace:
    """A record of a look-up without an answer, that began so many seconds ago and ends now."""
    trace = Trace(lambda: setting.clock() - ago)
    row = Query(engine="getaddrinfo", failure="generic_timeout_error", hostname="x", query_type="ANY", t0=0.0)
    trace.seen.queries.append(row)
    return trace


async def furnished(here: World) -> tuple[Resolver, Setting]:
    """A resolver over UDP, and the system's."""
    resolver = Resolver()
    await here.resolve(resolver.play)
    here.network.names[CANARY] = [OTHER]
    here.network.silent.add((OTHER, 443))
    return resolver, here.setting()


def test_a_resolver_that_answered_once_and_no_more_is_not_said_to_answer(pki: Pki) -> None:
    """Where the record has a silence; with answers alone it says what the latest look found."""

    async def scenario() -> list[NetworkState]:
        async with world(pki.trust) as here:
            resolver, setting = await furnished(here)
            watch = NetworkWatch(setting)
            states = [
                await watch.state_during(Trace(setting.clock)),
                await watch.state_during(silent(setting)),
            ]
            resolver.answers = False
            await asyncio.sleep(ENOUGH)
            states += [
                await watch.state_during(Trace(setting.clock)),
                await watch.state_during(silent(setting)),
            ]
            return states

    first, silent_first, late, silent_late = run(scenario())
    assert (first.resolvers, first.alive) == ({"system": True, UDP: True}, True)
    assert silent_first == late == first
    assert (silent_late.resolvers, silent_late.alive) == ({"system": True, UDP: False}, False)
    assert silent_late.id != first.id


def test_an_outage_between_is_seen_by_a_look_of_its_time(pki: Pki) -> None:
    """The resolver answers before and after, and one look between the two says what the silence was."""

    async def scenario() -> tuple[NetworkState, NetworkState]:
        async with world(pki.trust) as here:
            resolver, setting = await furnished(here)
            watch = NetworkWatch(setting)
            await watch.state_during(silent(setting))
            resolver.answers = False
            await asyncio.sleep(ENOUGH)
            outage = asyncio.create_task(watch.state_during(silent(setting)))
            await asyncio.sleep(ENOUGH)
            resolver.answers = True
            during = await watch.state_during(silent(setting, ago=2 * ENOUGH))
            await outage
            await asyncio.sleep(ENOUGH)
            return during, await watch.state_during(silent(setting))

    during, after = run(scenario())
    assert during.resolvers[UDP] is False
    assert after.resolvers[UDP] is True


def test_those_that_are_silent_together_share_a_look(pki: Pki) -> None:
    """Forty targets that time out at once ask once."""

    async def scenario() -> tuple[int, set[str]]:
        async with world(pki.trust) as here:
            resolver, setting = await furnished(here)
            watch = NetworkWatch(setting)
            traces = [silent(setting, ago=1.0) for _ in range(40)]
            states = await asyncio.gather(*map(watch.state_during, traces))
            return resolver.asked, {state.id for state in states}

    asked, ids = run(scenario())
    assert (asked, len(ids)) == (1, 1)


def test_it_looks_by_itself(pki: Pki) -> None:
    """Every few seconds until it is told to end."""

    async def scenario() -> int:
        async with world(pki.trust) as here:
            resolver, setting = await furnished(here)
            watching = asyncio.create_task(NetworkWatch(setting, beat=0.05).watch())
            await asyncio.wait_for(resolver.thrice.wait(), 5.0)
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            return resolver.asked

    assert run(scenario()) >= 3


def test_a_site_that_was_reached_before_is_a_sign_of_life(pki: Pki) -> None:
    """Where no resolver answers; it is connected to and nothing is said, and not where a censor was triggered."""

    async def scenario() -> tuple[bool, ...]:
        async with world(pki.trust) as here:
            resolver, setting = await furnished(here)
            resolver.answers = False
            await here.serve(first_bytes_then(b"", "hang"), 443)
            reached, hot = Trace(lambda: setting.clock() - 2 * JUST_NOW), here.setting()
            status = TcpStatus(failure=None, success=True)
            reached.seen.tcp_connect.append(TcpConnect(ip=ADDRESS, port=443, status=status, t0=0.0))
            hot.cooldowns.trigger((ADDRESS, 443), hot.clock())
            looks = [
                NetworkWatch(setting).state_during(Trace(setting.clock)),
                NetworkWatch(setting).state_during(reached),
                NetworkWatch(hot).state_during(reached),
            ]
            return tuple(state.alive is True for state in await asyncio.gather(*looks))

    assert run(scenario()) == (False, True, False)


def test_what_counts_as_silence() -> None:
    """Timeouts on the own way, and getaddrinfo's word for them; not another resolver's, not a refusal."""

    def began(*queries: tuple[str, str | None], tcp: str | None = None) -> float | None:
        trace = Trace(lambda: 100.0)
        trace.seen.queries += [
            Query(engine=engine, failure=failure, hostname="x", query_type="A", t0=1.0)
            for engine, failure in queries
        ]
        status = TcpStatus(failure=tcp, success=tcp is None)
        trace.seen.tcp_connect.append(TcpConnect(ip=ADDRESS, port=443, status=status, t0=2.0))
        return silence_of(trace)

    assert began() is None
    assert began(("udp", "generic_timeout_error"), ("getaddrinfo", "dns_nxdomain_error")) is None
    assert began(tcp="connection_refused") is None
    assert began(tcp="generic_timeout_error") == 102.0
    assert began(("getaddrinfo", "dns_temporary_failure"), tcp="timed_out") == 101.0

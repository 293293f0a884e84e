"""Whether a network gives any sign of life: what comes from outside does, what a closed network makes up does not."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from probe.measure.setting import Setting
from probe.measure.vitals import (
    CANARY,
    PATIENCE,
    Vitals,
    look_around,
    network_is_alive,
    shows_life,
)
from probe.record import Answer, Measurement, Query, TcpConnect, TcpStatus, WebConnectivity, WebMeasurement
from probe.record.web import DohKeys
from tests.measure.certificates import Authority, Pki
from tests.measure.http2 import Http2Server, speaking_http2
from tests.measure.messages import answer, asked
from tests.measure.running import open_descriptors, run
from tests.measure.servers import Datagrams, Peer, Script, first_bytes_then, over_tls
from tests.measure.world import ADDRESS, PRIVATE, World, honest, world

DOH_IP = "1.1.1.1"
DOH_URL = "https://dns.example/dns-query"

Furnish = Callable[[World, Pki], Awaitable[object]]
"""Puts the peers of a network into a world."""


def replying(make: Callable[[bytes], bytes]) -> Datagrams:
    """A resolver that says to each question what `make` makes of it."""

    async def play(wire: bytes, send: Callable[[bytes], object]) -> None:
        send(make(wire))

    return play


async def junk_first(wire: bytes, send: Callable[[bytes], object]) -> None:
    """A resolver behind an injector of nonsense."""
    send(b"\x00\x01junk")
    await asyncio.sleep(0.01)
    send(answer(wire, ADDRESS))


async def silent(wire: bytes, send: object) -> None:
    """A resolver that never answers."""


def doh(
    pki: Pki, make: Callable[[bytes], bytes], status: str = "200", authority: Authority | None = None
) -> Script:
    """A DoH server, under the certificate of its name unless another authority made that up."""

    async def play(server: Http2Server) -> None:
        while True:
            stream, wire = await server.request()
            await server.answer(stream, make(wire), ((":status", status),))

    context = (authority or pki.authority).issue("dns.example").context(["h2"])
    return over_tls(context, speaking_http2(play))


def with_resolvers(*scripts: Datagrams) -> Furnish:
    """A network with these UDP resolvers and a DoH resolver that never answers."""

    async def furnish(here: World, _: Pki) -> None:
        for number, script in enumerate(scripts):
            await here.resolve(script, f"9.9.9.{number + 10}")
        here.network.silent.add((DOH_IP, 443))
        here.resolve_over_https(DOH_URL, DOH_IP)

    return furnish


def with_doh(make: Callable[[Pki], Script]) -> Furnish:
    """A network with one UDP resolver that never answers, and a DoH resolver."""

    async def furnish(here: World, pki: Pki) -> None:
        await here.resolve(silent)
        await here.serve(make(pki), 443, DOH_IP)
        here.resolve_over_https(DOH_URL, DOH_IP)

    return furnish


def with_canary(ip: str, make: Callable[[Pki], Script]) -> Furnish:
    """A network where only the system's resolver answers, with `ip`, and the canary's site is there."""

    async def furnish(here: World, pki: Pki) -> None:
        await with_resolvers(silent)(here, pki)
        here.network.names[CANARY] = [ip]
        await here.serve(make(pki), 443, ip)

    return furnish


def site(authority: Authority, name: str = CANARY) -> Script:
    """A server with a certificate for `name`, to which nothing is said."""

    async def play(peer: Peer) -> None:
        await peer.receive()

    return over_tls(authority.issue(name).context(["h2"]), play)


async def closed(here: World, _: Pki) -> None:
    """Nobody is there at all: UDP is refused, TCP as well."""
    here.resolvers.clear()
    here.resolve_over_https(DOH_URL, DOH_IP)


ALIVE: dict[str, Furnish] = {
    "an-answer": with_resolvers(silent, honest(ADDRESS)),
    "a-forged-answer": with_resolvers(honest(PRIVATE), silent),
    "an-answer-after-junk": with_resolvers(junk_first),
    "doh": with_doh(lambda pki: doh(pki, lambda wire: answer(wire, ADDRESS))),
    "doh-says-no": with_doh(lambda pki: doh(pki, lambda wire: answer(wire, rcode=3))),
    "doh-reset": with_doh(lambda _: first_bytes_then(b"", "reset")),
    "doh-closed": with_doh(lambda _: first_bytes_then(b"", "fin")),
    "doh-refused": closed,
    "canary": with_canary(ADDRESS, lambda pki: site(pki.authority)),
    "canary-reset": with_canary(ADDRESS, lambda _: first_bytes_then(b"", "reset")),
}

DEAD: dict[str, Furnish] = {
    "silence": with_resolvers(silent, silent),
    "no-name-exists": with_resolvers(replying(lambda wire: answer(wire, rcode=3))),
    "no-resolver-wants": with_resolvers(replying(lambda wire: answer(wire, rcode=5))),
    "no-address": with_resolvers(replying(answer)),
    "junk": with_resolvers(replying(lambda _: b"\x00\x01junk")),
    "doh-of-a-stranger": with_doh(
        lambda pki: doh(pki, lambda wire: answer(wire, ADDRESS), authority=Authority("X"))
    ),
    "canary-of-a-stranger": with_canary(ADDRESS, lambda _: site(Authority("X"))),
    "canary-at-home": with_canary(PRIVATE, lambda pki: site(pki.authority)),
    "canary-without-a-word": with_canary(ADDRESS, lambda _: first_bytes_then(b"", "hang")),
    "doh-without-a-word": with_doh(lambda _: first_bytes_then(b"", "hang")),
    "doh-in-plain-text": with_doh(lambda _: first_bytes_then(b"HTTP/1.1 302 Found\r\n\r\n", "hang")),
}


async def look(furnish: Furnish, pki: Pki) -> tuple[bool, float]:
    """Whether a network is alive, and how long it took to find out."""
    async with world(pki.trust) as here:
        await furnish(here, pki)
        begin = time.monotonic()
        return await network_is_alive(here.setting()), time.monotonic() - begin


@pytest.mark.parametrize("name", ALIVE)
def test_a_sign_of_life_ends_the_question_at_once(name: str, pki: Pki) -> None:
    """Nobody waits for those that are silent, and nothing stays open."""
    before = open_descriptors()
    alive, took = run(look(ALIVE[name], pki))
    assert alive
    assert took < PATIENCE
    assert open_descriptors() == before


def test_a_dead_or_closed_network_is_found_out_within_seconds(pki: Pki) -> None:
    """All kinds of them: what a gateway makes up for every name and address is no sign of life."""

    async def scenario() -> list[tuple[bool, float]]:
        return await asyncio.gather(*(look(furnish, pki) for furnish in DEAD.values()))

    before = open_descriptors()
    outcomes = dict(zip(DEAD, run(scenario()), strict=True))
    assert [name for name, (alive, _) in outcomes.items() if alive] == []
    assert max(took for _, took in outcomes.values()) < PATIENCE + 8.0
    assert open_descriptors() == before


def test_an_old_failure_of_an_encrypted_resolver_is_no_sign_of_life(pki: Pki) -> None:
    """A session remembers for a while that its connection was reset; that says nothing of now."""

    async def scenario() -> list[bool]:
        async with world(pki.trust) as here:
            await with_doh(lambda _: first_bytes_then(b"", "reset"))(here, pki)
            setting = here.setting()
            return [await network_is_alive(setting), await network_is_alive(setting)]

    assert run(scenario()) == [True, False]


def test_a_look_tells_of_each_resolver_and_of_the_whole(pki: Pki) -> None:
    """The system's resolver may know the name from a cache, which is no sign of life."""

    async def scenario() -> tuple[Vitals, Vitals]:
        async with world(pki.trust) as here, world(pki.trust) as dead:
            await with_resolvers(silent, honest(ADDRESS))(here, pki)
            await with_canary(ADDRESS, lambda _: first_bytes_then(b"", "hang"))(dead, pki)
            return await asyncio.gather(look_around(here.setting()), look_around(dead.setting()))

    first, second = run(scenario())
    assert first == Vitals({"system": False, "9.9.9.10:53": False, "9.9.9.11:53": True}, alive=True)
    assert second == Vitals({"system": True, "9.9.9.10:53": False}, alive=False)


def test_nobody_to_ask_is_no_sign_of_life(pki: Pki) -> None:
    """Without resolvers there is nothing that could have answered."""

    async def scenario() -> bool:
        async with world(pki.trust) as here:
            return await network_is_alive(here.setting())

    assert not run(scenario())


def test_the_question_is_harmless(pki: Pki) -> None:
    """One name, the same for everybody, that no censor minds."""
    names: list[tuple[str, str]] = []

    async def furnish(here: World, _: Pki) -> Setting:
        def note(wire: bytes) -> bytes:
            names.append(asked(wire))
            return answer(wire, ADDRESS)

        await here.resolve(replying(note))
        return here.setting()

    assert run(look(furnish, pki))[0]
    assert names == [(CANARY, "A")]


def query(engine: str, **rest: object) -> Query:
    """A row of a look-up."""
    return Query.model_validate(
        {"engine": engine, "failure": None, "hostname": "x", "query_type": "A", **rest}
    )


def connected(failure: str | None) -> TcpConnect:
    """A row of a connection."""
    return TcpConnect(ip=ADDRESS, port=80, status=TcpStatus(failure=failure, success=failure is None))


BASE = {
    "input": "https://example.org/",
    "measurement_start_time": "2026-11-24 10:20:30",
    "probe_asn": "AS0",
    "probe_cc": "ZZ",
    "report_id": "x",
    "software_name": "reachprobe",
    "software_version": "0.1",
    "test_name": "web_connectivity",
    "test_runtime": 1.0,
    "test_start_time": "2026-11-24 10:20:30",
    "test_version": "0.5",
}
ADDRESSES = [Answer(answer_type="A", ipv4=ADDRESS)]


@pytest.mark.parametrize(
    ("keys", "life"),
    [
        (WebConnectivity(), False),
        (WebConnectivity(queries=[], tcp_connect=[]), False),
        (WebConnectivity(queries=[query("udp", rcode=0, answers=ADDRESSES)]), True),
        (WebConnectivity(queries=[query("udp", rcode=3, failure="dns_nxdomain_error")]), False),
        (WebConnectivity(queries=[query("udp", failure="generic_timeout_error")]), False),
        (WebConnectivity(queries=[query("getaddrinfo", answers=ADDRESSES)]), False),
        (WebConnectivity(queries=[query("doh", rcode=3, failure="dns_nxdomain_error")]), True),
        (WebConnectivity(queries=[query("doh", failure="ssl_unknown_authority")]), False),
        (WebConnectivity(tcp_connect=[connected(None)]), True),
        (WebConnectivity(tcp_connect=[connected("connection_refused")]), True),
        (WebConnectivity(tcp_connect=[connected("connection_reset")]), True),
        (WebConnectivity(tcp_connect=[connected("generic_timeout_error")]), False),
        (WebConnectivity(tcp_connect=[connected("network_unreachable")]), False),
        (WebConnectivity(tcp_connect=[connected("too_many_files_open")]), False),
        (WebConnectivity(x_doh=DohKeys(tcp_connect=[connected(None)])), False),
    ],
)
def test_which_records_show_life(keys: WebConnectivity, life: bool) -> None:  # noqa: FBT001
    """What the system's resolver says may be from its cache; timeouts and our own faults say nothing."""
    assert shows_life(WebMeasurement.model_validate({**BASE, "test_keys": keys})) is life


def test_a_record_we_cannot_read_that_much_of_shows_life() -> None:
    """Of another nettest: better to go on than to give up."""
    assert shows_life(Measurement.model_validate({**BASE, "test_keys": {}}))

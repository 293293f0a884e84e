"""Measurements cut off at random moments, in every phase there is: nothing stays open, running, held or complained of."""

import asyncio
import gc
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from probe.measure import journey
from probe.measure.backoff import Backoff
from probe.measure.doh import DohSession
from probe.measure.journey import Journey
from probe.measure.message import Question
from probe.measure.setting import Deadlines, Setting
from probe.measure.trace import Trace
from tests.measure.certificates import Identity, Pki
from tests.measure.http2 import Http2Server, speaking_http2
from tests.measure.messages import answer, asked
from tests.measure.running import open_descriptors, run
from tests.measure.servers import Peer, Script, first_bytes_then, over_tls, reply
from tests.measure.world import World, world

PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage"
IN_FLIGHT = 20
MANY = 100
"""Journeys among which some are cut off in each phase."""

CORE = Path(journey.__file__).parent
LONGEST = 0.15
"""Seconds until a journey is cut off, at most; by themselves all take longer, since a resolver is silent."""

SLOW = Deadlines(dns=2.0, linger=0.05, tcp=2.0, tls=2.0, http=2.0, preference=0.05, target=5.0)

PHASES: dict[str, Callable[[Trace], int]] = {
    "look-up by the system": lambda trace: _interrupted(trace.seen.queries, "getaddrinfo"),
    "look-up over UDP": lambda trace: _interrupted(trace.seen.queries, "udp"),
    "look-up over HTTPS": lambda trace: _interrupted(trace.seen.queries, "doh"),
    "connection": lambda trace: sum(row.status.failure == "interrupted" for row in trace.seen.tcp_connect),
    "handshake": lambda trace: _interrupted(trace.seen.tls_handshakes),
    "exchange": lambda trace: _interrupted(trace.seen.requests),
}


def _interrupted(rows: Sequence[object], engine: str | None = None) -> int:
    return sum(
        getattr(row, "failure", None) == "interrupted" and getattr(row, "engine", None) == engine
        for row in rows
    )


@dataclass(slots=True)
class Outcome:
    """What became of a storm of cancellations."""

    phases: Counter[str] = field(default_factory=Counter)
    endings: Counter[str] = field(default_factory=Counter)


@contextmanager
def complaints() -> Iterator[list[str]]:
    """What the interpreter could not raise: coroutines never awaited, sockets never closed, errors in finalizers."""
    heard: list[str] = []
    before, sys.unraisablehook = (
        sys.unraisablehook,
        lambda event: heard.append(f"{event.exc_value!r} {event.object!r}"),
    )
    try:
        yield heard
        gc.collect()
    finally:
        sys.unraisablehook = before


def dribble(data: bytes) -> Script:
    """A web server that takes its time for each byte."""

    async def play(peer: Peer) -> None:
        await peer.request()
        for byte in data:
            await peer.send(bytes([byte]))
            await asyncio.sleep(0.003)

    return play


async def speak_http2(server: Http2Server) -> None:
    """A page after a moment."""
    while True:
        stream, _ = await server.request()
        await asyncio.sleep(0.02)
        await server.answer(stream, b"page" * 10_000)


def sites(identity: Identity) -> dict[str, tuple[int, Script]]:
    """What stands behind each host, by its first label: the port, and what happens there."""
    http1, http2 = identity.context(["http/1.1"]), identity.context(["h2"])
    onward = b"HTTP/1.1 302 Found\r\nLocation: https://%s.example.org/\r\nContent-Length: 0\r\n\r\n"
    return {
        "page": (80, reply(PAGE)),
        "endless": (80, dribble(PAGE[:-4] + b"page" * 1000)),
        "mute": (80, first_bytes_then(b"", "hang")),
        "hop": (80, reply(onward % b"http2")),
        "hop2": (80, reply(onward % b"tls-mute")),
        "http1": (443, over_tls(http1, dribble(PAGE))),
        "http2": (443, over_tls(http2, speaking_http2(speak_http2))),
        "tls-mute": (443, first_bytes_then(b"", "hang")),
        "tls-reset": (443, first_bytes_then(b"", "reset")),
        "tls-late": (443, over_tls(http1, first_bytes_then(PAGE, "hang"))),
        "syn": (443, reply(PAGE)),
        "nowhere": (443, reply(PAGE)),
    }


async def furnish(here: World, pki: Pki, rng: random.Random) -> list[str]:
    """Resolvers of three kinds and a dozen sites, two addresses each, some shared; returns the URLs."""
    urls, addresses = [], dict[str, list[str]]()
    for number, (label, (port, script)) in enumerate(sites(pki.authority.issue("*.example.org")).items()):
        addresses[label] = [f"93.184.216.{number}", f"93.184.217.{number % 4}"]
        for ip in addresses[label]:
            if label == "syn":
                here.network.silent.add((ip, port))
            elif (ip, port) not in here.network.tcp:
                await here.serve(script, port, ip)
        if label != "nowhere":
            here.network.names[f"{label}.example.org"] = addresses[label][:1]
        here.network.delays[f"{label}.example.org"] = rng.random() * 0.05
        urls.append(f"http{'s' if port == 443 else ''}://{label}.example.org/")
    here.network.delays["nowhere.example.org"] = 5.0
    await resolvers(here, pki, addresses)
    return urls


async def resolvers(here: World, pki: Pki, addresses: dict[str, list[str]]) -> None:
    """One that answers twice, one that never does, and DoH over HTTP/2 and over HTTP/1.1."""

    def true_answer(wire: bytes) -> bytes:
        return answer(wire, *addresses.get(asked(wire)[0].split(".")[0], []))

    async def race(wire: bytes, send: Callable[[bytes], object]) -> None:
        if not asked(wire)[0].startswith("nowhere"):
            send(answer(wire, "93.184.217.0"))
            await asyncio.sleep(0.01)
            send(true_answer(wire))

    async def never(wire: bytes, send: object) -> None:
        pass

    await here.resolve(race, "9.9.9.10")
    await here.resolve(never, "8.8.8.8")
    context = pki.authority.issue("dns.example").context
    await here.serve(over_tls(context(["h2"]), doh_over_http2(true_answer)), 443, "1.1.1.1")
    await here.serve(over_tls(context(["http/1.1"]), doh_over_http1(true_answer)), 443, "1.0.0.1")
    for ip in ("1.1.1.1", "1.0.0.1"):
        here.resolve_over_https("https://dns.example/dns-query", ip)


def doh_over_http2(make: Callable[[bytes], bytes]) -> Script:
    """A DoH server that answers with what `make` makes of a question, after a moment."""

    async def play(server: Http2Server) -> None:
        while True:
            stream, wire = await server.request()
            await asyncio.sleep(0.01)
            await server.answer(stream, make(wire))

    return speaking_http2(play)


def doh_over_http1(make: Callable[[bytes], bytes]) -> Script:
    """The same, one question after the other."""

    async def play(peer: Peer) -> None:
        while True:
            wire = await peer.posted()
            await asyncio.sleep(0.01)
            body = make(wire)
            await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    return play


def measuring() -> list[str]:
    """The tasks that run code of the measuring core."""
    codes = [getattr(task.get_coro(), "cr_code", None) for task in asyncio.all_tasks()]
    return [code.co_name for code in codes if code and Path(code.co_filename).parent == CORE]


async def cut_off(setting: Setting, url: str, after: float, seen: Outcome) -> None:
    """A journey that gets `after` seconds."""
    measurement = Journey(setting, url)
    task = asyncio.create_task(measurement.run())
    await asyncio.wait([task], timeout=after)
    assert measuring()
    task.cancel()
    (ending,) = await asyncio.gather(task, return_exceptions=True)
    seen.endings[type(ending).__name__] += 1
    for phase, count in PHASES.items():
        seen.phases[phase] += count(measurement.trace)


async def still_answers(session: DohSession) -> None:
    """A session after the storm: nobody uses it, nobody opens it, and it serves the next question."""
    assert not session._opening.locked()
    assert session._link is None or session._link.users == 0
    session.backoff, trace = Backoff(), Trace()  # in a storm, a busy machine may not have reached it
    await session.ask(Question.ask("page.example.org", "A", 0), trace, [], 30.0, lambda _: None)
    assert [row.failure for row in trace.seen.queries] == [None]


async def storm(pki: Pki, count: int, seed: int) -> Outcome:
    """`count` journeys, `IN_FLIGHT` at a time, each cut off at a moment of its own."""
    rng, seen = random.Random(seed), Outcome()
    async with world(pki.trust) as here:
        urls = await furnish(here, pki, rng)
        setting = here.setting(SLOW)
        longest = LONGEST if count <= MANY else 6 * LONGEST  # in which a busy machine gets everywhere, too
        plan = [(urls[number % len(urls)], rng.random() * longest) for number in range(count)]
        places = asyncio.Semaphore(IN_FLIGHT)

        async def one(url: str, after: float) -> None:
            async with places:
                await cut_off(setting, url, after, seen)

        await asyncio.gather(*(one(*entry) for entry in plan))
        assert not setting.endpoints._locks
        for session in here.doh:
            await still_answers(session)
        assert not measuring()
    return seen


@pytest.mark.parametrize("count", [60, pytest.param(600, marks=pytest.mark.slow)])
def test_measurements_that_are_cut_off_leave_nothing_behind(count: int, pki: Pki) -> None:
    """No descriptor, no task, no lock, no coroutine, no complaint; the resolvers' connections serve on."""
    run(storm(pki, 12, 1), limit=60.0)  # whatever is made once is made now
    before = open_descriptors()
    with complaints() as heard:
        seen = run(storm(pki, count, 2), limit=120.0)
    assert heard == []
    assert open_descriptors() == before
    assert seen.endings == {"CancelledError": count}
    if count > MANY:  # where a busy machine lets a few get, is up to it
        assert [phase for phase in PHASES if not seen.phases[phase]] == []

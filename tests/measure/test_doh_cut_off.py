"""Questions over HTTPS that are cut off at any moment: those beside them and after them are answered all the same."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from probe.measure.doh import DohSession
from probe.measure.message import Question
from probe.measure.trace import Trace
from tests.measure.certificates import Pki
from tests.measure.http2 import Http2Server, speaking_http2
from tests.measure.messages import answer
from tests.measure.running import open_descriptors, run
from tests.measure.servers import Peer, Script, over_tls
from tests.measure.world import ADDRESS, World, world

IP = "1.1.1.1"
TURNS = range(0, 60, 3)
"""Turns of the loop after which a question is cut off: from before its connection until after its answer."""


async def over_http1(peer: Peer) -> None:
    """A resolver that speaks HTTP/1.1 and takes a moment."""
    while True:
        wire = await peer.posted()
        await asyncio.sleep(0.001)
        body = answer(wire, ADDRESS)
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


async def over_http2(server: Http2Server) -> None:
    """A resolver that speaks HTTP/2 and takes a moment."""
    while True:
        stream, wire = await server.request()
        await asyncio.sleep(0.001)
        await server.answer(stream, answer(wire, ADDRESS))


PROTOCOLS: dict[str, Script] = {"http/1.1": over_http1, "h2": speaking_http2(over_http2)}


async def ask(session: DohSession, number: int) -> str | None:
    """How a question ended."""
    trace = Trace()
    question = Question.ask(f"h{number}.example", "A", 0)
    await session.ask(question, trace, [], 2.0, lambda _: None)
    return trace.seen.queries[0].failure


async def with_session(protocol: str, pki: Pki, act: Callable[[DohSession, World], Awaitable[None]]) -> None:
    """`act` with a session to a resolver that speaks `protocol`."""
    context = pki.authority.issue("dns.example").context([protocol])
    async with world(pki.trust) as here:
        await here.serve(over_tls(context, PROTOCOLS[protocol]), 443, IP)
        await act(here.resolve_over_https("https://dns.example/dns-query", IP), here)


@pytest.mark.parametrize("turns", TURNS)
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_first_question_is_cut_off_and_the_others_are_answered(
    protocol: str, turns: int, pki: Pki
) -> None:
    """It was to open the connection, or had just used it: nobody else pays for that, nor does the next minute."""

    async def act(session: DohSession, _: World) -> None:
        first = asyncio.create_task(ask(session, 0))
        others = [asyncio.create_task(ask(session, number)) for number in range(1, 4)]
        for _turn in range(turns):
            await asyncio.sleep(0)
        first.cancel()
        (end,) = await asyncio.gather(first, return_exceptions=True)
        assert end is None or isinstance(end, asyncio.CancelledError)
        assert await asyncio.gather(*others) == [None] * 3
        assert await ask(session, 4) is None

    before = open_descriptors()
    run(with_session(protocol, pki, act))
    assert open_descriptors() == before


@pytest.mark.parametrize("turns", TURNS)
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_question_on_an_open_connection_is_cut_off(protocol: str, turns: int, pki: Pki) -> None:
    """Beside others, in the middle of the queue; at most one more connection is opened for that."""

    async def act(session: DohSession, here: World) -> None:
        assert await ask(session, 0) is None
        work = [asyncio.create_task(ask(session, number)) for number in range(4)]
        for _ in range(turns):
            await asyncio.sleep(0)
        work[1].cancel()
        ends = await asyncio.gather(*work, return_exceptions=True)
        assert [ends[0], *ends[2:]] == [None] * 3
        assert await ask(session, 4) is None
        assert len(here.network.opened) <= 2

    run(with_session(protocol, pki, act))


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_session_that_everybody_leaves_is_open_for_the_next(protocol: str, pki: Pki) -> None:
    """All questions are cut off at once, again and again."""

    async def act(session: DohSession, _: World) -> None:
        for turns in TURNS:
            work = [asyncio.create_task(ask(session, number)) for number in range(5)]
            for _turn in range(turns):
                await asyncio.sleep(0)
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)
            assert session._link is None or session._link.users == 0
        assert await ask(session, 9) is None

    run(with_session(protocol, pki, act))

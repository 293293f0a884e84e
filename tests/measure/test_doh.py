"""DNS over HTTPS: one connection for all, opened when needed, and honest about it when it cannot be."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from probe.measure.backoff import FIRST, Backoff
from probe.measure.doh import DohSession
from probe.measure.message import Question
from probe.measure.trace import Trace
from probe.record import Query
from tests.measure.certificates import Authority, Pki
from tests.measure.http2 import Http2Server, speaking_http2
from tests.measure.messages import answer, asked
from tests.measure.running import open_descriptors, run
from tests.measure.servers import Peer, Script, first_bytes_then, over_tls
from tests.measure.world import ADDRESS, World, world

IP = "1.1.1.1"
URL = "https://dns.example/dns-query"

Answer = Callable[[bytes], Awaitable[bytes | None]]
"""The DNS message to answer a question with; None: never."""


async def honest(wire: bytes) -> bytes:
    """The true answer."""
    return answer(wire, ADDRESS)


def over_http1(make: Answer, status: str = "200 OK", served: list[bytes] | None = None) -> Script:
    """A DoH server that speaks HTTP/1.1."""

    async def play(peer: Peer) -> None:
        while True:
            wire = await peer.posted()
            if served is not None:
                served.append(wire)
            body = await make(wire)
            if body is None:
                await asyncio.Event().wait()
            assert body is not None
            await peer.send(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

    return play


def over_http2(make: Answer, status: str = "200", served: list[bytes] | None = None) -> Script:
    """A DoH server that speaks HTTP/2, all questions at once."""

    async def play(server: Http2Server) -> None:
        work: set[asyncio.Task[None]] = set()

        async def serve(stream: int, wire: bytes) -> None:
            body = await make(wire)
            if body is not None:
                await server.answer(stream, body, ((":status", status),))

        try:
            while True:
                stream, wire = await server.request()
                if served is not None:
                    served.append(wire)
                work.add(asyncio.create_task(serve(stream, wire)))
        finally:
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)

    return speaking_http2(play)


PROTOCOLS = {"http/1.1": over_http1, "h2": over_http2}


async def ask(
    session: DohSession, hostname: str, deadline: float = 0.5, trace: Trace | None = None
) -> tuple[Query, Trace]:
    """The row of one question."""
    trace = trace or Trace()
    found: list[str] = []
    await session.ask(Question.ask(hostname, "A", 0), trace, ["depth=0"], deadline, found.extend)
    row = trace.seen.queries[-1]
    assert row.engine == "doh"
    assert row.addresses() == found
    return row, trace


async def put(here: World, pki: Pki, protocol: str, script: Script) -> tuple[DohSession, Callable[[], int]]:
    """A DoH server in the world, a session with it, and its count of connections."""
    context = pki.authority.issue("dns.example").context([protocol])
    server = await here.serve(over_tls(context, script), 443, IP)
    return here.resolve_over_https(URL, IP), lambda: server.accepted


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_all_measurements_share_one_connection(protocol: str, pki: Pki) -> None:
    """Twenty questions at the same time; the first one carries the rows of the connection."""

    async def scenario() -> None:
        async with world(pki.trust) as here:
            session, accepted = await put(here, pki, protocol, PROTOCOLS[protocol](honest))
            outcomes = await asyncio.gather(*(ask(session, f"h{n}.example") for n in range(20)))
            assert accepted() == 1
            assert [(row.failure, row.addresses(), row.rcode) for row, _ in outcomes] == [
                (None, [ADDRESS], 0)
            ] * 20
            assert [len(trace.doh.tcp_connect) for _, trace in outcomes] == [1] + [0] * 19
            (handshake,) = outcomes[0][1].doh.tls_handshakes
            assert (handshake.failure, handshake.negotiated_protocol) == (None, protocol)
            assert outcomes[0][0].resolver_address == URL

    run(scenario())


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_connection_closed_while_idle_is_opened_again(protocol: str, pki: Pki) -> None:
    """That is no failure of the question that finds out."""

    async def scenario() -> None:
        peers = list[Peer]()

        async def play(peer: Peer) -> None:
            peers.append(peer)
            await PROTOCOLS[protocol](honest)(peer)

        async with world(pki.trust) as here:
            session, accepted = await put(here, pki, protocol, play)
            assert (await ask(session, "a.example"))[0].failure is None
            peers[0].hang_up()
            row, trace = await ask(session, "b.example")
            assert row.failure is None
            assert accepted() == 2
            assert [one.status.failure for one in trace.doh.tcp_connect] == [None]

    run(scenario())


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_question_that_stays_unanswered_harms_no_other(protocol: str, pki: Pki) -> None:
    """The resolver has trouble with one name: it times out, those beside it and after it do not."""

    async def scenario() -> None:
        async def picky(wire: bytes) -> bytes | None:
            await asyncio.sleep(0.05 if asked(wire)[0].startswith("slow") else 0.0)
            return None if asked(wire)[0].startswith("bad") else answer(wire, ADDRESS)

        async with world(pki.trust) as here:
            session, _ = await put(here, pki, protocol, PROTOCOLS[protocol](picky))
            await ask(session, "warm.example")
            beside = [
                ask(session, "slow.example", 0.5),
                ask(session, "bad.example", 0.1),
                ask(session, "slow2.example", 0.5),
            ]
            before = open_descriptors()
            rows = [row for row, _ in await asyncio.gather(*beside)]
            late = [
                row for row, _ in await asyncio.gather(*(ask(session, f"after{n}.example") for n in range(3)))
            ]
            assert [row.failure for row in rows] == [None, "generic_timeout_error", None]
            assert [row.failure for row in late] == [None] * 3
            assert open_descriptors() <= before + 2  # both ends of one connection more, at most

    run(scenario())


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_unanswered_question_beside_one_that_takes_longer(protocol: str, pki: Pki) -> None:
    """Giving up on one does not pull the connection from under the other."""

    async def scenario() -> None:
        async def picky(wire: bytes) -> bytes | None:
            name = asked(wire)[0]
            await asyncio.sleep(0.2 if name.startswith("slow") else 0.0)
            return None if name.startswith("bad") else answer(wire, ADDRESS)

        async with world(pki.trust) as here:
            served = list[bytes]()
            session, _ = await put(here, pki, protocol, PROTOCOLS[protocol](picky, served=served))
            await ask(session, "warm.example")
            slow, bad = await asyncio.gather(
                ask(session, "slow.example", 1.0), ask(session, "bad.example", 0.1)
            )
            assert slow[0].failure is None
            assert bad[0].failure == "generic_timeout_error"
            assert [asked(wire)[0] for wire in served].count("slow.example") == 1

    run(scenario())


def test_a_refused_connection_is_not_tried_again_at_once(pki: Pki) -> None:
    """Each question asked meanwhile carries its failure, and the connection's rows stand once."""

    async def scenario() -> None:
        async with world(pki.trust) as here:
            session = here.resolve_over_https(URL, IP)
            outcomes = await asyncio.gather(*(ask(session, f"h{n}.example") for n in range(5)))
            assert [row.failure for row, _ in outcomes] == ["connection_refused"] * 5
            assert sum(len(trace.doh.tcp_connect) for _, trace in outcomes) == 1
            assert here.network.opened == [(IP, 443)]
            now = asyncio.get_running_loop().time()
            assert session.backoff.standing(now) == "connection_refused"
            assert session.backoff.standing(now + FIRST) is None
            session.backoff = Backoff()  # the pause is over
            await put(here, pki, "h2", over_http2(honest))
            assert (await ask(session, "later.example"))[0].failure is None

    run(scenario())


@pytest.mark.parametrize(
    ("script", "failure"),
    [
        (first_bytes_then(b"", "fin"), "eof_error"),
        (first_bytes_then(b"", "reset"), "connection_reset"),
        (first_bytes_then(b"", "hang"), "generic_timeout_error"),
        (first_bytes_then(b"HTTP/1.1 403 Forbidden\r\n\r\n", "fin"), "ssl_failed_handshake"),
    ],
)
def test_a_handshake_that_fails_fails_the_question(script: Script, failure: str, pki: Pki) -> None:
    """Under its own name, with its row, within the question's deadline."""

    async def scenario() -> None:
        async with world(pki.trust) as here:
            await here.serve(script, 443, IP)
            row, trace = await ask(here.resolve_over_https(URL, IP), "a.example", 0.3)
            assert row.failure == failure
            assert [one.failure for one in trace.doh.tls_handshakes] == [failure]

    run(scenario())


def test_silence_before_the_connection_is_seen_as_such(pki: Pki) -> None:
    """The connect fails by itself, before the question's deadline does."""

    async def scenario() -> None:
        async with world(pki.trust) as here:
            here.network.silent.add((IP, 443))
            row, trace = await ask(here.resolve_over_https(URL, IP), "a.example", 0.2)
            assert row.failure == "generic_timeout_error"
            assert [one.status.failure for one in trace.doh.tcp_connect] == ["generic_timeout_error"]

    run(scenario())


def test_an_interceptor_is_told_nothing(pki: Pki) -> None:
    """A certificate of an authority that is not trusted: no name is sent."""

    async def scenario() -> None:
        served = list[bytes]()
        async with world(pki.trust) as here:
            context = Authority("Somebody Else").issue("dns.example").context()
            await here.serve(over_tls(context, over_http2(honest, served=served)), 443, IP)
            row, _ = await ask(here.resolve_over_https(URL, IP), "a.example")
            assert row.failure == "ssl_unknown_authority"
            assert not served

    run(scenario())


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_http_error_is_named_and_not_repeated(protocol: str, pki: Pki) -> None:
    """A resolver that answers 503 has been heard: no second request, no new connection."""

    async def scenario() -> None:
        served = list[bytes]()
        status = "503 Busy" if protocol == "http/1.1" else "503"
        async with world(pki.trust) as here:
            session, accepted = await put(here, pki, protocol, PROTOCOLS[protocol](honest, status, served))
            rows = [(await ask(session, f"h{n}.example"))[0] for n in range(3)]
            assert [row.failure for row in rows] == ["http_unexpected_status_code"] * 3
            assert len(served) == 3
            assert accepted() == 1

    run(scenario())


@pytest.mark.parametrize(
    ("make", "failure"),
    [
        (lambda wire: answer(wire, rcode=3), "dns_nxdomain_error"),
        (answer, "dns_no_answer"),
        (lambda _: b"<html>", "dns_server_misbehaving"),
        (lambda _: b"\x00" * 200_000, "dns_server_misbehaving"),
        (lambda wire: b"\x77" + answer(wire, ADDRESS)[1:], "dns_reply_with_wrong_query_id"),
    ],
)
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_the_message_says(protocol: str, make: Callable[[bytes], bytes], failure: str, pki: Pki) -> None:
    """Inside HTTP there may be anything; the next question is answered all the same."""

    async def scenario() -> None:
        async def sometimes(wire: bytes) -> bytes:
            return answer(wire, ADDRESS) if asked(wire)[0] == "good.example" else make(wire)

        async with world(pki.trust) as here:
            session, _ = await put(here, pki, protocol, PROTOCOLS[protocol](sometimes))
            assert (await ask(session, "bad.example"))[0].failure == failure
            assert (await ask(session, "good.example"))[0].failure is None

    run(scenario())


def test_a_resolver_that_always_breaks_off_is_left_alone(pki: Pki) -> None:
    """A reset after the first request: as if the connection could not be opened."""

    async def scenario() -> None:
        async def play(peer: Peer) -> None:
            await peer.request()
            await peer.end("reset")

        async with world(pki.trust) as here:
            session, accepted = await put(here, pki, "http/1.1", play)
            assert (await ask(session, "a.example"))[0].failure == "connection_reset"
            assert (await ask(session, "b.example"))[0].failure == "connection_reset"
            assert accepted() == 1

    run(scenario())


def test_a_resolver_that_breaks_off_after_each_answer_is_asked_on_new_connections(pki: Pki) -> None:
    """HTTP/1.1 without keep-alive is no failure."""

    async def scenario() -> None:
        async def play(peer: Peer) -> None:
            wire = await peer.posted()
            body = answer(wire, ADDRESS)
            await peer.send(
                b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body
            )

        async with world(pki.trust) as here:
            session, accepted = await put(here, pki, "http/1.1", play)
            rows = [(await ask(session, f"h{n}.example"))[0] for n in range(4)]
            assert [row.failure for row in rows] == [None] * 4
            assert accepted() == 4

    run(scenario())


@pytest.mark.parametrize("twice", [False, True])
@pytest.mark.parametrize("pause", [0.0, 0.02])
def test_what_a_resolver_says_unasked_is_no_answer(twice: bool, pause: float, pki: Pki) -> None:  # noqa: FBT001
    """A 408 on an idle connection, or the same answer again: the next question goes over another connection."""
    given_up = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

    async def scenario() -> None:
        async def play(peer: Peer) -> None:
            while True:
                wire = await peer.posted()
                body = answer(wire, ADDRESS)
                page = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
                extra = page if twice else given_up
                await peer.send(page + (b"" if pause else extra))
                await asyncio.sleep(pause)
                await peer.send(extra if pause else b"")

        async with world(pki.trust) as here:
            session, accepted = await put(here, pki, "http/1.1", play)
            for number in range(3):
                row, _ = await ask(session, f"h{number}.example")
                assert (row.failure, row.addresses()) == (None, [ADDRESS])
                await asyncio.sleep(0.05)
            assert accepted() == 3

    run(scenario())


def test_a_measurement_cut_off_while_it_opens_the_connection_leaves_it_to_the_next(pki: Pki) -> None:
    """Its row says that it was interrupted."""

    async def scenario() -> None:
        async with world(pki.trust) as here:
            here.network.silent.add((IP, 443))
            session, trace = here.resolve_over_https(URL, IP), Trace()
            first = asyncio.create_task(ask(session, "a.example", 5.0, trace))
            await asyncio.sleep(0.02)
            here.network.silent.clear()
            await put(here, pki, "h2", over_http2(honest))
            second = asyncio.create_task(ask(session, "b.example"))
            await asyncio.sleep(0.02)
            first.cancel()
            assert (await second)[0].failure is None
            await asyncio.gather(first, return_exceptions=True)
            assert [row.failure for row in trace.seen.queries] == ["interrupted"]

    run(scenario())

"""Servers without measure: endless, slow, swollen; time, memory and the record stay bounded."""

import asyncio
import gzip
import socket
import threading
import time
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from probe.measure.decode import decode_body
from probe.measure.fetch import BODY_CAP, Answer, Ask, fetch
from probe.measure.stream import Stream
from probe.measure.trace import MAX_EVENTS, Trace
from probe.record import MarkKind, to_bytes
from tests.measure.certificates import Pki
from tests.measure.running import run
from tests.measure.servers import LOOPBACK, Peer, Script, over_tls, reply
from tests.measure.world import ADDRESS, HOST, fetch_from, marks, requests, world

URL = f"http://{ADDRESS}/"
OK = b"HTTP/1.1 200 OK\r\n"
MIB = 1 << 20


def endless(head: bytes, more: bytes) -> Script:
    """A server that never stops sending."""

    async def play(peer: Peer) -> None:
        await peer.request()
        await peer.send(head)
        while True:
            await peer.send(more)
            await asyncio.sleep(0)

    return play


def dripping(head: bytes, drop: bytes) -> Script:
    """A server that sends a little every ten milliseconds."""

    async def play(peer: Peer) -> None:
        await peer.request()
        await peer.send(head)
        while True:
            await peer.send(drop)
            await asyncio.sleep(0.01)

    return play


@contextmanager
def flooding(data: bytes) -> Iterator[int]:
    """A server in a thread of its own that always has more to say; yields its port."""
    listener = socket.create_server((LOOPBACK, 0))
    ended = threading.Event()

    def flood() -> None:
        with suppress(OSError):
            sock, _ = listener.accept()
            with sock:
                sock.settimeout(5.0)
                sock.recv(4096)
                while not ended.is_set():
                    sock.sendall(data)

    thread = threading.Thread(target=flood, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        ended.set()
        listener.close()
        thread.join(5.0)


def test_a_gzip_bomb_is_cut_and_takes_no_memory(pki: Pki) -> None:
    """A gigabyte in one megabyte: half a mebibyte is kept, a few are used, and the record says so."""
    squeezer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    bomb = b"".join(squeezer.compress(bytes(16 * MIB)) for _ in range(16)) + squeezer.flush()
    assert len(bomb) < BODY_CAP
    page = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb) + bomb

    async def scenario() -> Trace:
        async with world(pki.trust) as here:
            await here.serve(reply(page))
            return await here.travel(URL)

    tracemalloc.start()
    try:
        trace = run(scenario())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 16 * MIB
    response = requests(trace)[0].response
    assert response is not None
    assert to_bytes(response.body) == bytes(BODY_CAP)
    assert response.body_is_truncated
    assert marks(trace, MarkKind.BODY_CAPPED) == [f"{BODY_CAP} bytes"]


def test_a_bomb_in_a_bomb(pki: Pki) -> None:
    """Two codings, both swollen."""
    bomb = gzip.compress(gzip.compress(bytes(64 * MIB)) * 1)
    page = OK + b"Content-Encoding: gzip, gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb) + bomb
    answer, _ = run(fetch_from(reply(page), URL, pki.trust))
    assert (answer.failure, len(answer.body), answer.truncated) == (None, BODY_CAP, True)


@pytest.mark.parametrize(
    "script",
    [
        endless(OK + b"Content-Length: 999999999999\r\n\r\n", b"x" * 65536),
        endless(OK + b"\r\n", b"x" * 65536),
        endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"2000\r\n" + b"x" * 0x2000 + b"\r\n"),
    ],
)
def test_an_endless_body_is_cut(script: Script, pki: Pki) -> None:
    """At the cap, without a failure."""
    answer, _ = run(fetch_from(script, URL, pki.trust, deadline=5.0))
    assert (answer.failure, answer.status, len(answer.raw), answer.truncated) == (None, 200, BODY_CAP, True)


def test_a_body_of_exactly_the_cap_is_whole(pki: Pki) -> None:
    """And one of a byte more is not."""
    for size, truncated in ((1000, False), (1001, True)):
        page = OK + b"Content-Length: %d\r\n\r\n" % size + b"x" * size
        answer, _ = run(fetch_from(reply(page), URL, pki.trust, cap=1000))
        assert (answer.failure, len(answer.body), answer.truncated) == (None, 1000, truncated)


@pytest.mark.parametrize(
    ("script", "failure", "status"),
    [
        (dripping(OK + b"Content-Length: 100000\r\n\r\n", b"x"), "generic_timeout_error", 200),
        (dripping(OK, b"X: y\r\n"), "generic_timeout_error", None),
        (dripping(b"", b"H"), "generic_timeout_error", None),
        (dripping(b"", b"HTTP/1.1 102 Processing\r\n\r\n"), "generic_timeout_error", None),
        (endless(OK, b"X-Long: " + b"y" * 1000 + b"\r\n"), "http_request_failed", None),
        (endless(OK + b"X: ", b"y" * 4096), "http_request_failed", None),
        (endless(b"", b"\r\n"), "http_request_failed", None),
        (endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100), "generic_timeout_error", None),
        (endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0" * 4096), "http_request_failed", 200),
        (
            endless(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n" * 1000),
            "http_request_failed",
            200,
        ),
    ],
)
def test_time_is_bounded(script: Script, failure: str, status: int | None, pki: Pki) -> None:
    """Slow or endless, in the body, the headers or before them."""
    begin = time.monotonic()
    answer, trace = run(fetch_from(script, URL, pki.trust, deadline=0.2))
    assert (answer.failure, answer.status) == (failure, status)
    assert time.monotonic() - begin < 8.0
    assert len(trace.seen.events()) <= MAX_EVENTS


@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize(
    "head", [b"Content-Length: 100\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n9\r\n", b"\r\n"]
)
def test_silence_in_the_middle_of_a_body_ends_with_a_reset(head: bytes, encrypted: bool, pki: Pki) -> None:  # noqa: FBT001
    """So that our kernel sends nothing again into a censor's timer."""
    ends: list[str] = []

    async def play(peer: Peer) -> None:
        await peer.request()
        await peer.send(OK + head + b"blocked")
        try:
            await peer.receive()
        except (OSError, EOFError) as error:
            ends.append(type(error).__name__)

    async def scenario() -> Answer:
        url = f"https://{HOST}/" if encrypted else URL
        script = over_tls(pki.authority.issue(HOST).context(["http/1.1"]), play) if encrypted else play
        answer, _ = await fetch_from(script, url, pki.trust, deadline=0.2)
        await asyncio.sleep(0.05)
        return answer

    answer = run(scenario())
    assert (answer.failure, answer.status, answer.body) == ("generic_timeout_error", 200, b"blocked")
    assert ends == ["ConnectionResetError"]


def test_a_slow_body_is_kept_as_far_as_it_came(pki: Pki) -> None:
    """The drops that fell before the deadline."""
    answer, _ = run(fetch_from(dripping(OK + b"\r\n", b"x"), URL, pki.trust, deadline=0.2))
    assert 5 <= len(answer.body) <= 25
    assert answer.body == b"x" * len(answer.body)


def test_a_thousand_interim_answers_before_the_real_one(pki: Pki) -> None:
    """RFC 9110 §15.2 allows any number."""
    page = (
        b"HTTP/1.1 103 Early Hints\r\nLink: </s.css>\r\n\r\n" * 1000 + OK + b"Content-Length: 4\r\n\r\npage"
    )
    answer, _ = run(fetch_from(reply(page), URL, pki.trust, deadline=5.0))
    assert (answer.failure, answer.status, answer.body) == (None, 200, b"page")


@pytest.mark.parametrize(
    "data", [b"HTTP/1.1 100 Continue\r\n\r\n" * 500, b"HTTP/1.1 199 x\r\nX: y\r\n\r\n" * 500]
)
def test_a_flood_does_not_stop_the_loop(data: bytes, pki: Pki) -> None:
    """A peer that always has more to say starves neither our deadline nor the measurements beside it."""

    async def scenario(port: int) -> tuple[str | None, float, float]:
        async with world(pki.trust) as here:
            here.network.tcp[ADDRESS, 80] = port
            trace, loop = Trace(), asyncio.get_running_loop()
            stream = Stream(
                await here.network.open_tcp(ADDRESS, 80), trace.open_flow(trace.seen, "x", "tcp", [])
            )
            begin, worst = loop.time(), 0.0
            fetching = asyncio.create_task(fetch(stream, Ask(URL), trace.seen, 0.3))
            while not fetching.done():
                due = loop.time() + 0.01
                await asyncio.sleep(0.01)
                worst = max(worst, loop.time() - due)
            return (await fetching).failure, loop.time() - begin, worst

    with flooding(data) as port:
        failure, took, worst = run(scenario(port))
    assert failure == "generic_timeout_error"
    assert took < 8.0
    assert worst < 4.0


def test_a_server_that_does_not_read_is_given_up_on(pki: Pki) -> None:
    """A request larger than all buffers, and nobody takes it."""

    async def play(peer: Peer) -> None:
        await peer.end("hang")

    ask = Ask(URL, method="POST", body=b"x" * (32 * MIB))
    answer, _ = run(fetch_from(play, URL, pki.trust, deadline=0.2, ask=ask))
    assert (answer.failure, answer.status) == ("generic_timeout_error", None)


def test_an_endless_body_inside_tls_is_cut(pki: Pki) -> None:
    """The same cap behind the handshake."""
    context = pki.authority.issue(HOST).context(["http/1.1"])
    script = over_tls(context, endless(OK + b"\r\n", b"x" * 65536))
    answer, _ = run(fetch_from(script, f"https://{HOST}/", pki.trust, deadline=5.0))
    assert (answer.failure, len(answer.raw), answer.truncated) == (None, BODY_CAP, True)


def test_decoding_is_capped_where_the_input_ends_first() -> None:
    """All of the input is taken in, and the output is still longer than the cap."""
    for cap in range(1, 600):
        decoded = decode_body(gzip.compress(b"a" * 600), ["gzip"], cap)
        assert (decoded.body, decoded.truncated) == (b"a" * cap, True), cap
    assert decode_body(gzip.compress(b"a" * 600), ["gzip"], 600) == (b"a" * 600, False, None)

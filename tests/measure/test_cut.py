"""However a path cuts a server's bytes, what is recorded of them is the same; and no cut is ever a crash."""

import asyncio
import gzip
import random
import ssl
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probe.measure.setting import Deadlines
from probe.measure.trace import Trace
from probe.measure.trust import Trust
from probe.record import FAILURES, MarkKind
from tests.measure.certificates import Pki
from tests.measure.http2 import Http2Server, speaking_http2
from tests.measure.middlebox import Middlebox, Treatment
from tests.measure.running import run
from tests.measure.servers import Script, first_bytes_then, over_tls, reply, serving
from tests.measure.world import ADDRESS, outcome, requests, unparsed, world

OK = b"HTTP/1.1 200 OK\r\nServer: box\r\n"
PACKED = gzip.compress(b"a page that is long enough to be worth packing " * 3, mtime=0)
PATIENT = Deadlines(preference=0.0)
HASTY = Deadlines(tcp=0.5, tls=0.5, http=0.5, preference=0.0)

ANSWERS = {
    "length": OK + b"Content-Length: 12\r\n\r\ntwelve bytes",
    "until-close": OK + b"\r\ntwelve bytes",
    "chunked": OK
    + b"Transfer-Encoding: chunked\r\n\r\n6\r\ntwelve\r\n6;x=y\r\n bytes\r\n0\r\nTrailer: x\r\n\r\n",
    "packed": OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(PACKED) + PACKED,
    "interim-first": b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nhi",
    "no-http": b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
}


async def speak_http2(server: Http2Server) -> None:
    """One answer over HTTP/2, and the client's goodbye awaited."""
    stream, _ = await server.request()
    await server.answer(stream, b"a page in a frame" * 20, ((":status", "200"), ("server", "box")))
    while True:
        await server.event()


def scripts(pki: Pki) -> dict[str, Script]:
    """Servers for `https://ADDRESS/`, by what they speak."""
    identity = pki.authority.issue(ADDRESS)
    older = identity.context(["http/1.1"])
    older.maximum_version = ssl.TLSVersion.TLSv1_2
    page = reply(ANSWERS["packed"])
    return {
        "tls-1.2": over_tls(older, page),
        "tls-1.3": over_tls(identity.context(["http/1.1"]), page),
        "http2": over_tls(identity.context(["h2"]), speaking_http2(speak_http2)),
    }


def picture(trace: Trace) -> list[object]:
    """All that is recorded but times, and the events that depend on how the bytes were cut."""
    rows = [*trace.seen.tcp_connect, *trace.seen.tls_handshakes, *trace.seen.requests]
    marks = [mark for mark in trace.marks if mark.kind != MarkKind.EVENTS_CAPPED]
    return [*(row.model_dump(exclude={"t0", "t"}) for row in rows), *marks]


def reads(trace: Trace) -> int:
    """How many pieces the client saw."""
    kept = sum(1 for row in trace.seen.events() if row.operation == "read")
    return kept + sum(flow.events_lost for flow in trace.seen.flows)


def names(trace: Trace) -> set[str | None]:
    """How each step of the journey's one flow ended."""
    seen = trace.seen
    return {row.failure for row in seen.tls_handshakes} | {row.failure for row in seen.requests}


async def travel_through(box: Middlebox, port: int, trust: Trust, deadlines: Deadlines) -> tuple[Trace, int]:
    """The trace of a journey through `box`, and how many bytes that passed on."""
    async with world(trust) as here:
        await here.serve(box.script, port)
        scheme = "https" if port == 443 else "http"
        return await here.travel(f"{scheme}://{ADDRESS}/", deadlines), box.passed


def observe(
    script: Script, port: int, pki: Pki, treatments: Iterable[Treatment], deadlines: Deadlines = PATIENT
) -> list[tuple[Trace, int]]:
    """One journey for each of `treatments`, fifty at the same time."""

    async def scenario() -> list[tuple[Trace, int]]:
        places = asyncio.Semaphore(50)
        async with serving(script) as server:

            async def travel(treatment: Treatment) -> tuple[Trace, int]:
                async with places:
                    return await travel_through(Middlebox(server.port, treatment), port, pki.trust, deadlines)

            return await asyncio.gather(*(travel(treatment) for treatment in treatments))

    return run(scenario(), limit=120.0)


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_in_pieces_is_the_same_answer(name: str, pki: Pki) -> None:
    """Whole, in halves, in threes and byte by byte."""
    treatments = [Treatment(), *(Treatment(sizes) for sizes in ((len(ANSWERS[name]) // 2,), (3,), (1,)))]
    whole, *others = observe(reply(ANSWERS[name]), 80, pki, treatments)
    assert [picture(trace) for trace, _ in others] == [picture(whole[0])] * 3
    assert reads(others[-1][0]) > 10
    assert requests(whole[0])


@settings(max_examples=40, deadline=None, derandomize=True)
@given(name=st.sampled_from(sorted(ANSWERS)), sizes=st.lists(st.integers(1, 60), min_size=1, max_size=12))
def test_an_answer_cut_anywhere_is_the_same_answer(name: str, sizes: Sequence[int], pki: Pki) -> None:
    """At arbitrary places."""
    whole, cut = observe(reply(ANSWERS[name]), 80, pki, [Treatment(), Treatment(sizes)])
    assert picture(cut[0]) == picture(whole[0])


@pytest.mark.parametrize("protocol", ["tls-1.2", "tls-1.3", "http2"])
def test_an_encrypted_answer_in_pieces_is_the_same_answer(protocol: str, pki: Pki) -> None:
    """The handshake and what follows it: in odd pieces and byte by byte."""
    rng = random.Random(5)
    sizes = [(1,), (7,), *(tuple(rng.randrange(1, 600) for _ in range(9)) for _ in range(8))]
    treatments = [Treatment(), *(Treatment(one) for one in sizes)]
    whole, *others = observe(scripts(pki)[protocol], 443, pki, treatments)
    assert [picture(trace) for trace, _ in others] == [picture(whole[0])] * len(sizes)
    assert reads(others[0][0]) > 500
    assert names(whole[0]) == {None}


@pytest.mark.parametrize(
    ("script", "port"),
    [(reply(ANSWERS["no-http"]), 80), (first_bytes_then(b"HTTP/1.1 403 Forbidden\r\n\r\nno", "fin"), 443)],
)
def test_an_unreadable_answer_in_pieces_is_kept_the_same(script: Script, port: int, pki: Pki) -> None:
    """The first bytes that are kept do not end where the first packet did."""
    whole, pieces = observe(script, port, pki, [Treatment(), Treatment((1,))])
    assert unparsed(whole[0])
    assert unparsed(pieces[0]) == unparsed(whole[0])


@pytest.mark.parametrize(("end", "failure"), [("fin", "eof_error"), ("reset", "connection_reset")])
def test_an_answer_that_ends_at_any_byte(end: str, failure: str, pki: Pki) -> None:
    """Status as soon as the headers are whole, the body as far as it came, and the failure of a short one."""
    page = ANSWERS["length"]
    head, whole = page.index(b"\r\n\r\n") + 4, len(page)
    cuts = range(whole)
    traces = observe(reply(page), 80, pki, [Treatment(keep=size, end=end) for size in cuts])
    for size, (trace, passed) in zip(cuts, traces, strict=True):
        expected = (failure, None, b"") if size < head else (failure, 200, page[head:size])
        assert passed == size
        assert [outcome(row) for row in requests(trace)] == [expected], size


def test_an_answer_without_length_that_ends_at_any_byte(pki: Pki) -> None:
    """It has no other end than that: a shorter body and no failure."""
    page = ANSWERS["until-close"]
    head = page.index(b"\r\n\r\n") + 4
    cuts = range(head, len(page))
    traces = observe(reply(page), 80, pki, [Treatment(keep=size) for size in cuts])
    for size, (trace, _) in zip(cuts, traces, strict=True):
        assert [outcome(row) for row in requests(trace)] == [(None, 200, page[head:size])], size


@pytest.mark.parametrize("name", ["chunked", "packed", "interim-first"])
def test_any_answer_that_ends_at_any_byte_is_a_failure_or_whole(name: str, pki: Pki) -> None:
    """What is kept of the body is a beginning of it."""
    page = ANSWERS[name]
    treatments = [Treatment(), *(Treatment(keep=size) for size in range(len(page)))]
    (whole, _), *others = observe(reply(page), 80, pki, treatments)
    (_, status, body), *_ = [outcome(row) for row in requests(whole)]
    assert (status, bool(body)) == (200, True)
    for trace, _ in others:
        ((failure, _, part),) = [outcome(row) for row in requests(trace)]
        assert failure == "eof_error"
        assert body.startswith(part) or PACKED.startswith(part)


def check_encrypted(traces: Iterable[tuple[Trace, int]], failure: str) -> None:
    """Each has one handshake, named by how it ended; a request only where that succeeded."""
    for trace, passed in traces:
        (handshake,) = trace.seen.tls_handshakes
        assert handshake.failure in {None, failure}, passed
        assert len(requests(trace)) == (1 if handshake.failure is None else 0), passed
        assert names(trace) <= {None, failure}, passed


@pytest.mark.parametrize("protocol", ["tls-1.2", "tls-1.3", "http2"])
@pytest.mark.parametrize(("end", "failure"), [("fin", "eof_error"), ("reset", "connection_reset")])
@pytest.mark.parametrize("step", [29, pytest.param(1, marks=pytest.mark.slow)])
def test_an_encrypted_answer_that_ends_at_any_byte(
    protocol: str, end: str, failure: str, step: int, pki: Pki
) -> None:
    """In the handshake, between records and inside them: the name says how it ended, whatever it ended in."""
    script = scripts(pki)[protocol]
    ((_, size),) = observe(script, 443, pki, [Treatment()])
    traces = observe(script, 443, pki, [Treatment(keep=cut, end=end) for cut in range(0, size, step)])
    check_encrypted(traces, failure)
    assert {row.failure for trace, _ in traces for row in trace.seen.tls_handshakes} == {None, failure}


@pytest.mark.parametrize("protocol", ["tls-1.2", "tls-1.3", "http2"])
@pytest.mark.parametrize("count", [60, pytest.param(600, marks=pytest.mark.slow)])
def test_a_damaged_byte_is_a_named_failure(protocol: str, count: int, pki: Pki) -> None:
    """Wherever it is: in a certificate, in a length, in what is signed or sealed."""
    rng, script = random.Random(11), scripts(pki)[protocol]
    ((_, size),) = observe(script, 443, pki, [Treatment()])
    places = sorted(rng.randrange(size) for _ in range(count))
    treatments = [Treatment(damage=(place, 1 << rng.randrange(8))) for place in places]
    traces = observe(script, 443, pki, treatments, HASTY)
    assert all(name is None or name in FAILURES for trace, _ in traces for name in names(trace))
    failed = [trace for trace, _ in traces if names(trace) != {None}]
    assert len(failed) > count // 2

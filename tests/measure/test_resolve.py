"""Names by every way but DoH: all that arrives is kept, whatever comes first, and nothing raises."""

import asyncio
import socket
import struct
from collections.abc import Callable, Sequence
from typing import NamedTuple

import pytest

from probe.measure.message import Question, Reply
from probe.measure.resolve import MAX_DATAGRAMS, UdpResolver, ask_system, ask_tcp, ask_udp
from probe.measure.trace import Trace
from probe.record import MarkKind, Query
from tests.measure.messages import answer, asked, with_id, with_record
from tests.measure.networks import Lookup, PretendNetwork
from tests.measure.running import run
from tests.measure.servers import (
    LOOPBACK,
    Datagrams,
    Peer,
    Script,
    answering,
    closed_port,
    first_bytes_then,
    serving,
)
from tests.measure.world import ADDRESS, HOST, OTHER, RESOLVER, marks

Send = Callable[[bytes], object]
QUESTION = Question.ask(HOST, "A", 0x4321)
WAITS = (1.0, 0.2)


class Heard(NamedTuple):
    """What a look-up brought: its rows, and the addresses as they were found."""

    reply: Reply | None
    trace: Trace
    found: list[Sequence[str]]

    @property
    def rows(self) -> list[Query]:
        """The answers, one per question."""
        return self.trace.seen.queries


async def over_udp(script: Datagrams, question: Question = QUESTION) -> Heard:
    """Ask a resolver that plays `script`."""
    network, trace, found = PretendNetwork(), Trace(), list[Sequence[str]]()
    async with answering(script) as port:
        network.udp[RESOLVER, 53] = port
        reply = await ask_udp(
            network, UdpResolver(RESOLVER), question, trace, ["depth=0"], WAITS, found.append
        )
    return Heard(reply, trace, found)


async def over_tcp(script: Script) -> Heard:
    """Ask a TCP resolver that plays `script`."""
    network, trace, found = PretendNetwork(), Trace(), list[Sequence[str]]()
    async with serving(script) as server:
        network.tcp[RESOLVER, 53] = server.port
        await ask_tcp(network, UdpResolver(RESOLVER), QUESTION, trace, ["depth=0"], 1.0, found.append)
    return Heard(None, trace, found)


async def by_system(lookup: Lookup, delay: float = 0.0) -> Heard:
    """Ask a system's resolver that says `lookup`."""
    network, trace, found = PretendNetwork(), Trace(), list[Sequence[str]]()
    network.names[HOST], network.delays[HOST] = lookup, delay
    await ask_system(network, HOST, trace, ["classic", "depth=0"], 0.1, found.append)
    assert network.asked == [HOST + "."]
    return Heard(None, trace, found)


def each(*replies: Callable[[bytes], bytes], gap: float = 0.0) -> Datagrams:
    """A resolver that sends all of `replies`, `gap` seconds apart."""

    async def play(wire: bytes, send: Send) -> None:
        for make in replies:
            send(make(wire))
            await asyncio.sleep(gap)

    return play


def true(wire: bytes) -> bytes:
    """The true answer."""
    return answer(wire, ADDRESS)


def forged(wire: bytes) -> bytes:
    """A forger's answer."""
    return answer(wire, OTHER, ttl=300)


def wrong_id(wire: bytes) -> bytes:
    """An answer to a question that was never asked."""
    return with_id(forged(wire), 0x1111)


def junk(_: bytes) -> bytes:
    """Bytes that are no message."""
    return b"\xff\xfe\xfd"


def loop(wire: bytes) -> bytes:
    """A record whose name points to itself."""
    at = len(with_record(wire, b""))
    pointer = (0xC000 | at).to_bytes(2, "big")
    return with_record(wire, pointer + b"\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\x01\x02\x03\x04")


def test_an_honest_answer() -> None:
    """One row with everything OONI's format asks for; the datagram itself beside it."""
    heard = run(over_udp(each(true)))
    (row,) = heard.rows
    assert (row.engine, row.hostname, row.query_type, row.failure, row.rcode) == ("udp", HOST, "A", None, 0)
    assert (row.addresses(), row.resolver_address, row.tags) == ([ADDRESS], f"{RESOLVER}:53", ["depth=0"])
    assert heard.found == [[ADDRESS]]
    assert heard.reply is not None
    assert row.raw_response == heard.reply.raw_response
    assert [event.operation for event in heard.trace.do53.events()] == ["write_to", "read_from"]


def test_forged_first_and_true_later_are_both_kept() -> None:
    """And both are handed on to be tried."""
    heard = run(over_udp(each(forged, true, gap=0.03)))
    assert [row.addresses() for row in heard.rows] == [[OTHER]]
    assert [row.addresses() for row in heard.trace.seen.duplicates] == [[ADDRESS]]
    assert heard.found == [[OTHER], [ADDRESS]]
    first, second = heard.rows[0], heard.trace.seen.duplicates[0]
    assert first.transaction_id == second.transaction_id
    assert (second.t or 0) - (first.t or 0) >= 0.02


@pytest.mark.parametrize(
    ("noise", "failure"),
    [
        (wrong_id, "dns_reply_with_wrong_query_id"),
        (junk, "dns_server_misbehaving"),
        (loop, "dns_server_misbehaving"),
        (lambda _: b"", "dns_server_misbehaving"),
        (lambda wire: wire, "dns_server_misbehaving"),
    ],
)
def test_noise_before_the_answer_does_not_hide_it(noise: Callable[[bytes], bytes], failure: str) -> None:
    """It is kept beside the answer; alone, it names the failure."""
    heard = run(over_udp(each(noise, true)))
    assert [(row.failure, row.addresses()) for row in heard.rows] == [(None, [ADDRESS])]
    assert [(row.failure, row.addresses()) for row in heard.trace.seen.duplicates] == [(failure, [])]
    alone = run(over_udp(each(noise)))
    assert [row.failure for row in alone.rows] == [failure]
    assert alone.reply is None
    assert len(alone.trace.seen.duplicates) == 1


def test_an_answer_of_another_class_does_not_end_the_listening() -> None:
    """A record that looks like an address and is none, and the true answer after it."""

    def chaos(wire: bytes) -> bytes:
        return with_record(wire, b"\xc0\x0c\x00\x01\x00\x03\x00\x00\x00\x3c\x00\x05\x01a\x00\x00\x07")

    heard = run(over_udp(each(chaos, true)))
    assert heard.found == [[], [ADDRESS]]


def test_silence_ends_at_the_deadline() -> None:
    """Nobody answers: one row, and no later than it should be."""

    async def nothing(_: bytes, __: Send) -> None:
        return

    heard = run(over_udp(nothing))
    (row,) = heard.rows
    assert (row.failure, row.answers, row.rcode) == ("generic_timeout_error", None, None)
    assert WAITS[0] - 0.01 <= (row.t or 0) - (row.t0 or 0) < WAITS[0] + 8.0
    assert not heard.found


def test_an_answer_after_the_listening_is_not_heard() -> None:
    """Listening goes on for a while after the first answer, and ends."""
    heard = run(over_udp(each(forged, true, gap=0.35)))
    assert heard.found == [[OTHER]]


def test_a_closed_port_is_refused_at_once() -> None:
    """The kernel hears the ICMP error because the socket is connected."""

    async def scenario() -> Heard:
        network, trace, found = PretendNetwork(), Trace(), list[Sequence[str]]()
        with socket.socket(type=socket.SOCK_DGRAM) as sock:
            sock.bind((LOOPBACK, 0))
            network.udp[RESOLVER, 53] = sock.getsockname()[1]
        await ask_udp(network, UdpResolver(RESOLVER), QUESTION, trace, [], (5.0, 0.1), found.append)
        return Heard(None, trace, found)

    (row,) = run(scenario(), limit=2.0).rows
    assert row.failure == "connection_refused"


def test_a_flood_of_datagrams_is_capped() -> None:
    """A hundred answers: thirty-two are kept, and a mark says so."""
    heard = run(over_udp(each(*[forged] * 100)))
    assert len(heard.rows) + len(heard.trace.seen.duplicates) == MAX_DATAGRAMS
    assert marks(heard.trace, MarkKind.DATAGRAMS_CAPPED) == ["32 datagrams"]


def test_a_flood_of_junk_is_capped_and_named() -> None:
    """The question has no answer, and still has its row."""
    heard = run(over_udp(each(*[junk] * 100)))
    assert [row.failure for row in heard.rows] == ["dns_server_misbehaving"]
    assert len(heard.trace.seen.duplicates) == MAX_DATAGRAMS


def test_more_records_than_are_kept_leave_a_mark() -> None:
    """A forged bomb of addresses."""
    many = [f"198.51.100.{n}" for n in range(100)]
    heard = run(over_udp(each(lambda wire: answer(wire, *many))))
    assert marks(heard.trace, MarkKind.ANSWERS_CAPPED) == ["36 more"]


@pytest.mark.parametrize(
    ("rcode", "failure"), [(2, "dns_servfail_error"), (3, "dns_nxdomain_error"), (5, "dns_refused_error")]
)
def test_a_refusal_of_the_resolver_is_an_answer(rcode: int, failure: str) -> None:
    """With its code, and listening goes on for the truth."""
    heard = run(over_udp(each(lambda wire: answer(wire, rcode=rcode), true)))
    assert [(row.failure, row.rcode) for row in heard.rows] == [(failure, rcode)]
    assert heard.found == [[], [ADDRESS]]


def test_a_cancelled_look_up_leaves_its_row() -> None:
    """What was measured so far is in the trace."""

    async def scenario() -> Trace:
        async def nothing(_: bytes, __: Send) -> None:
            return

        network, trace = PretendNetwork(), Trace()
        async with answering(nothing) as port:
            network.udp[RESOLVER, 53] = port
            network.names[HOST], network.delays[HOST] = [ADDRESS], 5.0
            work = [
                asyncio.create_task(
                    ask_udp(network, UdpResolver(RESOLVER), QUESTION, trace, [], (5.0, 1.0), lambda _: None)
                ),
                asyncio.create_task(ask_system(network, HOST, trace, [], 5.0, lambda _: None)),
            ]
            await asyncio.sleep(0.02)
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)
        return trace

    assert [(row.engine, row.failure) for row in run(scenario()).seen.queries] == [
        ("udp", "interrupted"),
        ("getaddrinfo", "interrupted"),
    ]


@pytest.mark.parametrize(
    ("error", "failure", "number"),
    [
        (socket.gaierror(socket.EAI_NONAME, "x"), "dns_nxdomain_error", socket.EAI_NONAME),
        (socket.gaierror(socket.EAI_AGAIN, "x"), "dns_temporary_failure", socket.EAI_AGAIN),
        (socket.gaierror(socket.EAI_FAIL, "x"), "dns_non_recoverable_failure", socket.EAI_FAIL),
        (socket.gaierror(-5, "x"), "dns_no_answer", -5),
        (socket.gaierror(-99, "x"), "dns_server_misbehaving", -99),
        (UnicodeError("label too long"), "invalid_argument", None),
        (ValueError("embedded null byte"), "invalid_argument", None),
        (OSError(24, "x"), "too_many_files_open", None),
    ],
)
def test_the_system_resolver_fails_by_number(error: Exception, failure: str, number: int | None) -> None:
    """The EAI number stays in the record; its text never gets there."""
    heard = run(by_system(error))
    (row,) = heard.rows
    assert (row.engine, row.query_type, row.failure, row.getaddrinfo_error) == (
        "getaddrinfo",
        "ANY",
        failure,
        number,
    )
    assert row.answers is None
    assert not [ip for found in heard.found for ip in found]


def test_the_system_resolver_answers_in_its_order() -> None:
    """Both families in one row; time to live is not known."""
    (row,) = run(by_system(["2001:db8::1", ADDRESS])).rows
    assert [(one.answer_type, one.ipv6, one.ipv4, one.ttl) for one in row.answers or []] == [
        ("AAAA", "2001:db8::1", None, None),
        ("A", None, ADDRESS, None),
    ]
    assert (row.failure, row.tags) == (None, ["classic", "depth=0"])


def test_the_deadline_of_the_system_resolver_begins_when_it_is_asked() -> None:
    """A wait for our own turn before, however long, is neither a timeout nor a time of the resolver's."""

    async def scenario() -> Trace:
        network, trace = PretendNetwork(), Trace()
        network.names[HOST], network.turns[HOST] = [ADDRESS], 0.3
        await ask_system(network, HOST, trace, [], 0.1, lambda _: None)
        return trace

    trace = run(scenario())
    (row,) = trace.seen.queries
    assert (row.failure, bool(row.answers)) == (None, True)
    assert row.t0 is not None
    assert row.t is not None
    assert row.t0 >= 0.3
    assert row.t - row.t0 < 0.1
    assert min(event.t0 or 0.0 for event in trace.seen.events()) >= 0.3


def test_the_system_resolver_may_say_nothing_or_nothing_in_time() -> None:
    """No address at all, and none before the deadline, are two findings."""
    assert [row.failure for row in run(by_system([])).rows] == ["dns_no_answer"]
    assert [row.failure for row in run(by_system([ADDRESS], delay=5.0)).rows] == ["generic_timeout_error"]


def framed(make: Callable[[bytes], bytes], piece: int = 0, cut: int = 0) -> Script:
    """A TCP resolver: RFC 1035's length before the message; `cut` bytes are left out of its end."""

    async def play(peer: Peer) -> None:
        while len(peer.seen) < 2 or len(peer.seen) < 2 + int.from_bytes(peer.seen[:2], "big"):
            await peer.receive()
        reply = make(peer.seen[2:])
        wire = struct.pack("!H", len(reply)) + reply
        await peer.send(wire[: len(wire) - cut], piece)

    return play


@pytest.mark.parametrize("piece", [0, 1])
def test_tcp_brings_the_whole_answer(piece: int) -> None:
    """In one piece or byte by byte."""
    many = [f"198.51.100.{n}" for n in range(60)]
    heard = run(over_tcp(framed(lambda wire: answer(wire, *many), piece)))
    (row,) = heard.rows
    assert (row.engine, row.failure, row.addresses()) == ("tcp", None, many)
    assert heard.found == [many]


@pytest.mark.parametrize(
    ("script", "failure"),
    [
        (framed(true, cut=1), "eof_error"),
        (framed(wrong_id), "dns_reply_with_wrong_query_id"),
        (framed(junk), "dns_server_misbehaving"),
        (framed(lambda _: b""), "dns_server_misbehaving"),
        (first_bytes_then(b"", "fin"), "eof_error"),
        (first_bytes_then(b"", "reset"), "connection_reset"),
        (first_bytes_then(b"", "hang"), "generic_timeout_error"),
        (first_bytes_then(b"\xff\xffabc", "hang"), "generic_timeout_error"),
    ],
)
def test_tcp_fails_in_every_way(script: Script, failure: str) -> None:
    """One row each, and nothing is found."""
    heard = run(over_tcp(script))
    assert [row.failure for row in heard.rows] == [failure]
    assert not heard.found


def test_tcp_refused() -> None:
    """Many resolvers do not serve TCP."""

    async def scenario() -> Trace:
        network, trace = PretendNetwork(), Trace()
        network.tcp[RESOLVER, 53] = closed_port()
        await ask_tcp(network, UdpResolver(RESOLVER), QUESTION, trace, [], 0.2, lambda _: None)
        return trace

    assert [row.failure for row in run(scenario()).seen.queries] == ["connection_refused"]


def test_the_question_on_the_wire() -> None:
    """What the resolver reads is what was to be asked."""
    heard = list[tuple[str, str]]()

    def note(wire: bytes) -> bytes:
        heard.append(asked(wire))
        return true(wire)

    run(over_udp(each(note)))
    assert heard == [(HOST, "A")]


def test_an_endpoint_is_written_as_ooni_does() -> None:
    """Brackets around IPv6."""
    assert (UdpResolver("9.9.9.9").endpoint, UdpResolver("2620:fe::fe", 5353).endpoint) == (
        "9.9.9.9:53",
        "[2620:fe::fe]:5353",
    )

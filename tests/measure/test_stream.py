"""The live byte stream: what is logged of it, how it ends, and what it leaves behind."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from probe.measure.connect import connect
from probe.measure.handshake import handshake
from probe.measure.stream import READ_SIZE, Stream
from probe.measure.trace import Event, Trace
from tests.measure.certificates import Pki
from tests.measure.running import open_descriptors, run
from tests.measure.servers import Peer, Script, over_tls
from tests.measure.world import ADDRESS, HOST, open_stream, world

Act = Callable[[Stream], Awaitable[object]]


class Notes:
    """A server that sends `data` at once, if there is any, and notes what it hears and how it ends."""

    def __init__(self, data: bytes = b"") -> None:
        self.heard = b""
        self.end = ""
        self._data = data

    async def play(self, peer: Peer) -> None:
        """Listen until the client has left."""
        try:
            if self._data:
                await peer.send(self._data)
            while True:
                self.heard += await peer.receive()
        except (OSError, EOFError) as error:
            self.end = type(error).__name__


async def plain(act: Act, script: Script, pki: Pki) -> tuple[Stream, Trace]:
    """A plain stream to `script` after `act` on it; the server has heard the end of it when this returns."""
    async with world(pki.trust) as here:
        await here.serve(script)
        stream, trace = await open_stream(here.network, f"http://{HOST}/", pki.trust)
        try:
            await act(stream)
        finally:
            stream.close()
        await asyncio.sleep(0.05)
        return stream, trace


async def encrypted(act: Act, script: Script, pki: Pki) -> tuple[Stream, Trace]:
    """The same behind TLS."""
    context = pki.authority.issue(HOST).context(["http/1.1"])
    async with world(pki.trust) as here:
        await here.serve(over_tls(context, script), 443)
        stream, trace = await open_stream(here.network, f"https://{HOST}/", pki.trust)
        try:
            await act(stream)
        finally:
            stream.close()
        await asyncio.sleep(0.05)
        return stream, trace


def events(trace: Trace, operation: str) -> list[Event]:
    """What was logged of one operation."""
    return [event for flow in trace.seen.flows for event in flow.events if event.operation == operation]


WAYS = {"plain": plain, "encrypted": encrypted}


@pytest.mark.parametrize("way", WAYS)
def test_what_is_written_arrives_and_what_is_sent_is_read(way: str, pki: Pki) -> None:
    """Large writes in one piece, reads of at most what was asked for from TLS; nothing is lost."""
    notes, data = Notes(b"answer" * 10_000), b"question" * 100_000
    got = bytearray()

    async def act(stream: Stream) -> None:
        await stream.write(data)
        while len(got) < 60_000:
            got.extend(await stream.read(1000))

    stream, _ = run(WAYS[way](act, notes.play, pki))
    assert bytes(got) == b"answer" * 10_000
    assert notes.heard == data
    assert stream.error is None


def test_every_read_and_write_is_logged_with_its_size_and_time(pki: Pki) -> None:
    """In order, from its start to its end."""
    notes = Notes(b"hello")

    async def act(stream: Stream) -> None:
        await stream.write(b"0123456789")
        await stream.read(READ_SIZE)

    _, trace = run(plain(act, notes.play, pki))
    ((_, t0, t, size, failure),) = events(trace, "write")
    ((_, later, end, answer, trouble),) = events(trace, "read")
    assert (size, failure, answer, trouble) == (10, None, 5, None)
    assert t0 <= t <= later <= end


@pytest.mark.parametrize("way", WAYS)
def test_empty_writes_are_no_event(way: str, pki: Pki) -> None:
    """There are writers of empty strings, httpcore among them."""

    async def act(stream: Stream) -> None:
        before = list(stream.flow.events)
        await stream.write(b"")
        assert stream.flow.events == before

    run(WAYS[way](act, Notes().play, pki))


@pytest.mark.parametrize("way", WAYS)
def test_a_stream_that_went_well_ends_politely(way: str, pki: Pki) -> None:
    """FIN, and TLS's goodbye before it: the server sees an end, not a break."""
    notes = Notes()

    async def act(stream: Stream) -> None:
        await stream.write(b"all")

    run(WAYS[way](act, notes.play, pki))
    assert (notes.heard, notes.end) == (b"all", "EOFError")


def test_tls_says_goodbye(pki: Pki) -> None:
    """An end without it could be anybody's doing; servers log those."""
    heard: list[bytes] = []

    async def play(peer: Peer) -> None:
        while True:
            heard.append(await peer._receive())

    async def act(_: Stream) -> None:
        await asyncio.sleep(0.05)

    run(encrypted(act, play, pki))
    assert [record[:3] for record in heard] == [b"\x17\x03\x03"]  # an alert of TLS 1.3 looks like data


def test_who_has_said_goodbye_first_is_told_nothing_more(pki: Pki) -> None:
    """A server that closed would answer our goodbye with a reset."""
    heard: list[bytes] = []

    async def play(peer: Peer) -> None:
        assert peer._tls is not None
        with suppress(ssl.SSLError):
            peer._tls.unwrap()
        await peer._flush()
        with suppress(EOFError):
            heard.append(await peer._receive())

    async def act(stream: Stream) -> None:
        assert await stream.read(READ_SIZE) == b""

    run(encrypted(act, play, pki))
    assert heard == []


@pytest.mark.parametrize("way", WAYS)
def test_a_stream_that_timed_out_ends_with_a_reset(way: str, pki: Pki) -> None:
    """So that the kernel sends nothing again: any packet restarts a censor's timer."""
    notes = Notes()

    async def act(stream: Stream) -> None:
        await stream.write(b"all")
        await asyncio.sleep(0.05)  # a reset overtakes what was not yet read
        stream.error = TimeoutError()

    run(WAYS[way](act, notes.play, pki))
    assert (notes.heard, notes.end) == (b"all", "ConnectionResetError")


@pytest.mark.parametrize("how", ["fin", "reset"])
def test_what_ended_a_stream_is_kept(how: str, pki: Pki) -> None:
    """The layers above lose the errno; the stream does not."""

    async def play(peer: Peer) -> None:
        await peer.receive()
        await peer.end(how)

    async def act(stream: Stream) -> None:
        await stream.write(b"x")
        if how == "fin":
            assert await stream.read(100) == b""
        else:
            with pytest.raises(ConnectionResetError):
                await stream.read(100)

    stream, trace = run(plain(act, play, pki))
    expected = {"fin": (EOFError, "eof_error"), "reset": (ConnectionResetError, "connection_reset")}[how]
    assert isinstance(stream.error, expected[0])
    assert events(trace, "read")[-1].failure == expected[1]


@pytest.mark.parametrize(("how", "error"), [("notify", EOFError), ("fin", ssl.SSLEOFError)])
def test_the_end_of_an_encrypted_stream_announced_or_not(how: str, error: type[Exception], pki: Pki) -> None:
    """Both are an end; which of the two it was is kept."""

    async def play(peer: Peer) -> None:
        await peer.send(b"last words")
        await peer.end(how)

    async def act(stream: Stream) -> None:
        assert await stream.read(100) == b"last words"
        assert await stream.read(100) == b""

    stream, _ = run(encrypted(act, play, pki))
    assert type(stream.error) is error


def test_a_cancelled_read_is_logged_and_says_nothing_about_the_peer(pki: Pki) -> None:
    """Whoever cancels knows what it means; the stream is as good as before."""
    notes = Notes()

    async def act(stream: Stream) -> None:
        reading = asyncio.create_task(stream.read(100))
        await asyncio.sleep(0.02)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await stream.write(b"still here")

    stream, trace = run(plain(act, notes.play, pki))
    assert stream.error is None
    assert [event.failure for event in events(trace, "read")] == ["interrupted"]
    assert (notes.heard, notes.end) == (b"still here", "EOFError")


@pytest.mark.parametrize("way", WAYS)
def test_closing_twice_is_closing_once(way: str, pki: Pki) -> None:
    """And nothing can be said or heard afterwards, nor does a descriptor stay open."""

    async def act(stream: Stream) -> None:
        await stream.aclose()
        stream.close()
        assert stream.get_extra_info("socket") is None
        with pytest.raises(OSError):  # noqa: PT011 - TLS's own or ours
            await stream.write(b"x")

    before = open_descriptors()
    run(WAYS[way](act, Notes().play, pki))
    assert open_descriptors() == before


def test_closing_on_a_peer_that_is_gone_is_no_error(pki: Pki) -> None:
    """TLS's goodbye to nobody."""

    async def play(peer: Peer) -> None:
        await peer.end("reset")

    async def act(_: Stream) -> None:
        await asyncio.sleep(0.05)

    stream, _ = run(encrypted(act, play, pki))
    assert stream.error is None


def test_garbage_inside_tls_is_an_error_of_tls(pki: Pki) -> None:
    """Not an end, and closed with a reset."""
    ends: list[str] = []

    async def play(peer: Peer) -> None:
        await peer.send_raw(b"HTTP/1.1 403 Forbidden\r\n\r\n")
        try:
            await peer._receive()
            await peer._receive()
        except (OSError, EOFError) as error:
            ends.append(type(error).__name__)

    async def act(stream: Stream) -> None:
        with pytest.raises(ssl.SSLError):
            await stream.read(100)

    stream, _ = run(encrypted(act, play, pki))
    assert isinstance(stream.error, ssl.SSLError)
    assert ends == ["ConnectionResetError"]


def test_what_httpcore_may_ask(pki: Pki) -> None:
    """Whether there is TLS, which socket it is; that idle bytes wait is never claimed; no TLS by its own hand."""

    async def act(stream: Stream) -> None:
        assert stream.get_extra_info("ssl_object") is stream.tls is not None
        assert stream.get_extra_info("socket") is not None
        assert stream.get_extra_info("is_readable") is False
        assert stream.get_extra_info("anything") is None
        with pytest.raises(NotImplementedError):
            await stream.start_tls(pki.trust.context)

    run(encrypted(act, Notes().play, pki))


def test_the_handshake_and_what_follows_share_one_flow(pki: Pki) -> None:
    """One transaction id for all rows and events of a connection, and its first write is the ClientHello."""
    context = pki.authority.issue(HOST).context(["http/1.1"])

    async def scenario() -> tuple[Stream, Trace]:
        async with world(pki.trust) as here:
            await here.serve(over_tls(context, Notes(b"hello").play), 443)
            trace = Trace()
            trace.open_flow(trace.seen, "another", "tcp", [])
            flow = trace.open_flow(trace.seen, f"{ADDRESS}:443", "tcp", ["tag"])
            stream = await connect(here.network, ADDRESS, 443, flow, trace.seen, 1.0)
            assert stream is not None
            assert await handshake(stream, pki.trust.context, HOST, trace.seen, 1.0)
            assert await stream.read(10) == b"hello"
            stream.close()
            return stream, trace

    stream, trace = run(scenario())
    rows = [*trace.seen.tcp_connect, *trace.seen.tls_handshakes, *trace.seen.events()]
    assert {row.transaction_id for row in rows} == {2}
    assert all(row.tags == ["tag"] for row in rows)
    assert stream.first_write == events(trace, "write")[0].num_bytes > 200
    assert stream.head[:2] == b"\x16\x03"

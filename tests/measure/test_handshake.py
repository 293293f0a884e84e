"""TLS with peers that refuse it, break it, or speak something else: a name, what they said, and no time lost."""

import asyncio
import ssl
import time

import pytest

from probe.measure.connect import connect
from probe.measure.handshake import handshake
from probe.measure.trace import Trace
from probe.record import TlsHandshake
from tests.measure.certificates import Pki
from tests.measure.running import open_descriptors, run
from tests.measure.servers import Peer, Script, first_bytes_then, over_tls, reply
from tests.measure.world import ADDRESS, HOST, QUICK, open_stream, requests, unparsed, world

URL = f"https://{ADDRESS}/"
PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage"
BLOCK_PAGE = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 7\r\n\r\nblocked"
IFRAME = b'<html><iframe src="http://10.10.34.36/"></iframe></html>'
FAILED = "ssl_failed_handshake"


def alert(number: int, level: int = 2) -> bytes:
    """An alert record (RFC 8446 §6)."""
    return bytes([0x15, 3, 3, 0, 2, level, number])


def server_hello(alpn: bytes) -> bytes:
    """A ServerHello of TLS 1.2 that chooses `alpn`, whatever was offered (RFC 5246 §7.4.1.3, RFC 7301)."""
    chosen = bytes([len(alpn)]) + alpn
    extensions = b"\xff\x01\x00\x01\x00\x00\x10" + (len(chosen) + 2).to_bytes(2, "big")
    extensions += len(chosen).to_bytes(2, "big") + chosen
    body = b"\x03\x03" + b"R" * 32 + b"\x00\xc0\x2f\x00" + len(extensions).to_bytes(2, "big") + extensions
    message = b"\x02" + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x03" + len(message).to_bytes(2, "big") + message


EVIL: dict[str, tuple[bytes, str, str]] = {
    # what is sent after the ClientHello, how the connection ends, what that is called
    "reset": (b"", "reset", "connection_reset"),
    "fin": (b"", "fin", "eof_error"),
    "silence": (b"", "hang", "generic_timeout_error"),
    "handshake-failure": (alert(40), "fin", FAILED),
    "unrecognized-name": (alert(112), "fin", FAILED),
    "protocol-version": (alert(70), "fin", FAILED),
    "access-denied": (alert(49), "hang", FAILED),
    "unknown-alert": (alert(200), "fin", FAILED),
    "alert-then-reset": (alert(112), "reset", FAILED),
    "warning-then-silence": (alert(112, 1), "hang", "generic_timeout_error"),
    "warnings-without-end": (alert(112, 1) * 100, "hang", FAILED),
    "goodbye": (alert(0, 1), "fin", "eof_error"),
    "alert-cut": (alert(40)[:5], "fin", "eof_error"),
    "record-cut": (b"\x16\x03\x03\x40\x00" + b"\x02" * 40, "fin", "eof_error"),
    "record-promised": (b"\x16\x03\x03\x40\x00\x02", "hang", "generic_timeout_error"),
    "record-too-long": (b"\x16\x03\x03\xff\xff" + b"\x02" * 100, "hang", FAILED),
    "empty-records": (b"\x16\x03\x03\x00\x00" * 100, "hang", FAILED),
    "no-server-hello": (b"\x16\x03\x03\x00\x04\x0e\x00\x00\x00", "hang", FAILED),
    "application-data": (b"\x17\x03\x03\x00\x04abcd", "hang", FAILED),
    "sslv3": (b"\x16\x03\x00\x00\x04\x02\x00\x00\x00", "hang", FAILED),
    "protocol-unasked": (server_hello(b"spdy/3"), "hang", FAILED),
    "protocol-no-text": (server_hello(b"\xff\xfe"), "hang", FAILED),
    "hello-then-reset": (server_hello(b"h2"), "reset", "connection_reset"),
    "hello-then-silence": (server_hello(b"h2"), "hang", "generic_timeout_error"),
}

STRANGE: dict[str, tuple[bytes, str]] = {
    "block-page": (BLOCK_PAGE, "fin"),
    "block-page-then-silence": (BLOCK_PAGE, "hang"),
    "block-page-then-reset": (BLOCK_PAGE, "reset"),
    "bare-iframe": (IFRAME, "fin"),
    "zeros": (b"\x00" * 64, "hang"),
    "ssh": (b"SSH-2.0-OpenSSH_9.6\r\n", "hang"),
    "smtp": (b"220 mail.example ESMTP\r\n", "hang"),
    "long": (b"<" * 5000, "hang"),
    "latin-1": (b"HTTP/1.1 403 Verbot\xe9n\r\n\r\n", "fin"),
}


async def travel(script: Script, pki: Pki) -> Trace:
    """The trace of a journey to `URL`, where `script` answers."""
    async with world(pki.trust) as here:
        await here.serve(script, 443)
        return await here.travel(URL)


def the_handshake(trace: Trace) -> TlsHandshake:
    """The one there is; nothing was said after it."""
    (row,) = trace.seen.tls_handshakes
    assert not requests(trace)
    return row


@pytest.mark.parametrize("name", EVIL)
def test_a_broken_handshake_is_named_by_what_ended_it(name: str, pki: Pki) -> None:
    """And ends in time; what was TLS, or nothing at all, leaves no strange bytes."""
    data, end, failure = EVIL[name]
    begin = time.monotonic()
    trace = run(travel(first_bytes_then(data, end), pki))
    row = the_handshake(trace)
    assert (row.failure, row.peer_certificates, row.tls_version, row.cipher_suite) == (failure, None, "", "")
    assert not unparsed(trace)
    assert time.monotonic() - begin < QUICK.tls + 8.0


@pytest.mark.parametrize("name", STRANGE)
def test_an_answer_that_is_not_tls_is_kept(name: str, pki: Pki) -> None:
    """A block page in plain text is the finding itself: its first 2 KiB are in the record, with their flow."""
    data, end = STRANGE[name]
    trace = run(travel(first_bytes_then(data, end), pki))
    row = the_handshake(trace)
    assert row.failure == FAILED
    assert unparsed(trace) == [data[:2048]]
    assert trace.unparsed[0].transaction_id == row.transaction_id


def test_nothing_but_a_client_hello_is_said_to_a_peer_that_says_nothing(pki: Pki) -> None:
    """Its length is in the record; the flow is closed with a reset, so that nothing is sent again."""
    heard: list[bytes] = []

    async def play(peer: Peer) -> None:
        try:
            while True:
                heard.append(await peer.receive())
        except OSError as error:
            heard.append(type(error).__name__.encode())
            raise

    trace = run(travel(play, pki))
    hello, end = heard
    assert (hello[:3], end) == (b"\x16\x03\x01", b"ConnectionResetError")
    assert trace.client_hello_bytes == len(hello)
    assert HOST.encode() not in hello


@pytest.mark.parametrize(("protocol", "http"), [("h2", "h2"), ("http/1.1", "http/1.1"), (None, "")])
@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_what_was_agreed_on_is_recorded(protocol: str | None, http: str, version: str, pki: Pki) -> None:
    """Version, cipher, protocol and chain; a server without ALPN is a server."""
    identity = pki.authority.issue(HOST)
    context = identity.context([protocol] if protocol else [])
    context.maximum_version = ssl.TLSVersion[version.replace(".", "_")]

    async def scenario() -> Trace:
        async with world(pki.trust) as here:
            await here.serve(over_tls(context, reply(PAGE)), 443)
            stream, trace = await open_stream(here.network, f"https://{HOST}/", pki.trust)
            stream.close()
            return trace

    trace = run(scenario())
    row = the_handshake(trace)
    assert (row.failure, row.tls_version, row.negotiated_protocol) == (None, version, http)
    assert (row.server_name, row.address, row.network) == (HOST, f"{ADDRESS}:443", "tcp")
    assert row.cipher_suite
    assert row.no_tls_verify is False
    assert len(row.peer_certificates or []) == 2
    operations = [event.operation for event in trace.seen.events()]
    assert operations[:3] == ["connect", "tls_handshake_start", "write"]
    assert "tls_handshake_done" in operations


@pytest.mark.parametrize("name", [".example.org", "a" * 300 + ".example", "\udcff.example"])
def test_names_that_tls_cannot_carry(name: str, pki: Pki) -> None:
    """A failure of our own, and not a byte on the wire."""

    async def scenario() -> Trace:
        async with world(pki.trust) as here:
            await here.serve(first_bytes_then(b"", "hang"))
            stream, trace = await open_stream(here.network, f"http://{HOST}/", pki.trust)
            assert not await handshake(stream, pki.trust.context, name, trace.seen, 1.0)
            return trace

    trace = run(scenario())
    assert the_handshake(trace).failure == "invalid_argument"
    assert "write" not in [event.operation for event in trace.seen.events()]


def test_a_cancelled_handshake_leaves_its_row(pki: Pki) -> None:
    """Interrupted, by us; and no socket stays open."""

    async def scenario() -> Trace:
        async with world(pki.trust) as here:
            await here.serve(first_bytes_then(b"", "hang"))
            stream, trace = await open_stream(here.network, f"http://{HOST}/", pki.trust)
            work = asyncio.create_task(handshake(stream, pki.trust.context, HOST, trace.seen, 5.0))
            await asyncio.sleep(0.05)
            work.cancel()
            with pytest.raises(asyncio.CancelledError):
                await work
            return trace

    before = open_descriptors()
    trace = run(scenario())
    assert the_handshake(trace).failure == "interrupted"
    assert [event.failure for event in trace.seen.events() if event.operation == "read"] == ["interrupted"]
    assert open_descriptors() == before


def test_a_peer_that_dribbles_its_handshake_is_given_up_on(pki: Pki) -> None:
    """One byte every ten milliseconds: the deadline is of the whole handshake, not of each read."""

    async def play(peer: Peer) -> None:
        await peer.receive()
        for byte in server_hello(b"h2"):
            await peer.send(bytes([byte]))
            await asyncio.sleep(0.01)

    begin = time.monotonic()
    assert the_handshake(run(travel(play, pki))).failure == "generic_timeout_error"
    assert time.monotonic() - begin < QUICK.tls + 8.0


def test_a_peer_that_asks_for_a_certificate_of_ours_gets_none(pki: Pki) -> None:
    """The volunteer has none; whether the server then breaks off is its own affair."""
    context = pki.authority.issue(ADDRESS).context(["http/1.1"])
    context.verify_mode = ssl.CERT_OPTIONAL
    trace = run(travel(over_tls(context, reply(PAGE)), pki))
    assert [row.failure for row in trace.seen.tls_handshakes] == [None]
    assert [row.response.code for row in requests(trace) if row.response] == [200]


def test_connecting_alone_says_nothing(pki: Pki) -> None:
    """A TLS check of a flow that was refused is no row at all."""

    async def scenario() -> Trace:
        async with world(pki.trust) as here:
            trace = Trace()
            flow = trace.open_flow(trace.seen, f"{ADDRESS}:443", "tcp", [])
            assert await connect(here.network, ADDRESS, 443, flow, trace.seen, 1.0) is None
            return await here.travel(URL)

    trace = run(scenario())
    assert [row.status.failure for row in trace.seen.tcp_connect] == ["connection_refused"]
    assert not trace.seen.tls_handshakes
    assert not requests(trace)

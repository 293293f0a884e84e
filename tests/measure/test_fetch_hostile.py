"""Web servers that break HTTP in every way seen in the wild: what is recorded of each, and how it fails."""

import pytest

from probe.measure.trace import Trace
from probe.record import MarkKind
from tests.measure.certificates import Pki
from tests.measure.running import run
from tests.measure.servers import Peer, Script, over_tls, reply
from tests.measure.world import ADDRESS, HOST, fetch_from, marks, outcome, requests, unparsed, world

URL = f"http://{ADDRESS}/"
OK = b"HTTP/1.1 200 OK\r\n"
SEVEN = b"Content-Length: 7\r\n\r\nblocked"
REFUSED = "http_request_failed"

Outcome = tuple[str | None, int | None, bytes]

READABLE: dict[str, tuple[bytes, str, Outcome]] = {
    "ok": (OK + SEVEN, "fin", (None, 200, b"blocked")),
    "no-reason-phrase": (b"HTTP/1.1 200\r\n" + SEVEN, "fin", (None, 200, b"blocked")),
    "lf-only": (b"HTTP/1.1 200 OK\nContent-Length: 7\n\nblocked", "fin", (None, 200, b"blocked")),
    "no-length": (OK + b"\r\nblocked", "fin", (None, 200, b"blocked")),
    "no-length-reset": (OK + b"\r\nblocked", "reset", ("connection_reset", 200, b"blocked")),
    "early-close": (OK + b"Content-Length: 100\r\n\r\nblocked", "fin", ("eof_error", 200, b"blocked")),
    "early-reset": (
        OK + b"Content-Length: 100\r\n\r\nblocked",
        "reset",
        ("connection_reset", 200, b"blocked"),
    ),
    "early-silence": (
        OK + b"Content-Length: 100\r\n\r\nblocked",
        "hang",
        ("generic_timeout_error", 200, b"blocked"),
    ),
    "status-600": (b"HTTP/1.1 600 Nope\r\n" + SEVEN, "fin", (None, 600, b"blocked")),
    "continue-first": (b"HTTP/1.1 100 Continue\r\n\r\n" + OK + SEVEN, "fin", (None, 200, b"blocked")),
    "bad-chunk": (
        OK + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\nblocked\r\n0\r\n\r\n",
        "fin",
        (REFUSED, 200, b""),
    ),
    "second-chunk-bad": (
        OK + b"Transfer-Encoding: chunked\r\n\r\n7\r\nblocked\r\nZZ\r\n",
        "hang",
        (REFUSED, 200, b"blocked"),
    ),
    "chunks-cut": (
        OK + b"Transfer-Encoding: chunked\r\n\r\n7\r\nblocked\r\n",
        "fin",
        ("eof_error", 200, b"blocked"),
    ),
    "chunked-and-length": (
        OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n7\r\nblocked\r\n0\r\n\r\n",
        "fin",
        (None, 200, b"blocked"),
    ),
    "no-gzip": (OK + b"Content-Encoding: gzip\r\n" + SEVEN, "fin", (None, 200, b"blocked")),
    "folded-header": (OK + b"Server: a\r\n b\r\n" + SEVEN, "fin", (None, 200, b"blocked")),
    "header-8-bit": (OK + b"Server: \xe9\xff\r\n" + SEVEN, "fin", (None, 200, b"blocked")),
    "same-length-twice": (OK + b"Content-Length: 7\r\n" + SEVEN, "fin", (None, 200, b"blocked")),
    "control-in-header": (OK + b"Server: a\x01b\r\n" + SEVEN, "fin", (None, 200, b"blocked")),
    "no-content": (b"HTTP/1.1 204 No Content\r\n\r\n", "fin", (None, 204, b"")),
    "not-modified": (b"HTTP/1.1 304 Not Modified\r\n" + SEVEN, "fin", (None, 304, b"")),
    "body-beyond-length": (OK + b"Content-Length: 3\r\n\r\nblocked", "fin", (None, 200, b"blo")),
    "http-1.0": (b"HTTP/1.0 403 Forbidden\r\n\r\nblocked", "fin", (None, 403, b"blocked")),
    "http-1.2": (b"HTTP/1.2 200 OK\r\n" + SEVEN, "fin", (None, 200, b"blocked")),
    "http-2.0": (b"HTTP/2.0 200 OK\r\n" + SEVEN, "fin", (None, 200, b"blocked")),
}

UNREADABLE: dict[str, tuple[bytes, str, str]] = {
    "two-lengths": (OK + b"Content-Length: 8\r\n" + SEVEN, "fin", REFUSED),
    "negative-length": (OK + b"Content-Length: -1\r\n\r\nblocked", "fin", REFUSED),
    "bad-header-name": (OK + b"X Bad Name: 1\r\n" + SEVEN, "fin", REFUSED),
    "header-without-colon": (OK + b"garbage line\r\n" + SEVEN, "fin", REFUSED),
    "icy": (b"ICY 200 OK\r\n" + SEVEN, "fin", REFUSED),
    "status-1000": (b"HTTP/1.1 1000 OK\r\n" + SEVEN, "fin", REFUSED),
    "unknown-coding": (OK + b"Transfer-Encoding: lzw\r\n" + SEVEN, "fin", REFUSED),
    "empty-line-first": (b"\r\n" + OK + SEVEN, "fin", REFUSED),
    "switching-unasked": (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nblocked", "fin", REFUSED),
    "ssh": (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "hang", REFUSED),
    "binary": (b"\x00\x01\x02\xff" * 16, "hang", REFUSED),
    "tls-alert": (b"\x15\x03\x03\x00\x02\x02\x28", "fin", REFUSED),
    "http-0.9": (b"<html>blocked</html>", "fin", "eof_error"),
    "http-0.9-silence": (b"<html>blocked</html>", "hang", "generic_timeout_error"),
    "http-0.9-reset": (b"<html>blocked</html>", "reset", "connection_reset"),
    "headers-cut": (OK + b"Server: x\r\n", "fin", "eof_error"),
}

NOTHING = {"fin": "eof_error", "reset": "connection_reset", "hang": "generic_timeout_error"}


@pytest.mark.parametrize("name", READABLE)
def test_a_readable_answer_is_kept_as_far_as_it_came(name: str, pki: Pki) -> None:
    """Status and what came of the body are in the record, whatever ended them."""
    data, end, expected = READABLE[name]
    trace = run(_travel(reply(data, end), pki))
    assert [outcome(row) for row in requests(trace)] == [expected]
    assert not unparsed(trace)


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_unreadable_answer_leaves_its_first_bytes(name: str, pki: Pki) -> None:
    """What is no HTTP has no status, and is kept as it came: block pages come in every form."""
    data, end, failure = UNREADABLE[name]
    trace = run(_travel(reply(data, end), pki))
    assert [outcome(row) for row in requests(trace)] == [(failure, None, b"")]
    assert unparsed(trace) == [data]
    assert trace.unparsed[0].transaction_id == requests(trace)[0].transaction_id


@pytest.mark.parametrize("end", NOTHING)
def test_no_answer_at_all_is_named_by_how_it_ended(end: str, pki: Pki) -> None:
    """FIN, reset and silence after the request are three different findings, and leave nothing to keep."""
    trace = run(_travel(reply(b"", end), pki))
    assert [outcome(row) for row in requests(trace)] == [(NOTHING[end], None, b"")]
    assert not unparsed(trace)


TLS_ENDS: dict[str, tuple[bytes, str, Outcome]] = {
    "full-without-goodbye": (OK + SEVEN, "fin", (None, 200, b"blocked")),
    "no-length-without-goodbye": (OK + b"\r\nblocked", "fin", (None, 200, b"blocked")),
    "no-length-with-goodbye": (OK + b"\r\nblocked", "notify", (None, 200, b"blocked")),
    "short-without-goodbye": (
        OK + b"Content-Length: 70\r\n\r\nblocked",
        "fin",
        ("eof_error", 200, b"blocked"),
    ),
    "short-with-goodbye": (
        OK + b"Content-Length: 70\r\n\r\nblocked",
        "notify",
        ("eof_error", 200, b"blocked"),
    ),
    "short-reset": (
        OK + b"Content-Length: 70\r\n\r\nblocked",
        "reset",
        ("connection_reset", 200, b"blocked"),
    ),
    "nothing-reset": (b"", "reset", ("connection_reset", None, b"")),
    "nothing-fin": (b"", "fin", ("eof_error", None, b"")),
    "nothing-goodbye": (b"", "notify", ("eof_error", None, b"")),
    "nothing-silence": (b"", "hang", ("generic_timeout_error", None, b"")),
    "no-http": (b"SSH-2.0-x\r\n\r\n", "hang", (REFUSED, None, b"")),
}


@pytest.mark.parametrize("name", TLS_ENDS)
def test_the_same_ends_inside_tls(name: str, pki: Pki) -> None:
    """TLS in between changes no name."""
    data, end, expected = TLS_ENDS[name]
    context = pki.authority.issue(HOST).context(["http/1.1"])
    script = over_tls(context, reply(data, end))
    _, trace = run(fetch_from(script, f"https://{HOST}/", pki.trust, deadline=0.3))
    assert [outcome(row) for row in requests(trace)] == [expected]


def test_garbage_between_tls_records_is_a_broken_stream(pki: Pki) -> None:
    """Bytes of somebody else inside an encrypted stream."""
    context = pki.authority.issue(HOST).context(["http/1.1"])

    async def scenario() -> Outcome:
        async def play(peer: Peer) -> None:
            await peer.encrypt(context)
            await peer.request()
            await peer.send_raw(b"HTTP/1.1 403 Forbidden\r\n\r\n")
            await peer.end("hang")

        _, trace = await fetch_from(play, f"https://{HOST}/", pki.trust, deadline=0.3)
        return outcome(requests(trace)[0])

    assert run(scenario()) == ("ssl_failed_handshake", None, b"")


def test_a_body_that_cannot_be_decoded_is_marked(pki: Pki) -> None:
    """The bytes stay as they came, and the record says so."""
    trace = run(_travel(reply(OK + b"Content-Encoding: gzip\r\n" + SEVEN), pki))
    assert marks(trace, MarkKind.BODY_NOT_DECODED) == ["gzip: error"]


def test_headers_without_end_are_given_up_on(pki: Pki) -> None:
    """Headers of more than 100 kB are refused, and their beginning is kept."""
    trace = run(_travel(reply(OK + b"X: " + b"a" * 150_000 + b"\r\n" + SEVEN), pki))
    assert [outcome(row) for row in requests(trace)] == [(REFUSED, None, b"")]
    assert unparsed(trace) == [(OK + b"X: " + b"a" * 2048)[:2048]]


async def _travel(script: Script, pki: Pki) -> Trace:
    async with world(pki.trust) as here:
        await here.serve(script)
        return await here.travel(URL)

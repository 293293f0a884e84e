"""The lab's HTTP servers by themselves: they serve, and a hostile client costs bounded time and memory."""

import asyncio
from collections.abc import Iterable

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.settings
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probe.lab.http1 import serve
from probe.lab.http2 import Http2Server
from probe.lab.web import MAX_BODY, Request, Response

PAGE = Response(200, {"Content-Type": "text/html"}, b"<p>page</p>" * 1000)
PATIENCE = 5.0


class Script:
    """A wire whose client says what it is told, then ends; keeps what it is told in turn."""

    def __init__(self, said: Iterable[bytes]) -> None:
        self._said = iter(said)
        self.heard = b""
        self.reads = 0

    async def read(self) -> bytes:
        """The next piece."""
        self.reads += 1
        await asyncio.sleep(0)
        return next(self._said, b"")

    async def write(self, data: bytes) -> None:
        """Keep it."""
        self.heard += data


class Web:
    """Answers every request with one response, and keeps the requests."""

    def __init__(self, response: Response | None = PAGE) -> None:
        self.response = response
        self.asked: list[Request] = []

    async def __call__(self, request: Request) -> Response | None:
        """The response."""
        self.asked.append(request)
        return self.response


def http1(*said: bytes, web: Web | None = None) -> Script:
    """What a client hears over HTTP/1.1."""

    async def bounded() -> None:
        async with asyncio.timeout(PATIENCE):
            await serve(wire, web or Web())

    wire = Script(said)
    asyncio.run(bounded())
    return wire


def http2(*said: bytes, web: Web | None = None) -> Script:
    """What a client hears over HTTP/2."""

    async def bounded() -> None:
        async with asyncio.timeout(PATIENCE):
            await Http2Server(wire, web or Web()).serve()

    wire = Script(said)
    asyncio.run(bounded())
    return wire


GET = b"GET /a?b HTTP/1.1\r\nHost: www.example.org\r\nX-Odd: \xff\r\n\r\n"


def test_http1_request_and_response() -> None:
    """Method, host, target, headers in lower case; status, headers, length and body."""
    wire = http1(GET, web=(web := Web()))
    (request,) = web.asked
    assert (request.method, request.host, request.target) == ("GET", "www.example.org", "/a?b")
    assert request.headers["x-odd"] == "\xff"
    head, _, body = wire.heard.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert b"Content-Length: 11000" in head
    assert body == PAGE.body


def test_http1_request_in_any_pieces() -> None:
    """Byte by byte it is the same request."""
    wire = http1(*(GET[at : at + 1] for at in range(len(GET))), web=(web := Web()))
    assert len(web.asked) == 1
    assert wire.heard.startswith(b"HTTP/1.1 200 ")


def test_http1_connection_is_kept_and_pipelines() -> None:
    """One request after the other, as long as the client wants."""
    assert http1(GET, GET + GET).heard.count(b"HTTP/1.1 200 ") == 3
    closing = GET.replace(b"X-Odd: \xff", b"Connection: close")
    assert http1(closing, GET).heard.count(b"HTTP/1.1 200 ") == 1


def test_http1_head_has_no_body() -> None:
    """But its length."""
    wire = http1(GET.replace(b"GET", b"HEAD"))
    assert wire.heard.endswith(b"\r\n\r\n")
    assert b"Content-Length: 11000" in wire.heard


def test_http1_body_is_capped() -> None:
    """A longer one is read to its end and cut."""
    size = 3 * MAX_BODY
    post = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n".encode()
    http1(post, *[b"x" * 4096] * (size // 4096), web=(web := Web()))
    assert len(web.asked[0].body) == MAX_BODY


def test_no_answer_ends_the_connection() -> None:
    """None means that the connection was dealt with."""
    wire = http1(GET, GET, web=(web := Web(None)))
    assert (len(web.asked), wire.heard) == (1, b"")


@pytest.mark.parametrize(
    "said",
    [
        b"\x00\x01\x02\x03\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_http1_broken_request(said: bytes) -> None:
    """No exception and no answer."""
    assert http1(said).heard == b""


def test_http1_headers_without_end() -> None:
    """Given up at a bound, whatever is still to come."""
    wire = http1(b"GET / HTTP/1.1\r\nHost: x\r\n", *[b"A: " + b"b" * 4000 + b"\r\n"] * 1000)
    assert wire.heard == b""
    assert wire.reads < 50


@given(st.lists(st.binary(max_size=200), max_size=8))
def test_http1_any_bytes(said: list[bytes]) -> None:
    """Never an exception."""
    wire = http1(*said)
    assert wire.heard == b"" or wire.heard.startswith(b"HTTP/1.1 ")


class Client:
    """The client's side of HTTP/2, without a socket."""

    def __init__(self, *, validate: bool = True) -> None:
        config = h2.config.H2Configuration(
            header_encoding="utf-8", validate_outbound_headers=validate, normalize_outbound_headers=validate
        )
        self.state = h2.connection.H2Connection(config)
        self.state.initiate_connection()

    def request(self, stream: int, *, end: bool = True) -> None:
        """Ask for a page."""
        headers = [
            (":method", "GET"),
            (":scheme", "https"),
            (":authority", "www.example.org"),
            (":path", "/a?b"),
        ]
        self.state.send_headers(stream, headers, end_stream=end)

    def say(self) -> bytes:
        """What there is to send."""
        return self.state.data_to_send()

    def hear(self, wire: Script) -> dict[int, tuple[str, bytes]]:
        """Status and body by stream."""
        found: dict[int, tuple[str, bytes]] = {}
        for event in self.state.receive_data(wire.heard):
            if isinstance(event, h2.events.ResponseReceived):
                headers = {str(name): str(value) for name, value in event.headers or ()}
                found[event.stream_id or 0] = (headers[":status"], b"")
            elif isinstance(event, h2.events.DataReceived):
                status, body = found[event.stream_id or 0]
                found[event.stream_id or 0] = (status, body + (event.data or b""))
        return found


def test_http2_request_and_response() -> None:
    """Several streams of one connection, each with its own answer."""
    client = Client()
    for stream in (1, 3, 5):
        client.request(stream)
    wire = http2(client.say(), web=(web := Web()))
    assert {(asked.method, asked.host, asked.target) for asked in web.asked} == {
        ("GET", "www.example.org", "/a?b")
    }
    assert client.hear(wire) == dict.fromkeys((1, 3, 5), ("200", PAGE.body))


def test_http2_body_is_capped() -> None:
    """Kept up to the bound, taken to its end."""
    client = Client()
    client.request(1, end=False)
    said = [client.say()]
    for _ in range(3):
        client.state.send_data(1, b"x" * 16_000)
        said.append(client.say())
    client.state.end_stream(1)
    http2(*said, client.say(), web=(web := Web()))
    assert len(web.asked[0].body) == 48_000 < MAX_BODY


def test_http2_host_header_in_place_of_authority() -> None:
    """RFC 9113 §8.3.1: either will do."""
    client = Client(validate=False)
    headers = [(":method", "GET"), (":scheme", "https"), (":path", "/"), ("host", "www.example.org")]
    client.state.send_headers(1, headers, end_stream=True)
    http2(client.say(), web=(web := Web()))
    assert [asked.host for asked in web.asked] == ["www.example.org"]


def test_http2_connect_and_odd_header_bytes() -> None:
    """A request without a path, and headers that are no UTF-8: served, or refused, without an exception."""
    client = Client(validate=False)
    client.state.send_headers(1, [(":method", "CONNECT"), (":authority", "x:443")], end_stream=True)
    assert http2(client.say()).heard
    client = Client(validate=False)
    client.state.send_headers(
        1,
        [
            (b":method", b"GET"),
            (b":scheme", b"https"),
            (b":authority", b"x"),
            (b":path", b"/"),
            (b"x-odd", b"\xff"),
        ],
        end_stream=True,
    )
    http2(client.say(), web=(web := Web()))
    assert web.asked[0].headers["x-odd"] == "\xff"


def test_http2_a_cancelled_request_does_not_end_the_others() -> None:
    """Reset before its answer went out: the next stream is served all the same."""
    client = Client()
    client.request(1)
    client.state.reset_stream(1, h2.errors.ErrorCodes.CANCEL)
    client.request(3)
    assert client.hear(http2(client.say())) == {3: ("200", PAGE.body)}


def test_http2_rapid_reset_leaves_nothing() -> None:
    """Two thousand requests begun and cancelled are forgotten one by one."""
    client, said = Client(), []
    for number in range(2_000):
        client.request(2 * number + 1, end=False)
        said.append(client.say())
        client.state.reset_stream(2 * number + 1)
        said.append(client.say())

    async def play() -> Http2Server:
        server = Http2Server(Script(said), Web())
        await server.serve()
        return server

    assert asyncio.run(play())._open == {}


def test_http2_more_streams_than_allowed() -> None:
    """The connection ends, not the lab."""
    client = Client()
    client.state.update_settings({h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: 1000})
    client.state.remote_settings.max_concurrent_streams = 1000
    client.state.remote_settings.acknowledge()
    for number in range(500):
        client.request(2 * number + 1, end=False)
    wire = http2(client.say(), web=(web := Web()))
    assert web.asked == []
    assert wire.heard


def test_http2_a_client_without_a_window() -> None:
    """Who takes no bytes gets none, and the connection ends."""
    client = Client()
    client.state.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 0})
    client.request(1)
    wire = http2(client.say())
    assert len(wire.heard) < 1000


@given(st.lists(st.binary(max_size=200), max_size=8), st.booleans())
@settings(max_examples=200)
def test_http2_any_bytes(said: list[bytes], begun: bool) -> None:  # noqa: FBT001
    """Never an exception, whether the connection began as it should or not."""
    client = Client()
    client.request(1)
    wire = http2(*([client.say()] if begun else []), *said)
    assert wire.heard

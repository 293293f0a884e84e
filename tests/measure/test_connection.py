"""The transports by themselves: what leaves in which write, and what a stream can carry after an answer."""

import asyncio
from collections.abc import Awaitable, Callable

import h11
import httpx
import pytest

from probe.measure.connection import MAX_HEAD, Http1, Http2, transport_over
from probe.measure.stream import Stream
from probe.record import Operation
from tests.measure.certificates import Pki
from tests.measure.running import run
from tests.measure.servers import Peer, Script
from tests.measure.world import HOST, open_stream, world

URL = f"http://{HOST}/path?a=b"
Act = Callable[[Stream, Http1], Awaitable[None]]


async def over(script: Script, act: Act, pki: Pki) -> Stream:
    """The stream after `act` on it and its HTTP/1.1 transport."""
    async with world(pki.trust) as here:
        await here.serve(script)
        stream, _ = await open_stream(here.network, URL, pki.trust)
        transport = transport_over(stream, httpx.URL(URL))
        assert isinstance(transport, Http1)
        try:
            await act(stream, transport)
        finally:
            stream.close()
        return stream


async def body_of(response: httpx.Response) -> bytes:
    """All of it, and the response closed."""
    data = b"".join([chunk async for chunk in response.stream])  # type: ignore[union-attr]
    await response.stream.aclose()  # type: ignore[union-attr]
    return data


def saying(*answers: bytes) -> Script:
    """A server with one answer for each request."""

    async def play(peer: Peer) -> None:
        for answer in answers:
            await peer.request()
            await peer.send(answer)
        await peer.end("hang")

    return play


def sized(body: bytes, *more: bytes) -> bytes:
    """An answer of known length."""
    return b"\r\n".join([b"HTTP/1.1 200 OK", *more, b"Content-Length: %d" % len(body), b"", body])


def test_a_request_with_a_body_leaves_in_one_write(pki: Pki) -> None:
    """As browsers send it: a censor that looks at the first packet sees what it would see of them."""
    heard: list[bytes] = []

    async def play(peer: Peer) -> None:
        heard.append(await peer.receive())
        await peer.send(sized(b""))

    async def act(_: Stream, transport: Http1) -> None:
        request = httpx.Request("POST", URL, content=b"body")
        await body_of(await transport.handle_async_request(request))

    stream = run(over(play, act, pki))
    head, _, body = heard[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /path?a=b HTTP/1.1\r\n")
    assert b"Host: " + HOST.encode() in head
    assert b"Content-Length: 4" in head
    assert body == b"body"
    assert [event.operation for event in stream.flow.events].count(Operation.WRITE) == 1


def test_one_stream_carries_one_request_after_the_other(pki: Pki) -> None:
    """For as long as both sides keep it."""

    async def act(_: Stream, transport: Http1) -> None:
        for text in (b"one", b"two", b"three"):
            response = await transport.handle_async_request(httpx.Request("GET", URL))
            assert (response.status_code, await body_of(response)) == (200, text)

    run(over(saying(sized(b"one"), sized(b"two"), sized(b"three")), act, pki))


@pytest.mark.parametrize(
    "answer",
    [
        sized(b"last", b"Connection: close"),
        b"HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nlast",
    ],
)
def test_a_stream_that_the_server_will_not_keep_takes_no_other_request(answer: bytes, pki: Pki) -> None:
    """Whoever has one must open another."""

    async def act(_: Stream, transport: Http1) -> None:
        response = await transport.handle_async_request(httpx.Request("GET", URL))
        assert await body_of(response) == b"last"
        with pytest.raises((OSError, h11.LocalProtocolError)):
            await transport.handle_async_request(httpx.Request("GET", URL))

    run(over(saying(answer), act, pki))


def test_an_answer_that_is_left_half_read_spoils_the_stream(pki: Pki) -> None:
    """What is left of it would be taken for the next answer."""

    async def act(_: Stream, transport: Http1) -> None:
        response = await transport.handle_async_request(httpx.Request("GET", URL))
        await response.stream.aclose()  # type: ignore[union-attr]
        with pytest.raises(h11.ProtocolError):
            await transport.handle_async_request(httpx.Request("GET", URL))

    run(over(saying(sized(b"x" * 100)), act, pki))


@pytest.mark.parametrize("late", [b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n", b""])
def test_what_came_while_nothing_was_asked_is_no_answer(late: bytes, pki: Pki) -> None:
    """A server that gives up an idle connection says so, or just leaves."""

    async def play(peer: Peer) -> None:
        await peer.request()
        await peer.send(sized(b"one"))
        await asyncio.sleep(0.02)
        if late:
            await peer.send(late)
            await peer.end("hang")
        await peer.end("fin")

    async def act(stream: Stream, transport: Http1) -> None:
        assert await body_of(await transport.handle_async_request(httpx.Request("GET", URL))) == b"one"
        await asyncio.sleep(0.08)
        before = len(stream.flow.events)
        with pytest.raises(h11.RemoteProtocolError):
            await transport.handle_async_request(httpx.Request("GET", URL))
        assert len(stream.flow.events) == before

    run(over(play, act, pki))


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
def test_answers_without_a_body_end_with_their_head(status: bytes, pki: Pki) -> None:
    """Whatever length they claim."""

    async def act(_: Stream, transport: Http1) -> None:
        for _turn in range(2):
            response = await transport.handle_async_request(httpx.Request("GET", URL))
            assert await body_of(response) == b""

    bare = b"HTTP/1.1 " + status + b"\r\n\r\n"
    run(over(saying(bare, bare), act, pki))


def test_the_answer_to_head_has_no_body(pki: Pki) -> None:
    """Though it tells its length."""

    async def act(_: Stream, transport: Http1) -> None:
        response = await transport.handle_async_request(httpx.Request("HEAD", URL))
        assert await body_of(response) == b""

    run(over(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"), act, pki))


def test_what_follows_an_answer_is_not_read_as_another(pki: Pki) -> None:
    """An injected page behind the true one, in the same packet."""

    async def act(_: Stream, transport: Http1) -> None:
        response = await transport.handle_async_request(httpx.Request("GET", URL))
        assert await body_of(response) == b"true"
        with pytest.raises(h11.RemoteProtocolError):
            await transport.handle_async_request(httpx.Request("GET", URL))

    run(over(saying(sized(b"true") + sized(b"false", b"Set-Cookie: a=b")), act, pki))


def test_interim_answers_are_passed_over_and_headers_keep_their_spelling(pki: Pki) -> None:
    """100 and 103 before the real one."""
    hints = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"

    async def act(_: Stream, transport: Http1) -> None:
        response = await transport.handle_async_request(httpx.Request("GET", URL))
        assert response.status_code == 200
        assert (b"X-OdD", b"1") in response.headers.raw
        assert await body_of(response) == b"ok"

    run(over(saying(hints + sized(b"ok", b"X-OdD: 1")), act, pki))


def test_a_head_without_end_is_given_up_on(pki: Pki) -> None:
    """After as much as any server sends."""

    async def play(peer: Peer) -> None:
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * (MAX_HEAD // 6 + 100))
        await peer.end("hang")

    async def act(_: Stream, transport: Http1) -> None:
        with pytest.raises(h11.RemoteProtocolError):
            await transport.handle_async_request(httpx.Request("GET", URL))

    run(over(play, act, pki))


def test_a_server_that_leaves_without_a_word(pki: Pki) -> None:
    """Is a broken protocol here, and an end of the stream to whoever looks there."""

    async def play(peer: Peer) -> None:
        await peer.request()
        await peer.end("fin")

    async def act(_: Stream, transport: Http1) -> None:
        with pytest.raises(h11.RemoteProtocolError):
            await transport.handle_async_request(httpx.Request("GET", URL))

    stream = run(over(play, act, pki))
    assert isinstance(stream.error, EOFError)


def test_alpn_decides_which_transport(pki: Pki) -> None:
    """Plain streams speak HTTP/1.1."""

    async def scenario(protocols: list[str]) -> type[Http1 | Http2]:
        context = pki.authority.issue(HOST).context(protocols)

        async def play(peer: Peer) -> None:
            await peer.encrypt(context)
            await peer.end("hang")

        async with world(pki.trust) as here:
            await here.serve(play, 443)
            url = f"https://{HOST}/"
            stream, _ = await open_stream(here.network, url, pki.trust)
            try:
                return type(transport_over(stream, httpx.URL(url)))
            finally:
                stream.close()
                await asyncio.sleep(0)

    assert run(scenario(["h2", "http/1.1"])) is Http2
    assert run(scenario(["http/1.1"])) is Http1
    assert run(scenario(["spdy/3"])) is Http1

"""httpx transports over exactly one open stream: HTTP/1.1 by h11, HTTP/2 by httpcore's connection.

httpcore's connections are made for pools. What differs here, and why; each was measured:
- HTTP/1.1 is h11's state machine and a loop around it. httpcore puts a lock, a trace and a context manager around
  each step, which cost more than the parsing.
- HTTP/2's locks are asyncio's. httpcore's let the loop turn at every acquisition, some thirty times an exchange.
- A request leaves in one write, HTTP/2's preface and a small body included, as browsers send them.
- HTTP/2 announces as many streams as are used: httpcore takes a semaphore for each it may not open yet.

The only file that knows httpcore from inside; tests run it against the oldest httpcore that is promised.
"""

import asyncio
from collections.abc import AsyncIterator

import h2.settings
import h11
import httpcore
import httpx

from probe.measure.stream import READ_SIZE, Stream

LOCKS = ("_init_lock", "_state_lock", "_read_lock", "_write_lock")

MAX_HEAD = 100 * 1024
"""Bytes of a status line and headers, or of a chunk's line, before we give up; httpcore's bound."""

HTTPS_PORT = 443
MAX_STREAMS = 100
"""Requests at a time on a connection that is shared; what servers allow."""

WINDOW = 2**24
"""Bytes the peer may send before we acknowledge: more than any body that is kept."""

MAX_HEADER_LIST = 65536


def transport_over(stream: Stream, url: httpx.URL, *, shared: bool = False) -> "Http1 | Http2":
    """The transport for `stream`, connected to `url`'s host: HTTP/2 when TLS agreed on it.

    `shared`: several requests at the same time, where HTTP/2 allows it.
    """
    if stream.tls is not None and stream.tls.selected_alpn_protocol() == "h2":
        return Http2(stream, url, MAX_STREAMS if shared else 1)
    return Http1(stream)


class Http1(httpx.AsyncBaseTransport):
    """HTTP/1.1 on one stream, one request after the other."""

    is_http2 = False

    def __init__(self, stream: Stream) -> None:
        self._stream, self._used = stream, False
        self._state = h11.Connection(h11.CLIENT, MAX_HEAD)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One exchange; the response's body is still to be read. Raises `OSError` and h11's `ProtocolError`.

        What came before the request, behind the answer to the one before, is no answer to it, and the stream is of no use any more.
        """
        if self._used and (self._state.trailing_data[0] or self._stream.has_more()):
            raise h11.RemoteProtocolError("bytes, or an end, that nobody asked for")
        self._used = True
        await self._stream.write(self._encode(request))
        head = await self._head()
        return httpx.Response(
            head.status_code, headers=head.headers.raw_items(), stream=_Http1Body(self), request=request
        )

    def _encode(self, request: httpx.Request) -> bytes:
        head = h11.Request(method=request.method, target=request.url.raw_path, headers=request.headers.raw)
        events = [head, *([h11.Data(data=request.content)] if request.content else []), h11.EndOfMessage()]
        return b"".join(self._state.send(event) or b"" for event in events)

    async def _head(self) -> h11.Response:
        event = await self.next_event()
        while isinstance(event, h11.InformationalResponse):
            event = await self.next_event()
        if not isinstance(event, h11.Response):
            raise h11.RemoteProtocolError("the answer has no head")
        return event

    async def next_event(self) -> object:
        """The next h11 event of the server's; reads from the stream when it takes that."""
        while (event := self._state.next_event()) is h11.NEED_DATA:
            self._state.receive_data(await self._stream.read(READ_SIZE))
        return event

    def finish(self) -> None:
        """The answer has been taken in: be ready for another request, if both sides are.

        The stream is left to its owner, who knows how it ended.
        """
        if self._state.our_state is h11.DONE and self._state.their_state is h11.DONE:
            self._state.start_next_cycle()


class _Http1Body(httpx.AsyncByteStream):
    def __init__(self, connection: Http1) -> None:
        self._connection = connection

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while isinstance(event := await self._connection.next_event(), h11.Data):
            yield bytes(event.data)

    async def aclose(self) -> None:
        """As httpx calls it."""
        self._connection.finish()


class Http2(httpx.AsyncBaseTransport):
    """HTTP/2 on one stream, with at most `streams` requests at a time."""

    is_http2 = True

    def __init__(self, stream: Stream, url: httpx.URL, streams: int) -> None:
        self._origin = httpcore.Origin(url.raw_scheme, url.raw_host, url.port or HTTPS_PORT)
        self._connection = _Http2Connection(self._origin, stream, streams)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One exchange; the response's body is still to be read. Raises what h2 and httpcore raise."""
        origin = self._origin
        target = httpcore.URL(
            scheme=origin.scheme, host=origin.host, port=origin.port, target=request.url.raw_path
        )
        response = await self._connection.handle_async_request(
            httpcore.Request(request.method, target, headers=request.headers.raw, content=request.stream)
        )
        return httpx.Response(
            response.status, headers=response.headers, stream=_Http2Body(response), request=request
        )


class _Http2Body(httpx.AsyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._response.aiter_stream():
            yield chunk

    async def aclose(self) -> None:
        """As httpx calls it; the stream is closed by its owner."""
        await self._response.aclose()


class _Http2Connection(httpcore.AsyncHTTP2Connection):
    """httpcore's, with at most `streams` requests at a time."""

    def __init__(self, origin: httpcore.Origin, stream: Stream, streams: int) -> None:
        super().__init__(origin, stream)
        for name in LOCKS:
            if hasattr(self, name):
                setattr(self, name, asyncio.Lock())
        self._holding = False
        self._prepare(streams)

    def _prepare(self, streams: int) -> None:
        """The preface, which the first request carries.

        httpcore does this within the first request, where a cancellation leaves it half done for all that follow.
        """
        codes, state = h2.settings.SettingCodes, self._h2_state
        values = {
            codes.ENABLE_PUSH: 0,
            codes.MAX_CONCURRENT_STREAMS: streams,
            codes.MAX_HEADER_LIST_SIZE: MAX_HEADER_LIST,
        }
        state.local_settings = h2.settings.Settings(client=True, initial_values=values)
        # RFC 9113 §6.5.2 says that unknown settings are ignored; some sites refuse this one all the same.
        del state.local_settings[codes.ENABLE_CONNECT_PROTOCOL]
        state.initiate_connection()
        state.increment_flow_control_window(WINDOW)
        self._sent_connection_init = True
        self._max_streams = 1
        self._max_streams_semaphore = _Permits()  # type: ignore[assignment]

    async def _send_request_headers(self, request: httpcore.Request, stream_id: int) -> None:
        self._holding = True
        try:
            await super()._send_request_headers(request, stream_id)
        finally:
            self._holding = False

    async def _send_request_body(self, request: httpcore.Request, stream_id: int) -> None:
        await super()._send_request_body(request, stream_id)
        await self._write_outgoing_data(request)

    async def _write_outgoing_data(self, request: httpcore.Request) -> None:
        """Most calls find nothing to send, and must cost nothing."""
        if not self._holding and self._h2_state._data_to_send:  # noqa: SLF001 - h2 has no way to ask
            await super()._write_outgoing_data(request)


class _Permits:
    """Leave to open a stream, as httpcore asks for it: for one, until the server's settings say for how many."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(1)

    async def acquire(self) -> None:
        """Take one when there is one."""
        await self._free.acquire()

    async def release(self) -> None:
        """Give one back."""
        self._free.release()

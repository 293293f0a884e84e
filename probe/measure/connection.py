"""httpcore's HTTP/1.1 and HTTP/2 connections, made for one stream and few requests.

What differs from httpcore's own, and why; each was measured, together they halve the CPU of an exchange:
- Locks are asyncio's. httpcore's let the loop turn at every acquisition, some thirty times an exchange.
- HTTP/2's preface, a request's headers and its small body leave in one write, as browsers send them.
- HTTP/2 announces as many streams as are used: httpcore takes a semaphore for each it may not open yet.

The only file that knows httpcore from inside; tests run it against the oldest httpcore that is promised.
"""

import asyncio

import h2.settings
import httpcore

from probe.measure.stream import Stream

Connection = httpcore.AsyncHTTP11Connection | httpcore.AsyncHTTP2Connection

LOCKS = ("_init_lock", "_state_lock", "_read_lock", "_write_lock")
WINDOW = 2**24
"""Bytes the peer may send before we acknowledge: more than any body that is kept."""

MAX_HEADER_LIST = 65536


class Permits:
    """Leave to open a stream, as httpcore asks for it: for one, until the server's settings say for how many."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(1)

    async def acquire(self) -> None:
        """Take one when there is one."""
        await self._free.acquire()

    async def release(self) -> None:
        """Give one back."""
        self._free.release()


class Http1(httpcore.AsyncHTTP11Connection):
    """HTTP/1.1 on one stream."""

    def __init__(self, origin: httpcore.Origin, stream: Stream) -> None:
        super().__init__(origin, stream)
        _use_own_locks(self)


class Http2(httpcore.AsyncHTTP2Connection):
    """HTTP/2 on one stream, with at most `streams` requests at a time."""

    def __init__(self, origin: httpcore.Origin, stream: Stream, streams: int) -> None:
        super().__init__(origin, stream)
        _use_own_locks(self)
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
        self._max_streams_semaphore = Permits()  # type: ignore[assignment]

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


def _use_own_locks(connection: Connection) -> None:
    for name in LOCKS:
        if hasattr(connection, name):
            setattr(connection, name, asyncio.Lock())

"""The live byte stream of one connection, with its log; TLS over memory BIOs.

Rules of this file:
- Every read and write on the socket is logged with its time, also the one that fails or is cancelled.
- The last thing that ended the stream is kept in `error`: httpx and httpcore lose the errno. A cancelled read is
  no such thing: whoever cancels says what it means.
- After a failed handshake the SSL object, and so the peer's certificates, are still here.
- A connection that timed out or broke is closed with a reset, so that the kernel stops retransmitting into a
  censor's timer (residual censorship is restarted by any packet).

Not asyncio's streams: its TLS costs about 310 KiB a connection, this about 50, and hides the bytes.
"""

import asyncio
import socket
import ssl
import struct
from contextlib import suppress
from typing import Any

import httpcore

from probe.measure.failure import name_failure
from probe.measure.trace import Flow
from probe.record import Operation

READ_SIZE = 65536
HEAD_SIZE = 2048
"""First bytes received that are kept in case they turn out to be neither TLS nor HTTP."""

TLS_CONTENT_TYPES = b"\x14\x15\x16\x17\x18"

LINGER_RESET = struct.pack("ii", 1, 0)


class Stream(httpcore.AsyncNetworkStream):
    """A connected socket that belongs to one flow; plain until `start_tls_session`, encrypted from then on."""

    def __init__(self, sock: socket.socket, flow: Flow) -> None:
        self.flow = flow
        self.error: BaseException | None = None
        self.head = b""
        self.first_write = 0
        self.tls: ssl.SSLObject | None = None
        self._at_once = False
        self._sock: socket.socket | None = sock
        self._loop = asyncio.get_running_loop()
        self._incoming: ssl.MemoryBIO | None = None
        self._outgoing: ssl.MemoryBIO | None = None

    @property
    def spoke_tls(self) -> bool:
        """Whether the peer's first byte, if any came, begins a TLS record."""
        return not self.head or self.head[0] in TLS_CONTENT_TYPES

    # --- bytes on the wire

    async def receive(self) -> bytes:
        """The next bytes from the socket, empty at its end; raises `OSError`."""
        t0, data = self.flow.now(), b""
        failure: BaseException | None = None
        try:
            data = await self._next_bytes(self._open_socket())
            if not data:
                failure = EOFError()
        except BaseException as error:
            failure = error
            raise
        finally:
            self._note(Operation.READ, t0, len(data), failure)
            if data and len(self.head) < HEAD_SIZE:
                self.head += data[: HEAD_SIZE - len(self.head)]
        return data

    async def _next_bytes(self, sock: socket.socket) -> bytes:
        """What has arrived, at once, or the next that does.

        The loop's own `sock_recv` never gives way while there is something to read: a peer that always has more to
        say would keep the loop, and with it every deadline and every other measurement, for ever.
        """
        if self._at_once:
            await asyncio.sleep(0)
        try:
            data, self._at_once = sock.recv(READ_SIZE), True
        except (BlockingIOError, InterruptedError):
            data, self._at_once = await self._loop.sock_recv(sock, READ_SIZE), False
        return data

    def has_more(self) -> bool:
        """Whether there is something to read now, an end included; tells nobody that it looked."""
        if (
            self._incoming is not None
            and self.tls is not None
            and (self._incoming.pending or self.tls.pending())
        ):
            return True
        try:
            self._open_socket().recv(1, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            return False
        return True

    async def send(self, data: bytes) -> None:
        """All of `data` to the socket; raises `OSError`."""
        t0, sent = self.flow.now(), 0
        failure: BaseException | None = None
        try:
            await self._loop.sock_sendall(self._open_socket(), data)
            sent = len(data)
            self.first_write = self.first_write or sent
        except BaseException as error:
            failure = error
            raise
        finally:
            self._note(Operation.WRITE, t0, sent, failure)

    def _note(self, operation: Operation, t0: float, size: int, error: BaseException | None) -> None:
        self.flow.log(operation, t0, size, name_failure(error) if error else None)
        if error is not None and not isinstance(error, asyncio.CancelledError):
            self.error = error

    def _open_socket(self) -> socket.socket:
        if self._sock is None:
            raise ConnectionError("the stream is closed")
        return self._sock

    # --- TLS

    def start_tls_session(self, context: ssl.SSLContext, server_name: str) -> ssl.SSLObject:
        """Wrap the stream; raises `ValueError` or `UnicodeError` for names that TLS cannot carry."""
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_name)
        return self.tls

    async def flush(self) -> None:
        """Send what TLS wants sent."""
        if self._outgoing is not None and self._outgoing.pending:
            await self.send(self._outgoing.read())

    async def feed(self) -> None:
        """Give TLS the next bytes of the peer, or their end."""
        await self.flush()
        data = await self.receive()
        assert self._incoming is not None
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    # --- httpcore.AsyncNetworkStream; deadlines are the step's, so `timeout` is not looked at

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109, ARG002
        """Up to `max_bytes` of what the peer said, empty at its end, whether that was announced or not."""
        if self.tls is None:
            return await self.receive()
        while True:
            try:
                data = self.tls.read(max_bytes)
            except ssl.SSLWantReadError:
                await self.feed()
            except ssl.SSLEOFError as error:
                self.error = error
                return b""
            except ssl.SSLError as error:
                self.error = error
                raise
            else:
                if not data:  # the peer's close_notify
                    self.error = EOFError()
                return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109, ARG002
        """Send all of `buffer`; httpcore writes empty strings too, which are no event."""
        if not buffer:
            return
        if self.tls is None:
            await self.send(buffer)
            return
        view = memoryview(buffer)
        while view:
            view = view[self.tls.write(view) :]
        await self.flush()

    async def aclose(self) -> None:
        """See `close`."""
        self.close()

    def close(self) -> None:
        """End politely when all went well (close_notify, FIN), with a reset when it did not.

        Who has ended its side first is told nothing more: it would answer with a reset.
        """
        sock, self._sock = self._sock, None
        if sock is None:
            return
        if self.error is not None and not isinstance(self.error, EOFError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESET)
        elif self.error is None and self.tls is not None and self._outgoing is not None:
            self._say_goodbye(sock, self.tls, self._outgoing)
        sock.close()

    @staticmethod
    def _say_goodbye(sock: socket.socket, tls: ssl.SSLObject, outgoing: ssl.MemoryBIO) -> None:
        with suppress(ssl.SSLError):  # it wants the peer's own close_notify, for which we do not wait
            tls.unwrap()
        try:
            sock.send(outgoing.read())
        except OSError:  # the peer is gone already
            return

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's signature
        """What httpcore asks about a stream."""
        return {"ssl_object": self.tls, "socket": self._sock, "is_readable": False}.get(info)

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        """Never used: the handshake is a step of its own."""
        raise NotImplementedError("handshake.py does this")

"""The server's end of one simulated connection: what arrives, one round trip late; what leaves, as the path lets it.

A reset here is a real RST, a close a real FIN, silence real silence.
"""

import asyncio
import socket
import struct
from collections import deque
from typing import cast

LINGER_RESET = struct.pack("ii", 1, 0)
SLICE = 2048
HIGH_WATER = 1 << 20


class Wire(asyncio.Protocol):
    """Bytes of one connection. `rtt` seconds pass before what the client sent can be read.

    A client that sends without end is reset, one that reads nothing is written to no further: neither fills memory.
    """

    def __init__(self, rtt: float) -> None:
        self.rtt = rtt
        self.freeze_after: int | None = None
        self.bytes_per_second: float | None = None
        self._transport: asyncio.Transport | None = None
        self._arrived: deque[tuple[float, bytes]] = deque()
        self._unread = 0
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._sent = 0
        self._said_all = False
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asyncio's call: the connection is there."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Asyncio's call: the client sent something."""
        self._arrived.append((self._loop.time() + self.rtt, data))
        self._unread += len(data)
        self._news.set()
        if self._unread > HIGH_WATER:
            self.reset()

    def eof_received(self) -> bool:
        """Asyncio's call: the client has said all."""
        self._arrived.append((self._loop.time() + self.rtt, b""))
        self._said_all = True
        self._news.set()
        return True

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Asyncio's call: the connection is gone."""
        self._transport = None
        self._arrived.append((0.0, b""))
        self._news.set()
        self._room.set()

    def pause_writing(self) -> None:
        """Asyncio's call: what was sent is not being read."""
        self._room.clear()

    def resume_writing(self) -> None:
        """Asyncio's call: it is again."""
        self._room.set()

    async def read(self) -> bytes:
        """The next bytes of the client, empty at their end."""
        while not self._arrived:
            self._news.clear()
            await self._news.wait()
        due, data = self._arrived[0]
        if (wait := due - self._loop.time()) > 0:
            await asyncio.sleep(wait)
        if data:
            self._arrived.popleft()
            self._unread -= len(data)
        return data

    def push_back(self, data: bytes) -> None:
        """Let `data` be read next."""
        self._arrived.appendleft((0.0, data))
        self._unread += len(data)

    async def write(self, data: bytes) -> None:
        """Send `data` as far and as fast as the path lets it; then, on a frozen path, wait for ever."""
        if self.freeze_after is not None:
            room = max(0, self.freeze_after - self._sent)
            data, rest = data[:room], data[room:]
            await self._send(data)
            if rest:
                await self.stall()
        else:
            await self._send(data)

    async def _send(self, data: bytes) -> None:
        self._sent += len(data)
        if self.bytes_per_second is None:
            await self._put(data)
            return
        for start in range(0, len(data), SLICE):
            await self._put(data[start : start + SLICE])
            await asyncio.sleep(len(data[start : start + SLICE]) / self.bytes_per_second)

    async def _put(self, data: bytes) -> None:
        await self._room.wait()
        if self._transport is not None and not self._transport.is_closing() and data:
            self._transport.write(data)

    async def stall(self) -> None:
        """Nothing more comes, until the client goes away."""
        while self._transport is not None and not self._said_all:
            self._arrived.clear()
            self._unread = 0
            self._news.clear()
            await self._news.wait()

    def reset(self) -> None:
        """End with RST."""
        if self._transport is not None:
            sock: socket.socket = self._transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESET)
            self._transport.abort()

    def abort(self) -> None:
        """End at once, whatever is still to be sent."""
        if self._transport is not None:
            self._transport.abort()

    def close(self) -> None:
        """End with FIN, once all is sent."""
        if self._transport is not None:
            self._transport.close()

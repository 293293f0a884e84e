"""Scripted peers on loopback: a TCP or UDP server that does to each client exactly what a test says.

No asyncio streams or transports here either: what a script sends, and how it ends, is what the client gets.
"""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

LOOPBACK = "127.0.0.1"
LINGER_RESET = struct.pack("ii", 1, 0)
SETTLE = 0.02
"""Seconds for what was sent to be read before a reset overtakes it."""


class Peer:
    """The server's end of one connection; encrypted from `encrypt` on."""

    def __init__(self, sock: socket.socket) -> None:
        self.seen = b""
        self._sock, self._loop = sock, asyncio.get_running_loop()
        self._tls: ssl.SSLObject | None = None
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()

    async def encrypt(self, context: ssl.SSLContext) -> str | None:
        """Do the server's part of a TLS handshake; returns the protocol agreed on."""
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._feed()
            else:
                await self._flush()
                return self._tls.selected_alpn_protocol()

    async def receive(self) -> bytes:
        """The client's next bytes; raises `EOFError` at their end."""
        data = await (self._receive_encrypted() if self._tls else self._receive())
        self.seen += data
        return data

    async def until(self, marker: bytes) -> bytes:
        """Everything up to the next `marker`, which is taken out of `seen`."""
        while marker not in self.seen:
            await self.receive()
        head, _, self.seen = self.seen.partition(marker)
        return head + marker

    async def request(self) -> bytes:
        """The head of an HTTP/1.1 request."""
        return await self.until(b"\r\n\r\n")

    async def posted(self) -> bytes:
        """The body of an HTTP/1.1 request, which tells its length."""
        size = int((await self.request()).lower().split(b"content-length:")[1].split(b"\r\n")[0])
        while len(self.seen) < size:
            await self.receive()
        body, self.seen = self.seen[:size], self.seen[size:]
        return body

    async def send(self, data: bytes, piece: int = 0) -> None:
        """Send `data`, in pieces of `piece` bytes when that is not 0."""
        for start in range(0, len(data), piece or max(1, len(data))):
            part = data[start : start + (piece or len(data))]
            if self._tls is None:
                await self._loop.sock_sendall(self._sock, part)
            else:
                self._tls.write(part)
                await self._flush()
            if piece:
                await asyncio.sleep(0)

    async def send_raw(self, data: bytes) -> None:
        """Send `data` past TLS."""
        await self._loop.sock_sendall(self._sock, data)

    async def end(self, how: str) -> None:
        """End the connection: `fin`, `reset`, `hang` (never), or `notify` (TLS's goodbye, then FIN)."""
        await asyncio.sleep(SETTLE)
        if how == "hang":
            await asyncio.Event().wait()
        if how == "reset":
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESET)
        if how == "notify" and self._tls is not None:
            with suppress(ssl.SSLError):
                self._tls.unwrap()
            await self._flush()
        self._sock.close()

    def hang_up(self) -> None:
        """End both directions; the script, if it is reading, hears of it and ends."""
        self._sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of the socket."""
        self._sock.close()

    async def _receive(self) -> bytes:
        data = await self._loop.sock_recv(self._sock, 65536)
        if not data:
            raise EOFError
        return data

    async def _receive_encrypted(self) -> bytes:
        assert self._tls is not None
        while True:
            try:
                data = self._tls.read(65536)
            except ssl.SSLWantReadError:
                await self._feed()
            else:
                if not data:
                    raise EOFError
                return data

    async def _feed(self) -> None:
        await self._flush()
        self._incoming.write(await self._receive())

    async def _flush(self) -> None:
        if self._outgoing.pending:
            await self._loop.sock_sendall(self._sock, self._outgoing.read())


Script = Callable[[Peer], Awaitable[None]]
Datagrams = Callable[[bytes, Callable[[bytes], object]], Awaitable[None]]
"""What a UDP server does with a datagram, given it and the way to send others back."""


class Server:
    """A listening socket; `accepted` connections so far, `most` of them open at the same time."""

    def __init__(self, script: Script) -> None:
        self.accepted = self.most = self._open = 0
        self._script = script
        self._listener = socket.create_server((LOOPBACK, 0))
        self._listener.settimeout(0)
        self.port: int = self._listener.getsockname()[1]
        self._peers: set[asyncio.Task[None]] = set()

    async def accept(self) -> None:
        """Take connections until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            sock, _ = await loop.sock_accept(self._listener)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.accepted += 1
            self._peers.add(asyncio.create_task(self._play(sock)))

    async def _play(self, sock: socket.socket) -> None:
        peer = Peer(sock)
        self._open += 1
        self.most = max(self.most, self._open)
        try:
            await self._script(peer)
        except (OSError, EOFError):
            return
        finally:
            self._open -= 1
            peer.close()

    async def stop(self) -> None:
        """End all connections; raises what a script raised that is not the client's leaving."""
        self._listener.close()
        for task in self._peers:
            task.cancel()
        outcomes = await asyncio.gather(*self._peers, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome


@asynccontextmanager
async def serving(script: Script) -> AsyncIterator[Server]:
    """A TCP server that plays `script` to each client."""
    server = Server(script)
    task = asyncio.create_task(server.accept())
    try:
        yield server
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await server.stop()


@asynccontextmanager
async def answering(script: Datagrams) -> AsyncIterator[int]:
    """A UDP server that plays `script` to each datagram; yields its port."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(0)
    sock.bind((LOOPBACK, 0))
    work: set[asyncio.Task[None]] = set()

    async def play(data: bytes, address: object) -> None:
        await script(data, lambda reply: sock.sendto(reply, address))  # type: ignore[call-overload]

    async def listen() -> None:
        while True:
            data, address = await asyncio.get_running_loop().sock_recvfrom(sock, 65535)
            work.add(asyncio.create_task(play(data, address)))

    listener = asyncio.create_task(listen())
    try:
        yield sock.getsockname()[1]
    finally:
        tasks = [listener, *work]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        sock.close()


def closed_port() -> int:
    """A port of loopback where nobody listens."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        return int(listener.getsockname()[1])


def reply(data: bytes, end: str = "fin", piece: int = 0) -> Script:
    """A web server that reads one request, sends `data` and ends the connection in the way of `end`."""

    async def play(peer: Peer) -> None:
        await peer.request()
        await peer.send(data, piece)
        await peer.end(end)

    return play


def over_tls(context: ssl.SSLContext, script: Script) -> Script:
    """`script` behind a TLS handshake."""

    async def play(peer: Peer) -> None:
        await peer.encrypt(context)
        await script(peer)

    return play


def first_bytes_then(data: bytes, end: str) -> Script:
    """A server that waits for the client's first bytes, whatever they are, sends `data` and ends."""

    async def play(peer: Peer) -> None:
        await peer.receive()
        await peer.send(data)
        await peer.end(end)

    return play

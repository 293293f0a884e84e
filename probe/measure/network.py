"""The boundary with the operating system: three ways to reach out, and nothing else opens a socket.

Everything above this file takes a `Network`, so that the same code measures the real internet and the lab.
Here live the protocol and its one real implementation. Failures are the operating system's own exceptions
(`OSError`, `socket.gaierror`, `UnicodeError`); turning them into names is `failure.py`'s work.
"""

import asyncio
import queue
import socket
import threading
from collections.abc import Callable
from typing import Any, Protocol

# getaddrinfo blocks a thread for as long as the system resolver pleases (5 s and more when a name is dropped).
# The loop's default executor has min(32, cores + 4) threads: 6 on a laptop with two cores, which makes
# 64 slow look-ups take 13 s. Daemon threads, so that a stuck look-up never holds up the end of a run.
LOOKUP_THREADS = 32


class Network(Protocol):
    """What measuring needs of an operating system.

    `open_tcp` and `open_udp` take a literal IPv4 or IPv6 address, never a name. Both return a non-blocking,
    connected socket that the caller owns and closes. `system_lookup` asks the system's resolver for all
    addresses of a name. No method has a timeout: the caller sets deadlines and cancels.
    """

    async def open_tcp(self, ip: str, port: int) -> socket.socket:
        """Connect to `ip`:`port`; raises `OSError` as the kernel gives it."""
        ...

    async def open_udp(self, ip: str, port: int) -> socket.socket:
        """A UDP socket connected to `ip`:`port`: takes datagrams from there alone, learns of a closed port."""
        ...

    async def system_lookup(self, hostname: str) -> list[str]:
        """All IPv4 and IPv6 addresses of `hostname`, in the system's order; raises `socket.gaierror`."""
        ...


class SystemNetwork:
    """The real one: the sole opener of sockets.

    `lookup` is the blocking resolver call, `socket.getaddrinfo` unless said otherwise.
    """

    def __init__(
        self, lookup: Callable[..., Any] = socket.getaddrinfo, threads: int = LOOKUP_THREADS
    ) -> None:
        self._lookups = LookupThreads(lookup, threads)

    async def open_tcp(self, ip: str, port: int) -> socket.socket:
        """Connect without waiting for a deadline; TCP_NODELAY, since requests go out in one piece."""
        sock = _socket_for(ip, socket.SOCK_STREAM)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await asyncio.get_running_loop().sock_connect(sock, (ip, port))
        except BaseException:
            sock.close()
            raise
        return sock

    async def open_udp(self, ip: str, port: int) -> socket.socket:
        """Connecting a UDP socket sends nothing: it sets the peer, and lets ICMP errors come back."""
        sock = _socket_for(ip, socket.SOCK_DGRAM)
        try:
            sock.connect((ip, port))
        except BaseException:
            sock.close()
            raise
        return sock

    async def system_lookup(self, hostname: str) -> list[str]:
        """Ask `getaddrinfo` for both families at once."""
        found = await self._lookups.ask(hostname)
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _socket_for(ip: str, kind: socket.SocketKind) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET, kind)
    sock.settimeout(0)
    return sock


class LookupThreads:
    """A pool of daemon threads for `getaddrinfo`, started as they are needed, up to `limit`.

    A thread is the only way to call it, and it cannot be interrupted: an abandoned look-up keeps its thread
    until the system's resolver gives up. Daemon threads, so that this never delays the end of the process.
    """

    def __init__(self, lookup: Callable[..., Any], limit: int) -> None:
        self._lookup = lookup
        self._limit = limit
        self._waiting: queue.SimpleQueue[tuple[str, asyncio.Future[list[Any]]]] = queue.SimpleQueue()
        self._started = 0
        self._out = 0  # look-ups that have not come back, abandoned ones included: they keep their thread

    async def ask(self, hostname: str) -> list[Any]:
        """The answer of the look-up, or its exception."""
        future: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()
        self._out += 1
        if self._out > self._started and self._started < self._limit:
            self._started += 1
            threading.Thread(target=self._work, name="probe-lookup", daemon=True).start()
        self._waiting.put((hostname, future))
        return await future

    def _work(self) -> None:
        while True:
            hostname, future = self._waiting.get()
            result = self._look_up(hostname) if not future.cancelled() else []
            try:
                future.get_loop().call_soon_threadsafe(self._settle, future, result)
            except RuntimeError:  # the loop was closed while this look-up was out: nobody waits any more
                continue

    def _look_up(self, hostname: str) -> list[Any] | BaseException:
        try:
            return list(self._lookup(hostname, None, type=socket.SOCK_STREAM))
        except Exception as error:  # noqa: BLE001 - it belongs to whoever asked; the thread has others to serve
            return error

    def _settle(self, future: asyncio.Future[list[Any]], result: list[Any] | BaseException) -> None:
        self._out -= 1
        if future.done():
            return
        if isinstance(result, BaseException):
            future.set_exception(result)
        else:
            future.set_result(result)

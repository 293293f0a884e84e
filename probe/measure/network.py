"""The boundary with the operating system: three ways to reach out, and nothing else opens a socket.

Everything above this file takes a `Network`, so that the same code measures the real internet and the lab.
Here live the protocol and its one real implementation. Failures are the operating system's own exceptions
(`OSError`, `socket.gaierror`, `UnicodeError`); turning them into names is `failure.py`'s work.
"""

import asyncio
import errno
import os
import queue
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

LOOKUP_THREADS = 300
"""At most; they are started as they are needed. getaddrinfo keeps a thread until the system's resolver gives up on a
dropped name: glibc after 10 s with one server, 30 s with three. Forty targets that each give up after 4 s and go on to
the next dropped name have 300 of them, 40 · 30 / 4."""

QUEUE_PATIENCE = 10.0
"""Seconds that a look-up waits for a thread; then it is this machine that failed it, and no resolver was asked."""


class Network(Protocol):
    """What measuring needs of an operating system.

    `open_tcp` and `open_udp` take a literal IPv4 or IPv6 address, never a name. Both return a non-blocking,
    connected socket that the caller owns and closes. `system_lookup` asks the system's resolver for all
    addresses of a name. No method has a timeout of its own: the caller sets deadlines and cancels.
    """

    async def open_tcp(self, ip: str, port: int) -> socket.socket:
        """Connect to `ip`:`port`; raises `OSError` as the kernel gives it."""
        ...

    async def open_udp(self, ip: str, port: int) -> socket.socket:
        """A UDP socket connected to `ip`:`port`: takes datagrams from there alone, learns of a closed port."""
        ...

    async def system_lookup(self, hostname: str, begun: Callable[[], None]) -> list[str]:
        """All IPv4 and IPv6 addresses of `hostname`, in the system's order; raises `socket.gaierror`.

        `begun` is called, once at most, when the resolver is asked: to wait for our own turn before that says nothing
        of the resolver, so deadlines start there. An `OSError` without it is a fault of this machine.
        """
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

    async def system_lookup(self, hostname: str, begun: Callable[[], None]) -> list[str]:
        """Ask `getaddrinfo` for both families at once."""
        found = await self._lookups.ask(hostname, begun)
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _socket_for(ip: str, kind: socket.SocketKind) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET, kind)
    sock.settimeout(0)
    return sock


def _nothing_free() -> BlockingIOError:
    """What the kernel says when there can be no further thread, and we when none came free."""
    return BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))


@dataclass(slots=True, eq=False)
class _LookUp:
    """One in the queue or out; `patience` ends its time in the queue."""

    hostname: str
    begun: Callable[[], None]
    answer: asyncio.Future[list[Any]]
    patience: asyncio.TimerHandle


class LookupThreads:
    """A pool of daemon threads for `getaddrinfo`, started as they are needed, up to `limit`.

    A thread is the only way to call it, and it cannot be interrupted: an abandoned look-up keeps its thread
    until the system's resolver gives up. Daemon threads, so that this never delays the end of the process. The
    loop's default executor would have min(32, cores + 4): 6 on a laptop with two cores.
    """

    def __init__(self, lookup: Callable[..., Any], limit: int, patience: float = QUEUE_PATIENCE) -> None:
        self._lookup = lookup
        self._limit, self._patience = limit, patience
        self._waiting: queue.SimpleQueue[_LookUp] = queue.SimpleQueue()
        self._started = 0
        self._out = 0  # look-ups that have not come back, abandoned ones included: they keep their thread

    async def ask(self, hostname: str, begun: Callable[[], None]) -> list[Any]:
        """The answer of the look-up, or its exception; `BlockingIOError` when there is no thread for it in time."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[Any]] = loop.create_future()
        self._start_thread()
        self._out += 1
        patience = loop.call_later(self._patience, _give_up, answer)
        self._waiting.put(_LookUp(hostname, begun, answer, patience))
        try:
            return await answer
        finally:
            patience.cancel()

    def _start_thread(self) -> None:
        """One more, if one more look-up needs it and may have it. Those there are go on when there can be no more."""
        if self._out < self._started or self._started >= self._limit:
            return
        try:
            threading.Thread(target=self._work, name="probe-lookup", daemon=True).start()
        except RuntimeError as error:  # the system's or the container's bound on threads
            if not self._started:
                raise _nothing_free() from error
            return
        self._started += 1

    def _work(self) -> None:
        while True:
            look_up = self._waiting.get()
            loop = look_up.answer.get_loop()
            try:
                result: list[Any] | BaseException = []
                if not look_up.answer.done():
                    loop.call_soon_threadsafe(_begin, look_up)
                    result = self._look_up(look_up.hostname)
                loop.call_soon_threadsafe(self._settle, look_up.answer, result)
            except RuntimeError:  # the loop was closed while this look-up was out: nobody waits any more
                continue

    def _look_up(self, hostname: str) -> list[Any] | BaseException:
        try:
            return list(self._lookup(hostname, None, type=socket.SOCK_STREAM))
        except Exception as error:  # noqa: BLE001 - it belongs to whoever asked; the thread has others to serve
            return _own_fault_behind(error) or error

    def _settle(self, future: asyncio.Future[list[Any]], result: list[Any] | BaseException) -> None:
        self._out -= 1
        if future.done():
            return
        if isinstance(result, BaseException):
            future.set_exception(result)
        else:
            future.set_result(result)


def _begin(look_up: _LookUp) -> None:
    look_up.patience.cancel()
    if not look_up.answer.done():
        look_up.begun()


def _give_up(answer: asyncio.Future[list[Any]]) -> None:
    if not answer.done():
        answer.set_exception(_nothing_free())


def _own_fault_behind(error: Exception) -> OSError | None:
    """Why no resolver was asked: getaddrinfo says "try again" too when it cannot have a socket."""
    if not isinstance(error, socket.gaierror) or error.errno != socket.EAI_AGAIN:
        return None
    try:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()
    except OSError as reason:
        return reason
    return None

"""What all journeys of a run share: the network, whom to trust and ask, the deadlines, the endpoints in use."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

from probe.measure.doh import DohResolver, DohSession
from probe.measure.network import Network
from probe.measure.patience import Patience
from probe.measure.resolve import UdpResolver
from probe.measure.trust import Trust
from probe.schedule import Cooldowns

DEFAULT_UDP = (UdpResolver("8.8.8.8"), UdpResolver("9.9.9.10"))
DEFAULT_DOH = (DohResolver("https://cloudflare-dns.com/dns-query", "1.1.1.1"),)
"""Three operators, none of them filtering, so that one being blocked or wrong is seen against the others."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds. Those of OONI's client: dnsresolvers.go, cleartextflow.go, secureflow.go, priority.go.

    `linger`: listening after the first UDP answer. `preference`: waiting for a better address once one works.
    `turn`: how long a connection that is not there yet keeps others from its endpoint; nothing is sent before it has its turn again.
    `target`: everything about one target, time spent waiting for an endpoint in use elsewhere not counted.
    """

    dns: float = 4.0
    linger: float = 0.5
    tcp: float = 10.0
    tls: float = 10.0
    http: float = 10.0
    preference: float = 0.5
    turn: float = 0.25
    target: float = 60.0


class Turn:
    """The turn of one flow at an endpoint."""

    __slots__ = ("_lock", "_patience", "held")

    def __init__(self, lock: asyncio.Lock, patience: Patience) -> None:
        self._lock, self._patience, self.held = lock, patience, False

    async def take(self) -> None:
        """Wait for the endpoint to be free, which no deadline counts, and keep it."""
        if self._lock.locked():
            with self._patience.paused():
                await self._lock.acquire()
        else:
            await self._lock.acquire()
        self.held = True

    def let_go(self) -> None:
        """Leave the endpoint to the next, unless that is done already."""
        if self.held:
            self.held = False
            self._lock.release()

    @contextmanager
    def let_go_after(self, seconds: float) -> Iterator[None]:
        """Let go when what is done in here takes longer."""
        timer = asyncio.get_running_loop().call_later(seconds, self.let_go)
        try:
            yield
        finally:
            timer.cancel()


class Endpoints:
    """One connection at a time per address and port, over all targets of a run."""

    def __init__(self) -> None:
        self._locks: dict[tuple[str, int], tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def hold(self, ip: str, port: int, patience: Patience) -> AsyncIterator[Turn]:
        """Wait for a turn at `ip`:`port`, and end it."""
        key = (ip, port)
        lock, users = self._locks.get(key, (None, 0))
        lock = lock or asyncio.Lock()
        self._locks[key] = (lock, users + 1)
        turn = Turn(lock, patience)
        try:
            await turn.take()
            yield turn
        finally:
            turn.let_go()
            lock, users = self._locks[key]
            if users == 1:
                del self._locks[key]
            else:
                self._locks[key] = (lock, users - 1)


@dataclass(slots=True)
class Setting:
    """Made once per run; `rng` gives query ids, `wall_clock` seconds since the epoch."""

    network: Network
    trust: Trust
    udp: Sequence[UdpResolver] = DEFAULT_UDP
    doh: Sequence[DohSession] = ()
    deadlines: Deadlines = field(default_factory=Deadlines)
    rng: random.Random = field(default_factory=random.SystemRandom)
    clock: Callable[[], float] = time.monotonic
    wall_clock: Callable[[], float] = time.time
    endpoints: Endpoints = field(default_factory=Endpoints)
    cooldowns: Cooldowns = field(default_factory=Cooldowns)

    def close(self) -> None:
        """Close what the run kept open."""
        for session in self.doh:
            session.close()

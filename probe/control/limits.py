"""How much a helper does for whom: all bounds in one place, and the counters that enforce them.

Times are seconds of a clock that does not go backwards, and an argument.
"""

import ipaddress
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

PREFERRED = ("ooniprobe-", "reachprobe/")
"""How the User-Agent of a measuring client begins."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Numbers of OONI's helper where it has them (internal/oohelperd): calls, and the seconds in `measurement.py`.

    `body`: bytes of a request; the protocol allows 16 MiB, but 64 endpoints and a URL fit in a sixteenth of this.
    `calls`, `preferred_calls`: requests being answered at once, when a stranger and when a measuring client asks.
    `sockets`: connections to targets at once, over all requests. `connections`: open ones from clients,
    `connections_each`: from one client. `rate`, `burst`: requests a second from one client, and at once after a
    pause; `clients`: how many are remembered. `head`, `read`, `total`: seconds for a request's head, its body, and
    all the work on it.
    """

    body: int = 64 << 10
    endpoints: int = 64
    calls: int = 25
    preferred_calls: int = 50
    sockets: int = 400
    connections: int = 512
    connections_each: int = 128
    rate: float = 10.0
    burst: int = 120
    clients: int = 4096
    head: float = 10.0
    read: float = 10.0
    total: float = 27.0

    @property
    def life(self) -> float:
        """Seconds after which a client's connection is cut whatever happens on it."""
        return self.head + self.read + self.total + self.read


class BusyError(Exception):
    """Too many requests are being answered."""


class Calls:
    """Counts the requests being answered."""

    def __init__(self, limits: Limits) -> None:
        self.in_flight = 0
        self._limits = limits

    @contextmanager
    def one(self, user_agent: str) -> Iterator[None]:
        """One more, for as long as the context lasts; raises `BusyError` when there are too many."""
        preferred = user_agent.startswith(PREFERRED)
        if self.in_flight >= (self._limits.preferred_calls if preferred else self._limits.calls):
            raise BusyError
        self.in_flight += 1
        try:
            yield
        finally:
            self.in_flight -= 1


class Rates:
    """A bucket of requests for each client. The clients not heard of for longest are forgotten first."""

    def __init__(self, limits: Limits, clock: Callable[[], float]) -> None:
        self._limits, self._clock = limits, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def wait(self, client: str) -> float:
        """0 and one request taken, or the seconds until `client`, an address, may ask again."""
        key, now, rate = _client_key(client), self._clock(), self._limits.rate
        full = float(self._limits.burst)
        left, then = self._buckets.pop(key, (full, now))
        left = min(full, left + (now - then) * rate)
        seconds = 0.0 if left >= 1 else (1 - left) / rate
        self._buckets[key] = (left if seconds else left - 1, now)
        if len(self._buckets) > self._limits.clients:
            self._buckets.popitem(last=False)
        return seconds


def _client_key(client: str) -> str:
    """One household has a whole /64 of IPv6 addresses (RFC 6177)."""
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return client[:64]
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
    return str(address)

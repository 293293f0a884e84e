"""In which order and when targets are measured. Pure: no clock, no sockets; times and seeds are arguments.

Times are seconds of any clock that does not go backwards; every call of one object must use the same clock.
"""

import ipaddress
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

Item = TypeVar("Item")
Endpoint = tuple[str, int]
"""Address and port."""

LAST_STRETCH = 10.0
"""Seconds before the end of a bounded run in which nothing new is started: one deadline of a step."""

COOLDOWN = 180.0
"""Seconds an endpoint stays hot. Residual censorship was seen to last 90 to 360 s in China, 120 s in Kazakhstan, 60 s
and more in Iran; every packet restarts its timer, retransmissions included."""

CAREFUL_COOLDOWN = 360.0
"""The longest that was seen, for `--careful`."""


@dataclass(frozen=True, slots=True)
class Limits:
    """`parallel` targets in flight; `max_runtime` seconds for the whole run, None for no bound.

    With a bound nothing new is started in the last ten seconds (the last quarter of a short run), and what is
    in flight is cut off at the end. Raises `ValueError` for limits under which nothing could be measured.
    """

    parallel: int = 40
    max_runtime: float | None = None

    def __post_init__(self) -> None:
        if self.parallel < 1:
            raise ValueError("at least one target must be in flight")
        if self.max_runtime is not None and self.max_runtime <= 0:
            raise ValueError("a run must be longer than nothing")

    def stop_starting_at(self, start: float) -> float | None:
        """When nothing new is started any more, for a run that began at `start`; None for never."""
        if self.max_runtime is None:
            return None
        return start + self.max_runtime - min(LAST_STRETCH, self.max_runtime / 4)

    def end_at(self, start: float) -> float | None:
        """When everything is cut off; None for never."""
        return None if self.max_runtime is None else start + self.max_runtime


def site_of(host: str) -> str:
    """The site that `host` belongs to, near enough to keep its names apart: the last two labels, or the address.

    Under suffixes like `co.uk` strangers share a site, which only spreads them too.
    """
    bare = host.strip("[]").rstrip(".").lower()
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        return ".".join(bare.split(".")[-2:])


def order(items: Sequence[Item], seed: int, key: Callable[[Item], str]) -> list[Item]:
    """`items` shuffled by `seed`, those of one `key` as evenly over the whole run as they go.

    Names of one site often share addresses, which take one connection at a time; and a censor that was triggered
    by one of them treats the next for minutes as it treated the first. Of n items with k of one key, the next of
    that key comes after n / k places, or earlier by less than one for each other group size there is.
    """
    rng = random.Random(seed)  # noqa: S311 - an order is no secret
    groups: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    same_size: dict[int, list[list[Item]]] = defaultdict(list)
    for name in sorted(groups):
        rng.shuffle(groups[name])
        same_size[len(groups[name])].append(groups[name])
    placed: list[tuple[float, int, Item]] = []
    for size in sorted(same_size, reverse=True):
        placed += _lay_out(same_size[size], rng)
    return [item for _, _, item in sorted(placed, key=lambda entry: entry[:2])]


def _lay_out(groups: list[list[Item]], rng: random.Random) -> Iterable[tuple[float, int, Item]]:
    """Groups of one size by turns, at even places between 0 and 1; the size decides between equal places."""
    rng.shuffle(groups)
    size = len(groups[0])
    total = size * len(groups)
    turns = (group[turn] for turn in range(size) for group in groups)
    return [((2 * index + 1) / (2 * total), -size, item) for index, item in enumerate(turns)]


class Cooldowns:
    """Endpoints that a censor may still be watching. Holds those triggered within `period` seconds, no others."""

    def __init__(self, period: float = COOLDOWN) -> None:
        self.period = period
        self._triggered: dict[Endpoint, float] = {}  # in the order of their times

    def __len__(self) -> int:
        return len(self._triggered)

    def trigger(self, endpoint: Endpoint, now: float) -> None:
        """A reset, timeout or EOF followed payload sent to `endpoint`; it is hot from `now` on, again if it was."""
        self._triggered.pop(endpoint, None)
        self._triggered[endpoint] = now
        self._forget_cold(now)

    def hot_for(self, endpoint: Endpoint, now: float) -> float:
        """Seconds until something may be sent to `endpoint` again; 0 when it may now."""
        since = self.since(endpoint, now)
        return 0.0 if since is None else self.period - since

    def since(self, endpoint: Endpoint, now: float) -> float | None:
        """Seconds since `endpoint` was last triggered; None when that is `period` ago or more, or never was."""
        self._forget_cold(now)
        then = self._triggered.get(endpoint)
        return None if then is None else max(0.0, now - then)

    def _forget_cold(self, now: float) -> None:
        while self._triggered:
            oldest = next(iter(self._triggered))
            if now - self._triggered[oldest] < self.period:
                break
            del self._triggered[oldest]

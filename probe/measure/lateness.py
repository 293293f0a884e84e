"""How late the event loop runs its timers: the error bar of every time we record.

Above about a hundred flows in flight the recorded times are our own queueing; this says so in the record. It says so
too of a machine that was halted or asleep, which the clock of the loop does not count.
"""

import asyncio
import sys
import time
from bisect import insort
from collections import deque
from collections.abc import Callable

from probe.record import Lateness

PERIOD = 0.05
KEPT = 24_000
"""Samples kept: twenty minutes. A target's own deadline is shorter, but it may wait long for an endpoint in use."""


def counting_sleep() -> float:
    """Seconds of a clock that goes on while the machine is asleep; `time.monotonic` stops on Linux and on macOS."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    if sys.platform == "darwin":
        return time.clock_gettime(time.CLOCK_MONOTONIC)
    return time.monotonic()


class LatenessWatch:
    """Asks the loop to wake it every `PERIOD` seconds and notes by how much it overslept.

    `clock` dates the samples; by how much is the more of what it says and what `sleepless` does.
    """

    def __init__(self, clock: Callable[[], float], sleepless: Callable[[], float] = counting_sleep) -> None:
        self._clock, self._sleepless = clock, sleepless
        self._due: tuple[float, float] | None = None  # when it is to be awake again, by both clocks
        self._samples: deque[tuple[float, float]] = deque(maxlen=KEPT)

    async def watch(self) -> None:
        """Sample until cancelled."""
        try:
            while True:
                self._due = due = self._clock() + PERIOD, self._sleepless() + PERIOD
                await asyncio.sleep(PERIOD)
                now = self._clock()
                self._samples.append((now, self._overdue(now, due)))
        finally:
            self._due = None

    def since(self, moment: float) -> Lateness:
        """The lateness since `moment` of the clock, in milliseconds; zeros when nothing was sampled yet."""
        late = []
        for at, sample in reversed(self._samples):
            if at < moment:
                break
            late.append(sample)
        late.sort()
        if self._due is not None and (overdue := self._overdue(self._clock(), self._due)):
            insort(late, overdue)  # who asks may be awake before the watch is
        if not late:
            return Lateness(p50=0.0, p99=0.0, max=0.0)
        middle, high = late[len(late) // 2], late[min(len(late) - 1, len(late) * 99 // 100)]
        return Lateness(p50=round(middle, 3), p99=round(high, 3), max=round(late[-1], 3))

    def _overdue(self, now: float, due: tuple[float, float]) -> float:
        """By how many milliseconds it is later than `due`; `now` by the clock."""
        return max(0.0, now - due[0], self._sleepless() - due[1]) * 1000

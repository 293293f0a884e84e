"""How late the event loop runs its timers: the error bar of every time we record.

Above about a hundred flows in flight the recorded times are our own queueing; this says so in the record.
"""

import asyncio
from bisect import insort
from collections import deque
from collections.abc import Callable

from probe.record import Lateness

PERIOD = 0.05
KEPT = 2400
"""Samples kept: two minutes, longer than any target's deadline."""


class LatenessWatch:
    """Asks the loop to wake it every `PERIOD` seconds and notes by how much it overslept."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._due: float | None = None  # when it is to be awake again
        self._samples: deque[tuple[float, float]] = deque(maxlen=KEPT)

    async def watch(self) -> None:
        """Sample until cancelled."""
        try:
            while True:
                self._due = self._clock() + PERIOD
                await asyncio.sleep(PERIOD)
                self._samples.append(self._sample(self._due))
        finally:
            self._due = None

    def since(self, moment: float) -> Lateness:
        """The lateness since `moment` of the clock, in milliseconds; zeros when nothing was sampled yet."""
        late = sorted(sample for at, sample in self._samples if at >= moment)
        if self._due is not None and (overdue := self._sample(self._due)[1]):
            insort(late, overdue)  # who asks may be awake before the watch is
        if not late:
            return Lateness(p50=0.0, p99=0.0, max=0.0)
        middle, high = late[len(late) // 2], late[min(len(late) - 1, len(late) * 99 // 100)]
        return Lateness(p50=round(middle, 3), p99=round(high, 3), max=round(late[-1], 3))

    def _sample(self, due: float) -> tuple[float, float]:
        """Now, and by how many milliseconds that is later than `due`."""
        now = self._clock()
        return now, max(0.0, now - due) * 1000

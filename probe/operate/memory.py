"""Ticks, and which of them were run: what a schedule remembers from one decision, or one life, to the next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

MAX_SPANS = 16
"""Spans of ticks that are remembered as run; a clock must be put forward to begin a further one."""


@dataclass(frozen=True, slots=True, order=True)
class Tick:
    """One time the expression names (`due`, UTC) and when this probe's run for it begins (`starts`, UTC)."""

    due: datetime
    starts: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """Ticks that were run, one after the other without a gap: when the first and the last of them were due."""

    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Memory:
    """The moment of the last decision, and the ticks that were run."""

    seen: datetime
    done: Sequence[Span] = ()

    def ran(self, tick: Tick) -> Span | None:
        """The span that `tick` is in, when it was run."""
        return next((span for span in self.done if span.first <= tick.due <= span.last), None)

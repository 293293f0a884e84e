"""What to do now, given a timetable and what was done before. Pure: the same question has the same answer.

    now < seen             the clock was put back: nothing is due by that, and what was run is not run again
    a start in (seen, now] is due; of several the latest is run, the others are counted as missed
    otherwise              wait for the next tick that was not run yet

`seen` is the moment of the last decision, so that each tick is looked at once, whatever the clock does between:
sleep, downtime and a clock that was put forward look the same here, and cost one run at most.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from probe.operate.memory import MAX_SPANS, Memory, Span, Tick
from probe.operate.timetable import Timetable

MAX_COUNTED = 1000
"""Missed ticks that are counted one by one."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Run `tick`, when there is one; `missed` ticks were due before it. `next` comes after. `memory` has it all."""

    memory: Memory
    tick: Tick | None
    missed: int
    next: Tick
    put_back: float = 0.0
    """Seconds by which the clock was put back since the last decision."""


def decide(table: Timetable, memory: Memory, now: datetime) -> Decision:
    """What to do at `now`; the tick of the answer counts as run."""
    put_back = max(0.0, (memory.seen - now).total_seconds())
    seen, memory = memory.seen, replace(memory, seen=now)
    latest = table.latest(now)
    if latest is None or latest.starts <= seen or memory.ran(latest):
        return Decision(memory, None, 0, _following(table, memory, now, latest), put_back)
    missed = _missed(table, memory, seen, latest)
    memory = _with_run(memory, latest, table)
    return Decision(memory, latest, missed, _following(table, memory, now, latest), put_back)


def _with_run(memory: Memory, tick: Tick, table: Timetable) -> Memory:
    """`memory` and the run of `tick`."""
    grown = next((span for span in memory.done if table.after(span.last).due == tick.due), None)
    others = [span for span in memory.done if span is not grown]
    span = Span(grown.first if grown else tick.due, tick.due)
    return replace(memory, done=(*others, span)[-MAX_SPANS:])


def _following(table: Timetable, memory: Memory, now: datetime, latest: Tick | None) -> Tick:
    """The first tick after `latest` that was not run."""
    tick = table.after(latest.due if latest else now)
    while span := memory.ran(tick):
        tick = table.after(span.last)
    return tick


def _missed(table: Timetable, memory: Memory, seen: datetime, latest: Tick) -> int:
    """Ticks before `latest` that started after `seen` and were not run."""
    before = table.latest(seen)
    tick = table.after(before.due if before else seen)
    count = 0
    while tick.due < latest.due and count < MAX_COUNTED:
        count += memory.ran(tick) is None
        tick = table.after(tick.due)
    return count

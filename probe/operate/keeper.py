"""Keeping a schedule: wait, run, note, again. What is due is decided in `agenda`; how a run is done is the world's business.

    decide → run (the state is on the disk first) → note how it ended → decide …
           → nothing is due: wait, at most half a minute, since clocks may jump while we sleep

Time, processes and the disk come in as `World`, so that a year can be kept in a second.
"""

import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from probe.operate.agenda import Decision, decide
from probe.operate.child import Ended
from probe.operate.log import Tell
from probe.operate.memory import Tick
from probe.operate.state import ScheduleState
from probe.operate.timetable import Timetable

POLL = 30.0
"""Seconds between two looks at the clock: a machine that wakes up from sleep catches up within that time."""

WORTH_TELLING = 2.0
"""Seconds by which a clock must be put back to be told of; less is its usual adjustment."""

UNEVENTFUL = frozenset({0, 4})
"""Exit codes of runs that measured what they should; what they found, be it a dead network, is no fault."""

REFUSED = frozenset({2, 3})
"""Exit codes of runs that found their options wrong or consent missing: the last words of these name no target."""

SIGNALLED = 128


class World(Protocol):
    """What a keeper needs."""

    def now(self) -> datetime:
        """The wall clock, UTC."""
        ...

    def wait(self, seconds: float) -> int | None:
        """Let time pass; the number of the signal by which somebody asked us to end meanwhile."""
        ...

    def run(self, tick: Tick) -> Ended:
        """Carry out the run of `tick`; back when it has ended."""
        ...

    def save(self, state: ScheduleState) -> None:
        """Keep `state` for whoever starts this schedule again. Raises `OSError`."""
        ...


@dataclass(slots=True)
class Keeper:
    """Keeps `table` from `state` on. `max_runs` ends it after as many."""

    table: Timetable
    state: ScheduleState
    world: World
    tell: Tell
    max_runs: int | None = None
    _awaited: Tick | None = field(default=None, init=False)

    def keep(self) -> int:
        """Returns the exit code: of the last run when `max_runs` are done, 128 and the number after a signal."""
        runs = 0
        while (asked := self.world.wait(0)) is None:
            decision = self._decide()
            if decision.tick is None:
                asked = self._wait(decision)
            else:
                ended = self._run(decision.tick)
                runs, asked = runs + 1, ended.asked
                if asked is None and runs == self.max_runs:
                    self.tell("schedule.done", runs=runs)
                    return ended.exit_code
            if asked is not None:
                break
        return self._end(asked)

    def _decide(self) -> Decision:
        now = self.world.now()
        if self._awaited and self.state.seen <= now < self._awaited.starts:
            self.state = self.state.model_copy(update={"seen": now})
            return Decision(self.state.memory, None, 0, self._awaited)
        decision = decide(self.table, self.state.memory, now)
        if decision.put_back > WORTH_TELLING:
            self.tell("clock.put_back", logging.WARNING, seconds=round(decision.put_back))
        if decision.missed:
            self.tell("runs.missed", logging.WARNING, missed=decision.missed)
        before = self.state
        state = before.remember(decision.memory)
        changes: dict[str, object] = {
            "missed": before.missed + decision.missed,
            "next_start": decision.next.starts,
            "running_since": now if decision.tick else None,
        }
        self.state = state.model_copy(update=changes)
        if decision.tick or before.next_start != decision.next.starts or before.running_since:
            self._save()
        if decision.tick is None:
            self._await(decision.next)
        return decision

    def _await(self, tick: Tick) -> None:
        """Say when the next run is, once for each."""
        if tick != self._awaited:
            self._awaited = tick
            self.tell("run.next", start=f"{tick.starts:%Y-%m-%dT%H:%M:%SZ}")

    def _wait(self, decision: Decision) -> int | None:
        left = (decision.next.starts - self.world.now()).total_seconds()
        return self.world.wait(min(POLL, max(0.0, left)))

    def _run(self, tick: Tick) -> Ended:
        started = self.world.now()
        late = max(0.0, (started - tick.starts).total_seconds())
        self.tell("run.started", due=f"{tick.due:%Y-%m-%dT%H:%M:%SZ}", late_s=round(late))
        ended = self.world.run(tick)
        took = (self.world.now() - started).total_seconds()
        level = _level(ended)
        if ended.cut:
            self.tell("run.too_long", logging.ERROR)
        if ended.killed:
            self.tell("run.killed", logging.ERROR)
        facts: dict[str, object] = {"exit_code": ended.exit_code, "seconds": round(took)}
        if ended.exit_code in REFUSED:
            self.tell("run.refused", level, **facts, said=" / ".join(ended.last_words))
        else:
            self.tell("run.ended", level, **facts)
        return ended

    def _end(self, asked: int) -> int:
        self.state = self.state.model_copy(update={"running_since": None})
        self._save()
        self.tell("schedule.ended", signal=asked)
        return SIGNALLED + asked

    def _save(self) -> None:
        try:
            self.world.save(self.state)
        except OSError as error:
            self.tell("state.not_saved", logging.ERROR, reason=error.strerror)


def _level(ended: Ended) -> int:
    """How bad an end is: nothing that we were asked for is; some targets without a record are a little."""
    if ended.asked is not None or ended.exit_code in UNEVENTFUL:
        return logging.INFO
    crashed = ended.exit_code in REFUSED or ended.exit_code >= SIGNALLED or ended.cut or ended.killed
    return logging.ERROR if crashed else logging.WARNING

"""A world for keepers in which a year passes in a second: its clock can be put anywhere, its runs take no process."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from probe.operate.child import Ended
from probe.operate.keeper import Keeper
from probe.operate.memory import Tick
from probe.operate.state import ScheduleState
from probe.operate.timetable import Timetable

START = datetime(2027, 3, 1, 12, 0, 30, tzinfo=UTC)


@dataclass
class Almanac:
    """A pretend world. `takes` seconds a run; at a moment in `jumps` the clock goes to another one while we wait.

    When it `lasts` no longer somebody asks to end, by SIGTERM; jumps take nothing of it.
    """

    clock: datetime = START
    lasts: timedelta = timedelta(days=365)
    takes: float = 60.0
    jumps: dict[datetime, datetime] = field(default_factory=dict)
    ends: Callable[[Tick], Ended] = lambda _: Ended(0)
    ran: list[tuple[datetime, Tick]] = field(default_factory=list)
    saved: list[ScheduleState] = field(default_factory=list)
    waits: int = 0
    disk_full: bool = False

    def now(self) -> datetime:
        """The pretend clock."""
        return self.clock

    def wait(self, seconds: float) -> int | None:
        """Time passes, or jumps."""
        self.waits += seconds > 0
        before = self._pass(seconds)
        for moment in sorted(self.jumps):
            if before <= moment <= self.clock:
                self.clock = self.jumps.pop(moment)
                break
        return 15 if self.lasts < timedelta() else None

    def run(self, tick: Tick) -> Ended:
        """A run."""
        self.ran.append((self.clock, tick))
        self._pass(self.takes)
        return self.ends(tick)

    def _pass(self, seconds: float) -> datetime:
        before, gone = self.clock, timedelta(seconds=seconds)
        self.clock, self.lasts = before + gone, self.lasts - gone
        return before

    def save(self, state: ScheduleState) -> None:
        """Keep the last one."""
        if self.disk_full:
            raise OSError(28, "No space left on device")
        self.saved[:] = [state]

    @property
    def dues(self) -> list[str]:
        """When the runs that were made had been due."""
        return [f"{tick.due:%m-%d %H:%M}" for _, tick in self.ran]


@dataclass
class Told:
    """Events that were told."""

    events: list[tuple[str, dict[str, object]]] = field(default_factory=list)

    def __call__(self, event: str, level: int = 20, **facts: object) -> None:
        """Keep it."""
        self.events.append((event, {"level": level, **facts}))

    def names(self) -> list[str]:
        """Their names."""
        return [event for event, _ in self.events]


def new_state(expression: str, seen: datetime = START) -> ScheduleState:
    """The state of a schedule that has never run."""
    return ScheduleState(probe_id="probe", expression=expression, zone="UTC", since=seen, seen=seen)


def keeper(world: Almanac, expression: str, told: Told | None = None, state: ScheduleState | None = None,
           *, jitter: float = 0, max_runs: int | None = None) -> Keeper:  # fmt: skip
    """A keeper of `expression` in `world`."""
    table = Timetable.parse(expression, "UTC", jitter, "probe", START)
    return Keeper(table, state or new_state(expression), world, told or Told(), max_runs)

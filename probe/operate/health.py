"""`health.json`: whether a run is going on, how the last one ended, and totals since the folder was new.

Written in one step by whoever starts and ends runs: `probe run` itself, and `probe schedule` for runs that could
not do it any more. Whether that is healthy is decided in `judge_health`, a pure function, when somebody asks.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from probe.operate.outcome import LastRun
from probe.record.runfile import MOMENT, Moment, parse_moment
from probe.results.durable import replace_file

HEALTH = "health.json"

MAX_HEALTH = 64 << 10
"""Bytes; one of ours has one thousand."""

OVERDUE = 900.0
"""Seconds by which a schedule may be late before it counts as hung."""


class HealthError(Exception):
    """`health.json` cannot be read; says why."""


class Health(BaseModel):
    """What is in `health.json`. Moments are UTC, `YYYY-MM-DD HH:MM:SS`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    running_since: Moment | None = None
    last: LastRun | None = None
    last_success: Moment | None = Field(
        default=None, description="end of the last run on a network that works"
    )
    last_in_order: Moment | None = Field(
        default=None, description="end of the last run that wrote down its end"
    )
    runs: dict[str, int] = Field(default_factory=dict, description="outcome → runs that ended so")
    targets: dict[str, int] = Field(default_factory=dict, description="status → targets of all runs")

    def began(self, moment: datetime) -> "Health":
        """This with a run that goes on since `moment`."""
        return self.model_copy(update={"running_since": moment.astimezone(UTC).strftime(MOMENT)})

    def ended(self, run: LastRun) -> "Health":
        """This with the end of `run`; a run that had begun before it is another one, and goes on."""
        goes_on = self.running_since is not None and self.running_since < run.started
        changes: dict[str, object] = {
            "running_since": self.running_since if goes_on and not run.run_id else None,
            "last": run,
            "runs": dict(Counter(self.runs) + Counter({run.outcome: 1})),
            "targets": dict(Counter(self.targets) + Counter(run.statuses)),
        }
        if run.succeeded:
            changes["last_success"] = run.finished
        if run.in_order:
            changes["last_in_order"] = run.finished
        return self.model_copy(update=changes)


def read_health(folder: Path) -> Health:
    """What `folder` has; an empty one when there is no file. Raises `HealthError`."""
    path = folder / HEALTH
    try:
        with path.open("rb") as file:
            return Health.model_validate_json(file.read(MAX_HEALTH + 1))
    except FileNotFoundError:
        return Health()
    except OSError as error:
        raise HealthError(f"{path}: {error.strerror}") from error
    except ValidationError as error:
        raise HealthError(f"{path}: not a health file this version understands") from error


def write_health(folder: Path, health: Health) -> None:
    """Replace it in one step; raises `OSError`."""
    replace_file(folder / HEALTH, health.model_dump_json(indent=1).encode() + b"\n")


class Why(StrEnum):
    """What the judgement rests on."""

    RECENT = "recent"
    RUNNING = "running"
    WAITING = "waiting"
    STUCK = "stuck"
    OVERDUE = "overdue"
    OLD = "old"
    NEVER = "never"
    UNREADABLE = "unreadable"


HEALTHY = frozenset({Why.RECENT, Why.RUNNING, Why.WAITING})


@dataclass(frozen=True, slots=True)
class Judgement:
    """Healthy or not, why, and the seconds that decided (the age of whatever `why` names)."""

    why: Why
    age: float | None = None

    @property
    def healthy(self) -> bool:
        """Whether all is well."""
        return self.why in HEALTHY


@dataclass(frozen=True, slots=True)
class Kept:
    """A schedule that is running: since when, when its next run starts, and since when one is going on."""

    since: datetime
    next_start: datetime | None
    running_since: datetime | None = None


def judge_health(health: Health, kept: Kept | None, now: datetime, max_age: float) -> Judgement:
    """Healthy is what ended a run in order within `max_age` seconds, or is on its first one for no longer than that.

    A moment that lies ahead by more than `max_age` is from a clock that was wrong, and counts for nothing.
    """
    running = _age(health.running_since, now)
    if kept and kept.running_since:
        running = (now - kept.running_since).total_seconds()
    ended = _age(health.last_in_order, now)
    if (
        kept
        and running is None
        and kept.next_start
        and (late := (now - kept.next_start).total_seconds()) > OVERDUE
    ):
        return Judgement(Why.OVERDUE, late)
    if ended is not None and abs(ended) <= max_age:
        return Judgement(Why.RECENT, ended)
    if running is not None:
        return Judgement(Why.RUNNING if abs(running) <= max_age else Why.STUCK, running)
    if kept and health.last is None and abs(waited := (now - kept.since).total_seconds()) <= max_age:
        return Judgement(Why.WAITING, waited)
    return Judgement(Why.NEVER) if ended is None else Judgement(Why.OLD, ended)


def _age(moment: str | None, now: datetime) -> float | None:
    return None if moment is None else (now - parse_moment(moment)).total_seconds()

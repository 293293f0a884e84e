"""`schedule.json`: what a schedule must know when it is started again, and the lock that keeps a folder to one of them.

It lies in the results folder, a few hundred bytes, replaced in one step. A state that cannot be read is no reason
not to measure: the schedule begins anew, and says so.
"""

import contextlib
import os
import time
from pathlib import Path
from typing import Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from probe.operate.memory import MAX_SPANS, Memory, Span
from probe.results.durable import open_locked, replace_file
from probe.results.errors import JournalError

STATE, LOCK = "schedule.json", ".schedule.lock"

TRIES, BETWEEN_TRIES = 4, 0.1

MAX_STATE = 64 << 10
"""Bytes; sixteen spans need two thousand."""


class StateError(Exception):
    """The folder cannot be kept by this schedule; says why and what to do."""


class ScheduleState(BaseModel):
    """What is in `schedule.json`. All moments are UTC."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    probe_id: str = Field(max_length=200, description="decides this probe's share of the jitter")
    expression: str = Field(max_length=200)
    zone: str = Field(max_length=100)
    since: AwareDatetime = Field(description="when this schedule was started")
    seen: AwareDatetime = Field(description="the last decision; ticks until then are dealt with")
    done: tuple[tuple[AwareDatetime, AwareDatetime], ...] = Field(
        default=(), max_length=MAX_SPANS, description="first and last of ticks run without a gap"
    )
    next_start: AwareDatetime | None = None
    running_since: AwareDatetime | None = None
    missed: int = Field(default=0, ge=0, description="ticks that no run of their own came for")

    @property
    def memory(self) -> Memory:
        """For the next decision."""
        return Memory(self.seen, tuple(Span(*pair) for pair in self.done))

    def remember(self, memory: Memory) -> Self:
        """This with the outcome of a decision."""
        done = tuple((span.first, span.last) for span in memory.done)
        return self.model_copy(update={"seen": memory.seen.replace(microsecond=0), "done": done})


class Keep:
    """A results folder that is this schedule's own until `close`, or the end of the process."""

    def __init__(self, folder: Path) -> None:
        """Lock `folder`, which is made; raises `StateError` when another schedule has it, or it cannot be written."""
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._number = _lock_patiently(folder / LOCK)
        except JournalError as error:
            raise StateError(
                f"{folder}: another `probe schedule` keeps this folder; stop it, or give each its own by -o"
            ) from error
        except OSError as error:
            raise StateError(f"{folder}: cannot be written: {error.strerror}; name another by -o") from error

    def load(self) -> ScheduleState | None:
        """The state of the schedule before; None when there was none. Raises `StateError` when it cannot be read."""
        return read_state(self.folder)

    def save(self, state: ScheduleState) -> None:
        """Replace the state; raises `OSError`."""
        replace_file(self.folder / STATE, state.model_dump_json(indent=1).encode() + b"\n")

    def close(self) -> None:
        """Let the folder go."""
        os.close(self._number)


def read_state(folder: Path) -> ScheduleState | None:
    """The state in `folder`, None when there is none; raises `StateError` when it cannot be read."""
    path = folder / STATE
    try:
        with path.open("rb") as file:
            data = file.read(MAX_STATE + 1)
        return ScheduleState.model_validate_json(data)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StateError(f"{path}: {error.strerror}") from error
    except ValidationError as error:
        raise StateError(f"{path}: not a state this version understands") from error


def _lock_patiently(path: Path) -> int:
    """Somebody who asks `is_kept` has the lock for a moment: that must not refuse a schedule."""
    for _ in range(TRIES - 1):
        with contextlib.suppress(JournalError):
            return open_locked(path, create=True)
        time.sleep(BETWEEN_TRIES)
    return open_locked(path, create=True)


def is_kept(folder: Path) -> bool:
    """Whether a schedule is running that keeps `folder`."""
    try:
        os.close(open_locked(folder / LOCK, create=False))
    except JournalError:
        return True
    except OSError:
        return False
    return False

"""Which runs may go, so that a folder stays within its age and size. What is chosen here is gone for good.

The rules, in this order of importance:

- Only runs of ours (see `inventory`) that nobody is writing; never anything else in the folder.
- Never the newest run, and never the newest unfinished one, which may be gone on with.
- By size, the oldest finished runs go first; older unfinished ones only when no finished run is left to go.
- By age, nothing goes that lies before a pause as long as the age and longer than `PAUSE`: then rather this clock was
  put forward, or nobody was here for long. Nothing at all goes by age in the future of a clock that was put back.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from probe.operate.inventory import Found, files_of
from probe.results import JournalError
from probe.results.durable import open_locked, sync_folder

PAUSE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long runs are kept, and how many bytes all of them may have; None for no bound."""

    keep: timedelta | None = None
    max_disk: int | None = None


def choose(runs: Sequence[Found], bounds: Bounds, now: datetime, expected: int = 0) -> list[Found]:
    """Those of `runs` to delete before one more of `expected` bytes is made. Pure; `now` in UTC."""
    spared = _spared(runs)
    candidates = sorted(
        (run for run in runs if run.name not in spared),
        key=lambda run: (not run.finished, run.ended, run.name),
    )
    too_old = _too_old(runs, candidates, bounds.keep, now)
    if bounds.max_disk is None:
        return too_old
    used = sum(run.size for run in runs) - sum(run.size for run in too_old)
    return [
        *too_old,
        *_too_much([run for run in candidates if run not in too_old], used + expected, bounds.max_disk),
    ]


def _spared(runs: Sequence[Found]) -> set[str]:
    """Names of the newest run and of the newest unfinished one."""
    unfinished = [run for run in runs if not run.finished]
    groups = (list(runs), unfinished)
    return {max(group, key=lambda run: (run.ended, run.name)).name for group in groups if group}


def _too_old(
    runs: Sequence[Found], candidates: Sequence[Found], keep: timedelta | None, now: datetime
) -> list[Found]:
    if keep is None:
        return []
    since = _without_pause((run.ended for run in runs), now, max(keep, PAUSE))
    return [run for run in candidates if now - run.ended > keep and run.ended >= since]


def _without_pause(moments: Iterable[datetime], now: datetime, longest: timedelta) -> datetime:
    """The first of `moments` from which on, up to now, there was none longer than `longest` without any."""
    since = now
    for moment in sorted((moment for moment in moments if moment <= now), reverse=True):
        if since - moment > longest:
            break
        since = moment
    return since


def _too_much(candidates: Sequence[Found], used: int, most: int) -> Iterator[Found]:
    for run in candidates:
        if used <= most:
            return
        used -= run.size
        yield run


def delete(run: Found) -> bool:
    """Delete the files of `run`; False when somebody is writing it. A kill in between leaves a run, only smaller.

    Raises `OSError` when a file cannot be deleted.
    """
    if run.files.records.exists() and not _nobody_writes(run.files.records):
        return False
    for path in files_of(run.files):
        path.unlink(missing_ok=True)
    sync_folder(run.files.records.parent)
    return True


def _nobody_writes(path: Path) -> bool:
    try:
        os.close(open_locked(path, create=False))
    except JournalError:
        return False
    return True

"""Noting in a results folder that a run began and how it ended: its `health.json`.

    run_began(folder, now) → … → runs_ended(folder, look_back(…))

`probe run` does it itself, inside of the folder's lock. `probe schedule` does it again for runs that could not any
more; what is noted already is not noted twice. Raises `OSError` when the disk does not take it: whoever calls decides
that measuring goes on all the same.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from probe.operate.health import Health, HealthError, read_health, write_health
from probe.operate.outcome import FAILED, LastRun, changed, describe, manifests
from probe.record.runfile import MOMENT

SIGNALLED = 128
"""Exit codes from here on are those of a process that a signal ended."""


def run_began(folder: Path, now: datetime) -> None:
    """A run in `folder` begins."""
    write_health(folder, known(folder).began(now))


def runs_ended(folder: Path, runs: Sequence[LastRun]) -> Health:
    """`runs` in `folder` have ended, in this order; what `folder` knows now."""
    health = known(folder)
    noted = with_runs(health, runs)
    if noted != health:
        write_health(folder, noted)
    return noted


def with_runs(health: Health, runs: Sequence[LastRun]) -> Health:
    """`health` and the end of those of `runs` that it does not know."""
    places = [number for number, run in enumerate(runs, 1) if is_noted(health, run)]
    for run in runs[max(places, default=0) :]:
        health = health.ended(run)
    return health


def is_noted(health: Health, run: LastRun) -> bool:
    """Whether `run` is the last one that `health` knows; one that broke off is told by when, and by its exit code."""
    last = health.last
    if last is None or run.run_id:
        return last is not None and (last.run_id, last.finished) == (run.run_id, run.finished)
    within = run.started <= last.started and last.finished <= run.finished
    return within and not last.run_id and last.exit_code == run.exit_code


def known(folder: Path) -> Health:
    """What `folder` knows; a file that cannot be understood is begun anew."""
    try:
        return read_health(folder)
    except HealthError:
        return Health()


def look_back(
    folder: Path,
    before: Mapping[Path, int],
    started: datetime,
    finished: datetime,
    exit_code: int,
    *,
    asked: bool = False,
) -> list[LastRun]:
    """What a process did in `folder`: a run for each manifest that `before` had not, and one more if it broke off.

    A process may finish an interrupted run and make another one. It broke off when it left no manifest, or was ended
    by a signal and no manifest says so. Then it counts as failed, unless it was `asked` to end.
    """
    paths = changed(manifests(folder), before)
    found = [run for run in (describe(path, exit_code) for path in paths) if run]
    if found and (exit_code < SIGNALLED or found[-1].outcome == "stopped"):
        return found
    broken = LastRun(
        started=started.strftime(MOMENT),
        finished=finished.strftime(MOMENT),
        outcome="stopped" if asked else FAILED,
        exit_code=exit_code,
    )
    return [*found, broken]

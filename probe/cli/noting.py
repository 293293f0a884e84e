"""Noting a run of `probe run` in its results folder: `health.json` at its begin and end, a metrics file at its end."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import typer

from probe.cli.stop import INTERRUPTED, stop
from probe.cli.words import schedule as words
from probe.operate.diary import known, look_back, run_began, runs_ended, with_runs
from probe.operate.disk import disk_of
from probe.operate.health import Health
from probe.operate.outcome import LastRun, manifests, targets_of

CRASHED = 1
KILLED_BY_KEYBOARD = INTERRUPTED + 2


class Note:
    """The exit code of a run, once it is known."""

    def __init__(self) -> None:
        self.exit_code = CRASHED

    def end(self, exit_code: int) -> int:
        """Keep `exit_code`, and hand it on."""
        self.exit_code = exit_code
        return exit_code


@contextmanager
def noted(
    folder: Path | None, metrics_file: Path | None = None, *, name_targets: bool = False
) -> Iterator[Note]:
    """Note a run in `folder`, if there is one, inside of its lock. A disk that does not take it stops nothing."""
    if metrics_file is not None:
        require_metrics()
        if folder is None:
            stop(words.METRICS_NEED_FOLDER)
    elif name_targets:
        stop(words.TARGETS_ALONE)
    note, started = Note(), datetime.now(UTC)
    before = manifests(folder) if folder else {}
    if folder:
        with suppress(OSError):
            run_began(folder, started)
    try:
        yield note
    except typer.Exit as error:
        note.end(error.exit_code)
        raise
    except KeyboardInterrupt:
        note.end(KILLED_BY_KEYBOARD)
        raise
    finally:
        if folder:
            runs = look_back(folder, before, started, datetime.now(UTC), note.exit_code)
            _write(folder, runs, metrics_file, name_targets=name_targets)


def require_metrics() -> None:
    """End with 2 when the package for metrics is missing."""
    try:
        import prometheus_client  # noqa: F401
    except ModuleNotFoundError:
        stop(words.NEEDS_METRICS)


def _write(folder: Path, runs: list[LastRun], metrics_file: Path | None, *, name_targets: bool) -> None:
    try:
        health = runs_ended(folder, runs)
    except OSError as error:
        typer.echo(words.HEALTH_NOT_SAVED.format(reason=error.strerror), err=True)
        health = with_runs(known(folder), runs)
    if metrics_file is not None:
        _write_metrics(folder, health, metrics_file, name_targets=name_targets)


def _write_metrics(folder: Path, health: Health, path: Path, *, name_targets: bool) -> None:
    from probe.operate.metrics import Snapshot, write_metrics

    name = health.last.records_file if health.last and name_targets else None
    targets = targets_of(folder / name) if name else ()
    try:
        write_metrics(path, Snapshot(health, disk_of(folder), targets=targets))
    except OSError as error:
        typer.echo(words.METRICS_NOT_WRITTEN.format(reason=error.strerror), err=True)

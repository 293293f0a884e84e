"""The results folder before a run: made, locked, tidied up, and what lies in it to go on with. Says what it did."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import typer

from probe.cli.sizes import spell_size
from probe.cli.wishes import Wishes, bounds_of
from probe.cli.words import run as words
from probe.job import Job, stamp
from probe.operate.interrupted import newest_interrupted
from probe.operate.inventory import Found, find_runs, subject_of
from probe.operate.lock import BusyError, FolderLock
from probe.operate.retention import Bounds, choose, delete

BYTES_PER_TARGET = 60_000
"""Of records, about: bodies are most of it. Used where no earlier run tells better."""

LEAST_ROOM = 1 << 20
"""A run that may write less is not begun."""


class FolderError(Exception):
    """No run can be made in this folder; `outcome` says why in a word, the message in a sentence."""

    def __init__(self, outcome: str, message: str) -> None:
        super().__init__(message)
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class Place:
    """A folder that is ready: names of runs that were deleted, bytes that records may take, a run to go on with."""

    deleted: Sequence[str] = ()
    room: int | None = None
    interrupted: Path | None = None


@contextmanager
def prepared(job: Job, wishes: Wishes, now: datetime) -> Iterator[Place]:
    """The place for `job`, locked as long as the context lasts. Raises `FolderError`, `BadValueError`."""
    bounds, folder = bounds_of(wishes), wishes.folder
    if folder is None:
        yield Place()
        return
    with _locked(folder, now):
        yield _tidied(folder, job, wishes, bounds, now)


def room_in(folder: Path | None, wishes: Wishes) -> int | None:
    """Bytes that records may still take in `folder`."""
    bound = bounds_of(wishes).max_disk
    return None if bound is None or folder is None else bound - sum(run.size for run in find_runs(folder))


def _locked(folder: Path, now: datetime) -> FolderLock:
    note = words.LOCK_NOTE.format(pid=os.getpid(), moment=stamp(now))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return FolderLock(folder, note)
    except BusyError as error:
        raise FolderError("busy", words.BUSY.format(reason=error)) from error
    except OSError as error:
        raise FolderError(
            "unwritable", words.UNWRITABLE.format(folder=folder, reason=error.strerror)
        ) from error


def _tidied(folder: Path, job: Job, wishes: Wishes, bounds: Bounds, now: datetime) -> Place:
    if bounds == Bounds() and not wishes.resume_interrupted:
        return Place()
    runs, subject = find_runs(folder), subject_of(job.lists, job.vantage)
    interrupted = newest_interrupted(runs, subject) if wishes.resume_interrupted else None
    expected = _expected([run.size for run in runs if run.finished and run.subject == subject], job, bounds)
    deleted = _delete(choose(runs, bounds, now, 0 if interrupted else expected), folder)
    left = sum(run.size for run in runs if run not in deleted)
    room = None if bounds.max_disk is None else bounds.max_disk - left
    if room is not None and room < min(LEAST_ROOM, (bounds.max_disk or 0) // 4):
        message = words.NO_ROOM.format(bound=wishes.max_disk, folder=folder, used=spell_size(left))
        raise FolderError("no_room", message)
    return Place([run.name for run in deleted], room, interrupted.files.records if interrupted else None)


def _expected(sizes: Sequence[int], job: Job, bounds: Bounds) -> int:
    """Bytes that the run will take; at most half of the bound, so that no run empties the folder for itself."""
    size = max(sizes[-5:], default=len(job.targets) * BYTES_PER_TARGET)
    return size if bounds.max_disk is None else min(size, bounds.max_disk // 2)


def _delete(chosen: Sequence[Found], folder: Path) -> list[Found]:
    """Those of `chosen` that are gone now; tells of them, and of those that are not."""
    gone = []
    for run in chosen:
        try:
            if delete(run):
                gone.append(run)
        except OSError as error:
            typer.echo(words.UNDELETABLE.format(name=run.name, reason=error.strerror), err=True)
    if gone:
        sentence = words.DELETED if len(gone) > 1 else words.DELETED_ONE
        size, newest = spell_size(sum(run.size for run in gone)), max(gone, key=lambda run: run.ended).name
        typer.echo(sentence.format(runs=len(gone), folder=folder, size=size, name=newest), err=True)
    return gone

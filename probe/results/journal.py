"""Appending records from one writer thread, so that the disk never delays the measurements.

A whole line per write, fdatasync at most once a second and at the end: what was finished a second ago survives
a kill of the machine, what was written survives a kill of the process.
"""

import os
import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

SYNC_INTERVAL = 1.0
QUEUE_LINES = 1000
"""Records waiting for the disk; with more, `append` waits too: at 1 MB a record this is the memory we risk."""


class JournalError(OSError):
    """The disk does not take records any more; what was appended before is whole."""


class Journal:
    """An open journal. `append` may be called from one thread (the event loop's), `close` ends it."""

    def __init__(self, path: Path, sync_interval: float = SYNC_INTERVAL, clock: Callable[[], float] = time.monotonic) -> None:
        self.path = path
        self._file: BinaryIO = path.open("ab", buffering=0)
        lock(self._file, path)
        self._interval, self._clock = sync_interval, clock
        self._lines: queue.Queue[bytes | None] = queue.Queue(QUEUE_LINES)
        self._error: OSError | None = None
        self._thread = threading.Thread(target=self._write_all, name="probe-journal", daemon=True)
        self._thread.start()

    def append(self, line: bytes) -> None:
        """Queue one line; its newline is added when missing. Raises `JournalError` once the disk has failed."""
        self._raise_error()
        self._lines.put(line if line.endswith(b"\n") else line + b"\n")

    def close(self) -> None:
        """Write and sync what is queued, and close the file; raises `JournalError` when that failed."""
        if not self._file.closed:
            self._lines.put(None)
            self._thread.join()
            self._file.close()
            self._raise_error()

    def _raise_error(self) -> None:
        if self._error is not None:
            raise JournalError(self._error.errno, f"{self.path}: {self._error.strerror}") from self._error

    def _write_all(self) -> None:
        due: float | None = None
        while True:
            line, due = self._next(due)
            if line is None:
                break
            if line and self._error is None:
                self._attempt(self._write, line)
                due = due or self._clock() + self._interval
        self._attempt(self._sync)

    def _next(self, due: float | None) -> tuple[bytes | None, float | None]:
        """The next line, b"" when it is time to sync instead, None at the end."""
        try:
            line = self._lines.get(timeout=None if due is None else max(0.0, due - self._clock()))
        except queue.Empty:
            self._attempt(self._sync)
            return b"", None
        if line is not None and due is not None and self._clock() >= due:
            self._attempt(self._sync)
            due = None
        return line, due

    def _attempt(self, work: Callable[..., None], *arguments: bytes) -> None:
        try:
            work(*arguments)
        except OSError as error:
            self._error = self._error or error

    def _write(self, line: bytes) -> None:
        number = self._file.fileno()
        whole = os.fstat(number).st_size
        view = memoryview(line)
        try:
            while view:
                view = view[os.write(number, view) :]
        except OSError:
            os.ftruncate(number, whole)
            raise

    def _sync(self) -> None:
        getattr(os, "fdatasync", os.fsync)(self._file.fileno())


def lock(file: BinaryIO, path: Path) -> None:
    """Take the file for this process alone; raises `JournalError` when another run writes it. Ends with the process."""
    try:
        if os.name == "nt":  # pragma: no cover
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise JournalError(error.errno, f"{path}: another run is writing this file") from error

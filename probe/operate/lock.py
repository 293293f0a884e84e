"""One run at a time in a results folder: a locked file, which a kill of the process unlocks."""

import os
from pathlib import Path
from typing import Self

from probe.results import JournalError
from probe.results.durable import open_locked

LOCK = ".probe.lock"
"""Stays in the folder; its content only tells people who has it."""

MAX_NOTE = 200


class BusyError(Exception):
    """Another run is at work in this folder; the message says which."""


class FolderLock:
    """The lock of `folder`, which exists, until `release` or the end of the process.

    Raises `BusyError` when another process has it, `OSError` when the folder cannot be written. On a disk that knows
    no locks (some network and phone storage) it never raises `BusyError`.
    """

    def __init__(self, folder: Path, note: str) -> None:
        path = folder / LOCK
        try:
            self._number = open_locked(path, create=True)
        except JournalError:
            raise BusyError(f"{folder}: another run is at work here{_who(path)}") from None
        os.ftruncate(self._number, 0)
        os.write(self._number, note.encode()[:MAX_NOTE])

    def release(self) -> None:
        """Let others in."""
        if self._number >= 0:
            os.close(self._number)
            self._number = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def _who(path: Path) -> str:
    try:
        with path.open("rb") as file:
            note = file.read(MAX_NOTE).decode("utf-8", "replace").strip()
    except OSError:
        return ""
    return f" ({note})" if note.isprintable() and note else ""

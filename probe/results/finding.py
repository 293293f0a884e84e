"""Which files of records are meant by what is typed, a file, a folder or a pattern: the same for every command that reads many.

The order does not depend on the file system. What cannot be looked into is told of, and never passed over in silence.
"""

import glob
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from probe.results.recovery import TORN
from probe.results.runfiles import MANIFEST, PLAN

SUFFIXES = (".jsonl", ".jsonl.gz", ".jsonl.zst")
"""What is taken from folders: results files, and OONI's archive. A file that is named is taken whatever its name."""

BESIDE = (PLAN, MANIFEST, TORN)
"""Files of a run that hold none of its records: a pattern that matches them means the others."""

STORE, STORE_MANIFEST = "store", "manifest.json"
"""A folder that has the latter in the former is a store; what else is in it are copies of lines, and lines that are no records."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A file or folder that could not be read, or not to its end, and why."""

    name: str
    reason: str


class NothingMeantError(ValueError):
    """What was typed is no file, no folder, and no pattern that matches one."""


def is_store(folder: Path) -> bool:
    """Whether `folder` is a store, and no folder of results. Raises `OSError`."""
    return (folder / STORE / STORE_MANIFEST).is_file()


def expand(text: str) -> Iterator[Path | Unread]:
    """Files of one argument, in order. Raises `NothingMeantError`."""
    try:
        yield from _expand(text)
    except OSError as error:
        yield Unread(error.filename or text, error.strerror or str(error))


def _expand(text: str) -> Iterator[Path | Unread]:
    path = Path(text)
    if path.is_dir():
        yield from _walk(path)
    elif path.exists():
        if not path.is_file():
            raise NothingMeantError(f"{text}: neither a file nor a folder")
        yield path
    else:
        matches = sorted(glob.glob(text, recursive=True)) if glob.has_magic(text) else []  # noqa: PTH207 - Path knows no absolute patterns
        if not matches:
            raise NothingMeantError(f"{text}: no such file or folder")
        for match in map(Path, matches):
            if match.is_dir():
                yield from _walk(match)
            elif match.is_file() and not match.name.endswith(BESIDE):
                yield match


def _walk(folder: Path) -> Iterator[Path | Unread]:
    """Results files under `folder`, but no store's own, and nothing hidden."""
    failed = list[OSError]()
    for place, folders, files in os.walk(folder, onerror=failed.append):
        if is_store(Path(place)):
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(place, name)
            if name.endswith(SUFFIXES) and not name.startswith(".") and path.is_file():
                yield path
    yield from (Unread(str(error.filename), error.strerror or str(error)) for error in failed)

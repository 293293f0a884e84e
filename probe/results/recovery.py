"""What a run has measured so far, after whatever ended it, and what is missing of its plan.

A kill leaves whole lines and at most one torn one at the end; a bad disk or a full one may leave anything. Lines
that are no record are moved to `NAME.torn`, first written there and only then taken out, so that a kill in between
costs nothing (at worst they stand in `NAME.torn` twice). Memory stays bounded by one line and the set of inputs.
"""

import json
import os
import shutil
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from probe.record import MAX_LINE
from probe.record.runfile import Key, Plan, PlannedTarget
from probe.results.durable import draft_of, open_locked, sync, sync_folder
from probe.results.lines import CHUNK, pieces

TORN = ".torn"


@dataclass(frozen=True, slots=True)
class Recovered:
    """Targets that have a record, the lines and bytes the journal now has, and the bytes that were set aside."""

    measured: frozenset[Key] = frozenset()
    lines: int = 0
    size: int = 0
    torn_bytes: int = 0


@dataclass(slots=True)
class _Survey:
    measured: set[Key]
    lines: int = 0
    size: int = 0
    torn_bytes: int = 0
    first_bad: int | None = None
    only_tail: bool = True


def recover(
    path: Path, max_line: int = MAX_LINE, in_vain: Callable[[bytes], bool] | None = None
) -> Recovered:
    """Read the journal at `path`, and move every line that is no record to `NAME.torn`.

    A record is a line with its newline that is a JSON object with `test_name` and `input`. A second record of one
    input is left alone; one that was measured `in_vain` counts as none, and stays. No file is an empty journal. Raises `JournalError` when a run is writing it, `OSError` when
    it cannot be read or written.
    """
    if not path.exists():
        return Recovered()
    with os.fdopen(open_locked(path, create=False), "r+b") as file:
        found = _survey(file, max_line, in_vain)
        if found.first_bad is not None:
            if found.only_tail:
                _cut_tail(file, path, found.first_bad)
            else:
                _sift(file, path, max_line)
    return Recovered(frozenset(found.measured), found.lines, found.size, found.torn_bytes)


def missing(plan: Plan, measured: Collection[Key]) -> list[PlannedTarget]:
    """The targets of `plan` without a record, in its order."""
    return [target for target in plan.targets if target.key not in measured]


def key_of(line: bytes | None) -> Key | None:
    """`test_name` and `input` of a whole record; None for anything else."""
    if line is None or not line.endswith(b"\n"):
        return None
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict) or "input" not in record:
        return None
    name, asked = record.get("test_name"), record["input"]
    return (name, asked) if isinstance(name, str) and isinstance(asked, str | None) else None


def _survey(file: IO[bytes], max_line: int, in_vain: Callable[[bytes], bool] | None) -> _Survey:
    found = _Survey(set())
    for piece in pieces(file, max_line):
        key = key_of(piece.line)
        if key is None:
            found.torn_bytes += piece.size
            found.first_bad = piece.start if found.first_bad is None else found.first_bad
        else:
            if in_vain is None or not in_vain(piece.line or b""):
                found.measured.add(key)
            found.lines += 1
            found.size += piece.size
            found.only_tail = found.first_bad is None
    return found


def _cut_tail(file: IO[bytes], path: Path, start: int) -> None:
    with path.with_suffix(TORN).open("ab") as aside:
        _copy(file, start, os.fstat(file.fileno()).st_size - start, aside)
        _settle(aside)
    sync_folder(path.parent)
    file.truncate(start)
    _settle(file)


def _sift(file: IO[bytes], path: Path, max_line: int) -> None:
    """Records go to a new journal, all else aside; then the new one takes the old one's place."""
    draft = draft_of(path)
    with draft.open("wb") as good, path.with_suffix(TORN).open("ab") as aside, path.open("rb") as again:
        file.seek(0)
        for piece in pieces(file, max_line):
            _copy(again, piece.start, piece.size, aside if key_of(piece.line) is None else good)
        _settle(aside)
        _settle(good)
    shutil.copymode(path, draft)
    if os.name == "nt":  # pragma: no cover - an open file cannot be replaced there
        file.close()
    draft.replace(path)
    sync_folder(path.parent)


def _copy(source: IO[bytes], start: int, size: int, sink: IO[bytes]) -> None:
    """Copy a piece, ended by a newline: what is torn next must not be glued to it."""
    source.seek(start)
    last = b""
    while size > 0 and (data := source.read(min(size, CHUNK))):
        sink.write(data)
        size, last = size - len(data), data[-1:]
    if last != b"\n":
        sink.write(b"\n")


def _settle(file: IO[bytes]) -> None:
    file.flush()
    sync(file.fileno())

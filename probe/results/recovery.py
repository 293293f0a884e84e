"""What a run has measured so far, after whatever ended it."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TORN = ".torn"


@dataclass(frozen=True, slots=True)
class Recovered:
    """Inputs that have a record, the number of records, and the bytes of unreadable lines that were set aside."""

    measured: frozenset[str]
    records: int
    torn_bytes: int


def recover(path: Path) -> Recovered:
    """Read the journal at `path`, and move every line that is no record to `NAME.torn`.

    After a kill -9 that is the last line at most; a line in the middle means a damaged disk. A second record of
    one input is left alone: it was measured twice, by two runs that wrote one after the other.
    """
    if not path.exists():
        return Recovered(frozenset(), 0, 0)
    measured, records, torn = set[str](), 0, list[tuple[int, int]]()
    for start, line in _lines(path):
        name = _input_of(line)
        if name is None:
            torn.append((start, len(line)))
        else:
            measured.add(name)
            records += 1
    if torn:
        _set_aside(path, torn)
    return Recovered(frozenset(measured), records, sum(size for _, size in torn))


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as file:
        start = 0
        for line in file:
            yield start, line
            start += len(line)


def _input_of(line: bytes) -> str | None:
    """The input of a whole record; None for anything else."""
    if not line.endswith(b"\n"):
        return None
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    name = record.get("input") if isinstance(record, dict) else None
    return name if isinstance(name, str) else None


def _set_aside(path: Path, torn: list[tuple[int, int]]) -> None:
    """First the torn lines are safe in their own file, then the journal is replaced by what is left of it."""
    data = path.read_bytes() if len(torn) > 1 else b""
    with path.open("rb") as file, path.with_suffix(TORN).open("ab") as aside:
        for start, size in torn:
            file.seek(start)
            aside.write(file.read(size).rstrip(b"\n") + b"\n")
        aside.flush()
        os.fsync(aside.fileno())
    last_start, last_size = torn[-1]
    if len(torn) == 1 and last_start + last_size == path.stat().st_size:
        with path.open("rb+") as file:
            file.truncate(last_start)
            os.fsync(file.fileno())
        return
    good = bytearray(data or path.read_bytes())
    for start, size in reversed(torn):
        del good[start : start + size]
    replace_file(path, bytes(good))


def replace_file(path: Path, data: bytes) -> None:
    """Give `path` new content in one step: after a kill there is the old or the new, nothing between."""
    draft = path.with_name(path.name + ".new")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # pragma: no cover
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)

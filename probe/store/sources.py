"""Which files are meant: paths, folders, globs and streams, in an order that does not depend on the file system."""

import glob
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from probe.store.errors import StoreError
from probe.store.layout import MANIFEST, STORE

SUFFIXES = (".jsonl", ".jsonl.gz", ".jsonl.zst")
"""What is taken from folders: results files, and OONI's archive. A file that is named is taken whatever its name."""

STDIN = "-"
MAGIC = frozenset("*?[")
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Source:
    """A file to ingest; `name`: as it is told of."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that could not be read, or not to its end, and why."""

    name: str
    reason: str


def find(wanted: Sequence[str], stdin: BinaryIO | None, spool: Path) -> Iterator[Source | Unread]:
    """The files that `wanted` means, each once. Streams (`-`, pipes) are first copied into the folder `spool`.

    Raises `StoreError` for a name that means nothing: nothing is ingested by half because of a slip of the pen.
    """
    seen = set[tuple[int, int]]()
    for text in wanted:
        if text == STDIN and stdin is not None:
            yield _spooled(stdin, "standard input", spool)
            continue
        path = Path(text)
        if _is_pipe(path):
            with path.open("rb") as file:
                yield _spooled(file, text, spool)
            continue
        for found in _expand(text):
            try:
                status = found.stat()
            except OSError as error:
                yield Unread(str(found), error.strerror or str(error))
                continue
            if (status.st_dev, status.st_ino) not in seen:
                seen.add((status.st_dev, status.st_ino))
                yield Source(found, str(found))


def _expand(text: str) -> Iterator[Path]:
    """Files of one argument. Raises `StoreError`."""
    path = Path(text)
    if path.is_dir():
        yield from _walk(path)
    elif path.exists():
        if not path.is_file():
            raise StoreError(f"{text}: neither a file nor a folder")
        yield path
    else:
        found = sorted(glob.glob(text, recursive=True)) if MAGIC & set(text) else []  # noqa: PTH207 - Path knows no absolute patterns
        if not found:
            raise StoreError(f"{text}: no such file or folder")
        for match in map(Path, found):
            if match.is_dir():
                yield from _walk(match)
            elif match.is_file():
                yield match


def _walk(folder: Path) -> Iterator[Path]:
    """Results files under `folder`, but no store's own, and nothing hidden."""
    for place, folders, files in os.walk(folder):
        if Path(place, STORE, MANIFEST).is_file():
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(place, name)
            if name.endswith(SUFFIXES) and not name.startswith(".") and path.is_file():
                yield path


def _is_pipe(path: Path) -> bool:
    try:
        return stat.S_ISFIFO(path.stat().st_mode)
    except OSError:
        return False


def _spooled(stream: BinaryIO, name: str, spool: Path) -> Source | Unread:
    """`stream` as a file in `spool`, so that its digest is known before its first line is read."""
    path = spool / f"stream-{len(list(spool.iterdir()))}"
    try:
        with path.open("xb") as file:
            while chunk := stream.read(CHUNK):
                file.write(chunk)
    except OSError as error:
        return Unread(name, error.strerror or str(error))
    return Source(path, name)


def size_of(source: Source) -> int:
    """Bytes; 0 for a file that is gone."""
    try:
        return source.path.stat().st_size
    except OSError:
        return 0

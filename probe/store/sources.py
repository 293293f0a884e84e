"""What is to be ingested: files, each once, and streams, which become files."""

import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from probe.results.finding import NothingMeantError, Unread, expand
from probe.store.errors import StoreError

STDIN = "-"
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Source:
    """A file to ingest; `name`: as it is told of."""

    path: Path
    name: str


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
            if isinstance(found, Unread):
                yield found
                continue
            try:
                status = found.stat()
            except OSError as error:
                yield Unread(str(found), error.strerror or str(error))
                continue
            if (status.st_dev, status.st_ino) not in seen:
                seen.add((status.st_dev, status.st_ino))
                yield Source(found, str(found))


def _expand(text: str) -> Iterator[Path | Unread]:
    """Files of one argument. Raises `StoreError`."""
    try:
        yield from expand(text)
    except NothingMeantError as error:
        raise StoreError(str(error)) from error


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

"""Lines of results files, plain or gzipped, with a bound on each: no line can fill the memory or end the reading."""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from probe.record import MAX_LINE

CHUNK = 1 << 20


class BadLine(bytes):
    """A line that could not be read. Its bytes are the reason, in words, instead of what stands in the file.

    That is never JSON: a reader that does not look for `BadLine` refuses it as it refuses any other bad line.
    """

    __slots__ = ()

    @property
    def reason(self) -> str:
        """Why, for people."""
        return self.decode()


@dataclass(frozen=True, slots=True)
class Piece:
    """From one newline to the next: where it begins, its size with the newline; `line` is None when over the bound."""

    start: int
    size: int
    line: bytes | None


def pieces(file: IO[bytes], max_line: int = MAX_LINE) -> Iterator[Piece]:
    """All of `file` from its present place, taken for 0; the last piece may have no newline."""
    start = 0
    while line := file.readline(max_line):
        size, rest = len(line), line
        if size == max_line:
            while rest and not rest.endswith(b"\n"):
                rest = file.readline(CHUNK)
                size += len(rest)
        yield Piece(start, size, line if size == len(line) else None)
        start += size


def read_lines(path: Path, max_line: int = MAX_LINE) -> Iterator[tuple[int, bytes]]:
    """Number (from 1) and bytes of each line, newline included, of a `.jsonl` or a `.gz`.

    A line beyond `max_line` bytes and the place where a gzip stream breaks come as `BadLine`; behind the former the
    file goes on, the latter is its end. Raises `OSError` when the file cannot be opened or read.
    """
    with _open(path) as file:
        number = 0
        try:
            for number, piece in enumerate(pieces(file, max_line), 1):
                yield number, _line_or_reason(piece, max_line)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            yield number + 1, BadLine(f"the gzip stream breaks off here: {error}".encode())


def _open(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path, "rb")) if path.suffix == ".gz" else path.open("rb")


def _line_or_reason(piece: Piece, max_line: int) -> bytes:
    if piece.line is None:
        return BadLine(f"a line of {piece.size} bytes; no record is longer than {max_line}".encode())
    return piece.line

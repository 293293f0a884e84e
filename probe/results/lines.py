"""The lines of one file that somebody brings, plain, gzip or zstd: every byte is bounded before it is held.

A line that cannot be used comes with its reason. What ends the reading of a file early comes as its last line, and
all that could be unpacked before it.
"""

import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from probe.record import MAX_LINE

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from zstandard import ZstdDecompressionObj

CHUNK = 1 << 20
HEAD = 4096
"""Bytes that are kept of a line too long for any record."""

RATIO = 250
"""A results file shrinks to a tenth, lines that are all alike to a hundredth; a bomb to a thousandth."""

FREE = 64 << 20
"""Decompressed bytes before the ratio is looked at."""

MAX_WINDOW = 1 << 27
"""Bytes that zstd may look back, and so hold: its own default."""

FED = 1 << 10
"""Packed bytes that zstd is given at once: they cannot become more than 32 MiB (four bytes may stand for 128 KiB)."""

MAX_BLANK = 1_000_000
"""Blank lines of one file."""

AT_ONCE = 1 << 14
"""Bytes that gzip unpacks at once: as many at most are lost before a place that is damaged, whole lines of them included."""

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
BOM = b"\xef\xbb\xbf"

FOREIGN = {
    b"\xff\xfe": "text in UTF-16; turn it into UTF-8 first: iconv -f UTF-16 -t UTF-8",
    b"\xfe\xff": "text in UTF-16; turn it into UTF-8 first: iconv -f UTF-16 -t UTF-8",
    b"PK\x03\x04": "a zip archive; unpack it first",
    b"BZh": "packed by bzip2; unpack it first",
    b"\xfd7zXZ": "packed by xz; unpack it first",
    b"\x04\x22\x4d\x18": "packed by lz4; unpack it first",
    b"PAR1": "a Parquet file, not records",
    b"SQLite format 3": "a database, not records",
}
"""How files begin that hold no lines of records, and what they are."""

NO_RECORDS = (EOFError, zlib.error, gzip.BadGzipFile)


@dataclass(frozen=True, slots=True)
class Piece:
    """From one newline to the next: where it begins, its size with the newline, its bytes, or the first of too many."""

    start: int
    size: int
    data: bytes

    @property
    def line(self) -> bytes | None:
        """The bytes; None when there are too many."""
        return self.data if len(self.data) == self.size else None


def pieces(file: IO[bytes], max_line: int = MAX_LINE) -> Iterator[Piece]:
    """All of `file` from its present place, taken for 0; the last piece may have no newline."""
    start = 0
    while data := file.readline(max_line + 1):
        size = len(data)
        if size > max_line:
            rest, data = data, data[: min(HEAD, max_line)]
            while rest and not rest.endswith(b"\n"):
                rest = file.readline(CHUNK)
                size += len(rest)
        yield Piece(start, size, data)
        start += size


@dataclass(frozen=True, slots=True)
class Line:
    """Line `number` (from 1) of `size` bytes. With a `reason` it is no record, and `data` is only its beginning."""

    number: int
    data: bytes
    size: int
    reason: str | None = None


class BombError(Exception):
    """The file being read unpacks to far more than any file of records."""


BROKEN = (*NO_RECORDS, BombError)
"""What reading a packed file raises when it is damaged, cut short, or a bomb."""


class _Counted(io.RawIOBase):
    """What `inner` decompresses of `packed`, as long as it grows no more than `RATIO` times."""

    def __init__(self, inner: "gzip.GzipFile | _Zstd", at_once: int, packed: IO[bytes]) -> None:
        super().__init__()
        self._inner, self._at_once, self._packed, self._out = inner, at_once, packed, 0

    def readable(self) -> bool:
        """As `io` asks."""
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """As `io` asks; raises `BombError`."""
        data = self._inner.read1(min(self._at_once, memoryview(buffer).nbytes))
        memoryview(buffer)[: len(data)] = data
        self._out += len(data)
        if self._out > FREE and self._out > RATIO * self._packed.tell():
            raise BombError
        return len(data)


def lines_of(path: Path, max_line: int = MAX_LINE) -> Iterator[tuple[Line, int]]:
    """Each line that is not blank, and how many bytes of the file had been read then.

    Raises `OSError`, and `ModuleNotFoundError` for zstd where its package is not installed.
    """
    with path.open("rb") as file:
        head = file.read(16)
        file.seek(0)
        what = next((what for magic, what in FOREIGN.items() if head.startswith(magic)), None)
        if what is not None:
            yield Line(1, head, path.stat().st_size, f"not read: {what}"), 0
            return
        if path.suffix == ".json" and (whole := _one_record(file)):
            yield Line(1, whole, len(whole)), len(whole)
            return
        number = blank = 0
        try:
            for number, piece in enumerate(pieces(unpacked(file, head), max_line), 1):
                if not piece.data.isspace():
                    yield _line(piece, number, max_line), file.tell()
                elif (blank := blank + 1) > MAX_BLANK:
                    yield (
                        Line(number, b"", 0, f"not read any further: more than {MAX_BLANK} blank lines"),
                        file.tell(),
                    )
                    return
        except BombError:
            reason = f"not read any further: it unpacks to more than {RATIO} times its size"
            yield Line(number + 1, b"", 0, reason), file.tell()
        except NO_RECORDS as error:
            reason = f"not read any further: the packed file breaks off or is damaged here: {error}"
            yield Line(number + 1, b"", 0, reason), file.tell()


def _line(piece: Piece, number: int, max_line: int) -> Line:
    reason = None
    if piece.line is None:
        reason = f"a line of {piece.size} bytes; no record is longer than {max_line}"
    return Line(number, piece.data.removeprefix(BOM) if number == 1 else piece.data, piece.size, reason)


def _one_record(file: IO[bytes]) -> bytes | None:
    """All of a file that is one JSON object over several lines, as OONI's web pages give single measurements."""
    data = file.read(MAX_LINE + 1)
    file.seek(0)
    first, _, rest = data.strip().partition(b"\n")
    return data if len(data) <= MAX_LINE and first.strip() == b"{" and rest.endswith(b"}") else None


def unpacked(file: IO[bytes], head: bytes) -> IO[bytes]:
    """What `file`, which begins with `head`, holds once it is unpacked, under the bounds of this module."""
    if head.startswith(GZIP):
        counted = _Counted(gzip.GzipFile(fileobj=file, mode="rb"), AT_ONCE, file)
    elif head.startswith(ZSTD):
        counted = _Counted(_Zstd(file), CHUNK, file)
    else:
        return file
    return cast("IO[bytes]", io.BufferedReader(counted, CHUNK))


class _Zstd:
    """Frame after frame; what was unpacked before an error comes before it. zstandard's own reader tells no broken end."""

    def __init__(self, file: IO[bytes]) -> None:
        import zstandard  # noqa: PLC0415 - no part of the core install, and only needed here

        self._file, self._made = file, zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW)
        self._frame: ZstdDecompressionObj = self._made.decompressobj()
        self._packed = self._out = b""
        self._within, self._broken = False, zstandard.ZstdError

    def read1(self, size: int) -> bytes:
        """Up to `size` bytes; none at the end."""
        while not self._out:
            self._packed = self._packed or self._file.read(FED)
            if not self._packed:
                if self._within:
                    raise EOFError("it ends within a frame")
                return b""
            self._feed()
        data, self._out = self._out[:size], self._out[size:]
        return data

    def _feed(self) -> None:
        try:
            self._out, self._within = self._frame.decompress(self._packed), True
        except self._broken as error:
            raise EOFError(str(error)) from error
        self._packed = b""
        if self._frame.eof:
            self._packed, self._within = self._frame.unused_data, False
            self._frame = self._made.decompressobj()

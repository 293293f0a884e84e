"""Lines of a results file that may be packed, .gz or .zst, with a bound on what it can unpack to. No records here."""

import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import IO, TYPE_CHECKING, cast

from probe.cli.stop import stop
from probe.cli.words import compare as words
from probe.results import MAX_LINE, BadLine, read_lines
from probe.results.lines import pieces

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from zstandard import ZstdDecompressionObj, ZstdDecompressor

PACKED = (".gz", ".zst")
BOM = b"\xef\xbb\xbf"
BUFFER = 1 << 18
ENDINGS = (".jsonl", ".jsonl.gz", ".jsonl.zst")

MOST_AT_LEAST = 4 << 30
MOST_TIMES = 200
"""Bytes a packed file may unpack to: so many times its size, and 4 GiB at least. Results shrink to a fifth or a twentieth."""

ZSTD_CHUNK = 1 << 10
"""Packed bytes at a time: a zstd block of four bytes may unpack to 128 KiB, so that this is 32 MiB at most."""

MAX_BLANKS = 100_000
MAX_WINDOW = 128 << 20
"""Bytes of zstd's window, and so of memory; `zstd` itself refuses more unless told to."""


class UnpacksTooFarError(Exception):
    """The file unpacks to more than any results file."""


class Bounded(io.RawIOBase):
    """What `source` unpacks to, up to `most` bytes."""

    def __init__(self, source: IO[bytes], most: int) -> None:
        self._source, self._left = source, most

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """As `io.RawIOBase`; raises `UnpacksTooFarError`."""
        view = memoryview(buffer)
        data = self._source.read(len(view))
        self._left -= len(data)
        if self._left < 0:
            raise UnpacksTooFarError
        view[: len(data)] = data
        return len(data)


def lines_of(path: Path, most: int | None = None) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of each line that is not blank; what cannot be read comes as `BadLine`.

    A file is packed when it begins so, whatever its name. `most`: bytes it may unpack to. Ends the command when a
    package for zstd is missing; raises `OSError`.
    """
    with path.open("rb") as file:
        head = file.read(4)
    unpack = next((unpack for magic, unpack in PACKINGS.items() if head.startswith(magic)), None)
    whole = _one_record(path) if path.suffix == ".json" else None
    if whole is not None:
        yield 1, whole
        return
    blanks = 0
    for number, line in _packed(path, unpack, most) if unpack else read_lines(path):
        if line.strip():
            yield number, line.removeprefix(BOM) if number == 1 and line.startswith(BOM) else line
            continue
        blanks += 1
        if blanks > MAX_BLANKS:
            yield number, BadLine(words.BLANKS.format(limit=MAX_BLANKS).encode())
            return


def _one_record(path: Path) -> bytes | None:
    """All of a file that is one object over several lines, as OONI's web pages give single measurements."""
    if path.stat().st_size > MAX_LINE:
        return None
    data = path.read_bytes().strip()
    return data if data.partition(b"\n")[0].strip() == b"{" and data.endswith(b"}") else None


def _packed(path: Path, opened: "Unpacking", most: int | None) -> Iterator[tuple[int, bytes]]:
    unpack, broken = opened(path)
    most = most or max(MOST_AT_LEAST, MOST_TIMES * path.stat().st_size)
    number = 0
    with path.open("rb") as file, unpack(file) as unpacked:
        try:
            for number, piece in enumerate(pieces(io.BufferedReader(Bounded(unpacked, most), BUFFER)), 1):
                long = f"a line of {piece.size} bytes; no record is longer than {MAX_LINE}".encode()
                yield number, BadLine(long) if piece.line is None else piece.line
        except UnpacksTooFarError:
            yield number + 1, BadLine(words.BOMB.format(size=most >> 20).encode())
        except broken as error:
            yield number + 1, BadLine(words.BROKEN.format(reason=error).encode())


Unpack = Callable[[IO[bytes]], IO[bytes]]
Errors = tuple[type[Exception], ...]
Unpacking = Callable[[Path], tuple[Unpack, Errors]]


def _gzip(_: Path) -> tuple[Unpack, Errors]:
    return lambda file: cast("IO[bytes]", gzip.GzipFile(fileobj=file)), (
        EOFError,
        zlib.error,
        gzip.BadGzipFile,
    )


def _zstd(path: Path) -> tuple[Unpack, Errors]:
    try:
        import zstandard
    except ModuleNotFoundError:
        stop(words.NEEDS_ZSTD.format(path=path))
    unpacker = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW)
    return lambda file: cast("IO[bytes]", io.BufferedReader(Frames(file, unpacker))), (
        EOFError,
        zstandard.ZstdError,
    )


class Frames(io.RawIOBase):
    """What the zstd frames of `file` unpack to. The package's own reader takes a frame that breaks off for a whole one."""

    def __init__(self, file: IO[bytes], unpacker: "ZstdDecompressor") -> None:
        self._file, self._unpacker = file, unpacker
        self._frame: ZstdDecompressionObj | None = None
        self._packed = self._ready = b""

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """As `io.RawIOBase`; raises `EOFError` where the last frame is not whole, `ZstdError` where there is none."""
        while not self._ready and self._fill():
            pass
        view = memoryview(buffer)
        data, self._ready = self._ready[: len(view)], self._ready[len(view) :]
        view[: len(data)] = data
        return len(data)

    def _fill(self) -> bool:
        """Unpack a little more; False at the end."""
        self._packed = self._packed or self._file.read(ZSTD_CHUNK)
        if not self._packed:
            if self._frame is not None:
                raise EOFError(words.CUT_SHORT)
            return False
        frame = self._frame or self._unpacker.decompressobj()
        self._ready = frame.decompress(self._packed)
        self._frame = None if frame.eof else frame
        self._packed = frame.unused_data if frame.eof else b""
        return True


PACKINGS: Mapping[bytes, Unpacking] = MappingProxyType({b"\x1f\x8b": _gzip, b"\x28\xb5\x2f\xfd": _zstd})
"""How files begin that are packed (RFC 1952, RFC 8878)."""

"""Lines of results files, plain or gzipped, with a bound on each."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

MAX_LINE = 16 << 20
"""OONI's largest records are under 1 MB; a longer line is no record."""



def read_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Number (from 1) and bytes of each line, newline included; raises `OSError` for a file that cannot be read.

    A line beyond the bound is cut to it: no record can be made of it, and the file goes on behind it.
    """
    opened = gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")
    with cast(IO[bytes], opened) as file:
        number = 0
        try:
            while line := file.readline(MAX_LINE):
                number += 1
                yield number, line
                while line and not line.endswith(b"\n"):
                    line = file.readline(MAX_LINE)
        except (EOFError, zlib.error) as error:
            raise OSError(f"{path}: broken gzip after line {number}: {error}") from error

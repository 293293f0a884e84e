"""The lines of a file that was named on the command line, the same for every command that reads records one by one."""

from pathlib import Path
from typing import TYPE_CHECKING

from probe.cli.stop import stop
from probe.cli.words import app as words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from probe.record import Measurement
    from probe.results import Line


def lines_in(file: Path) -> "Iterator[Line]":
    """Each line that is not blank; ends the command when the file cannot be read, or a package is missing for it."""
    from probe.results import lines_of

    try:
        for line, _ in lines_of(file):
            yield line
    except ModuleNotFoundError as error:
        if error.name != "zstandard":
            raise
        stop(words.NEEDS_ZSTD.format(path=file))
    except OSError as error:
        stop(words.UNREADABLE.format(file=file, reason=error.strerror or error))


def record_in(line: "Line") -> "Measurement":
    """The record in `line`. Raises `UnreadableRecordError`."""
    from probe.record import UnreadableRecordError, read_measurement

    if line.reason is not None:
        raise UnreadableRecordError(line.reason)
    return read_measurement(line.data)

"""Standard output, for every command in one place: what it cannot take ends the command with one sentence, and no traceback."""

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import typer

from probe.cli.stop import USAGE
from probe.cli.words import app as words

NO_ROOM = frozenset(
    {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG, errno.EIO, errno.EBADF, errno.EPIPE}
)
"""What writing answers when the disk is full or broken, or nobody reads any more."""


@contextmanager
def writing() -> Iterator[None]:
    """Around a whole command, which handles what goes wrong with files that it opens itself.

    A letter that standard output has no bytes for is written as its number, as Python does on standard error: a
    terminal or a pipe in another encoding than UTF-8 is no reason to say nothing. Raises `SystemExit`.
    """
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        try:
            yield
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except OSError as error:
        # Of a path that cannot be opened or looked at the error has the name: that one is a bug, and is seen.
        if error.errno not in NO_ROOM or error.filename is not None:
            raise
        _leave_out_the_rest()
        if error.errno == errno.EPIPE:
            sys.exit(1)
        with suppress(OSError):
            typer.echo(words.UNWRITABLE.format(reason=error.strerror), err=True)
        sys.exit(USAGE)


def _leave_out_the_rest() -> None:
    """What is still to be written goes nowhere: Python tries once more at its end, and complains."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)

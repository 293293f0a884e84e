"""How a command ends when it cannot go on: one clear line for people, and the right exit code."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer

from probe.cli.say import say

DONE, DIFFERENT, USAGE, CONSENT, UNUSABLE = 0, 1, 2, 3, 4
INTERRUPTED = 128
"""Plus the number of the signal."""


def stop(message: str, code: int = USAGE) -> NoReturn:
    """Say `message` on standard error and end with `code`."""
    say(message)
    raise typer.Exit(code)


@contextmanager
def leaving() -> Iterator[None]:
    """SIGTERM ends what is within as an exception would, so that temporary folders go; unless somebody heeds it already."""
    if (
        threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
    ):
        yield
        return
    signal.signal(signal.SIGTERM, _leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _leave(number: int, _frame: object) -> None:
    raise SystemExit(INTERRUPTED + number)

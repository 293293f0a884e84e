"""How a command ends when it cannot go on: one clear line for people, and the right exit code."""

from typing import NoReturn

import typer

DONE, DIFFERENT, USAGE, CONSENT, UNUSABLE = 0, 1, 2, 3, 4
INTERRUPTED = 128
"""Plus the number of the signal."""


def stop(message: str, code: int = USAGE) -> NoReturn:
    """Say `message` on standard error and end with `code`."""
    typer.echo(message, err=True)
    raise typer.Exit(code)

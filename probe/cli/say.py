"""What is said to people, on standard error."""

import shutil
import sys
import textwrap

import typer


def say(text: str) -> None:
    """`text` as it is; at a terminal, no word is broken at its edge."""
    at_terminal = sys.stderr is not None and sys.stderr.isatty()
    typer.echo(wrapped(text, shutil.get_terminal_size().columns) if at_terminal else text, err=True)


def wrapped(text: str, width: int) -> str:
    """Each line of `text` in lines of `width`, broken between words only, so that paths and commands can be copied."""
    fold = textwrap.TextWrapper(width, break_long_words=False, break_on_hyphens=False)
    return "\n".join(fold.fill(line) for line in text.splitlines())

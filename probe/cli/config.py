"""`probe config`: what is in force and why; a file to begin with."""

from pathlib import Path
from typing import Annotated

import typer

from probe.cli.words import config as words

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

LOOSE = {"ignore_unknown_options": True, "allow_extra_args": True}


@app.command("show", help=words.SHOW, context_settings=LOOSE)
def show(
    arguments: Annotated[list[str] | None, typer.Argument(metavar="OPTIONS", help=words.ARGUMENTS)] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help=words.JSON)] = False,
) -> None:
    """The table to standard output, where it came from to standard error."""
    from probe.cli.settled import show_settled

    show_settled(arguments or [], as_json=as_json)


@app.command("init", help=words.INIT)
def init(
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help=words.INIT_OUTPUT, show_default=False),
    ] = None,
) -> None:
    """Never writes over a file."""
    from probe.cli.settled import write_template

    write_template(output)

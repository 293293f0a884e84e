"""`probe demo`: the real measuring code in the lab, on a clean network and on a censored one, side by side."""

from pathlib import Path

import typer

from probe.cli.words import demo as words


def demo(
    output: Path = typer.Option(
        Path("results"), "-o", "--output", metavar="FOLDER", help=words.OUTPUT, show_default=False
    ),
    *,
    as_json: bool = typer.Option(False, "--json", help=words.JSON),
) -> None:
    """Measure twice."""
    from probe.cli.stop import stop

    try:
        from probe.cli.comparing import measure_twice
    except ModuleNotFoundError as error:
        if error.name != "cryptography":
            raise
        stop(words.NEEDS_LAB)
    raise typer.Exit(measure_twice(output, as_json=as_json))

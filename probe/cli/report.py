"""`probe report`: one page of many measurements."""

from pathlib import Path
from typing import Annotated

import typer

from probe.cli.words import report as words


def report(
    paths: Annotated[list[str], typer.Argument(metavar="PATH", help=words.PATHS)],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help=words.OUTPUT)] = Path(
        "report.html"
    ),
    figures: Annotated[Path | None, typer.Option(metavar="DIR", help=words.FIGURES)] = None,
    language: Annotated[str, typer.Option(metavar="LANG", help=words.LANGUAGE)] = "both",
    targets: Annotated[list[str] | None, typer.Option("--target", metavar="HOST", help=words.TARGET)] = None,
    since: Annotated[str | None, typer.Option(metavar="DAY", help=words.SINCE)] = None,
    until: Annotated[str | None, typer.Option(metavar="DAY", help=words.UNTIL)] = None,
    controls: Annotated[
        list[str] | None, typer.Option("--control", metavar="FILE", help=words.CONTROL)
    ] = None,
) -> None:
    """Exit 1 when files had lines that are no records."""
    from probe.cli import reporting

    wanted = reporting.Wanted.of(
        paths, output, figures, language, targets or (), since, until, controls or ()
    )
    raise typer.Exit(reporting.report(wanted))

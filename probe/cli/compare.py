"""`probe compare`: what changed between two results, or between many runs, and what cannot be compared and why."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from probe.cli.words import compare as words


class By(StrEnum):
    """What `--by` takes."""

    PLATFORM = "platform"
    ASN = "asn"
    INPUT = "input"
    LAYER = "layer"
    RUN = "run"


def compare(
    paths: Annotated[list[str], typer.Argument(metavar="PATH", help=words.PATHS)],
    by: Annotated[By, typer.Option("--by", help=words.BY)] = By.PLATFORM,
    form: Annotated[str | None, typer.Option("--format", metavar="FORMAT", help=words.FORMAT)] = None,
    only: Annotated[list[str] | None, typer.Option("--only", metavar="CLASS", help=words.ONLY)] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help=words.OUTPUT)] = None,
    across: Annotated[bool, typer.Option("--across-networks", help=words.ACROSS)] = False,  # noqa: FBT002
    controls: Annotated[
        list[str] | None, typer.Option("--control", metavar="FILE", help=words.CONTROL)
    ] = None,
    fingerprints: Annotated[list[Path] | None, typer.Option(metavar="FILE", help=words.FINGERPRINTS)] = None,
) -> None:
    """Compare."""
    from probe.cli.comparison.work import Wishes, compare_results

    wishes = Wishes(tuple(paths), by.value, form, tuple(only or ()), output, across)
    raise typer.Exit(compare_results(wishes, controls or (), fingerprints or ()))

"""`probe status`: how the runs in a folder are doing, for people, programs and Docker's HEALTHCHECK."""

from pathlib import Path
from typing import Annotated

import typer

from probe.cli.words import status as words

Results = Annotated[Path | None, typer.Option(metavar="DIR", help=words.RESULTS, show_default=False)]
Json = Annotated[bool, typer.Option("--json", help=words.JSON)]
HealthCheck = Annotated[bool, typer.Option("--healthcheck", help=words.HEALTHCHECK)]
MaxAge = Annotated[str, typer.Option(metavar="DURATION", help=words.MAX_AGE)]


def status(
    results: Results = None,
    max_age: MaxAge = "26h",
    as_json: Json = False,  # noqa: FBT002
    healthcheck: HealthCheck = False,  # noqa: FBT002
) -> None:
    """Show, or check."""
    from probe.cli import placing, standing

    folder = results or placing.output_of(())
    raise typer.Exit(standing.show(folder, max_age, as_json=as_json, healthcheck=healthcheck))

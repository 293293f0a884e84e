"""`probe control`: a list measured in an open network, to be carried to where it is needed."""

from pathlib import Path
from typing import Annotated

import typer

from probe.cli.run import Asn, CaBundle, Country, Lists, MaxRuntime, Parallel, Urls, run
from probe.cli.words import judge as words


def control(
    lists: Lists = None,
    *,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help=words.CONTROL_OUTPUT)],
    urls: Urls = None,
    ca_bundle: CaBundle = None,
    country: Country = "ZZ",
    asn: Asn = "AS0",
    parallel: Parallel = "40",
    max_runtime: MaxRuntime = None,
) -> None:
    """Measure; what is written is a results file like any other."""
    options = {
        "ca_bundle": ca_bundle,
        "country": country,
        "asn": asn,
        "parallel": parallel,
        "max_runtime": max_runtime,
    }
    try:
        run(lists, urls, output, **options)  # type: ignore[arg-type]
    except typer.Exit as end:
        if end.exit_code == 0:
            manifest = output.with_suffix(".manifest.json").name
            typer.echo(words.CONTROL_DONE.format(path=output, manifest=manifest), err=True)
        raise

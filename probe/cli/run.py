"""`probe run` and `probe plan`: options to a job, one call, what people see, the exit code."""

from pathlib import Path
from typing import Annotated

import typer

from probe.cli.stop import stop
from probe.cli.words import run as words

Lists = Annotated[list[str] | None, typer.Argument(metavar="[LIST]...", help=words.LISTS)]
Urls = Annotated[list[str] | None, typer.Option("--url", help=words.URL)]
Resolvers = Annotated[list[str] | None, typer.Option("--resolver", help=words.RESOLVER)]
Dohs = Annotated[list[str] | None, typer.Option("--doh", help=words.DOH)]


def run(
    lists: Lists = None,
    urls: Urls = None,
    output: Annotated[Path, typer.Option("-o", "--output", help=words.OUTPUT)] = Path("results"),
    resolvers: Resolvers = None,
    dohs: Dohs = None,
    no_doh: Annotated[bool, typer.Option("--no-doh", help=words.NO_DOH)] = False,  # noqa: FBT002
    ca_bundle: Annotated[Path | None, typer.Option(help=words.CA_BUNDLE)] = None,
    country: Annotated[str, typer.Option(help=words.COUNTRY)] = "ZZ",
    asn: Annotated[str, typer.Option(help=words.ASN)] = "AS0",
    parallel: Annotated[int, typer.Option(help=words.PARALLEL)] = 40,
    max_runtime: Annotated[str | None, typer.Option(help=words.MAX_RUNTIME)] = None,
    seed: Annotated[int | None, typer.Option(help=words.SEED)] = None,
    resume: Annotated[Path | None, typer.Option(help=words.RESUME)] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=words.DRY_RUN)] = False,  # noqa: FBT002
    as_json: Annotated[bool, typer.Option("--json", help=words.JSON)] = False,  # noqa: FBT002
) -> None:
    """Measure."""
    from probe.cli import measuring, planning
    from probe.cli.values import BadValueError

    wishes = measuring.Wishes(
        lists=tuple(lists or ()), urls=tuple(urls or ()), output=output, resolvers=tuple(resolvers or ()),
        dohs=tuple(dohs or ()), no_doh=no_doh, ca_bundle=ca_bundle, country=country, asn=asn, parallel=parallel,
        max_runtime=max_runtime, seed=seed, resume=resume, as_json=as_json,
    )  # fmt: skip
    try:
        raise typer.Exit(planning.show_plan(wishes) if dry_run else measuring.measure(wishes))
    except BadValueError as error:
        stop(str(error))


def plan(
    lists: Lists = None,
    urls: Urls = None,
    resolvers: Resolvers = None,
    dohs: Dohs = None,
    no_doh: Annotated[bool, typer.Option("--no-doh", help=words.NO_DOH)] = False,  # noqa: FBT002
    parallel: Annotated[int, typer.Option(help=words.PARALLEL)] = 40,
    as_json: Annotated[bool, typer.Option("--json", help=words.JSON)] = False,  # noqa: FBT002
) -> None:
    """The same as `run --dry-run`."""
    run(
        lists,
        urls,
        resolvers=resolvers,
        dohs=dohs,
        no_doh=no_doh,
        parallel=parallel,
        dry_run=True,
        as_json=as_json,
    )

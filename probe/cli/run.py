"""`probe run` and `probe plan`: options to wishes, one call, the exit code."""

from pathlib import Path
from typing import Annotated

import typer

from probe.cli.stop import stop
from probe.cli.words import run as words

Lists = Annotated[list[str] | None, typer.Argument(metavar="LIST", help=words.LISTS)]
Urls = Annotated[list[str] | None, typer.Option("--url", metavar="URL", help=words.URL)]
Output = Annotated[Path | None, typer.Option("-o", "--output", metavar="PATH", help=words.OUTPUT)]
Resolvers = Annotated[list[str] | None, typer.Option("--resolver", metavar="ADDRESS", help=words.RESOLVER)]
Dohs = Annotated[list[str] | None, typer.Option("--doh", metavar="URL@ADDRESS", help=words.DOH)]
NoDoh = Annotated[bool, typer.Option("--no-doh", help=words.NO_DOH)]
CaBundle = Annotated[Path | None, typer.Option(metavar="FILE", help=words.CA_BUNDLE)]
Country = Annotated[str, typer.Option(metavar="CC", help=words.COUNTRY, show_default=False)]
Asn = Annotated[str, typer.Option(metavar="AS…", help=words.ASN, show_default=False)]
Parallel = Annotated[str, typer.Option(metavar="N", help=words.PARALLEL)]
MaxRuntime = Annotated[str | None, typer.Option(metavar="DURATION", help=words.MAX_RUNTIME)]
Seed = Annotated[str | None, typer.Option(metavar="N", help=words.SEED)]
Resume = Annotated[Path | None, typer.Option(metavar="FILE", help=words.RESUME)]
DryRun = Annotated[bool, typer.Option("--dry-run", help=words.DRY_RUN)]
Controls = Annotated[list[str] | None, typer.Option("--control", metavar="SOURCE", help=words.CONTROL)]
Fingerprints = Annotated[list[Path] | None, typer.Option(metavar="FILE", help=words.FINGERPRINTS)]
NetInfo = Annotated[Path | None, typer.Option(metavar="FILE", help=words.NETINFO)]
Json = Annotated[bool, typer.Option("--json", help=words.JSON)]


def run(
    lists: Lists = None,
    urls: Urls = None,
    output: Output = None,
    resolvers: Resolvers = None,
    dohs: Dohs = None,
    no_doh: NoDoh = False,  # noqa: FBT002
    ca_bundle: CaBundle = None,
    country: Country = "ZZ",
    asn: Asn = "AS0",
    parallel: Parallel = "40",
    max_runtime: MaxRuntime = None,
    seed: Seed = None,
    resume: Resume = None,
    controls: Controls = None,
    fingerprints: Fingerprints = None,
    netinfo: NetInfo = None,
    dry_run: DryRun = False,  # noqa: FBT002
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Measure."""
    from probe.cli import measuring, planning
    from probe.cli.values import BadValueError
    from probe.cli.wishes import Wishes

    wishes = Wishes(
        lists=tuple(lists or ()), urls=tuple(urls or ()), output=output, resolvers=tuple(resolvers or ()),
        dohs=tuple(dohs or ()), no_doh=no_doh, ca_bundle=ca_bundle, country=country, asn=asn, parallel=parallel,
        max_runtime=max_runtime, seed=seed, resume=resume, as_json=as_json, controls=tuple(controls or ()),
        fingerprints=tuple(fingerprints or ()), netinfo=netinfo,
    )  # fmt: skip
    try:
        raise typer.Exit(planning.show_plan(wishes) if dry_run else measuring.measure(wishes))
    except BadValueError as error:
        stop(str(error))


def plan(
    lists: Lists = None,
    urls: Urls = None,
    output: Output = None,
    resolvers: Resolvers = None,
    dohs: Dohs = None,
    no_doh: NoDoh = False,  # noqa: FBT002
    ca_bundle: CaBundle = None,
    country: Country = "ZZ",
    asn: Asn = "AS0",
    parallel: Parallel = "40",
    max_runtime: MaxRuntime = None,
    seed: Seed = None,
    resume: Resume = None,
    controls: Controls = None,
    fingerprints: Fingerprints = None,
    netinfo: NetInfo = None,
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """The same as `run --dry-run`, and takes the same options."""
    options = (resolvers, dohs, no_doh, ca_bundle, country, asn, parallel, max_runtime, seed, resume)
    judging = (controls, fingerprints, netinfo)
    run(lists, urls, output, *options, *judging, dry_run=True, as_json=as_json)

"""`probe run` and `probe plan`: options to wishes, one call, the exit code."""

# ruff: noqa: ARG001 - Click reads the signatures, and keeps what was set and where in its context

from pathlib import Path
from typing import Annotated, Any

import typer

from probe.cli.configuring import Config, ranks_of, with_origin
from probe.cli.stop import stop
from probe.cli.words import run as words


def _set_by(name: str) -> dict[str, Any]:
    """An option that the environment can set; names of variables in the help would take half of its lines."""
    return {"envvar": f"PROBE_{name}", "show_envvar": False}


Lists = Annotated[list[str] | None, typer.Argument(metavar="LIST", help=words.LISTS, **_set_by("LISTS"))]
Urls = Annotated[list[str] | None, typer.Option("--url", metavar="URL", help=words.URL, **_set_by("URL"))]
Output = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="PATH", help=words.OUTPUT, **_set_by("OUTPUT"))
]
Resolvers = Annotated[
    list[str] | None,
    typer.Option("--resolver", metavar="ADDRESS", help=words.RESOLVER, **_set_by("RESOLVER")),
]
Dohs = Annotated[
    list[str] | None, typer.Option("--doh", metavar="URL@ADDRESS", help=words.DOH, **_set_by("DOH"))
]
NoDoh = Annotated[bool, typer.Option("--no-doh", help=words.NO_DOH, **_set_by("NO_DOH"))]
CaBundle = Annotated[Path | None, typer.Option(metavar="FILE", help=words.CA_BUNDLE, **_set_by("CA_BUNDLE"))]
Country = Annotated[
    str, typer.Option(metavar="CC", help=words.COUNTRY, show_default=False, **_set_by("COUNTRY"))
]
Asn = Annotated[str, typer.Option(metavar="AS…", help=words.ASN, show_default=False, **_set_by("ASN"))]
Parallel = Annotated[str, typer.Option(metavar="N", help=words.PARALLEL, **_set_by("PARALLEL"))]
MaxRuntime = Annotated[
    str | None, typer.Option(metavar="DURATION", help=words.MAX_RUNTIME, **_set_by("MAX_RUNTIME"))
]
MaxBytes = Annotated[str | None, typer.Option(metavar="SIZE", help=words.MAX_BYTES, **_set_by("MAX_BYTES"))]
Seed = Annotated[str | None, typer.Option(metavar="N", help=words.SEED, **_set_by("SEED"))]
Resume = Annotated[Path | None, typer.Option(metavar="FILE", help=words.RESUME)]
DryRun = Annotated[bool, typer.Option("--dry-run", help=words.DRY_RUN)]
Controls = Annotated[
    list[str] | None, typer.Option("--control", metavar="SOURCE", help=words.CONTROL, **_set_by("CONTROL"))
]
ControlToken = Annotated[
    str | None, typer.Option(metavar="TOKEN", help=words.CONTROL_TOKEN, **_set_by("CONTROL_TOKEN"))
]
Fingerprints = Annotated[
    list[Path] | None, typer.Option(metavar="FILE", help=words.FINGERPRINTS, **_set_by("FINGERPRINTS"))
]
NetInfo = Annotated[Path | None, typer.Option(metavar="FILE", help=words.NETINFO, **_set_by("NETINFO"))]
Keep = Annotated[str | None, typer.Option(metavar="DURATION", help=words.KEEP, **_set_by("KEEP"))]
MaxDisk = Annotated[str | None, typer.Option(metavar="SIZE", help=words.MAX_DISK, **_set_by("MAX_DISK"))]
ResumeInterrupted = Annotated[
    bool, typer.Option("--resume-interrupted", help=words.RESUME_INTERRUPTED, **_set_by("RESUME_INTERRUPTED"))
]
Json = Annotated[bool, typer.Option("--json", help=words.JSON, **_set_by("JSON"))]
SummaryLine = Annotated[
    bool, typer.Option("--summary-line", help=words.SUMMARY_LINE, **_set_by("SUMMARY_LINE"))
]
MetricsFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help=words.METRICS_FILE, **_set_by("METRICS_FILE"))
]
MetricsTargets = Annotated[
    bool, typer.Option("--metrics-targets", help=words.METRICS_TARGETS, **_set_by("METRICS_TARGETS"))
]


def run(
    context: typer.Context,
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
    max_bytes: MaxBytes = None,
    seed: Seed = None,
    resume: Resume = None,
    resume_interrupted: ResumeInterrupted = False,  # noqa: FBT002
    keep: Keep = None,
    max_disk: MaxDisk = None,
    controls: Controls = None,
    control_token: ControlToken = None,
    fingerprints: Fingerprints = None,
    netinfo: NetInfo = None,
    config: Config = None,
    dry_run: DryRun = False,  # noqa: FBT002
    as_json: Json = False,  # noqa: FBT002
    summary_line: SummaryLine = False,  # noqa: FBT002
    metrics_file: MetricsFile = None,
    metrics_targets: MetricsTargets = False,  # noqa: FBT002
) -> None:
    """Measure."""
    _carry_out(context)


def plan(
    context: typer.Context,
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
    max_bytes: MaxBytes = None,
    seed: Seed = None,
    resume: Resume = None,
    resume_interrupted: ResumeInterrupted = False,  # noqa: FBT002
    keep: Keep = None,
    max_disk: MaxDisk = None,
    controls: Controls = None,
    control_token: ControlToken = None,
    fingerprints: Fingerprints = None,
    netinfo: NetInfo = None,
    config: Config = None,
    as_json: Json = False,  # noqa: FBT002
    summary_line: SummaryLine = False,  # noqa: FBT002
    metrics_file: MetricsFile = None,
    metrics_targets: MetricsTargets = False,  # noqa: FBT002
) -> None:
    """The same as `run --dry-run`, and takes the same options."""
    _carry_out(context, dry_run=True)


def _carry_out(context: typer.Context, *, dry_run: bool = False) -> None:
    """What was set, wherever, is in the context of Click; the signatures above are for it to read."""
    from probe.cli import measuring, planning
    from probe.cli.values import BadValueError
    from probe.cli.wishes import collect, settle

    dry_run = context.params.get("dry_run", False) or dry_run
    wishes = settle(collect(context.params), ranks_of(context))
    try:
        raise typer.Exit(planning.show_plan(wishes) if dry_run else measuring.measure(wishes))
    except BadValueError as error:
        stop(with_origin(context, str(error)))

"""`probe schedule`: runs by the clock, on hosts with no scheduler of their own."""

# ruff: noqa: ARG001 - Click reads the signature, and keeps what was set in its context

from pathlib import Path
from typing import Annotated, Any

import typer

from probe.cli.configuring import Config
from probe.cli.stop import stop
from probe.cli.words import schedule as words


def _set_by(name: str) -> dict[str, Any]:
    """An option that the environment can set, too."""
    return {"envvar": f"PROBE_{name}", "show_envvar": False}


Cron = Annotated[str | None, typer.Option(metavar="FIELDS", help=words.CRON, **_set_by("CRON"))]
Jitter = Annotated[str | None, typer.Option(metavar="DURATION", help=words.JITTER, **_set_by("JITTER"))]
Timezone = Annotated[str, typer.Option(metavar="ZONE", help=words.TIMEZONE, **_set_by("TIMEZONE"))]
OnceIfMissed = Annotated[
    bool, typer.Option("--once-if-missed", help=words.ONCE_IF_MISSED, **_set_by("ONCE_IF_MISSED"))
]
MaxRuns = Annotated[int | None, typer.Option(metavar="N", min=1, help=words.MAX_RUNS, **_set_by("MAX_RUNS"))]
TimeLimit = Annotated[str, typer.Option(metavar="DURATION", help=words.TIME_LIMIT, **_set_by("TIME_LIMIT"))]
ProbeId = Annotated[str | None, typer.Option(metavar="NAME", help=words.PROBE_ID, **_set_by("PROBE_ID"))]
MetricsFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help=words.METRICS_FILE, **_set_by("METRICS_FILE"))
]
MetricsPort = Annotated[
    int | None,
    typer.Option(metavar="PORT", min=0, max=65535, help=words.METRICS_PORT, **_set_by("METRICS_PORT")),
]
MetricsHost = Annotated[
    str, typer.Option(metavar="ADDRESS", help=words.METRICS_HOST, **_set_by("METRICS_HOST"))
]
MetricsTargets = Annotated[
    bool, typer.Option("--metrics-targets", help=words.METRICS_TARGETS, **_set_by("METRICS_TARGETS"))
]
LogFormat = Annotated[str, typer.Option(metavar="FORM", help=words.LOG_FORMAT, **_set_by("LOG_FORMAT"))]
LogLevel = Annotated[str, typer.Option(metavar="LEVEL", help=words.LOG_LEVEL, **_set_by("LOG_LEVEL"))]
RunOptions = Annotated[
    list[str] | None, typer.Argument(metavar="-- RUN-OPTIONS", help=words.RUN_OPTIONS, show_default=False)
]


def schedule(
    context: typer.Context,
    run_options: RunOptions = None,
    cron: Cron = None,
    jitter: Jitter = None,
    timezone: Timezone = "UTC",
    once_if_missed: OnceIfMissed = False,  # noqa: FBT002
    max_runs: MaxRuns = None,
    time_limit: TimeLimit = "6h",
    probe_id: ProbeId = None,
    metrics_file: MetricsFile = None,
    metrics_port: MetricsPort = None,
    metrics_host: MetricsHost = "127.0.0.1",
    metrics_targets: MetricsTargets = False,  # noqa: FBT002
    log_format: LogFormat = "text",
    log_level: LogLevel = "info",
    config: Config = None,
) -> None:
    """Keep a schedule until a signal comes."""
    try:
        from probe.cli import scheduling
    except ModuleNotFoundError as error:
        if error.name not in ("cronsim", "prometheus_client"):
            raise
        stop(words.NEEDS)
    raise typer.Exit(scheduling.keep(scheduling.Wishes.collect(context.params)))

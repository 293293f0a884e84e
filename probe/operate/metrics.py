"""What Prometheus gets to see of a results folder: after a run as a file for node_exporter, or served while scheduled.

Names follow Prometheus' conventions: base units, `_total` for what only grows. Totals are kept in `health.json`, so
that they survive restarts and one-shot runs count too. No target's name is in a metric unless it was asked for.
docs/metrics.md has every name; a test holds it to that.
"""

import platform
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from probe import __version__
from probe.operate.disk import Disk
from probe.operate.health import Health
from probe.operate.outcome import FAILED, STATUSES, LastRun, Seen
from probe.operate.state import ScheduleState
from probe.record.runfile import Outcome, parse_moment
from probe.results.durable import replace_file

OUTCOMES = (*get_args(Outcome), FAILED)

Samples = Sequence[tuple[Sequence[str], int]]
"""Values of labels, and the number."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that metrics are made of, at one moment. `targets` are those of the last run, if they were asked for."""

    health: Health
    disk: Disk | None = None
    state: ScheduleState | None = None
    targets: Sequence[Seen] = ()


class Metrics(Collector):
    """The metrics of one snapshot; `show` replaces it."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def show(self, snapshot: Snapshot) -> None:
        """From now on this is what is seen. May be called from any thread."""
        self._snapshot = snapshot

    def describe(self) -> Iterable[Metric]:
        """Nothing: names are known by collecting."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Every metric."""
        snapshot = self._snapshot
        yield _labelled(
            "build_info", "Version of reachprobe and of Python; always 1.", ("version", "python"),
            [((__version__, platform.python_version()), 1)],
        )  # fmt: skip
        running = snapshot.health.running_since or (snapshot.state and snapshot.state.running_since)
        yield from _of_runs(snapshot.health, running=bool(running))
        if snapshot.health.last:
            yield from _of_last(snapshot.health.last)
        if snapshot.disk:
            yield _gauge("results_size_bytes", "Bytes that the results folder takes.", snapshot.disk.used)
            yield _gauge(
                "results_free_bytes", "Bytes that are free where the results lie.", snapshot.disk.free
            )
        if snapshot.state:
            yield from _of_schedule(snapshot.state)
        if snapshot.targets:
            yield _labelled(
                "target_status", "1 for the status of each target in the last run.", ("input", "status"),
                [((seen.input, seen.status), 1) for seen in snapshot.targets],
            )  # fmt: skip


def registry_of(collector: Metrics) -> CollectorRegistry:
    """A registry of its own, with nothing else in it."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)
    return registry


def write_metrics(path: Path, snapshot: Snapshot) -> None:
    """Write the metrics of `snapshot` into `path`, in one step, for node_exporter's textfile collector.

    Raises `OSError`. A reader sees the old file or the new one: what is being written has a name that does not end in
    `.prom`, which the collector ignores.
    """
    replace_file(path, generate_latest(registry_of(Metrics(snapshot))))


def _of_runs(health: Health, *, running: bool) -> Iterator[Metric]:
    runs = [((outcome,), health.runs.get(outcome, 0)) for outcome in OUTCOMES]
    yield _counter("runs_total", "Runs that ended, by how they ended.", ("outcome",), runs)
    targets = [((status,), health.targets.get(status, 0)) for status in STATUSES]
    yield _counter("targets_total", "Targets measured, by the verdict's status.", ("status",), targets)
    yield _gauge("run_in_progress", "1 while a run goes on.", int(running))
    help_text = "End of the last run on a network that works; seconds since 1970, 0: none so far."
    yield _gauge("last_success_timestamp_seconds", help_text, seconds(health.last_success))


def _of_last(run: LastRun) -> Iterator[Metric]:
    started, finished = seconds(run.started), seconds(run.finished)
    yield _gauge("last_run_timestamp_seconds", "End of the last run; seconds since 1970.", finished)
    yield _gauge("run_duration_seconds", "How long the last run took.", max(0.0, finished - started))
    if run.exit_code is not None:
        yield _gauge("last_run_exit_code", "Exit code of the last run.", run.exit_code)
    by_status = [((status,), run.statuses.get(status, 0)) for status in STATUSES]
    yield _labelled(
        "last_run_targets", "Targets of the last run, by the verdict's status.", ("status",), by_status
    )
    yield _gauge("last_run_planned_targets", "Targets that the last run set out to measure.", run.planned)
    yield _gauge("last_run_missing_targets", "Targets of the last run without a record.", run.missing)
    yield _gauge("last_run_records_bytes", "Size of the last run's records.", run.records_bytes)


def _of_schedule(state: ScheduleState) -> Iterator[Metric]:
    started = state.since.timestamp()
    yield _gauge(
        "schedule_start_timestamp_seconds", "When the schedule was started; seconds since 1970.", started
    )
    if state.next_start:
        help_text = "When the next run starts; seconds since 1970."
        yield _gauge("schedule_next_run_timestamp_seconds", help_text, state.next_start.timestamp())
    help_text = (
        "Runs that were due and did not come, since one run made up for several, or the schedule was down."
    )
    yield _counter("schedule_missed_runs_total", help_text, (), [((), state.missed)])


def seconds(moment: str | None) -> float:
    """`YYYY-MM-DD HH:MM:SS` (UTC) in seconds since 1970; 0 for never."""
    return parse_moment(moment).timestamp() if moment else 0.0


def _gauge(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"reachprobe_{name}", help_text, value=value)


def _labelled(name: str, help_text: str, labels: Sequence[str], values: Samples) -> Metric:
    return _filled(GaugeMetricFamily(f"reachprobe_{name}", help_text, labels=labels), values)


def _counter(name: str, help_text: str, labels: Sequence[str], values: Samples) -> Metric:
    return _filled(CounterMetricFamily(f"reachprobe_{name}", help_text, labels=labels), values)


def _filled(
    metric: GaugeMetricFamily | CounterMetricFamily, values: Samples
) -> GaugeMetricFamily | CounterMetricFamily:
    for labels, value in values:
        metric.add_metric(labels, value)
    return metric

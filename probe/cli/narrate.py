"""A run as programs see it: one JSON object per target on standard output, and a summary as the last line."""

import json
from collections import Counter
from typing import TextIO

from probe.cli.table import LiveTable, steps_of
from probe.cli.verdicts import hosts_of
from probe.judge.platform import judge_platforms
from probe.record import Measurement, WebMeasurement
from probe.record.reach import reach_of
from probe.testlist import Target


class JsonLines:
    """A `Listener` of `probe.run` that writes lines, each with `common` in it, and lets people watch as well."""

    def __init__(self, out: TextIO, table: LiveTable, **common: object) -> None:
        self._out, self._table, self._common = out, table, common
        self._ends: Counter[str] = Counter()

    def started(self, target: Target) -> None:
        """Nothing to say yet."""
        self._table.started(target)

    def finished(self, target: Target, measurement: Measurement) -> None:
        """`{"input", "platform", "role", "steps", "status", "failure", "elsewhere", "runtime", "verdict"}`."""
        self._table.finished(target, measurement)
        if not isinstance(measurement, WebMeasurement):
            return
        reach = reach_of(measurement)
        self._ends[reach.ended_at or "answered"] += 1
        self.write(
            input=target.url,
            platform=target.platform,
            role=target.role,
            steps={name.lower(): done for name, done in steps_of(reach).items()},
            status=reach.status,
            failure=reach.failure,
            elsewhere=reach.elsewhere,
            runtime=measurement.test_runtime,
            verdict=_plain(measurement),
        )

    def crashed(self, target: Target, error: BaseException) -> None:
        """`{"input", "crashed"}`."""
        self._table.crashed(target, error)
        self.write(input=target.url, crashed=type(error).__name__)

    def summarise(self, **facts: object) -> None:
        """The last line, `{"summary": {…}}`."""
        platforms = {
            name: {
                "status": verdict.status,
                "confidence": verdict.confidence,
                "mechanisms": verdict.mechanisms,
            }
            for name, verdict in judge_platforms(hosts_of(self._table.judged)).items()
        }
        self.write(summary={**facts, "ended": dict(self._ends), "platforms": platforms})

    def write(self, **line: object) -> None:
        """One line."""
        self._out.write(json.dumps({**line, **self._common}, ensure_ascii=False) + "\n")
        self._out.flush()


class SummaryLine(JsonLines):
    """The summary alone."""

    def write(self, **line: object) -> None:
        """Nothing, but for the last line."""
        if "summary" in line:
            super().write(**line)


def _plain(measurement: WebMeasurement) -> object:
    verdict = measurement.test_keys.x_verdict
    return verdict.model_dump(mode="json") if verdict else None

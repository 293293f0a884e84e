"""The real world of a keeper: this machine's clock, processes and disk, and what operators see of a run."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from probe.operate.child import Asked, Child, Ended, Inbox
from probe.operate.diary import known, look_back, runs_ended, with_runs
from probe.operate.disk import disk_of
from probe.operate.health import Health
from probe.operate.log import Tell
from probe.operate.memory import Tick
from probe.operate.metrics import Metrics, Snapshot, write_metrics
from probe.operate.outcome import LastRun, Seen, manifests, targets_of
from probe.operate.state import Keep, ScheduleState

CANNOT_START = 126
"""What a shell says of a program that cannot be started."""


@dataclass(slots=True)
class Host:
    """A `World`. Runs are `command`, noted in the folder of `keep`, and shown by `metrics` and in `metrics_file`."""

    keep: Keep
    inbox: Inbox
    child: Child
    command: Sequence[str]
    tell: Tell
    metrics: Metrics
    metrics_file: Path | None = None
    name_targets: bool = False
    state: ScheduleState | None = None
    targets: Sequence[Seen] = ()

    def now(self) -> datetime:
        """The wall clock."""
        return datetime.now(UTC)

    def wait(self, seconds: float) -> int | None:
        """Until a signal comes, for at most `seconds`."""
        message = self.inbox.get(seconds)
        return message.number if isinstance(message, Asked) else None

    def save(self, state: ScheduleState) -> None:
        """Into the folder, and into the metrics."""
        self.state = state
        self.show(known(self.keep.folder))
        self.keep.save(state)

    def run(self, tick: Tick) -> Ended:  # noqa: ARG002 - every tick's run is the same command
        """One process, from start to end."""
        folder, started = self.keep.folder, self.now()
        before = manifests(folder)
        try:
            ended = self.child.run(self.command)
        except OSError as error:
            ended = Ended(CANNOT_START, (str(error.strerror),))
        asked = ended.asked is not None
        self._note(look_back(folder, before, started, self.now(), ended.exit_code, asked=asked))
        return ended

    def _note(self, runs: Sequence[LastRun]) -> None:
        folder = self.keep.folder
        try:
            health = runs_ended(folder, runs)
        except OSError as error:
            self.tell("health.not_saved", logging.ERROR, reason=error.strerror)
            health = with_runs(known(folder), runs)
        if self.name_targets and (name := runs[-1].records_file):
            self.targets = targets_of(folder / name)
        self.state = self.state and self.state.model_copy(update={"running_since": None})
        snapshot = self.show(health)
        if self.metrics_file:
            try:
                write_metrics(self.metrics_file, snapshot)
            except OSError as error:
                self.tell("metrics.not_written", logging.ERROR, reason=error.strerror)

    def show(self, health: Health) -> Snapshot:
        """From now on metrics show this."""
        snapshot = Snapshot(health, disk_of(self.keep.folder), self.state, self.targets)
        self.metrics.show(snapshot)
        return snapshot

"""A schedule put together from options: the work behind `probe schedule`.

The measuring core is not loaded here: this process lives for months, and each run is another one.
"""

import contextlib
import ipaddress
import logging
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import probe
from probe.cli.placing import output_of
from probe.cli.stop import CONSENT, USAGE, stop
from probe.cli.units import parse_duration
from probe.cli.words import run as run_words
from probe.cli.words import schedule as words
from probe.operate.agenda import decide
from probe.operate.child import Child, Inbox, program, signals_to
from probe.operate.exposition import ExpositionError, serving
from probe.operate.health import Health
from probe.operate.host import Host
from probe.operate.keeper import Keeper
from probe.operate.log import Format, Tell, telling
from probe.operate.metrics import Metrics, Snapshot, registry_of
from probe.operate.state import Keep, ScheduleState, StateError
from probe.operate.timetable import Timetable, TimetableError, find_zone
from probe.safety.consent import CONSENT_VERSION, consent_path, granted, home

LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
MAX_PROBE_ID = 200

REHEARSAL = 120.0
"""Seconds that reading all lists may take."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """The options of `schedule` as typed."""

    run_options: tuple[str, ...]
    cron: str | None
    jitter: str | None
    timezone: str
    once_if_missed: bool
    max_runs: int | None
    time_limit: str
    probe_id: str | None
    metrics_file: Path | None
    metrics_port: int | None
    metrics_host: str
    metrics_targets: bool
    log_format: str
    log_level: str
    config: Path | None

    @classmethod
    def collect(cls, parameters: Mapping[str, Any]) -> Self:
        """From the parameters of the command, by their names."""
        return cls(**{**parameters, "run_options": tuple(parameters["run_options"] or ())})

    @property
    def options(self) -> tuple[str, ...]:
        """What every run gets: the configuration that we read, unless it is told of another."""
        named = self.config is None or any(option.startswith("--config") for option in self.run_options)
        return self.run_options if named else ("--config", str(self.config), *self.run_options)


def keep(wishes: Wishes, start: Sequence[str] | None = None) -> int:
    """`probe schedule`: returns the exit code. Whatever is wrong with any option is said before the first wait.

    `start` is how `probe` is started; None: as this one was.
    """
    start = start or program(Path(probe.__file__).parents[1])
    form, level = _form(wishes), _level(wishes)
    table, limit = _table(wishes), _duration(words.BAD_TIME_LIMIT, wishes.time_limit)
    _check_metrics(wishes)
    folder = _rehearsed(wishes.options, start)
    if not granted(os.environ, consent_path(os.environ, sys.platform, home())):
        stop(run_words.CONSENT_MISSING.format(version=CONSENT_VERSION), CONSENT)
    try:
        kept = Keep(folder)
    except StateError as error:
        stop(str(error))
    with contextlib.closing(kept), telling(sys.stderr, form, level, words.EVENTS) as tell:
        state = _state(kept, table, wishes, tell)
        table = Timetable(table.expression, table.zone, table.zone_name, table.jitter, state.probe_id)
        return _keep(wishes, [*start, "run", *wishes.options], kept, table, state, limit, tell)


def _keep(
    wishes: Wishes,
    command: Sequence[str],
    kept: Keep,
    table: Timetable,
    state: ScheduleState,
    limit: float,
    tell: Tell,
) -> int:
    inbox, metrics = Inbox(), Metrics(Snapshot(Health()))
    child = Child(inbox, time.monotonic, lambda line: tell("run.said", logging.DEBUG, line=line), limit=limit)
    host = Host(
        kept, inbox, child, command, tell, metrics, wishes.metrics_file, wishes.metrics_targets, state
    )
    tell(
        "schedule.started", cron=table.expression, zone=table.zone_name,
        jitter_s=round(table.jitter.total_seconds()), probe_id=state.probe_id, folder=kept.folder.name,
    )  # fmt: skip
    with signals_to(inbox), _served(wishes, metrics, tell):
        return Keeper(table, state, host, tell, wishes.max_runs).keep()


@contextmanager
def _served(wishes: Wishes, metrics: Metrics, tell: Tell) -> Iterator[None]:
    if wishes.metrics_port is None:
        yield
        return
    try:
        with serving(registry_of(metrics), wishes.metrics_host, wishes.metrics_port) as port:
            tell("metrics.serving", host=wishes.metrics_host, port=port)
            yield
    except ExpositionError as error:
        stop(words.BAD_METRICS.format(reason=error))


def _state(kept: Keep, table: Timetable, wishes: Wishes, tell: Tell) -> ScheduleState:
    """The state to go on from: the earlier one of the same timetable, or a new one."""
    now = datetime.now(UTC)
    try:
        before = kept.load()
    except StateError as error:
        tell("state.anew", logging.WARNING, reason=error)
        before = None
    probe_id = wishes.probe_id or (before.probe_id if before else secrets.token_hex(8))
    fresh = ScheduleState(
        probe_id=probe_id, expression=table.expression, zone=table.zone_name, since=now, seen=now,
        missed=before.missed if before else 0,
    )  # fmt: skip
    if before is None or (before.expression, before.zone) != (table.expression, table.zone_name):
        return fresh
    state = before.model_copy(
        update={"probe_id": probe_id, "since": now, "running_since": None, "next_start": None}
    )
    if wishes.once_if_missed or before.seen > now:
        return state
    return _without_what_was_missed(state, table, now, tell)


def _without_what_was_missed(
    state: ScheduleState, table: Timetable, now: datetime, tell: Tell
) -> ScheduleState:
    """`state` with all ticks until `now` dealt with, and those that had no run counted."""
    decision = decide(table, state.memory, now)
    missed = decision.missed + (decision.tick is not None)
    if missed:
        tell("runs.missed", logging.WARNING, missed=missed)
    return state.model_copy(update={"seen": now, "missed": state.missed + missed})


def _rehearsed(options: Sequence[str], start: Sequence[str]) -> Path:
    """The results folder of runs with `options`; ends the command when `probe run` would refuse them."""
    if any(option.split("=", 1)[0] == "--resume" for option in options):
        stop(words.NO_RESUME)
    if "-" in options:
        stop(words.NO_INPUT)
    command = [*start, "run", "--dry-run", *options]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter, no shell
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=REHEARSAL, check=False
        )
    except subprocess.TimeoutExpired:
        stop(words.TOO_SLOW.format(seconds=REHEARSAL))
    if done.returncode:
        stop(done.stderr.decode(errors="replace").strip(), done.returncode if done.returncode > 0 else USAGE)
    output = output_of(options)
    if output.suffix == ".jsonl" and not output.is_dir():
        stop(words.ONE_FILE.format(path=output))
    return output


def _table(wishes: Wishes) -> Timetable:
    """The timetable, whose probe is not known yet."""
    if not wishes.cron:
        stop(words.NO_CRON)
    if wishes.probe_id and len(wishes.probe_id) > MAX_PROBE_ID:
        stop(words.BAD_PROBE_ID.format(most=MAX_PROBE_ID))
    jitter = _duration(words.BAD_JITTER, wishes.jitter) if wishes.jitter else 0.0
    try:
        find_zone(wishes.timezone)
    except TimetableError as error:
        stop(words.BAD_ZONE.format(value=wishes.timezone, reason=error))
    try:
        return Timetable.parse(wishes.cron, wishes.timezone, jitter, "", datetime.now(UTC))
    except TimetableError as error:
        stop(words.BAD_CRON.format(value=wishes.cron, reason=error))


def _duration(sentence: str, value: str) -> float:
    try:
        return parse_duration(value)
    except ValueError as error:
        stop(sentence.format(value=value, reason=error))


def _check_metrics(wishes: Wishes) -> None:
    if wishes.metrics_targets and wishes.metrics_file is None and wishes.metrics_port is None:
        stop(words.TARGETS_ALONE)
    try:
        ipaddress.ip_address(wishes.metrics_host)
    except ValueError:
        stop(words.BAD_HOST.format(value=wishes.metrics_host))


def _form(wishes: Wishes) -> Format:
    try:
        return Format(wishes.log_format)
    except ValueError:
        stop(words.BAD_FORMAT.format(value=wishes.log_format))


def _level(wishes: Wishes) -> int:
    return LEVELS.get(wishes.log_level) or stop(words.BAD_LEVEL.format(value=wishes.log_level))

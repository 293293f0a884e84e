"""What was named on the command line to sides of a comparison: files found, read, judged where need be, one row a record."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import Self

from pydantic import ValidationError
from rich.console import Console
from rich.text import Text

from probe.cli.comparison.rows import Rows
from probe.cli.judging import Bench
from probe.cli.lines import lines_in, record_in
from probe.cli.stop import stop
from probe.cli.telling import shown
from probe.cli.words import compare as words
from probe.judge.rules import RULESET
from probe.judge.verdict import judge
from probe.record import Measurement, UnreadableRecordError, WebMeasurement
from probe.record.runfile import Plan, parse_moment
from probe.record.verdict import Verdict
from probe.report.compare.comparison import Side
from probe.report.compare.row import Row
from probe.report.compare.seen import is_problem
from probe.results import Line, RunFiles
from probe.results.finding import NothingMeantError, Unread, expand, is_store
from probe.results.resultsfile import MAX_PLAN

PACKED = (".gz", ".zst")
MAX_MEASUREMENTS = 5_000_000
"""Rows take some hundred bytes each."""


@dataclass(slots=True)
class Reading:
    """All that was read of one argument."""

    name: str
    files: list[Path]
    rows: list[Row] = field(default_factory=list)
    bad: int = 0
    anew: int = 0

    @property
    def records(self) -> int:
        """Valid records."""
        return sum(not is_problem(row) for row in self.rows)


class Reader:
    """Reads sides. `always`: judge each record anew, also one whose verdict is by today's rules."""

    def __init__(self, bench: Bench, *, always: bool, told: "Progress") -> None:
        self._bench, self._always, self._told = bench, always, told
        self._rows = Rows()
        self._count = 0

    def read(self, name: str) -> Reading:
        """All results that `name` stands for; ends the command when there are none."""
        found = Reading(name, files_of(name))
        for file in found.files:
            self._read_file(file, found)
            try:
                found.rows += self._not_measured(file, found)
            except OSError as error:
                stop(words.UNREADABLE.format(file=file, reason=error.strerror or error))
        return found

    def _read_file(self, file: Path, found: Reading) -> None:
        before = len(found.rows)
        for line in lines_in(file):
            self._told.advance(file)
            row: Row | None
            try:
                row, anew = self._row(line)
            except UnreadableRecordError as error:
                found.bad += 1
                form = words.BAD if line.reason is None else words.UNUSABLE
                self._told.say(form.format(file=file, line=line.number, reason=error))
                row, anew = self._rows.of_invalid(line.data), False
            found.anew += anew
            if row is not None:
                found.rows.append(row)
                self._count += 1
            if self._count > MAX_MEASUREMENTS:
                stop(words.TOO_MANY.format(limit=MAX_MEASUREMENTS))
        found.rows[before:] = _with_runs(found.rows[before:])

    def _row(self, line: Line) -> tuple[Row, bool]:
        """The row, and whether it was judged anew. Raises `UnreadableRecordError`."""
        record = record_in(line)
        try:
            parse_moment(record.measurement_start_time)
        except ValueError as error:
            reason = words.NO_MOMENT.format(value=record.measurement_start_time)
            raise UnreadableRecordError(reason) from error
        recorded = record.test_keys.x_verdict if isinstance(record, WebMeasurement) else None
        verdict = self._verdict(record, recorded)
        return self._rows.of_record(record, line.data, verdict, recorded), verdict is not recorded

    def _verdict(self, record: Measurement, recorded: Verdict | None) -> Verdict | None:
        if not isinstance(record, WebMeasurement):
            return None
        if recorded is not None and not self._always and self._is_todays(recorded):
            return recorded
        return judge(record, self._bench.view(record), self._bench.knowledge.fingerprints).verdict

    def _is_todays(self, verdict: Verdict) -> bool:
        return verdict.ruleset == RULESET and verdict.knowledge == self._bench.knowledge.version

    def _not_measured(self, file: Path, found: Reading) -> list[Row]:
        """Placeholders for what an unfinished run did not come to: its plan lies beside its records."""
        base = file.with_suffix("") if file.suffix in PACKED else file
        path = RunFiles(base).plan
        try:
            if not path.exists():
                return []
            if path.stat().st_size > MAX_PLAN:
                raise ValueError(f"{path.stat().st_size} bytes")  # noqa: TRY301 - one place that tells of bad plans
            plan = Plan.model_validate_json(path.read_bytes())
        except (OSError, ValueError) as error:
            reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else error
            self._told.say(words.BAD_PLAN.format(path=path, reason=reason))
            return []
        return self._rows.of_plan(plan, (row.target for row in found.rows if row.run == plan.run_id))


class Progress:
    """Lines for people, and a moving count on a terminal once it has taken two seconds."""

    AFTER = 2.0

    def __init__(self) -> None:
        self._clock, self._records = monotonic, 0
        self._console = Console(stderr=True, highlight=False)
        self._status = self._console.status("")
        self._start = monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._status.stop()

    def advance(self, file: Path) -> None:
        """One more record."""
        self._records += 1
        if (
            self._records % 100 == 0
            and self._console.is_terminal
            and self._clock() - self._start > self.AFTER
        ):
            self._status.update(words.READING.format(records=f"{self._records:,}", file=file.name))
            self._status.start()

    def say(self, text: str) -> None:
        """A line on standard error."""
        self._console.print(Text(shown(text)), soft_wrap=True)


def files_of(name: str) -> list[Path]:
    """Results files that `name` stands for, sorted, each once; ends the command when there are none, or not all can be read."""
    found = dict[Path, Path]()
    try:
        if Path(name).is_fifo():
            stop(words.A_PIPE.format(path=name))
        if is_store(Path(name)):
            stop(words.A_STORE.format(path=name))
        for file in expand(name):
            if isinstance(file, Unread):
                stop(words.UNREADABLE.format(file=file.name, reason=file.reason))
            found.setdefault(file.resolve(), file)
    except NothingMeantError as error:
        stop(str(error))
    except OSError as error:
        stop(words.UNREADABLE.format(file=name, reason=error.strerror or error))
    if not found:
        stop(words.NO_FILES.format(path=name))
    return [found[path] for path in sorted(found)]


def _with_runs(rows: list[Row]) -> list[Row]:
    """`rows` of one file: a placeholder that does not know its run is of the only run there is in the file, if there is one only."""
    runs = {row.run for row in rows if row.run or not is_problem(row)}
    if len(runs) != 1 or all(row.run for row in rows):
        return rows
    (run,) = runs
    return [row if row.run else replace(row, run=run) for row in rows]


def by_run(readings: Sequence[Reading]) -> Iterator[Side]:
    """One side for each run that measured something, in order of time.

    What is left of a line may not tell its run, or name one that nothing else is of: that makes no run.
    """
    runs = dict[str, list[Row]]()
    for reading in readings:
        for row in reading.rows:
            runs.setdefault(row.run, []).append(row)
    runs = {run: rows for run, rows in runs.items() if not all(map(is_problem, rows))}
    starts = {
        run: min((row.started for row in rows if row.started), default="") for run, rows in runs.items()
    }
    for number, run in enumerate(sorted(runs, key=lambda run: (starts[run] or "~", run)), 1):
        yield Side(words.RUN_LABEL.format(number=number), runs[run], run)

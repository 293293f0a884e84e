"""The work on one batch of lines: read, judge, lay out as rows, spill to the disk. Batches know nothing of each other.

A batch is at most some megabytes of lines, of one file or of many small ones. What comes back is small: where the
rows lie, and the lines that are no records.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from probe.record import Measurement, UnreadableRecordError, read_measurement
from probe.record.identity import uid_of
from probe.results.lines import Line
from probe.store.batch import SCHEMAS, observations_of, table_of
from probe.store.bench import Bench
from probe.store.columns import MEASUREMENTS
from probe.store.rows import (
    Judged,
    Origin,
    Row,
    UnusableRecordError,
    measurement_row,
    observation_rows,
)

KEPT = 1 << 20
"""Bytes of a bad line that are kept in quarantine; the largest records of OONI's are smaller."""

SHORT = 16
"""Digits of a file's digest that a row carries."""

OWNER = "owner"
SPILLED = SCHEMAS["observations"].append(pa.field(OWNER, pa.int32()))
"""`owner`: which row of the batch's measurements of that day it belongs to."""

OPTIONS = pa.ipc.IpcWriteOptions(compression="lz4")


@dataclass(frozen=True, slots=True)
class Segment:
    """Lines of one file; `source`: its digest."""

    source: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that is no record; `data`: its beginning."""

    number: int
    reason: str
    size: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Spilled:
    """Where the rows of a batch lie, by day: the record batch of that number in both files of `stem`.

    `rows`: of measurements by day. `refused` and `taken`: by source.
    """

    stem: Path
    days: Mapping[int, int]
    rows: Mapping[int, int]
    taken: Mapping[str, int]
    refused: Mapping[str, Sequence[Refused]]

    @property
    def measurements(self) -> Path:
        """The file of measurements."""
        return self.stem.with_suffix(".measurements")

    @property
    def observations(self) -> Path:
        """The file of observations."""
        return self.stem.with_suffix(".observations")


class _Rows:
    """Rows of one day in the making."""

    def __init__(self) -> None:
        self.measurements: list[Row] = []
        self.observations: list[Row] = []
        self.owners: list[int] = []


def work(bench: Bench, segments: Sequence[Segment], stem: Path, now: float) -> Spilled:
    """Do all of it; the files appear beside `stem`. Raises `OSError` when the disk does not take them."""
    days: defaultdict[int, _Rows] = defaultdict(_Rows)
    refused: defaultdict[str, list[Refused]] = defaultdict(list)
    taken: defaultdict[str, int] = defaultdict(int)
    for segment in segments:
        for line in segment.lines:
            why = line.reason or _take(bench, segment.source, line, days, now)
            if why is None:
                taken[segment.source] += 1
            else:
                refused[segment.source].append(Refused(line.number, why, line.size, line.data[:KEPT]))
    spilled = Spilled(
        stem,
        days={day: place for place, day in enumerate(sorted(days))},
        rows={day: len(found.measurements) for day, found in days.items()},
        taken=taken,
        refused=refused,
    )
    _spill(spilled, days)
    return spilled


def _take(bench: Bench, source: str, line: Line, days: Mapping[int, _Rows], now: float) -> str | None:
    """Add the rows of `line` to its day; why not, if it is no record."""
    try:
        record = read_measurement(line.data)
        judged = _judged(bench, record)
        uid = uid_of(record, line.data)
        row = measurement_row(record, uid, judged, Origin(source[:SHORT], line.number), now)
    except (UnreadableRecordError, UnusableRecordError) as error:
        return _told(line.data, str(error))
    day = row[0]
    assert isinstance(day, int)
    rows = days[day]
    steps = list(observation_rows(record))
    rows.observations += steps
    rows.owners += [len(rows.measurements)] * len(steps)
    rows.measurements.append(row)
    return None


def _judged(bench: Bench, record: Measurement) -> Judged:
    """Raises `UnusableRecordError` where judging fails: one record must not end the work on all."""
    try:
        return bench.judged(record)
    except Exception as error:
        raise UnusableRecordError(
            f"cannot be judged, please report this: {type(error).__name__}: {error}"
        ) from error


def _told(data: bytes, reason: str) -> str:
    """`reason`, with what it comes from where that can be seen."""
    if not data.endswith((b"\n", b"}")):
        return f"torn: the file ends in the middle of it ({reason})"
    if b"\0" in data[:1000]:
        return f"binary data, or text in UTF-16 ({reason})"
    return reason


def _spill(spilled: Spilled, days: Mapping[int, _Rows]) -> None:
    with (
        pa.ipc.new_file(str(spilled.measurements), SCHEMAS["measurements"], options=OPTIONS) as measurements,
        pa.ipc.new_file(str(spilled.observations), SPILLED, options=OPTIONS) as observations,
    ):
        for day in sorted(days):
            rows = days[day]
            table = table_of(MEASUREMENTS, rows.measurements)
            steps = observations_of(table, rows.owners, rows.observations)
            steps = steps.append_column(OWNER, pa.array(rows.owners, pa.int32()))
            measurements.write_batch(_one_batch(table))
            observations.write_batch(_one_batch(steps.cast(SPILLED)))


def _one_batch(table: pa.Table) -> pa.RecordBatch:
    """`table` as one record batch, an empty one too: its number is how the day is found again."""
    batches = table.combine_chunks().to_batches()
    return batches[0] if batches else pa.RecordBatch.from_pylist([], schema=table.schema)

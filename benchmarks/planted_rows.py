"""The planted world as a store, without records: rows by the million, day by day, for queries to be timed on.

Every row is what ingesting the record of its kind would have given; ids and times are drawn, the rest is copied.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time

import numpy as np
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).parents[1]))

from planted_lines import measurement
from planted_world import Network, World, outcomes, runs, write_truth

from probe.store.batch import observations_of, table_of
from probe.store.columns import MEASUREMENTS
from probe.store.commit import commit, writing
from probe.store.layout import Store
from probe.store.parts import MAX_ROWS, Made, write_part
from probe.store.rows import Judged, Origin, Row, measurement_row, observation_rows


class Kinds:
    """Rows of each kind of measurement, made once."""

    def __init__(self) -> None:
        self.measurements: list[Row] = []
        self.observations: list[list[Row]] = []
        self._numbers: dict[tuple[str, str, str], int] = {}

    def number(self, place: World, network: Network, site_number: int, met: str) -> int:
        """Which kind it is."""
        site = place.sites[site_number]
        key = (site.domain, met, network.cc)
        if key not in self._numbers:
            record = measurement(site, met, network.cc, 0, bodies=False)
            record.measurement_start_time, record.probe_asn = "2020-01-01 00:00:00", "AS0"
            verdict = record.test_keys.x_verdict
            row = measurement_row(record, "", Judged(verdict, verdict), Origin("planted", 1), time())
            self._numbers[key] = len(self.measurements)
            self.measurements.append(row)
            self.observations.append(list(observation_rows(record)))
        return self._numbers[key]


def write_store(place: World, folder: Path, rows: int, *, observations: bool) -> int:
    """A store of about `rows` measurements in `folder`; returns how many. Without `observations` only the first day has some."""
    write_truth(place, folder)
    store, random, kinds = Store.at(folder), np.random.default_rng(place.seed), Kinds()
    made: list[Made] = []
    per_day = max(1, rows // place.days)
    with writing(store), TemporaryDirectory(dir=folder) as staging:
        for offset, cells in enumerate(_days(place, kinds)):
            table = _table(kinds, cells, per_day, (place.first.toordinal() - 719_163 + offset), random)
            made += _write(Path(staging), "measurements", table)
            if observations or offset == 0:
                made += _write(Path(staging), "observations", _steps(kinds, table))
        commit(store, made, (), time())
    return store.manifest.rows("measurements")


def _days(place: World, kinds: Kinds) -> Iterator[list[tuple[int, int, int]]]:
    """For each day: kind, AS number, and number of the run, of every measurement of the world."""
    day, cells = place.first, list[tuple[int, int, int]]()
    for number, run in enumerate(runs(place), 1):
        if run.day != day:
            yield cells
            day, cells = run.day, []
        for site, met, _ in outcomes(place, run):
            cells.append((kinds.number(place, run.network, site.number - 1, met), run.network.asn, number))
    yield cells


def _table(
    kinds: Kinds, cells: list[tuple[int, int, int]], size: int, day: int, random: np.random.Generator
) -> pa.Table:
    """`size` measurements: the day's runs, as often as it takes; each time from further probes."""
    found = np.array(cells, dtype=np.int64)
    picked = np.resize(np.arange(len(found)), size)
    turn = np.arange(size) // len(found)
    base = table_of(MEASUREMENTS, kinds.measurements).append_column(
        "kind", pa.array(range(len(kinds.measurements)))
    )
    table = base.take(pa.array(found[picked, 0]))
    seconds = day * 86_400 + random.integers(0, 86_400, size)
    runs_ = found[picked, 2] + turn * 1_000_000
    changed = {
        "measurement_start_day": pa.array(np.full(size, day, np.int32)).cast(pa.date32()),
        "measurement_start_time": pa.array(seconds).cast(pa.timestamp("s", tz="UTC")),
        "measurement_uid": _hexadecimal(random.bytes(16 * size), 32),
        "run_id": pa.array(runs_).cast(pa.string()),
        "probe_asn": pa.array(found[picked, 1]),
        "test_runtime": pa.array(random.uniform(0.3, 11, size).round(6)),
        "source_line": pa.array(np.arange(size) % 1000 + 1),
    }
    for name, column in changed.items():
        table = table.set_column(table.column_names.index(name), base.schema.field(name), column)
    return table


def _hexadecimal(data: bytes, width: int) -> pa.Array:
    """`data` as texts of `width` hexadecimal digits."""
    text = data.hex().encode()
    offsets = np.arange(0, len(text) + 1, width, dtype=np.int32)
    return pa.StringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(text))


def _steps(kinds: Kinds, table: pa.Table) -> pa.Table:
    owners, rows = list[int](), list[Row]()
    for owner, kind in enumerate(table["kind"].to_pylist()):
        for row in kinds.observations[kind]:
            owners.append(owner)
            rows.append(row)
    return observations_of(table, owners, rows)


def _write(folder: Path, name: str, table: pa.Table) -> Iterator[Made]:
    if name == "measurements":
        table = table.drop_columns(["kind"])
    day = table["measurement_start_day"][0].cast(pa.int32()).as_py()
    for start in range(0, table.num_rows, MAX_ROWS[name]):
        yield write_part(folder, name, day, [table.slice(start, MAX_ROWS[name])])

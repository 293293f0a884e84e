"""Rows → the two tables in Arrow, with the rows' types and nothing that Arrow cannot hold."""

from collections.abc import Mapping, Sequence
from itertools import repeat

import pyarrow as pa

from probe.store.columns import MEASUREMENTS, OBSERVATIONS
from probe.store.rows import OWN, SHARED, Cell, Row
from probe.store.schema import TYPES, Columns, schema_of

SCHEMAS: Mapping[str, pa.Schema] = {
    "measurements": schema_of(MEASUREMENTS),
    "observations": schema_of(OBSERVATIONS),
}


def table_of(columns: Columns, rows: Sequence[Row]) -> pa.Table:
    """`rows`, whose cells stand in the order of `columns`."""
    cells = zip(*rows, strict=True) if rows else repeat((), len(columns))
    arrays = [
        _array(list(found), TYPES[kind]) for found, (kind, _) in zip(cells, columns.values(), strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=schema_of(columns))


def observations_of(measurements: pa.Table, owners: Sequence[int], rows: Sequence[Row]) -> pa.Table:
    """`rows` with the cells of `SHARED`; `owners`: which row of `measurements` each belongs to."""
    own = table_of({name: OBSERVATIONS[name] for name in OWN}, rows)
    shared = measurements.select(list(SHARED)).take(pa.array(owners, pa.int64()))
    both = {name: shared[name] for name in SHARED} | {name: own[name] for name in OWN}
    return pa.table([both[name] for name in OBSERVATIONS], schema=SCHEMAS["observations"])


def _array(cells: list[Cell], kind: pa.DataType) -> pa.Array:
    try:
        return pa.array(cells, kind)
    except UnicodeEncodeError:  # half a surrogate pair is no UTF-8
        return pa.array([_whole(cell) for cell in cells], kind)


def _whole(cell: Cell) -> Cell:
    return cell.encode("utf-8", "replace").decode() if isinstance(cell, str) else cell

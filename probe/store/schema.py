"""The columns as Arrow types, and cells that fit them. Nothing is read or written here."""

from collections.abc import Mapping

import pyarrow as pa

from probe.store.columns import MEASUREMENTS, OBSERVATIONS, SOURCES, Kind

TYPES: Mapping[Kind, pa.DataType] = {
    "text": pa.string(),
    "int": pa.int64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
    "date": pa.date32(),
    "time": pa.timestamp("s", tz="UTC"),
}

Columns = Mapping[str, tuple[Kind, str]]

TABLES: Mapping[str, Columns] = {
    "measurements": MEASUREMENTS,
    "observations": OBSERVATIONS,
    "sources": SOURCES,
}
"""Every table of a store, by the name of its folder."""


def schema_of(columns: Columns) -> pa.Schema:
    """`columns` as Arrow sees them; what each means is kept as the field's metadata, and so in every Parquet file."""
    return pa.schema(
        [
            pa.field(name, TYPES[kind], metadata={"description": text})
            for name, (kind, text) in columns.items()
        ]
    )

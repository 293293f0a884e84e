"""What every engine gives: the two tables as Ibis knows them, and a way to run what is asked of them."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import MappingProxyType, TracebackType
from typing import Any, Self

import pyarrow as pa

from probe.store.columns import MEASUREMENTS, OBSERVATIONS, Kind
from probe.store.errors import StoreError

DTYPES: Mapping[Kind, str] = MappingProxyType({
    "text": "string",
    "int": "int64",
    "float": "float64",
    "bool": "boolean",
    "date": "date",
    "time": "timestamp('UTC', 0)",
})  # fmt: skip
"""The columns' kinds as Ibis calls them."""

READ = MappingProxyType({"measurements": MEASUREMENTS, "observations": OBSERVATIONS})
"""The tables that are asked, by name."""


class EngineError(StoreError):
    """The engine cannot be used: it is missing, or not there, or refused; the message says what to do."""


@dataclass(slots=True)
class Tables:
    """A store opened in an engine; a context manager, since an engine holds memory, files and sometimes processes.

    `execute`: runs an expression; its answer may have the engine's own types.
    """

    measurements: Any
    observations: Any
    execute: Callable[[Any], pa.Table]
    after: ExitStack = field(default_factory=ExitStack)

    def run(self, expression: Any) -> pa.Table:  # noqa: ANN401 - an Ibis table
        """The answer, in the types the expression promises, so that engines' answers can be compared. Raises `EngineError`."""
        return conform(self.execute(expression), expression.schema().to_pyarrow())

    def close(self) -> None:
        """Give everything back."""
        self.after.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def unbound(name: str, real_name: str | None = None) -> Any:  # noqa: ANN401 - Ibis'
    """A table as Ibis knows it before any engine does; `real_name`: what the engine calls it."""
    import ibis  # noqa: PLC0415 - an extra, and a second to import

    columns = {column: DTYPES[kind] for column, (kind, _) in READ[name].items()}
    return ibis.table(columns, name=real_name or name)


def conform(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """`table` with the columns and types of `schema`: engines have their own idea of dates, of text, and of what can be null."""
    columns = [as_type(table.column(field.name), field.type) for field in schema]
    plain = pa.schema([pa.field(field.name, field.type) for field in schema])
    return pa.table(columns, schema=plain)


def as_type(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """`column` as `kind`; days come as numbers from ClickHouse, and bytes for text."""
    if pa.types.is_date32(kind) and pa.types.is_uint16(column.type):
        return column.cast(pa.int32()).cast(kind)
    return column.cast(kind)

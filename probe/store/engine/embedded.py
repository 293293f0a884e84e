"""DuckDB, in this process: bounded memory, what does not fit goes to a temporary folder, nothing comes from a network."""

from collections.abc import Mapping
from contextlib import ExitStack
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from probe.store.engine.tables import READ, EngineError, Tables, unbound
from probe.store.layout import Store
from probe.store.schema import schema_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY = "1GB"
"""Enough for a group-by over 20 million rows; more only makes it faster."""

SETTINGS: Mapping[str, bool] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "preserve_insertion_order": False,
}


def open_duckdb(store: Store, memory: str = MEMORY, threads: int | None = None) -> Tables:
    """`memory`: as DuckDB writes it, "1GB". `threads`: as many as there are cores if None. Raises `EngineError`."""
    import duckdb  # noqa: PLC0415 - an extra
    import ibis  # noqa: PLC0415 - an extra

    after = ExitStack()
    spill = after.enter_context(TemporaryDirectory(prefix="reachprobe-"))
    limits: dict[str, Any] = {"memory_limit": memory, "temp_directory": spill}
    limits |= {"threads": threads} if threads is not None else {}
    try:
        connection = after.enter_context(duckdb.connect(config={**SETTINGS, **limits}))
        for name in READ:
            _open(connection, store, name)
    except duckdb.Error as error:
        after.close()
        raise EngineError(f"DuckDB cannot open the store: {_first(error)}") from error

    def execute(expression: Any) -> pa.Table:  # noqa: ANN401 - an Ibis table
        """The answer to `expression`. Raises `EngineError`."""
        try:
            return connection.sql(str(ibis.to_sql(expression, dialect="duckdb"))).to_arrow_table()
        except duckdb.Error as error:
            raise EngineError(f"DuckDB gave up: {_first(error)}") from error

    return Tables(unbound("measurements"), unbound("observations"), execute, after)


def _first(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:300]


def _open(connection: "DuckDBPyConnection", store: Store, name: str) -> None:
    """The files that the manifest names, as a view."""
    files = store.files(name)
    if not files:
        connection.register(name, schema_of(READ[name]).empty_table())
    elif store.inside.disk is not None:
        connection.read_parquet(files, hive_partitioning=False).create_view(name)
    else:
        connection.register(name, dataset(store, name))


def dataset(store: Store, name: str) -> Any:  # noqa: ANN401 - pyarrow's
    """The table as a pyarrow dataset, which reads object stores; DuckDB would want to fetch a part of itself for that."""
    from pyarrow import dataset as datasets  # noqa: PLC0415 - only here

    return datasets.dataset(
        store.files(name), schema=schema_of(READ[name]), format="parquet", filesystem=store.filesystem
    )

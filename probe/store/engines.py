"""Which engine answers: a name like `duckdb` or `spark://…` to a store opened in it. What is asked is in `query`."""

from pathlib import Path

from probe.store.engine.tables import EngineError, Tables
from probe.store.layout import Store

__all__ = ["ENGINES", "EngineError", "MissingPackageError", "Tables", "open_engine"]

ENGINES = "duckdb, spark://HOST:PORT, clickhouse://USER@HOST:PORT/DATABASE, chdb"

EXTRAS = {
    "duckdb": "report",
    "ibis": "report",
    "pyarrow": "report",
    "pandas": "report",
    "pyspark": "spark",
    "chdb": "clickhouse",
    "clickhouse_connect": "clickhouse",
}
"""Which extra brings a package."""


class MissingPackageError(EngineError):
    """An optional package is not installed."""

    def __init__(self, engine: str, extra: str) -> None:
        super().__init__(f"{engine} needs further packages: pip install 'reachprobe[{extra}]'")
        self.extra = extra


def open_engine(
    engine: str, store: str | Path | Store, *, memory: str = "1GB", threads: int | None = None
) -> Tables:
    """The tables of `store` in `engine`; close them, or use `with`. `memory`, `threads`: of DuckDB.

    Raises `StoreError` for a store that cannot be used, `EngineError` for an engine that cannot, `MissingPackageError`
    when the engine is not installed.
    """
    try:
        return _open(engine, store if isinstance(store, Store) else Store(store), memory, threads)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in EXTRAS:
            raise
        raise MissingPackageError(engine.partition(":")[0], EXTRAS[package]) from error


def _open(engine: str, store: Store, memory: str, threads: int | None) -> Tables:
    if engine == "duckdb":
        from probe.store.engine.embedded import open_duckdb  # noqa: PLC0415 - needs the extra

        return open_duckdb(store, memory, threads)
    if engine.startswith(("spark://", "local[")):
        from probe.store.engine.cluster import open_spark  # noqa: PLC0415 - the same

        return open_spark(store, engine)
    if engine == "chdb" or engine.startswith(("clickhouse://", "clickhouses://")):
        from probe.store.engine.column_store import open_chdb, open_clickhouse  # noqa: PLC0415 - the same

        return open_chdb(store) if engine == "chdb" else open_clickhouse(store, engine)
    raise EngineError(f"{engine}: no such engine; there are {ENGINES}")

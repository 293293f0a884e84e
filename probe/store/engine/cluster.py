"""Spark: a cluster that others keep running. This process is the driver; what workers read, they must be able to open."""

import os
import re
import socket
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from probe.store.engine.tables import READ, EngineError, Tables
from probe.store.layout import Store
from probe.store.schema import schema_of

SETTINGS: Mapping[str, str] = MappingProxyType({
    "spark.log.level": "ERROR",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.parquet.aggregatePushdown": "false",
    "spark.sql.adaptive.enabled": "true",
})  # fmt: skip

SHARED = "{place}: Spark's workers read the store themselves; put it into a folder that all of them mount, and name that"
REFUSED = "Spark gave up: {reason}"
UNREACHABLE = "{master}: Spark does not start: {reason}; is Java 17 here, and is the master's address right?"
NOBODY = "{master}: nobody answers there ({reason}); is the master's address right, and is it running?"
KNOCK = 10.0
"""Seconds for a master to accept a connection. Spark itself tries for a minute and a half, and then does not say why."""

MAX_PORT = 65_535

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def open_spark(store: Store, master: str, settings: Mapping[str, str] = MappingProxyType({})) -> Tables:
    """`master`: spark://HOST:PORT, or local[N]. `settings`: Spark's own, over ours. Raises `EngineError`."""
    import ibis  # noqa: PLC0415 - an extra

    with _quiet():
        from pyspark.sql import SparkSession  # noqa: PLC0415 - an extra
    if store.inside.disk is None:
        raise EngineError(SHARED.format(place=store.inside.root))
    _knock(master)
    after = ExitStack()
    try:
        with _quiet():
            session = _session(SparkSession.builder.master(master), master, settings)
    except Exception as error:  # a missing Java comes as whatever the bridge makes of it
        raise EngineError(UNREACHABLE.format(master=master, reason=_first(error))) from error
    after.callback(session.stop)
    try:
        with _quiet():
            measurements, observations = _open(ibis.pyspark.connect(session), session, store)
    except Exception as error:
        after.close()
        raise EngineError(REFUSED.format(reason=_first(error))) from error

    def execute(expression: Any) -> pa.Table:  # noqa: ANN401 - an Ibis table
        """The answer to `expression`. Raises `EngineError`."""
        try:
            with _quiet():
                return expression.to_pyarrow()
        except Exception as error:
            raise EngineError(REFUSED.format(reason=_first(error))) from error

    return Tables(measurements, observations, execute, after)


def _knock(master: str) -> None:
    """That one of the masters is there, of which `spark://a:1,b:2` names two. Raises `EngineError`."""
    if not master.startswith("spark://"):
        return
    reason = ""
    for place in master.removeprefix("spark://").split(","):
        host, _, port = place.rpartition(":")
        if not host or not port.isdecimal() or int(port) > MAX_PORT:
            reason = f"{place[:60]!r} is no HOST:PORT"
            continue
        try:
            socket.create_connection((host.strip("[]"), int(port)), KNOCK).close()
        except OSError as error:
            reason = _first(error)
        else:
            return
    raise EngineError(NOBODY.format(master=master, reason=reason))


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the warning that PySpark has for the pandas it finds; of pandas nothing is used here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        yield


def _first(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:300]


def _session(builder: Any, master: str, settings: Mapping[str, str]) -> Any:  # noqa: ANN401 - Spark's
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    if _is_here(master):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    local = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    chosen = {**SETTINGS, **(local if _is_here(master) else {}), **settings}
    for name, value in chosen.items():
        builder = builder.config(name, value)
    session = builder.appName("reachprobe").getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def _is_here(master: str) -> bool:
    host = master.removeprefix("spark://").rpartition(":")[0]
    return host in LOOPBACK or master.startswith("local")


def _address(file: str) -> str:
    """`file` as Hadoop takes it: not percent-encoded, and signs of patterns escaped."""
    return "file://" + re.sub(r"([\\\[\]{}*?])", r"\\\1", file)


def _open(connection: Any, session: Any, store: Store) -> list[Any]:  # noqa: ANN401 - Spark's
    from pyspark.sql.pandas.types import from_arrow_schema  # noqa: PLC0415 - an extra

    for name, columns in READ.items():
        schema = from_arrow_schema(schema_of(columns))
        files = [_address(file) for file in store.files(name)]
        frame = session.read.schema(schema).parquet(*files) if files else session.createDataFrame([], schema)
        frame.createOrReplaceTempView(name)
    return [connection.table(name) for name in READ]

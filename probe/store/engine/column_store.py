"""ClickHouse: in this process (chdb), or a server that is given the store's rows once and keeps them."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote, urlsplit

import pyarrow as pa
import pyarrow.parquet as pq

from probe.store.engine.tables import READ, EngineError, Tables, unbound
from probe.store.layout import Store
from probe.store.schema import schema_of

MEMORY = 1 << 30
"""Bytes that chdb may use for a query; above a quarter of it, groups go to disk."""

BATCH = 200_000
"""Rows sent to a server at a time."""

HTTP_PORT, HTTPS_PORT = 8123, 8443
ON_DISK = "{place}: chdb reads a store from a disk of this machine; use --engine duckdb"
REFUSED = "{address}: ClickHouse cannot be used: {reason}"
BAD_ADDRESS = (
    "{address}: an address is clickhouse://USER:PASSWORD@HOST:PORT/DATABASE, or clickhouses:// for TLS"
)


def open_chdb(store: Store, memory: int = MEMORY) -> Tables:
    """ClickHouse's own code over the store's files, no server. Raises `EngineError`."""
    import chdb  # noqa: PLC0415 - an extra
    import ibis  # noqa: PLC0415 - an extra

    if store.inside.disk is None:
        raise EngineError(ON_DISK.format(place=store.inside.root))
    engine: Any = chdb
    connection, after = engine.connect(":memory:"), ExitStack()
    after.callback(connection.close)
    links = Path(after.enter_context(TemporaryDirectory(prefix="reachprobe-")))
    for setting in (f"max_memory_usage = {memory}", f"max_bytes_before_external_group_by = {memory // 4}"):
        connection.query(f"SET {setting}")
    for name in READ:
        connection.query(_view(store, name, links))

    def execute(expression: Any) -> pa.Table:  # noqa: ANN401 - an Ibis table
        """The answer to `expression`. Raises `EngineError`."""
        text = str(ibis.to_sql(expression, dialect="clickhouse"))
        try:
            answer = connection.query(f"{text} SETTINGS {STRINGS}, join_use_nulls = 1", "Arrow")
        except RuntimeError as error:
            raise EngineError(REFUSED.format(address="chdb", reason=_first(error))) from error
        return pa.ipc.open_file(pa.py_buffer(answer.bytes())).read_all()

    return Tables(unbound("measurements"), unbound("observations"), execute, after)


STRINGS = "output_format_arrow_string_as_string = 1"
CLICKHOUSE = {
    "text": "Nullable(String)",
    "int": "Nullable(Int64)",
    "float": "Nullable(Float64)",
    "bool": "Nullable(Bool)",
    "date": "Nullable(Date32)",
    "time": "Nullable(DateTime64(0, 'UTC'))",
}
"""The columns' kinds as ClickHouse calls them."""


def structure(name: str) -> str:
    """The columns of a table for ClickHouse: `measurement_uid Nullable(String), …`."""
    return ", ".join(f"{column} {CLICKHOUSE[kind]}" for column, (kind, _) in READ[name].items())


def _view(store: Store, name: str, links: Path) -> str:
    """The files that the manifest names, and no others, as a view: by links, since ClickHouse takes any path for a pattern."""
    files = store.files(name)
    if not files:
        return f"CREATE TABLE {name} ({structure(name)}) ENGINE = Memory"
    folder = links / name
    folder.mkdir()
    for number, file in enumerate(files):
        (folder / f"{number}.parquet").symlink_to(file)
    source = f"file({_quoted(f'{folder}/*.parquet')}, 'Parquet', {_quoted(structure(name))})"
    return f"CREATE VIEW {name} AS SELECT * FROM {source}"  # noqa: S608 - quoted, and names of ours


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def open_clickhouse(store: Store, address: str) -> Tables:
    """A server at clickhouse://…; the store is copied into its database unless just this state of it is there. Raises `EngineError`."""
    import clickhouse_connect  # noqa: PLC0415 - an extra
    import ibis  # noqa: PLC0415 - an extra
    from clickhouse_connect.driver.exceptions import ClickHouseError  # noqa: PLC0415 - an extra

    after = ExitStack()
    try:
        client = clickhouse_connect.get_client(**login(address))
        after.callback(client.close)
        names = {name: _copied(client, store, name) for name in READ}
    except (ClickHouseError, OSError) as error:
        after.close()
        raise EngineError(REFUSED.format(address=_shown(address), reason=_first(error))) from error

    def execute(expression: Any) -> pa.Table:  # noqa: ANN401 - an Ibis table
        """The answer to `expression`. Raises `EngineError`."""
        text = str(ibis.to_sql(expression, dialect="clickhouse"))
        try:
            return client.query_arrow(text, settings={"join_use_nulls": 1}, use_strings=True)
        except (ClickHouseError, OSError) as error:
            raise EngineError(REFUSED.format(address=_shown(address), reason=_first(error))) from error

    measurements, observations = (unbound(name, real) for name, real in names.items())
    return Tables(measurements, observations, execute, after)


def login(address: str) -> dict[str, Any]:
    """clickhouse://user:password@host:port/database as the client wants it; `clickhouses` speaks TLS. Raises `EngineError`."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise EngineError(BAD_ADDRESS.format(address=_shown(address))) from None
    if parts.scheme not in ("clickhouse", "clickhouses") or not parts.hostname or parts.query:
        raise EngineError(BAD_ADDRESS.format(address=_shown(address)))
    secure = parts.scheme == "clickhouses"
    return {
        "host": parts.hostname,
        "port": port or (HTTPS_PORT if secure else HTTP_PORT),
        "username": unquote(parts.username or "default"),
        "password": unquote(parts.password or ""),
        "database": parts.path.strip("/") or "default",
        "secure": secure,
        "connect_timeout": 10,
        "send_receive_timeout": 600,
    }


def _shown(address: str) -> str:
    """Without the password."""
    return re.sub(r"//[^@/]*@", "//", address)


def _copied(client: Any, store: Store, name: str) -> str:  # noqa: ANN401 - ClickHouse's
    """The server's name of the table that holds the store's files; made when it is not there."""
    parts = [part.sha256 for part in store.manifest.tables[name]]
    table = f"reachprobe_{name}_{sha256(' '.join(parts).encode()).hexdigest()[:16]}"
    if int(client.command(f"EXISTS TABLE {table}")):
        return table
    draft = f"{table}_draft"
    order = "(probe_cc, probe_asn, domain)"
    client.command(f"DROP TABLE IF EXISTS {draft}")
    client.command(
        f"CREATE TABLE {draft} ({structure(name)}) ENGINE = MergeTree ORDER BY {order} SETTINGS allow_nullable_key = 1"
    )
    for batch in _batches(store, name):
        client.insert_arrow(draft, batch)
    client.command(f"RENAME TABLE {draft} TO {table}")
    return table


def _batches(store: Store, name: str) -> Iterator[pa.Table]:
    for file in store.files(name):
        with store.inside.filesystem.open_input_file(file) as opened:
            for batch in pq.ParquetFile(opened).iter_batches(BATCH):
                yield pa.Table.from_batches([batch]).cast(schema_of(READ[name]))


def _first(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:300]

"""Each engine gives the golden answers; what cannot be used is said in one sentence. Spark and ClickHouse are slow proofs."""

import socket
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from pyarrow import fs

from probe.store import query
from probe.store.engine.column_store import login
from probe.store.engine.embedded import dataset, open_duckdb
from probe.store.engines import EngineError, open_engine
from probe.store.errors import StoreError
from probe.store.layout import Store
from probe.store.place import Place
from tests.store.answers import assert_golden
from tests.store.golden import ROWS, write_golden

GOLDEN = """
import sys
from probe.store.engines import open_engine
from tests.store.answers import assert_golden
with open_engine(sys.argv[1], sys.argv[2]) as tables:
    assert_golden(tables)
print("golden")
"""

WITHOUT = """
import sys
sys.modules[sys.argv[1]] = None
from probe.store.engines import EngineError, open_engine
try:
    open_engine(sys.argv[2], sys.argv[3])
except EngineError as error:
    print(error)
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden store."""
    return write_golden(tmp_path_factory.mktemp("a store's {folder}"))


def in_child(code: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run `code` in a process of its own: engines start threads, and Java, that outlive a test."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def test_duckdb_reads_what_pyarrow_reads(store: Path) -> None:
    """As for an object store: here a folder that is not known to be on the disk."""
    opened = Store(store)
    inside = opened.inside
    hidden = fs.SubTreeFileSystem(inside.root, fs.LocalFileSystem())
    opened.inside = Place(hidden, "", None)
    assert all(file.startswith("/measurements/") for file in opened.measurements_files())
    opened.inside = Place(hidden, ".", None)
    assert dataset(opened, "measurements").count_rows() == len(ROWS)
    with open_duckdb(opened) as tables:
        assert_golden(tables)


def test_duckdb_is_bounded_and_offline(store: Path) -> None:
    """Its own settings say so, and they are of this connection only."""
    with open_engine("duckdb", store, memory="300MB", threads=1) as tables:
        assert_golden(tables)
    with duckdb.connect() as other:
        (limit,) = other.sql("SELECT current_setting('memory_limit')").fetchall()[0]
    assert limit != "286.1 MiB"


def test_duckdbs_temporary_folder_goes_with_it(store: Path, tmp_path: Path) -> None:
    """Nothing of a query stays on the disk."""
    code = """
import sys, tempfile
from pathlib import Path
tempfile.tempdir = sys.argv[2]
from probe.store.engines import open_engine
with open_engine("duckdb", sys.argv[1]):
    print(len(list(Path(sys.argv[2]).iterdir())))
"""
    assert in_child(code, store, tmp_path).stdout == "1\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("engine", ["sqlite", "duckdb://", "spark", ""])
def test_unknown_engines_are_told_those_there_are(store: Path, engine: str) -> None:
    """By name."""
    with pytest.raises(EngineError, match="no such engine; there are duckdb, spark://HOST:PORT"):
        open_engine(engine, store)


def test_no_store_is_said_before_any_engine_starts(tmp_path: Path) -> None:
    """With what makes one."""
    with pytest.raises(StoreError, match="probe aggregate ingest"):
        open_engine("duckdb", tmp_path)


def test_a_broken_file_is_an_engine_error(tmp_path: Path) -> None:
    """And no trace of Python's."""
    write_golden(tmp_path)
    for file in Store(tmp_path).measurements_files():
        Path(file).write_bytes(b"PAR1 not at all")
    with pytest.raises(EngineError, match="DuckDB cannot open the store"):
        open_engine("duckdb", tmp_path)


def test_a_file_that_went_is_an_engine_error(tmp_path: Path) -> None:
    """Also when it goes between opening and asking."""
    with open_engine("duckdb", write_golden(tmp_path)) as tables:
        for file in Store(tmp_path).measurements_files():
            Path(file).unlink()
        with pytest.raises(EngineError, match="DuckDB gave up"):
            tables.run(query.counts(tables.measurements, ()))


@pytest.mark.parametrize(
    ("package", "engine", "extra"),
    [
        ("duckdb", "duckdb", "report"), ("ibis", "duckdb", "report"), ("pyspark", "spark://127.0.0.1:1", "spark"),
        ("chdb", "chdb", "clickhouse"), ("clickhouse_connect", "clickhouse://127.0.0.1", "clickhouse"),
    ],
)  # fmt: skip
def test_a_missing_package_is_one_sentence(store: Path, package: str, engine: str, extra: str) -> None:
    """Which says what to install."""
    found = in_child(WITHOUT, package, engine, store)
    assert found.stderr == ""
    assert f"pip install 'reachprobe[{extra}]'" in found.stdout
    assert found.stdout.count("\n") == 1


@pytest.mark.parametrize(
    ("address", "host", "port", "user", "database"),
    [
        ("clickhouse://a.example", "a.example", 8123, "default", "default"),
        ("clickhouses://me:p%40ss@a.example:9/db", "a.example", 9, "me", "db"),
        ("clickhouses://[::1]", "::1", 8443, "default", "default"),
    ],
)
def test_clickhouse_addresses(address: str, host: str, port: int, user: str, database: str) -> None:
    """As a client wants them."""
    found = login(address)
    assert (found["host"], found["port"], found["username"], found["database"]) == (
        host,
        port,
        user,
        database,
    )
    assert found["secure"] == address.startswith("clickhouses")


@pytest.mark.parametrize(
    "address", ["clickhouse://", "clickhouse://a:b", "clickhouse://me:secret@a:99999/x", "clickhouse://a?x=1"]
)
def test_wrong_clickhouse_addresses_are_refused_without_their_password(address: str) -> None:
    """The message shows what is right."""
    with pytest.raises(EngineError, match="an address is clickhouse://USER:PASSWORD@HOST") as refused:
        login(address)
    assert "secret" not in str(refused.value)


def test_a_clickhouse_that_is_not_there(store: Path) -> None:
    """Said at once, without the password."""
    pytest.importorskip("clickhouse_connect")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"clickhouse://me:secret@127.0.0.1:{nobody.getsockname()[1]}/db"
        with pytest.raises(EngineError, match="ClickHouse cannot be used") as refused:
            open_engine(address, store)
    assert "secret" not in str(refused.value)


@pytest.mark.slow
def test_chdb_gives_the_golden_answers(store: Path) -> None:
    """ClickHouse's SQL, in this process."""
    pytest.importorskip("chdb")
    found = in_child(GOLDEN, "chdb", store)
    assert found.stdout == "golden\n", found.stderr


@pytest.mark.slow
def test_clickhouse_gives_the_golden_answers(store: Path, tmp_path: Path) -> None:
    """Over its HTTP interface; the second time the rows are there already."""
    pytest.importorskip("chdb")
    pytest.importorskip("clickhouse_connect")
    code = """
import sys
from pathlib import Path
from probe.store.engines import open_engine
from tests.store.answers import assert_golden
from tests.store.bridge import clickhouse
with clickhouse(Path(sys.argv[2])) as (address, queries):
    for _ in range(2):
        before = len(queries)
        with open_engine(address, sys.argv[1]) as tables:
            assert_golden(tables)
        print(sum(query.startswith("INSERT") for query in queries[before:]))
"""
    found = in_child(code, store, tmp_path)
    assert found.stdout == "4\n0\n", found.stderr


@pytest.mark.slow
def test_spark_gives_the_golden_answers(store: Path, tmp_path: Path) -> None:
    """A standalone cluster: a master and two workers."""
    pytest.importorskip("pyspark")
    from tests.store.spark import cluster  # noqa: PLC0415 - only with the extra

    with cluster(tmp_path) as address:
        found = in_child(GOLDEN, address, store)
    assert found.stdout == "golden\n", found.stderr
    assert len(list(tmp_path.glob("work*/app-*"))) == 2, "both workers had a part"


@pytest.mark.slow
@pytest.mark.parametrize(
    "address",
    ["spark://127.0.0.1:1", "spark://127.0.0.1:1,127.0.0.1:2", "spark://nowhere", "spark://[::1]:x"],
)
def test_a_spark_that_is_not_there(store: Path, address: str) -> None:
    """Said at once, in one sentence."""
    pytest.importorskip("pyspark")
    found = in_child(WITHOUT, "nothing", address, store)
    assert found.stdout.startswith(f"{address}: nobody answers there (")
    assert found.stdout.count("\n") == 1


@pytest.mark.slow
def test_a_machine_without_java(store: Path) -> None:
    """Said in one sentence; nothing is started."""
    pytest.importorskip("pyspark")
    code = f"import os\nos.environ['JAVA_HOME'] = '/nowhere'\n{WITHOUT}"
    found = in_child(code, "nothing", "local[1]", store)
    assert found.stdout.startswith("local[1]: Spark does not start: ")
    assert "is Java 17 here" in found.stdout
    assert found.stdout.count("\n") == 1

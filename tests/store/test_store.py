"""What lies in a store, who may change it, and what a kill leaves."""

import json
import shutil
import subprocess
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from probe.store.columns import LAYOUT
from probe.store.commit import sweep, writing
from probe.store.compaction import compact_store
from probe.store.errors import StoreError
from probe.store.layout import MANIFEST, Store
from probe.store.merge import SMALL
from probe.store.place import Place
from probe.store.schema import TABLES
from tests.store.records import clock, column, lines, rows, same, take, write


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store of thirty measurements of three days."""
    write(tmp_path / "a.jsonl", lines(range(30)))
    take(tmp_path / "s", tmp_path / "a.jsonl")
    return tmp_path / "s"


def change(store: Path, **changes: object) -> None:
    """Write over keys of the manifest."""
    path = store / "store" / MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_files_are_by_day_and_sorted(store: Path) -> None:
    """By country, network and domain; each says what its columns mean."""
    opened = Store(store)
    assert sorted(part.day for part in opened.manifest.parts("measurements") if part.day) == [
        "2026-02-01", "2026-02-02", "2026-02-03",
    ]  # fmt: skip
    for path in opened.measurements_files():
        table = pq.read_table(path, partitioning=None)
        order = [
            tuple(row[name] for name in ("probe_cc", "probe_asn", "domain")) for row in table.to_pylist()
        ]
        assert order == sorted(order)
        assert {f"measurement_start_day={row['measurement_start_day']}" for row in table.to_pylist()} == {
            Path(path).parent.name
        }
        meta = pq.ParquetFile(path).metadata.row_group(0).column(0)
        assert meta.compression == "ZSTD"


def test_the_sums_hold(store: Path) -> None:
    """For whoever has only coreutils; the manifest is among them."""
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"],
        cwd=store / "store",
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0
    named = {entry.partition(": ")[0] for entry in checked.stdout.splitlines()}
    found = {
        str(path.relative_to(store / "store")) for path in (store / "store").rglob("*") if path.is_file()
    }
    assert named == found - {"SHA256SUMS"}


def test_the_store_describes_itself(store: Path) -> None:
    """Columns, types, meanings, and a data package that names every file."""
    schema = json.loads((store / "store" / "_schema.json").read_text())
    assert {table: list(columns) for table, columns in schema["tables"].items()} == {
        t: list(c) for t, c in TABLES.items()
    }
    package = json.loads((store / "store" / "datapackage.json").read_text())
    manifest = Store(store).manifest
    for resource in package["resources"]:
        parts = manifest.parts(resource["name"])
        assert resource["path"] == [part.name for part in parts]
        assert resource["rows"] == manifest.rows(resource["name"])


@pytest.mark.parametrize("layout", [LAYOUT + 1, 0, None, "1"])
def test_a_store_of_another_layout_is_refused(store: Path, layout: object) -> None:
    """By readers and writers, and nothing of it is touched."""
    change(store, layout=layout)
    before = sorted(store.rglob("*"))
    with pytest.raises(StoreError, match="layout"):
        Store(store)
    with pytest.raises(StoreError, match="layout"):
        take(store, store.parent / "a.jsonl")
    assert sorted(store.rglob("*")) == before


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"layout": 1, "tables": {}}', '{"layout": 1, "tables": 3}']
)
def test_a_damaged_manifest_is_told_of(store: Path, text: str) -> None:
    """Not guessed at."""
    (store / "store" / MANIFEST).write_text(text)
    with pytest.raises(StoreError, match=r"manifest|layout"):
        Store(store)


def test_a_manifest_names_no_file_outside(store: Path) -> None:
    """A store may come from anybody."""
    tables = json.loads((store / "store" / MANIFEST).read_text())["tables"]
    tables["measurements"][0]["name"] = "measurements/../../../etc/passwd.parquet"
    change(store, tables=tables)
    with pytest.raises(StoreError, match="manifest"):
        Store(store)


def test_what_a_kill_leaves_is_no_part_of_the_store(store: Path) -> None:
    """A file without a manifest that names it, and a staging folder: gone with the next ingest."""
    before = rows(store)
    day = store / "store" / "measurements" / "measurement_start_day=2026-02-01"
    shutil.copy(next(day.iterdir()), day / ("0" * 32 + ".parquet"))
    other = store / "store" / "observations" / "measurement_start_day=2020-01-01" / "0123.parquet"
    write(other, b"half a fi")
    write(store / ".staging-x" / "batch-1.measurements", b"half")
    assert rows(store) == before
    write(store.parent / "b.jsonl", lines(range(40)))
    done = take(store, store.parent / "b.jsonl")
    assert (done.records, done.duplicates) == (10, 30)
    assert not other.exists()
    assert not other.parent.exists()
    assert not list(store.glob(".staging-*"))
    assert len(list(day.iterdir())) == len(Store(store).manifest.parts("measurements", "2026-02-01"))


def test_nobody_writes_at_the_same_time(store: Path) -> None:
    """The second is told so."""
    with writing(Store(store)), pytest.raises(StoreError, match="another process"):
        take(store, store.parent / "a.jsonl")
    assert take(store, store.parent / "a.jsonl").known == 1


def test_small_ingests_leave_few_files(tmp_path: Path) -> None:
    """And the same rows as one large one."""
    for number in range(3 * SMALL):
        take(tmp_path / "s", write(tmp_path / f"{number}.jsonl", lines(range(number * 3, number * 3 + 3))))
    manifest = Store(tmp_path / "s").manifest
    assert all(
        len(manifest.parts(table, f"2026-02-0{day}")) <= SMALL
        for table in ("measurements", "observations")
        for day in (1, 2, 3)
    )
    assert len(manifest.parts("sources")) <= SMALL
    write(tmp_path / "all.jsonl", lines(range(9 * SMALL)))
    take(tmp_path / "one", tmp_path / "all.jsonl")
    uids = column(tmp_path / "s", "measurement_uid")
    assert uids == column(tmp_path / "one", "measurement_uid")
    assert len(uids) == len(set(uids)) == 9 * SMALL
    assert rows(tmp_path / "s", "observations") == rows(tmp_path / "one", "observations")


def test_compaction_keeps_every_row(tmp_path: Path) -> None:
    """One file a day and table; a second time there is nothing to do."""
    for number in range(3):
        take(tmp_path / "s", write(tmp_path / f"{number}.jsonl", lines(range(number * 9, number * 9 + 9))))
    shutil.copytree(tmp_path / "s", tmp_path / "before")
    joined = compact_store(Store(tmp_path / "s"), clock)
    assert joined == (18, 6)
    assert same(tmp_path / "s", tmp_path / "before", ("measurements", "observations", "sources"))
    store = Store(tmp_path / "s")
    assert [len(store.files(table)) for table in ("measurements", "observations")] == [3, 3]
    assert sweep(store) == 0
    assert compact_store(store, clock) == (0, 0)


def test_a_place_that_is_none(tmp_path: Path) -> None:
    """Said at once."""
    with pytest.raises(StoreError, match="not a place"):
        Place.at("gopher://x/y")
    write(tmp_path / "file", b"")
    with pytest.raises(StoreError, match="cannot be"):
        take(tmp_path / "file", write(tmp_path / "a.jsonl", lines(range(2))))


def test_a_path_may_be_a_uri(store: Path) -> None:
    """The same store."""
    assert rows(f"file://{store}") == rows(store)


def test_the_inside_of_a_store_is_no_place_for_one(store: Path, tmp_path: Path) -> None:
    """A store in a store would be nobody's; a folder with another program's manifest is a place like any other."""
    with pytest.raises(StoreError, match="the inside of a store; name the folder above it"):
        Store.at(store / "store")
    with pytest.raises(StoreError, match="the inside of a store"):
        take(store / "store", tmp_path / "a.jsonl")
    assert not (store / "store" / "store").exists()
    (tmp_path / "other").mkdir()
    for text in ('{"name": "app"}', "[]", "no JSON"):
        (tmp_path / "other" / MANIFEST).write_text(text)
        assert Store.at(tmp_path / "other").manifest.number == 0
        with pytest.raises(StoreError, match="no store; make one with"):
            Store(tmp_path / "other")


@pytest.mark.parametrize("table", ["sources", "measurements"])
def test_a_damaged_file_is_named(store: Path, tmp_path: Path, table: str) -> None:
    """And nothing is written over it."""
    (path, *_) = Store(store).files(table)
    Path(path).write_bytes(b"PAR1 not at all")
    manifest = (store / "store" / MANIFEST).read_bytes()
    write(tmp_path / "b.jsonl", lines(range(40)))
    with pytest.raises(StoreError) as refused:
        take(store, tmp_path / "b.jsonl")
    assert f"{path}: cannot be read (" in str(refused.value)
    assert "\n" not in str(refused.value)
    assert (store / "store" / MANIFEST).read_bytes() == manifest
    assert Path(path).read_bytes() == b"PAR1 not at all"

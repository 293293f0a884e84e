"""A store in S3-compatible object storage, by the same code as on a disk; the server is moto's, on loopback."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyarrow import fs

from probe.store.compaction import compact_store
from probe.store.errors import StoreError
from probe.store.layout import Store
from tests.store.records import clock, lines, rows, write
from tests.store.records import take as take_local

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """URI of a folder in a bucket."""
    server = pytest.importorskip("moto.server", reason="pip install 'moto[server,s3]'")
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    running.start()
    host, port = running.get_host_and_port()
    kept = {name: os.environ.get(name) for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    os.environ.update(dict.fromkeys(kept, "test"))
    try:
        where = f"?endpoint_override={host}:{port}&scheme=http&region=us-east-1"
        filesystem, _ = fs.FileSystem.from_uri(f"s3://bucket{where}&allow_bucket_creation=true")
        filesystem.create_dir("bucket")
        yield f"s3://bucket/data{where}"
    finally:
        running.stop()
        for name, value in kept.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def take(store: str, *wanted: str, jobs: int = 1) -> object:
    """Ingest into the bucket."""
    return take_local(store, *wanted, jobs=jobs)  # type: ignore[arg-type]


def test_the_rows_are_those_of_a_store_on_a_disk(tmp_path: Path, bucket: str) -> None:
    """After ingests, duplicates, another process's work, and compaction; nothing is left of what was replaced."""
    with pytest.raises(StoreError, match="no store"):
        Store(bucket)
    names = [
        write(tmp_path / f"{number}.jsonl", lines(range(number * 20, number * 20 + 30)) + b"bad\n")
        for number in range(4)
    ]
    for jobs, name in zip((1, 2, 1, 1), names, strict=True):
        assert take(bucket, name, jobs=jobs) == take_local(tmp_path / "s", name)
    assert take(bucket, names[0]) == take_local(tmp_path / "s", names[0])
    for table in ("measurements", "observations", "sources"):
        assert rows(bucket, table) == rows(tmp_path / "s", table)
    compact_store(Store(bucket), clock)
    opened = Store(bucket)
    assert rows(bucket) == rows(tmp_path / "s")
    named = {part.name for parts in opened.manifest.tables.values() for part in parts}
    assert {name for name in opened.inside.names("") if name.endswith(".parquet")} == named
    assert len(opened.place.names("quarantine")) == 4


def test_an_upload_that_was_cut_off_is_swept(tmp_path: Path, bucket: str) -> None:
    """As on a disk."""
    place = f"{bucket.partition('?')[0]}/swept?{bucket.partition('?')[2]}"
    take(place, write(tmp_path / "a.jsonl", lines(range(6))))
    opened = Store(place)
    opened.inside.put("measurements/measurement_start_day=2026-02-01/00.parquet", b"half")
    assert rows(place) == rows(place)
    take(place, write(tmp_path / "b.jsonl", lines(range(6, 9))))
    assert "measurements/measurement_start_day=2026-02-01/00.parquet" not in opened.inside.names(
        "measurements"
    )
    assert sum(rows(place).values()) == 9

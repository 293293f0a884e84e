"""Small files of records for stores to be made of, and what lies in a store afterwards."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow.parquet as pq

from probe.record import to_line
from probe.store.ingest import Wishes, ingest
from probe.store.layout import Store
from probe.store.ledger import Ingested
from tests.judge.records import GOOD, OTHER, RESET, Story, control

NOW = 1_790_000_000.0
"""2026-09-21, the wall clock of these tests."""

Row = tuple[object, ...]


def clock() -> float:
    """It stands still."""
    return NOW


def story(*, blocked: bool = False) -> Story:
    """One measurement of a site that works, or does not."""
    told = Story("https://www.instagram.com/").system(GOOD, OTHER).udp(GOOD, OTHER).doh(GOOD, OTHER)
    if blocked:
        return told.flow(GOOD, tls=RESET).flow(OTHER, tls=RESET)
    return told.flow(GOOD, status=200)


def document(number: int, *, blocked: bool = False, **changes: object) -> dict[str, object]:
    """Record `number`, as JSON has it; several days, countries and networks, one id each."""
    told = story(blocked=blocked)
    record = told.record()
    record.test_keys.control = control(GOOD, OTHER, up=[f"{GOOD}:443", f"{OTHER}:443"]).control
    found: dict[str, object] = json.loads(to_line(record))
    return found | {
        "measurement_start_time": f"2026-02-0{number % 3 + 1} 04:05:{number % 60:02}",
        "annotations": {"measurement_id": uid(number), "run_id": f"run{number // 4}"},
        "probe_cc": ("IR", "DE")[number % 2],
        "probe_asn": f"AS{64500 + number % 3}",
        **changes,
    }


def uid(number: int) -> str:
    """Of record `number`."""
    return f"00000000-0000-4000-8000-{number:012}"


def line(number: int, *, blocked: bool = False, **changes: object) -> bytes:
    """Record `number` as a line of a results file."""
    return json.dumps(document(number, blocked=blocked, **changes)).encode() + b"\n"


def lines(numbers: Iterable[int]) -> bytes:
    """Records as a results file."""
    return b"".join(line(number, blocked=number % 5 == 0) for number in numbers)


def write(path: Path, data: bytes) -> str:
    """`data` as the file `path`; its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return str(path)


def take(store: Path, *wanted: str | Path, jobs: int = 1, **wishes: object) -> Ingested:
    """Ingest into `store`."""
    return ingest([str(name) for name in wanted], store, Wishes(jobs=jobs, **wishes), clock)  # type: ignore[arg-type]


def rows(store: str | Path, table: str = "measurements") -> Counter[Row]:
    """All rows of a table, whatever their order; reading also checks every file against the schema."""
    opened, found = Store(store), Counter[Row]()
    for path in opened.files(table):
        read = pq.read_table(path, filesystem=opened.filesystem, partitioning=None)
        found.update(tuple(row.values()) for row in read.to_pylist())
    return found


def column(store: str | Path, name: str, table: str = "measurements") -> list[object]:
    """One column of all rows, sorted."""
    opened = Store(store)
    files = [
        pq.read_table(path, filesystem=opened.filesystem, partitioning=None, columns=[name])
        for path in opened.files(table)
    ]
    return sorted((cell for file in files for cell in file[name].to_pylist()), key=str)


def quarantined(store: Path) -> list[dict[str, object]]:
    """All entries of all quarantine files."""
    files = sorted((store / "quarantine").glob("*.jsonl"))
    return [json.loads(entry) for file in files for entry in file.read_bytes().splitlines()]


def same(one: Path, other: Path, tables: Sequence[str] = ("measurements", "observations")) -> bool:
    """Whether two stores have the same rows."""
    return all(rows(one, table) == rows(other, table) for table in tables)

"""How many records a second one core takes into a store, beside a plain loop of json.loads; two cores, and memory.

    .venv/bin/python benchmarks/ingest.py [RECORDS]     # 200,000 by default

Four kinds of planted records (benchmarks/planted.py), each ingested by one process: as `probe run` writes them without
bodies, with today's verdict; without a verdict, so that each is judged; both with bodies of 2 to 60 kB. CPU seconds of
the whole way, reading to commit. Then RECORDS of the first kind with two processes: time on the clock, and the most
memory that all processes together held. Ends with 1 when a bound is not kept: 4,000 records a second and core of the
first kind, two minutes, 1 GB.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1]))

from planted import days_for, write_records
from planted_world import world

from probe.store.bench import Tables
from probe.store.crew import bench_of
from probe.store.ingest import Wishes, ingest
from probe.store.layout import Store

LEAST, LONGEST, MOST_KB = 4_000.0, 120.0, 1_000_000
SAMPLE, ROUNDS = 10_000, 3
KINDS = (
    ("no bodies, verdict of today", False, "today"),
    ("no bodies, judged here", False, "none"),
    ("bodies, verdict of today", True, "today"),
    ("bodies, judged here", True, "none"),
)


def make(folder: Path, count: int, *, bodies: bool, verdicts: str) -> Path:
    """Planted records."""
    write_records(world(days=days_for(count) + 1), folder, count, bodies=bodies, gz=False, verdicts=verdicts)
    return folder


def cpu_of_loads(folder: Path) -> float:
    """CPU seconds of a plain loop over the same files."""
    start = time.process_time()
    for path in sorted(folder.glob("*.jsonl")):
        with path.open("rb") as file:
            for line in file:
                json.loads(line)
    return time.process_time() - start


def cpu_of_ingest(folder: Path, store: Path) -> float:
    """CPU seconds of an ingest in this process."""
    start = time.process_time()
    ingest([str(folder)], store, Wishes(jobs=1), time.time)
    return time.process_time() - start


def resident_kb() -> int:
    """What this process and all its children hold now."""
    return sum(map(_resident_kb, [os.getpid(), *_children(os.getpid())]))


def _children(parent: int) -> Iterator[int]:
    for task in Path(f"/proc/{parent}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield int(child)
            yield from _children(int(child))


def _resident_kb(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024
    except OSError:
        return 0


class Watch(threading.Thread):
    """Looks at the memory every tenth of a second."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most, self.going = 0, True

    def run(self) -> None:
        """Until `going` is false."""
        while self.going:
            try:
                self.most = max(self.most, resident_kb())
            except OSError:
                continue
            time.sleep(0.1)


def one_core(base: Path) -> float:
    """Print the table; records a second of the first kind."""
    bench_of(Tables())
    first = 0.0
    print(f"one process, {SAMPLE} records, CPU time, best of {ROUNDS}")
    for name, bodies, verdicts in KINDS:
        folder = make(base / name.replace(" ", "-"), SAMPLE, bodies=bodies, verdicts=verdicts)
        size = sum(path.stat().st_size for path in folder.glob("*.jsonl")) / SAMPLE
        plain = SAMPLE / min(cpu_of_loads(folder) for _ in range(ROUNDS))
        rate = SAMPLE / min(cpu_of_ingest(folder, base / f"store-{name}-{turn}") for turn in range(ROUNDS))
        first = first or rate
        print(
            f"  {name:28} {size / 1000:5.1f} kB  json.loads {plain:7.0f}/s  ingest {rate:6.0f}/s  {plain / rate:4.1f} times"
        )
    return first


def two_cores(base: Path, count: int) -> tuple[float, int]:
    """Seconds and kB of the large ingest."""
    folder, watch = make(base / "large", count, bodies=False, verdicts="today"), Watch()
    watch.start()
    start = time.monotonic()
    done = ingest([str(folder)], base / "store", Wishes(jobs=2), time.time)
    seconds = time.monotonic() - start
    watch.going = False
    watch.join()
    assert done.records == count, done
    store = Store(base / "store")
    print(
        f"two processes, {count} records in {done.files} files: {seconds:.1f} s, {count / seconds:.0f}/s, {watch.most / 1000:.0f} MB in all"
    )
    for table in ("measurements", "observations"):
        parts = store.manifest.parts(table)
        rows, size = store.manifest.rows(table), sum(part.size for part in parts)
        print(f"  {table}: {rows} rows in {len(parts)} files, {size / rows:.0f} bytes a row")
    return seconds, watch.most


def main(count: int) -> int:
    """Print all; 1 when a bound is not kept."""
    with TemporaryDirectory() as folder:
        rate = one_core(Path(folder))
        seconds, memory = two_cores(Path(folder), count)
    return int(rate < LEAST or seconds > LONGEST or memory > MOST_KB)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000))

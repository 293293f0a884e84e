"""Whole lists through the lab: is every line accounted for, and how near is the wall time to the least possible?

    python benchmarks/whole_list.py global.csv ir.csv --rtt 0.2 --parallel 40

The least possible time of a target is what its round trips take: one for the name, one each for TCP, TLS and HTTP
at every hop; and no less than a look-up that goes on listening for late answers. The ideal of the run is their
sum, divided by the targets in flight.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from place import Place, Quiet, cpu_seconds, lab, peak_bytes, resident_bytes, verdict

from probe import session
from probe.cli.measuring import settle_memory
from probe.job import Job
from probe.measure.setting import Deadlines
from probe.planned import open_new
from probe.record import WebMeasurement, read_measurement
from probe.results import lines_of
from probe.schedule import Limits
from probe.testlist import TestList, combine, load

MIB = 1 << 20
SYNTHETIC = 2600


def main() -> int:
    """Measure and print; 1 when a bound is not kept."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("lists", nargs="*", help=f"list files; none: {SYNTHETIC} made-up hosts")
    parser.add_argument("--rtt", type=float, default=0.2)
    parser.add_argument("--parallel", type=int, default=40)
    wishes = parser.parse_args()
    lists = [load(name) for name in wishes.lists] or [made_up()]
    entries = combine(lists)
    job = Job(entries.targets, Limits(wishes.parallel), seed=1, lists=lists)
    with tempfile.TemporaryDirectory() as folder, lab("clean", wishes.rtt) as place:
        results, seconds, cpu, memory = measure(place, job, Path(folder))
        ideals, failures, late = account(results, wishes.rtt)
    lines = len(entries.targets) + len(entries.rejected)
    print(
        f"{lines} entries: {len(entries.targets)} targets, {len(entries.rejected)} rejected with line and reason"
    )
    print(f"{len(ideals)} records; failures of fetches: {dict(failures) or 'none'}")
    ideal = sum(ideals) / wishes.parallel
    print(
        f"wall {seconds:.1f} s, ideal {ideal:.1f} s at {wishes.rtt * 1000:.0f} ms and {wishes.parallel} in flight"
    )
    print(f"CPU {cpu / len(ideals) * 1000:.1f} ms a target, half of it with two addresses or redirects")
    print(f"event loop late by {late:.1f} ms (median of the records' p99)")
    print("resident MiB at each fifth of the run: " + " ".join(f"{size / MIB:.0f}" for size in memory))
    kept = [
        len(ideals) == len(entries.targets),
        verdict("wall time / ideal", seconds / ideal, 1.15),
        verdict("peak memory", peak_bytes() / MIB, 200, "MiB"),
    ]
    return 0 if all(kept) else 1


def made_up() -> TestList:
    """Hosts that exist nowhere but in the lab."""
    path = Path(tempfile.gettempdir()) / f"made-up-{os.getpid()}.txt"
    path.write_text("\n".join(f"https://www.site{number}.example/" for number in range(SYNTHETIC)), "utf-8")
    try:
        return load(str(path))
    finally:
        path.unlink()


def measure(place: Place, job: Job, folder: Path) -> tuple[Path, float, float, Sequence[int]]:
    """Run `job`: its records, wall seconds, CPU seconds, and memory at each fifth of its targets."""
    surroundings = place.surroundings()
    memory: list[int] = []

    class Watching(Quiet):
        def finished(self, target: object, measurement: object) -> None:  # type: ignore[override]
            super().finished(target, measurement)  # type: ignore[arg-type]
            if self.finished_targets % max(1, len(job.targets) // 5) == 0:
                memory.append(resident_bytes())

    listener = Watching()
    results = open_new(job, folder, surroundings)
    settle_memory()
    begin, used = time.monotonic(), cpu_seconds()
    asyncio.run(session.carry_out(job, results, surroundings, listener))
    assert not listener.crashes
    return results.path, time.monotonic() - begin, cpu_seconds() - used, memory


def account(path: Path, rtt: float) -> tuple[list[float], Counter[str], float]:
    """The least possible seconds of each target, failures of fetches, and the median lateness in ms."""
    ideals, late, failures = [], [], Counter[str]()
    for line, _ in lines_of(path):
        record = read_measurement(line.data)
        assert isinstance(record, WebMeasurement)
        ideals.append(least(record, rtt))
        failures.update(row.failure for row in record.test_keys.requests or () if row.failure)
        if record.test_keys.x_client:
            late.append(record.test_keys.x_client.loop_lateness_ms.p99)
    return ideals, failures, sorted(late)[len(late) // 2]


def least(record: WebMeasurement, rtt: float) -> float:
    """Seconds that `record` takes on a machine without delays of its own."""
    keys, now = record.test_keys, 0.0
    ends = [0.0]
    hops = {tag for row in keys.queries or () for tag in row.tags or () if tag.startswith("depth=")}
    fetched = [row.request.url or "" for row in keys.requests or ()]
    for _ in sorted(hops):
        ends.append(
            now + rtt + (Deadlines().linger if any(q.engine == "udp" for q in keys.queries or ()) else 0)
        )
        now += rtt
        if fetched:
            now += rtt * (3 if fetched.pop().startswith("https:") else 2)
    return max(*ends, now)


if __name__ == "__main__":
    sys.exit(main())

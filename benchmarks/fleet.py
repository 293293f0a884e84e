"""Ten thousand probes hand their results to one receiver: how they arrive without a stagger and with one, and what a day of it weighs.

    python benchmarks/fleet.py [--probes 10000] [--share 10] [--runs-a-day 4]

What is real: the run files (made in the lab by the measuring code, then compressed), the stagger (`probe schedule`'s own),
every PUT, its hash, the receiver's sync to disk, the clock: nothing runs faster than it would. What is scaled down:
one probe in `--share` sends, and the receiver has that share of its slots. What is assumed stands in the constants below.
All on loopback; ends by itself after about three minutes.
"""

import argparse
import asyncio
import gzip
import hashlib
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pyarrow.parquet as pq
from place import Quiet, cpu_seconds, lab

from probe import session
from probe.job import Job
from probe.operate.timetable import Timetable
from probe.planned import open_new
from probe.record import WebMeasurement, read_measurement
from probe.results import lines_of
from probe.schedule import Limits
from probe.store.ingest import Wishes, ingest
from probe.store.layout import Store
from probe.testlist import combine, load

UPLINK = 250_000
"""Bytes a second that a probe's line sends: 2 Mbit/s."""
SLOTS = 256
"""Uploads that the whole receiver takes at once."""
DURATION = (20.0, 60.0)
"""Seconds from the start of a run to the first try to hand it over; the arrivals of a fleet that starts as one spread by it."""
CLOCK_ERROR = 2.0
"""Seconds by which the clocks of probes differ, standard deviation; a volunteer's laptop, kept by NTP."""
JITTER = 3600.0
PERIOD_START = datetime(2026, 11, 26, 6, tzinfo=UTC)
WINDOW = 60.0
"""Seconds of the staggered hour that are played."""
PIECE = 16384
MOST_TRIES = 8
LONGEST_WAIT = 60.0
DRAIN = 150.0
"""Seconds after which nobody tries any more."""


@dataclass(frozen=True, slots=True)
class Weight:
    """What one run weighs, counted in its records."""

    records: int
    steps: int
    queries: int
    connections: int
    raw: int
    packed: int


@dataclass(slots=True)
class Outcome:
    """Of one scenario: seconds of each accepted PUT, from its first try to its 201, and what else was answered."""

    seconds: list[float] = field(default_factory=list)
    puts: list[float] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    tries: int = 0
    turned_away: int = 0
    """By the receiver's own count: a probe that is still sending sees a reset instead of the answer."""
    drained: float = 0.0


def make_runs(folder: Path) -> list[Path]:
    """Run files of the bundled platforms: on a clean network, and on a censored one."""
    targets, made = [load("platforms")], []
    for scenario in ("clean", "demo"):
        with lab(scenario, 0.02) as place:
            job = Job(combine(targets).targets, Limits(), seed=1, lists=targets)
            made.append(folder / f"{scenario}.jsonl")
            results = open_new(job, made[-1], place.surroundings())
            asyncio.run(session.carry_out(job, results, place.surroundings(), Quiet()))
    return made


def weigh(path: Path) -> Weight:
    """Count what `path` holds."""
    records = [read_measurement(line.data) for line, _ in lines_of(path)]
    keys = [record.test_keys for record in records if isinstance(record, WebMeasurement)]
    queries = sum(len(key.queries or ()) for key in keys)
    connections = sum(len(key.tcp_connect or ()) for key in keys)
    others = sum(len(key.tls_handshakes or ()) + len(key.requests or ()) for key in keys)
    raw = path.read_bytes()
    packed = len(gzip.compress(raw, 6))
    return Weight(len(records), queries + connections + others, queries, connections, len(raw), packed)


def stored(paths: Sequence[Path], folder: Path) -> tuple[int, int, int]:
    """Rows of measurements, rows of observations, and bytes of Parquet that the runs make in a store."""
    ingest([str(path) for path in paths], folder, Wishes(), time.time)
    store, rows, size = Store(folder), [], 0
    for files in (store.measurements_files(), store.observations_files()):
        rows.append(sum(pq.ParquetFile(name).metadata.num_rows for name in files))
        size += sum(Path(name).stat().st_size for name in files)
    return rows[0], rows[1], size


def starts(probes: int, rng: random.Random, *, jitter: float) -> list[float]:
    """When each probe hands over, in seconds after the full hour."""
    now, found = PERIOD_START - timedelta(minutes=1), []
    for number in range(probes):
        table = Timetable("0 */6 * * *", jitter=timedelta(seconds=jitter), probe_id=f"probe-{number:05}")
        delay = (table.after(now).starts - PERIOD_START).total_seconds()
        found.append(max(0.0, delay + rng.gauss(0, CLOCK_ERROR) + rng.uniform(*DURATION)))
    return sorted(found)


def rates(moments: Sequence[float]) -> tuple[int, float]:
    """The most arrivals in one second, and how many seconds the middle 98 % take."""
    ordered = sorted(moments)
    cut = len(ordered) // 100
    return max(Counter(map(int, ordered)).values()), ordered[-1 - cut] - ordered[cut]


class Client:
    """Sends run files as probes would: paced by their line, again after a 503, later each time."""

    def __init__(self, port: int, bodies: Sequence[bytes], rng: random.Random) -> None:
        self._url, self._bodies, self._rng = f"http://127.0.0.1:{port}", bodies, rng
        self.outcome = Outcome()

    async def play(self, moments: Sequence[float]) -> Outcome:
        """One PUT at each of `moments`, in seconds from now."""
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        begin = time.monotonic()
        async with httpx.AsyncClient(limits=limits, timeout=90.0, trust_env=False) as http:
            await asyncio.gather(
                *(self._probe(http, number, begin + at, begin) for number, at in enumerate(moments))
            )
        self.outcome.drained = time.monotonic() - begin
        return self.outcome

    async def _probe(self, http: httpx.AsyncClient, number: int, due: float, begin: float) -> None:
        body = one_of_its_own(self._bodies[number % len(self._bodies)], number)
        name = hashlib.sha256(body).hexdigest()
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        first = time.monotonic()
        for attempt in range(MOST_TRIES):
            self.outcome.tries += 1
            sent = time.monotonic()
            answer = await self._put(http, f"{self._url}/{name}.jsonl.gz", body)
            if answer in ("201", "409"):
                self.outcome.answers[answer] += 1
                self.outcome.puts.append(time.monotonic() - sent)
                self.outcome.seconds.append(time.monotonic() - first)
                return
            self.outcome.answers[answer] += 1
            wait = self._rng.uniform(1.0, min(LONGEST_WAIT, 4.0 * 2**attempt))
            if time.monotonic() + wait - begin > DRAIN:
                break
            await asyncio.sleep(wait)
        self.outcome.answers["kept for the next run"] += 1

    async def _put(self, http: httpx.AsyncClient, url: str, body: bytes) -> str:
        async def paced() -> AsyncIterator[bytes]:
            for at in range(0, len(body), PIECE):
                yield body[at : at + PIECE]
                await asyncio.sleep(len(body[at : at + PIECE]) / UPLINK)

        headers = {"if-none-match": "*", "content-length": str(len(body)), "content-type": "application/gzip"}
        try:
            response = await http.put(url, content=paced(), headers=headers)
        except httpx.HTTPError as error:
            return type(error).__name__
        return str(response.status_code)


def one_of_its_own(packed: bytes, number: int) -> bytes:
    """The same gzip file with another time in its header (RFC 1952): other bytes, another name, as each probe's are."""
    return packed[:4] + number.to_bytes(4, "little") + packed[8:]


def percentile(values: Sequence[float], share: float) -> float:
    """Of `values`, 0 when there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def play(name: str, moments: Sequence[float], bodies: Sequence[bytes], share: int) -> Outcome:
    """One scenario against a receiver of its own; prints what was seen."""
    slots = max(1, SLOTS // share)
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            str(Path(__file__).with_name("fleet_receiver.py")),
            folder,
            "--slots",
            str(slots),
        ]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            before = cpu_seconds()
            outcome = asyncio.run(Client(port, bodies, random.Random(2)).play(moments))
            told = json.loads(process.communicate()[0])
    good, puts = outcome.seconds, outcome.puts
    print(
        f"\n{name}: {len(moments)} PUTs sent in real time, {slots} slots, {told['bytes'] / 1e6:,.0f} MB stored"
    )
    outcome.turned_away = told["answers"].get("503", 0)
    print(
        f"  tries {outcome.tries}, of them turned away {outcome.turned_away}, most uploads at once {told['most_at_once']}"
    )
    print(f"  what the probes saw: {dict(outcome.answers)}")
    print(f"  an accepted PUT  p50 {percentile(puts, 0.5):6.2f} s   p99 {percentile(puts, 0.99):6.2f} s")
    print(
        f"  until it is safe p50 {percentile(good, 0.5):6.2f} s   p99 {percentile(good, 0.99):6.2f} s   all done after {outcome.drained:.0f} s"
    )
    print(f"  CPU of all senders {cpu_seconds() - before:.1f} s")
    return outcome


def show_day(weights: Sequence[Weight], rows: tuple[int, int, int], probes: int, runs: int) -> None:
    """One run, and a day of the fleet, as a table."""
    count, files = len(weights), probes * runs
    mean = {name: sum(getattr(weight, name) for weight in weights) / count for name in Weight.__slots__}
    lines = (
        ("records = rows of `measurements`", mean["records"], ""),
        ("rows of `observations`", rows[1] / count, ""),
        ("bytes of records, raw", mean["raw"], "B"),
        ("bytes handed over, gzip", mean["packed"], "B"),
        ("bytes in the store, Parquet", rows[2] / count, "B"),
        ("questions to resolvers", mean["queries"], ""),
        ("TCP connections opened", mean["connections"], ""),
        ("PUT requests", 1, ""),
    )
    print(f"\n{'':36}{'one run':>12} {f'{probes:,} probes, {runs} runs a day':>36}")
    for name, value, unit in lines:
        day = value * files
        total = f"{day / 1e9:,.1f} GB a day" if unit else f"{day:,.0f} a day"
        print(f"{name:36}{value:12,.0f} {total:>24} {day / 86400:>10,.1f}{unit}/s")


def main() -> int:
    """Make runs, weigh them, play both scenarios; 1 when a staggered fleet is turned away."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--probes", type=int, default=10_000)
    parser.add_argument("--share", type=int, default=10)
    parser.add_argument("--runs-a-day", type=int, default=4)
    wishes = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        runs = make_runs(Path(name))
        weights = [weigh(path) for path in runs]
        bodies = [gzip.compress(path.read_bytes(), 6) for path in runs]
        show_day(weights, stored(runs, Path(name) / "store"), wishes.probes, wishes.runs_a_day)
    as_one = starts(wishes.probes, random.Random(1), jitter=0.0)
    apart = starts(wishes.probes, random.Random(1), jitter=JITTER)
    print(f"\n{wishes.probes:,} probes due at {PERIOD_START:%H:%M}, computed for all of them:")
    for label, moments in (("started as one", as_one), (f"staggered over {JITTER / 60:.0f} min", apart)):
        most, long = rates(moments)
        print(f"  {label:24} at most {most:5} arrivals a second; the middle 98 % within {long:6.0f} s")
    together = play("started as one", as_one[:: wishes.share], bodies, wishes.share)
    busiest = max(range(int(JITTER / WINDOW)), key=lambda minute: sum(_within(at, minute) for at in apart))
    minute = [at - busiest * WINDOW for at in apart if _within(at, busiest)]
    spread = play(
        f"staggered, the busiest minute of the hour ({busiest})",
        minute[:: wishes.share],
        bodies,
        wishes.share,
    )
    print(f"\ntries that were turned away: {together.turned_away} as one, {spread.turned_away} staggered")
    return 1 if spread.turned_away or len(spread.seconds) != len(minute[:: wishes.share]) else 0


def _within(moment: float, minute: int) -> bool:
    return minute * WINDOW <= moment < (minute + 1) * WINDOW


if __name__ == "__main__":
    sys.exit(main())

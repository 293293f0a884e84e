"""How long `probe compare` takes on two large files, and how much memory, beside a plain loop of json.loads over them.

    .venv/bin/python benchmarks/compare.py [RECORDS]

Makes two files of RECORDS typical records (20,000 by default, each of another target; see judge.py), once with verdicts
by today's rules, once without any, so that all are judged anew. In the second file every site has another's record,
so that much differs; http and https are two targets. Each pass is a process of its own. Ends with 1 when comparing judged files takes more than 5 times as long as
json.loads, or when a record costs more than 3 kB of memory.
"""

import itertools
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

from judge import records

from probe.cli.comparison.work import Wishes, compare_results
from probe.cli.judging import Bench
from probe.judge.knowledge import Knowledge
from probe.record import WebMeasurement, read_measurement, to_line

MOST_TIMES = 5.0
MOST_BYTES = 3_000
SHIFT = 7
NAME = b"www.example.com"


def contents(count: int, *, judged: bool) -> Iterator[bytes]:
    """Lines without names of their own; with `judged`, each with its verdict."""
    bench = Bench(Knowledge.packaged())
    for line in records(count):
        if not judged:
            yield line
            continue
        record = read_measurement(line)
        assert isinstance(record, WebMeasurement)
        bench.judge(record)
        yield to_line(record)


def named(lines: Iterable[bytes], first: int, count: int) -> Iterator[bytes]:
    """Each line about another site, from number `first` on, around."""
    for number, line in enumerate(lines, first):
        yield line.replace(NAME, f"site{number % count}.example.com".encode())


def make(folder: Path, count: int, *, judged: bool) -> list[Path]:
    """The two files."""
    one, other = folder / f"one-{judged}.jsonl", folder / f"other-{judged}.jsonl"
    with one.open("wb") as first, other.open("wb") as second:
        here, there = itertools.tee(contents(count, judged=judged))
        for line, shifted in zip(named(here, 0, count), named(there, SHIFT, count), strict=True):
            first.write(line)
            second.write(shifted)
    return [one, other]


def loads(*paths: str) -> int:
    """The least that anybody who reads these files does."""
    lines = 0
    for path in paths:
        with Path(path).open("rb") as file:
            lines += sum(bool(json.loads(line)) for line in file)
    return lines


def compares(*paths: str) -> int:
    """What `probe compare` does, as JSON into a file."""
    with TemporaryDirectory() as folder:
        out = Path(folder, "out.json")
        compare_results(Wishes(paths, output=out))
        summary = json.loads(out.read_bytes())["summary"]
    told = {name: count for name, count in summary["classes"].items() if count}
    print(f"    {summary['targets']} targets, {summary['compared']} compared: {told}", file=sys.stderr)
    return int(summary["targets"])


def nothing(*_: str) -> int:
    """What Python and the imports alone need."""
    return 0


PASSES: dict[str, Callable[..., int]] = {"imports": nothing, "json.loads": loads, "compare": compares}


def measured(name: str, paths: list[Path]) -> tuple[float, int]:
    """Seconds of CPU and peak kB of one pass in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--pass", name, *map(str, paths)],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    seconds, peak = done.stdout.split()
    return float(seconds), int(peak)


def main(count: int) -> int:
    """Print the table; 1 when a bound is not kept."""
    kept = True
    with TemporaryDirectory() as folder:
        for judged in (True, False):
            paths = make(Path(folder), count, judged=judged)
            size = sum(path.stat().st_size for path in paths)
            kind = "with verdicts by today's rules" if judged else "without verdicts, judged anew"
            print(f"2 x {count} records {kind}, {size / 2 / count / 1000:.1f} kB each", flush=True)
            found = {name: measured(name, paths) for name in PASSES}
            plain, base = found["json.loads"][0], found["imports"][1]
            for name, (seconds, peak) in found.items():
                print(
                    f"  {name:12} {seconds:7.1f} s CPU {seconds / plain:6.2f} times json.loads, peak {peak / 1024:6.0f} MB"
                )
            seconds, peak = found["compare"]
            each = (peak - base) * 1024 / (2 * count)
            print(
                f"  {2 * count / seconds:.0f} records/s; {each:.0f} bytes of memory a record above the imports"
            )
            kept = kept and each < MOST_BYTES and (not judged or seconds < MOST_TIMES * plain)
            for path in paths:
                path.unlink()
    return int(not kept)


def one_pass(name: str, paths: list[str]) -> None:
    """Do it and tell what it cost."""
    start = time.process_time()
    PASSES[name](*paths)
    print(time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--pass"]:
        one_pass(sys.argv[2], sys.argv[3:])
    else:
        sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000))

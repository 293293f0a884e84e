"""Records of a pretend world in which it is known who blocks what, since when and how: planted truth (`planted_world.py`).

    .venv/bin/python benchmarks/planted.py FOLDER --records 200000      # FOLDER/*.jsonl, a file a run, and truth.json
    .venv/bin/python benchmarks/planted.py FOLDER --records 200000 --bodies --gz --verdicts none
    .venv/bin/python benchmarks/planted.py STORE --rows 20000000        # a store, without records; STORE/truth.json

`--help` has the rest.
"""

import argparse
import gzip
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, cast

from planted_lines import Lines
from planted_rows import write_store
from planted_world import RARE, World, runs, world, write_truth


def days_for(records: int) -> int:
    """How many days give about `records` records."""
    trial = world(days=RARE)
    return max(1, round(records * RARE / (sum(1 for _ in runs(trial)) * len(trial.sites))))


def write_records(place: World, folder: Path, limit: int, *, bodies: bool, gz: bool, verdicts: str) -> int:
    """A file a run in `folder`, `limit` records at most; returns how many."""
    write_truth(place, folder)
    lines, written = Lines(bodies=bodies, verdicts=verdicts), 0
    for run in runs(place):
        if written >= limit:
            break
        path = folder / f"{run.name}.jsonl{'.gz' if gz else ''}"
        with cast("IO[bytes]", gzip.open(path, "wb", 1)) if gz else path.open("wb") as file:
            for line in lines.of(place, run):
                if written < limit:
                    file.write(line)
                    written += 1
    return written


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, write, say what was written."""
    parser = argparse.ArgumentParser(description="Records with planted truth.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--records", type=int, default=0)
    parser.add_argument(
        "--rows", type=int, default=0, help="a store of so many rows instead, without records"
    )
    parser.add_argument(
        "--observations", action="store_true", help="with --rows: about 9 rows a measurement as well"
    )
    parser.add_argument("--days", type=int, default=0, help="default: what the number of records needs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--bodies", action="store_true", help="pages of 2 to 60 kB; else none, as with bodies left out"
    )
    parser.add_argument("--gz", action="store_true")
    parser.add_argument("--verdicts", choices=("today", "older", "none"), default="today", help="as recorded")
    asked = parser.parse_args(arguments)
    if asked.rows:
        place = world(asked.seed, days=asked.days or 365)
        print(f"{write_store(place, asked.folder, asked.rows, observations=asked.observations)} rows")
        return 0
    limit = asked.records or sys.maxsize
    days = asked.days or (days_for(asked.records) + 1 if asked.records else 60)
    written = write_records(
        world(asked.seed, days=days),
        asked.folder,
        limit,
        bodies=asked.bodies,
        gz=asked.gz,
        verdicts=asked.verdicts,
    )
    print(f"{written} records")
    return 0


if __name__ == "__main__":
    sys.exit(main())

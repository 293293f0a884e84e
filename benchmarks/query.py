"""How long do questions take over 2 and 20 million rows, in DuckDB with 1 GB and on Spark; does time grow with the rows?

    .venv/bin/python benchmarks/query.py [--rows N N …] [--stores FOLDER] [--no-spark]

Makes stores of the given rows (default 2,000,000 and 20,000,000, about 35 bytes a row) by `planted.py`, kept and used again in FOLDER
if that is given. Each question runs in each engine in a process of its own, the engine opened already: Spark is a standalone
cluster of two workers with one core and 2 GB each on this machine, and is asked once before, so that its workers are warm.
Both engines' answers must be equal. Ends with 1 when they are not, when DuckDB's process takes more than 1.6 GB, or
when ten times the rows take more than 13 times as long in DuckDB.
"""

import argparse
import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

from planted_rows import write_store
from planted_world import world

from tests.store.spark import cluster

QUESTIONS = {
    "country, platform": ("country", "platform"),
    "asn, platform, mechanism": ("asn", "platform", "mechanism"),
    "day, asn, domain": ("day", "asn", "domain"),
}
MOST_MB, MOST_GROWTH, DAYS = 1600, 1.3, 365

ASK = """
import hashlib, json, resource, sys, time
from probe.store import query
from probe.store.engines import open_engine
engine, store, warm, *questions = sys.argv[1:]
start = time.perf_counter()
with open_engine(engine, store, memory="1GB") as tables:
    found = {"open": time.perf_counter() - start}
    def run(names):
        question = query.Question(tuple(names.split(",")))
        return tables.run(question.ask(tables.measurements))
    if warm == "warm":
        run(questions[0])
    for names in questions:
        start = time.perf_counter()
        answer = run(names)
        seconds = time.perf_counter() - start
        digest = hashlib.sha256(repr(answer.to_pydict()).encode()).hexdigest()
        found[names] = {"seconds": seconds, "rows": answer.num_rows, "digest": digest}
found["mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps(found))
"""


def ask(engine: str, store: Path, *, warm: bool) -> dict[str, dict[str, float]]:
    """Times, rows and digests of all questions, in a process of its own."""
    questions = [",".join(names) for names in QUESTIONS.values()]
    command = [sys.executable, "-c", ASK, engine, str(store), "warm" if warm else "cold", *questions]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1800, check=False)
    if done.returncode:
        raise SystemExit(f"{engine}: {done.stderr[-2000:]}")
    found: dict[str, dict[str, float]] = json.loads(done.stdout.splitlines()[-1])
    return found


def compare(engines: dict[str, str], stores: dict[int, Path]) -> int:
    """Print the table; 1 when a bound is not kept."""
    kept, first = True, dict[tuple[str, str], tuple[int, float]]()
    print(f"{'rows':>12}  {'question':26}{'groups':>8}" + "".join(f"{name:>12}" for name in engines))
    for rows, store in stores.items():
        answers = {name: ask(address, store, warm=name == "spark") for name, address in engines.items()}
        for title, names in QUESTIONS.items():
            key = ",".join(names)
            cells = {name: answer[key] for name, answer in answers.items()}
            times = "".join(f"{cell['seconds']:10.2f} s" for cell in cells.values())
            growth = ""
            for name, cell in cells.items():
                before, seconds = first.setdefault((name, key), (rows, cell["seconds"]))
                if before != rows:
                    times_more = cell["seconds"] / seconds
                    growth += f"  {name} {times_more:.1f} times"
                    kept &= name != "duckdb" or times_more <= MOST_GROWTH * rows / before
            print(f"{rows:12,}  {title:26}{cells['duckdb']['rows']:8}{times}{growth}")
            kept &= len({cell["digest"] for cell in cells.values()}) == 1
        print(f"{'':14}peak of DuckDB's process {answers['duckdb']['mb']:.0f} MB")
        kept &= float(answers["duckdb"]["mb"]) <= MOST_MB  # type: ignore[arg-type]
    print("answers equal, bounds kept" if kept else "NOT equal, or a bound not kept")
    return int(not kept)


def main() -> int:
    """Make what is missing, ask, compare."""
    parser = argparse.ArgumentParser(description="Questions over large stores.")
    parser.add_argument("--rows", type=int, nargs="+", default=[2_000_000, 20_000_000])
    parser.add_argument("--stores", type=Path, help="folder to keep the stores in")
    parser.add_argument("--no-spark", action="store_true")
    asked = parser.parse_args()
    with ExitStack() as work:
        folder = Path(work.enter_context(TemporaryDirectory()))
        stores = {rows: (asked.stores or folder) / f"rows-{rows}" for rows in asked.rows}
        for rows, place in stores.items():
            if not (place / "store" / "manifest.json").exists():
                write_store(world(days=DAYS), place, rows, observations=False)
        engines = {"duckdb": "duckdb"}
        if not asked.no_spark:
            engines["spark"] = work.enter_context(cluster(folder, memory="2g"))
        return compare(engines, stores)


if __name__ == "__main__":
    sys.exit(main())

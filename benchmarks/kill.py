"""kill -9 at random moments of a real run in the lab, each followed by a resume: is anything lost, doubled or torn?

    python benchmarks/kill.py [LIST …] [--kills 20] [--seed 1]

The run is a process of its own (`kill.py --child`), and so is the lab, which outlives it. After the last kill the
run goes on to its end. The kills fall into the time that a whole run takes, so that all phases are hit.
"""

import argparse
import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from place import Place, Quiet, lab
from whole_list import made_up

from probe import session
from probe.job import Job
from probe.lab.network import Door
from probe.planned import go_on, open_new
from probe.record import UnreadableRecordError, read_measurement
from probe.results import RunFiles, lines_of
from probe.schedule import Limits
from probe.testlist import combine, load

NAME = "run.jsonl"
RTT = 0.2
PACE = 25.0
"""Targets a second of a run of 40 in flight at 200 ms, about: over how long the kills are spread."""


def child(place: Path, folder: Path, names: list[str]) -> None:
    """Begin the run in `folder`, or go on with it."""
    facts = json.loads(place.read_text(encoding="utf-8"))
    where = Place(Door(**facts["door"]), Path(facts["ca_file"]))
    lists = [load(name) for name in names] or [made_up()]
    job = Job(combine(lists).targets, Limits(), seed=1, lists=lists)
    path, surroundings = folder / NAME, where.surroundings()
    if path.with_suffix(".plan.json").exists():
        results, job = go_on(path, job)
    else:
        results = open_new(job, path, surroundings)
    asyncio.run(session.carry_out(job, results, surroundings, Quiet()))


def main() -> int:
    """Kill, resume, count; 1 when anything was lost, doubled or torn."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("lists", nargs="*")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", nargs=2, type=Path, help=argparse.SUPPRESS)
    wishes = parser.parse_args()
    if wishes.child:
        child(*wishes.child, wishes.lists)
        return 0
    planned = [target.url for target in combine([load(n) for n in wishes.lists] or [made_up()]).targets]
    with tempfile.TemporaryDirectory() as name, lab("clean", RTT) as place:
        folder = Path(name)
        note = folder / "lab.json"
        facts = {"door": place.door.to_json(), "ca_file": str(place.ca_file)}
        note.write_text(json.dumps(facts), encoding="utf-8")
        command = [sys.executable, __file__, *wishes.lists, "--child", str(note), str(folder)]
        kills = kill_and_resume(
            command, folder / NAME, wishes.kills, len(planned), random.Random(wishes.seed)
        )
        return report(folder / NAME, planned, kills)


def kill_and_resume(command: list[str], records: Path, kills: int, targets: int, rng: random.Random) -> int:
    """Run to the end, killed `kills` times on the way; returns how often it really was."""
    done, pause = 0, targets / PACE / (kills + 1)
    for turn in range(kills):
        process = subprocess.Popen(command)
        time.sleep(rng.uniform(0.05, 2 * pause) if turn % 5 else rng.uniform(0.05, 1.5))
        if process.poll() is None:
            process.kill()
            done += 1
        process.wait()
        size = records.stat().st_size if records.exists() else 0
        print(f"kill {turn + 1:2}: {size:>12,} bytes of records", flush=True)
        if not records.with_suffix(".plan.json").exists() and size:
            break
    subprocess.run(command, check=False)
    return done


def report(path: Path, planned: list[str], kills: int) -> int:
    """What the file holds against what was planned."""
    seen, unreadable = Counter[str](), 0
    for line, _ in lines_of(path):
        try:
            seen[read_measurement(line.data).input or ""] += 1
        except UnreadableRecordError:
            unreadable += 1
    lost, twice = set(planned) - set(seen), [url for url, count in seen.items() if count > 1]
    torn = RunFiles(path).torn
    print(
        f"{kills} kills; {len(planned)} planned, {len(seen)} recorded, {len(lost)} lost, {len(twice)} twice, {unreadable} unreadable"
    )
    print(
        f"bytes set aside as torn: {torn.stat().st_size if torn.exists() else 0}; finished: {not RunFiles(path).plan.exists()}"
    )
    return 1 if lost or twice or unreadable or RunFiles(path).plan.exists() else 0


if __name__ == "__main__":
    sys.exit(main())

"""A run that can be killed: begins or goes on with the run in the folder it is given, and writes what is missing.

python -m tests.results.writer FOLDER TARGETS SEED
"""

import random
import sys
import time
from pathlib import Path

from probe.results import ResultsFile
from tests.results.examples import FINISHED, VERSIONS, make_plan, record_of

NAME = "run.jsonl"


def main(place: Path, targets: int, seed: int) -> None:
    """Write records of 100 bytes to 300 kB, most of them small, about a thousand a second."""
    rng = random.Random(seed)
    path = place / NAME
    begun = path.with_suffix(".plan.json").exists()
    results = ResultsFile.resume(path) if begun else ResultsFile.create(path, make_plan(targets))
    for target in results.missing:
        results.journal.append(record_of(target, rng.choice([0, 100, 1000, 10_000, 300_000])))
        time.sleep(0.001)
    results.finish("complete", finished=FINISHED, versions=VERSIONS)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))

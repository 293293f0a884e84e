"""Ingests in a process of its own, to be killed: `python -m tests.store.writer STORE JOBS PATH`."""

import sys
from pathlib import Path

from tests.store.records import take

if __name__ == "__main__":
    take(Path(sys.argv[1]), sys.argv[3], jobs=int(sys.argv[2]), round_rows=400)

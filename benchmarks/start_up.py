"""How long `probe --help` takes, beside an empty Python; and `probe demo`.

python benchmarks/start_up.py
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence

from place import verdict

RUNS = 15


def seconds(command: Sequence[str]) -> float:
    """Wall time of `command`."""
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - begin


def main() -> int:
    """Measure by turns and print; 1 when a bound is not kept."""
    bare, ours = [sys.executable, "-c", "pass"], [sys.executable, "-m", "probe", "--help"]
    seconds(ours)
    pairs = [(seconds(bare), seconds(ours)) for _ in range(RUNS)]
    python, probe = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(
        f"python -c pass {python:.3f} s, probe --help {probe:.3f} s: {probe / python:.1f} x an empty Python"
    )
    with tempfile.TemporaryDirectory() as folder:
        demo = seconds([sys.executable, "-m", "probe", "demo", "-o", folder])
    kept = [verdict("probe --help", probe, 0.25, "s"), verdict("probe demo", demo, 20.0, "s")]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())

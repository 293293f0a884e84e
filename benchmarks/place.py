"""What the benchmarks share: a lab in a process of its own, and what this process has used so far."""

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from probe.job import Surroundings
from probe.judge.knowledge import Knowledge
from probe.lab.network import Door, LabNetwork
from probe.measure.trust import Trust
from probe.record import Measurement
from probe.safety.scrub import Identity
from probe.testlist import Target

KIB = 1024


@dataclass(frozen=True, slots=True)
class Place:
    """A running lab: where it listens, and its root certificate."""

    door: Door
    ca_file: Path

    def surroundings(self) -> Surroundings:
        """The lab as a job's surroundings."""
        return Surroundings(LabNetwork(self.door), Trust.load(self.ca_file), Identity(), Knowledge.packaged())


@contextmanager
def lab(scenario: str = "clean", rtt: float = 0.0) -> Iterator[Place]:
    """A lab whose CPU time is not ours."""
    command = [sys.executable, "-m", "probe.lab", scenario, str(rtt)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        facts = json.loads(process.stdout.readline())
        try:
            yield Place(Door(**facts["door"]), Path(facts["ca_file"]))
        finally:
            process.communicate()


class Quiet:
    """A listener that counts."""

    def __init__(self) -> None:
        self.finished_targets = self.crashes = 0

    def started(self, target: Target) -> None:
        """Nothing to note."""

    def finished(self, target: Target, measurement: Measurement) -> None:  # noqa: ARG002 - Listener's signature
        """One more."""
        self.finished_targets += 1

    def crashed(self, target: Target, error: BaseException) -> None:
        """Must not happen."""
        self.crashes += 1
        print(f"crashed: {target.url}: {error!r}", file=sys.stderr)


def cpu_seconds(who: int = resource.RUSAGE_SELF) -> float:
    """User and system time so far, of this process or of its ended children."""
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def resident_bytes() -> int:
    """Memory of this process now (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


def peak_bytes() -> int:
    """The most memory this process ever had (Linux: ru_maxrss is in KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIB


def verdict(name: str, value: float, bound: float, unit: str = "") -> bool:
    """Print a figure beside its bound; False when it is over."""
    kept = value <= bound
    print(f"{name:48} {value:9.2f}{unit:4} ≤ {bound:g}{unit:4} {'yes' if kept else 'NO'}")
    return kept

"""Many one-shot runs on one folder, an hour apart by their own clock: does anything grow that should not?

    python benchmarks/soak.py [--runs 24] [--keep 12h] [--max-disk 30M]
    python benchmarks/soak.py --folder DIR --pidfile FILE [--runs 24] … -- podman run --pidfile FILE … IMAGE

Each run is a process of its own that measures the bundled platforms in the lab, with the clock set by libfaketime (Debian's package
faketime); `--keep` and `--max-disk` reach it by the environment. Without a command `probe run` of this checkout runs in a network namespace
made by tools/lab_gate.py (Linux, root). With one, that command is run; `{clock}` in it is replaced by libfaketime's setting.
Ends with 1 when memory or descriptors of the last quarter of the runs are above those of the first, or the folder above its bound.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

TOOLS = Path(__file__).resolve().parent.parent / "tools"
SPACE = f"reachprobe-soak-{os.getpid()}"
LIBRARY = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
HOUR = timedelta(hours=1)
LOOK_EVERY = 0.02
PATIENCE = 180.0
UNITS = {"": 1, "K": 1e3, "M": 1e6, "G": 1e9}
GROWTH = 1.05
"""Memory of the last runs beside the first ones: what the allocator's mood may make of it."""
SWING = 1.1
"""The same of descriptors: how many sockets are open when we look differs from run to run."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One run: exit code, seconds, the most memory (bytes) and descriptors it had, what the folder holds then."""

    code: int
    seconds: float
    memory: int
    descriptors: int
    files: int
    size: int
    most: int
    removed: int


def facts_of(pid: int) -> tuple[int, int]:
    """The most memory so far, and descriptors now; zeros once it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
        peak = re.search(r"VmHWM:\s+(\d+) kB", status)
        return (int(peak[1]) << 10 if peak else 0), sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return 0, 0


def size_of(folder: Path) -> int:
    """Bytes of all files in `folder`; one that goes away meanwhile counts nothing."""
    size = 0
    for path in folder.iterdir():
        try:
            size += path.stat().st_size
        except FileNotFoundError:
            continue
    return size


def run_once(command: Sequence[str], environ: dict[str, str], folder: Path, pidfile: Path | None) -> Seen:
    """Run `command` to its end and look at it all the while."""
    if pidfile:
        pidfile.unlink(missing_ok=True)
    before = set(folder.glob("*.jsonl"))
    begin, memory, descriptors, most = time.monotonic(), 0, 0, 0
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        while process.poll() is None:
            pid = process.pid if pidfile is None else int(pidfile.read_text() or 0) if pidfile.exists() else 0
            now, opened = facts_of(pid)
            memory, descriptors, most = max(memory, now), max(descriptors, opened), max(most, size_of(folder))
            if time.monotonic() - begin > PATIENCE:
                process.kill()
            time.sleep(LOOK_EVERY)
        out, err = process.communicate()
    if process.returncode:
        print(
            out.decode(errors="replace")[-500:],
            err.decode(errors="replace")[-1000:],
            sep="\n",
            file=sys.stderr,
        )
    after = set(folder.glob("*.jsonl"))
    return Seen(
        process.returncode, time.monotonic() - begin, memory, descriptors, len(after), size_of(folder), most, len(before - after)
    )  # fmt: skip


@contextmanager
def own_place(folder: Path) -> Iterator[list[str]]:
    """The lab in a namespace; yields the command that measures there into `folder`."""
    gate = [sys.executable, str(TOOLS / "lab_gate.py")]
    roots = folder.parent / "roots.pem"
    subprocess.run([*gate, "in", SPACE], check=True)
    try:
        inside = ["ip", "netns", "exec", SPACE]
        serve = [*inside, *gate, "serve", "--ca", str(roots), "--for", "900"]
        with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as lab:
            assert lab.stdout is not None
            lab.stdout.readline()
            yield [
                *inside, "env", f"LD_PRELOAD={LIBRARY}", "FAKETIME={clock}", "FAKETIME_DONT_FAKE_MONOTONIC=1",
                sys.executable, "-m", "probe", "run", "--output", str(folder), "--ca-bundle", str(roots),
            ]  # fmt: skip
            lab.terminate()
    finally:
        subprocess.run([*gate, "out", SPACE], check=False)


def soak(wishes: argparse.Namespace, command: Sequence[str], folder: Path) -> list[Seen]:
    """All runs, each told as it ends."""
    bounds = {
        "PROBE_KEEP": wishes.keep,
        "PROBE_MAX_DISK": wishes.max_disk,
        "PROBE_RESUME_INTERRUPTED": "true",
    }
    environ = {**os.environ, **bounds, "PROBE_CONSENT": "1"}
    print(
        "run  by its clock      exit  seconds  peak MiB  descriptors  run files  removed  folder MB  at most MB"
    )
    seen = []
    for turn in range(wishes.runs):
        clock = datetime.now(UTC) - (wishes.runs - 1 - turn) * HOUR
        shift = f"-{(wishes.runs - 1 - turn) * 3600}s"
        words = [word.replace("{clock}", shift) for word in command]
        one = run_once(words, environ, folder, wishes.pidfile)
        seen.append(one)
        print(
            f"{turn + 1:3}  {clock:%Y-%m-%d %H:%M}  {one.code:4}  {one.seconds:7.1f}  {one.memory / 2**20:8.1f}  {one.descriptors:11}"
            f"  {one.files:9}  {one.removed:7}  {one.size / 1e6:9.2f}  {one.most / 1e6:10.2f}",
            flush=True,
        )
    return seen


def judge(seen: Sequence[Seen], bound: float) -> list[str]:
    """What grew, as sentences."""
    quarter = max(1, len(seen) // 4)
    first, last = seen[:quarter], seen[-quarter:]
    found = [f"run {number}: exit code {one.code}" for number, one in enumerate(seen, 1) if one.code]
    memory = [statistics.median(one.memory for one in part) for part in (first, last)]
    opened = [statistics.median(one.descriptors for one in part) for part in (first, last)]
    found += ["memory grew"] if memory[1] > GROWTH * memory[0] else []
    found += [f"descriptors grew from {opened[0]} to {opened[1]}"] if opened[1] > SWING * opened[0] else []
    found += [
        f"run {number}: the folder is above its bound"
        for number, one in enumerate(seen, 1)
        if one.most > bound
    ]
    print(json.dumps({"memory_mib": [round(each / 2**20, 1) for each in memory], "descriptors": opened}))
    return found


def main() -> int:
    """Run, look, judge."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=24)
    parser.add_argument("--keep", default="12h")
    parser.add_argument("--max-disk", default="30M")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--pidfile", type=Path)
    parser.add_argument("command", nargs="*")
    wishes = parser.parse_args()
    bound = re.fullmatch(r"(\d+)([KMG]?)", wishes.max_disk)
    assert bound is not None, wishes.max_disk
    if wishes.command:
        seen = soak(wishes, wishes.command, wishes.folder)
    else:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / "results"
            folder.mkdir()
            with own_place(folder) as command:
                seen = soak(wishes, command, folder)
    found = judge(seen, int(bound[1]) * UNITS[bound[2]])
    for sentence in found:
        print(sentence, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

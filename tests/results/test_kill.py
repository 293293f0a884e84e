"""kill -9 at random moments, again and again: no target lost, none twice, no unreadable line.

A kill seldom tears a line, since Linux finishes most writes that it has begun; a loss of power does. So after half
of the kills the last bytes of the journal are cut off as well.
"""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from probe.record.runfile import Manifest
from probe.results import RunFiles
from tests.results.examples import inputs_in, make_plan
from tests.results.writer import NAME

TARGETS = 3000
KILLS = 20


def start(place: Path, seed: int) -> "subprocess.Popen[bytes]":
    """The writer, in a process of its own."""
    command = [sys.executable, "-m", "tests.results.writer", str(place), str(TARGETS), str(seed)]
    return subprocess.Popen(command, cwd=Path(__file__).parents[2])


def kill_at_a_random_moment(place: Path, rng: random.Random) -> None:
    """Most of the time while records are being written, now and then while the run is starting."""
    records = place / NAME
    before = records.stat().st_size if records.exists() else 0
    with start(place, rng.getrandbits(32)) as writer:
        if rng.random() < 0.8:
            patience = time.monotonic() + 30
            while not (records.exists() and records.stat().st_size > before) and time.monotonic() < patience:
                time.sleep(0.001)
            time.sleep(rng.uniform(0, 0.05))
        else:
            time.sleep(rng.uniform(0, 0.5))
        assert writer.poll() is None, "the run ended before it was killed"
        writer.kill()


def lose_power(place: Path, rng: random.Random) -> None:
    """Cut off up to 200 bytes: within one record, or across the end of the one before."""
    records = place / NAME
    if records.exists():
        with records.open("r+b") as file:
            file.truncate(max(0, records.stat().st_size - rng.randint(1, 200)))


@pytest.mark.slow
def test_survives_kill_9(tmp_path: Path) -> None:
    """Twenty kills, then a run to the end."""
    rng = random.Random(2026)
    for _ in range(KILLS):
        kill_at_a_random_moment(tmp_path, rng)
        if rng.random() < 0.5:
            lose_power(tmp_path, rng)
    with start(tmp_path, 0) as last:
        assert last.wait(120) == 0
    files = RunFiles(tmp_path / NAME)
    inputs = inputs_in(files.records)
    assert len(inputs) == TARGETS
    assert set(inputs) == {target.input for target in make_plan(TARGETS).targets}
    manifest = Manifest.model_validate_json(files.manifest.read_bytes())
    assert (manifest.outcome, manifest.counts.missing) == ("complete", 0)
    assert 10 < manifest.resumed <= KILLS
    assert manifest.counts.torn_bytes == files.torn.stat().st_size > 0
    assert not files.plan.exists()

"""`kill -9` at any moment: no row twice, none missing, and nobody is left working."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.running import ROOT
from tests.store.records import lines, rows, same, take, write

FILES, EACH = 12, 250
LONGEST = 120.0
"""Seconds of a busy machine, after which something hangs."""


def start(store: Path, jobs: int, source: Path) -> "subprocess.Popen[bytes]":
    """An ingest in a process group of its own."""
    command = [sys.executable, "-m", "tests.store.writer", str(store), str(jobs), str(source)]
    return subprocess.Popen(command, cwd=ROOT, start_new_session=True, stderr=subprocess.DEVNULL)


def alive(group: int) -> bool:
    """Whether any process of the group is there."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files with duplicates among them, and a bad line each."""
    folder = tmp_path_factory.mktemp("in")
    for number in range(FILES):
        first = number * (EACH - 20)
        write(folder / f"{number:02}.jsonl", lines(range(first, first + EACH)) + b"bad\n")
    return folder


@pytest.fixture(scope="module")
def whole(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an undisturbed ingest makes of them."""
    store = tmp_path_factory.mktemp("whole")
    assert take(store, source).records == (EACH - 20) * FILES + 20
    return store


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_kills_lose_and_double_nothing(tmp_path: Path, source: Path, whole: Path, jobs: int) -> None:
    """A dozen kills, each later than the one before, then once to the end."""
    killed = 0
    for step in range(12):
        process = start(tmp_path, jobs, source)
        wanted = tmp_path / "store" / "manifest.json"
        deadline = time.monotonic() + LONGEST
        while (
            process.poll() is None and not list(tmp_path.glob(".staging-*")) and time.monotonic() < deadline
        ):
            time.sleep(0.005)
        time.sleep(0.06 * step)
        killed += process.poll() is None
        process.kill()
        process.wait()
        assert not wanted.exists() or all(count == 1 for count in rows(tmp_path).values())
        for _ in range(500):
            if not alive(process.pid):
                break
            time.sleep(0.02)
        assert not alive(process.pid), "a worker outlived its parent"
    assert killed > 4
    done = take(tmp_path, source)
    assert done.unread == []
    assert same(tmp_path, whole)
    kept = [sorted(file.name for file in (store / "quarantine").iterdir()) for store in (tmp_path, whole)]
    assert kept[0] == kept[1]
    assert not list(tmp_path.glob(".staging-*"))


@pytest.mark.slow
def test_ctrl_c_ends_soon_and_keeps_what_was_committed(tmp_path: Path, source: Path, whole: Path) -> None:
    """The whole group gets it, as from a terminal."""
    process = start(tmp_path, 2, source)
    deadline = time.monotonic() + LONGEST
    while not list(tmp_path.glob(".staging-*")) and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGINT)
    process.wait(LONGEST)
    assert not list(tmp_path.glob(".staging-*"))
    take(tmp_path, source)
    assert same(tmp_path, whole)


@pytest.mark.slow
def test_ten_thousand_small_files(tmp_path: Path) -> None:
    """Some empty, some bad; in few files."""
    for number in range(10_000):
        data = (
            b"" if number % 100 == 0 else f"bad {number}\n".encode() if number % 101 == 0 else lines([number])
        )
        (tmp_path / f"{number:05}.jsonl").write_bytes(data)
    done = take(tmp_path / "s", tmp_path)
    assert (done.lines, done.records, done.quarantined) == (9_900, 9_801, 99)
    assert (done.files, done.known) == (9_901, 99)  # the hundred empty ones have one content
    assert len(list((tmp_path / "s" / "store").rglob("*.parquet"))) == 7

"""One run at a time in a folder."""

import subprocess
import sys
from pathlib import Path

import pytest

from probe.operate.lock import LOCK, BusyError, FolderLock

HOLD = """
import sys, time
from pathlib import Path
from probe.operate.lock import FolderLock
lock = FolderLock(Path(sys.argv[1]), "process 7, since noon")
print("locked", flush=True)
time.sleep(60)
"""


def test_a_second_one_is_refused_and_told_who_is_at_work(tmp_path: Path) -> None:
    """Until the first lets go."""
    at_work = r"another run is at work here \(process 7, since noon\)$"
    with FolderLock(tmp_path, "process 7, since noon"), pytest.raises(BusyError, match=at_work):
        FolderLock(tmp_path, "another")
    FolderLock(tmp_path, "another").release()


def test_a_kill_unlocks(tmp_path: Path) -> None:
    """However the process ends."""
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"locked\n"
        with pytest.raises(BusyError):
            FolderLock(tmp_path, "")
        other.kill()
    FolderLock(tmp_path, "").release()


def test_a_note_from_elsewhere_does_no_harm(tmp_path: Path) -> None:
    """The file may hold anything."""
    with FolderLock(tmp_path, ""):
        (tmp_path / LOCK).write_bytes(b"\x1b[2J\xff" * 100)
        with pytest.raises(BusyError, match=r"another run is at work here$"):
            FolderLock(tmp_path, "")


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """Is the disk's fault, not somebody's work."""
    with pytest.raises(OSError, match="No such file"):
        FolderLock(tmp_path / "none", "")

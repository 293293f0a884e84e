"""`schedule.json` and the lock: kept over restarts, hostile content, one schedule a folder."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from probe.operate.agenda import decide
from probe.operate.state import STATE, Keep, StateError, is_kept, read_state
from probe.operate.timetable import Timetable
from tests.cli.running import ROOT
from tests.operate.almanac import START, new_state


def test_a_state_comes_back_as_it_was(tmp_path: Path) -> None:
    """Memory and all, after decisions with a jump between."""
    table, state = Timetable.parse("0 * * * *", "UTC", 0, "", START), new_state("0 * * * *")
    for hours in (1, 2, 3, 50, 51):
        state = state.remember(decide(table, state.memory, START + timedelta(hours=hours)).memory)
    keep = Keep(tmp_path / "deep" / "folder")
    assert keep.load() is None
    keep.save(state)
    assert keep.load() == state
    assert len(state.done) == 2
    keep.close()


@pytest.mark.parametrize("content", [b"", b"null", b"{}", b"\x00" * 10, b"[" * 200_000])
def test_a_state_that_is_none(tmp_path: Path, content: bytes) -> None:
    """Refused with a reason; it is for the schedule to begin anew."""
    (tmp_path / STATE).write_bytes(content)
    with pytest.raises(StateError, match="not a state this version understands"):
        read_state(tmp_path)


def test_one_schedule_a_folder(tmp_path: Path) -> None:
    """A second one is refused, by name of the folder; when the first is killed the folder is free."""
    code = f"import sys, time; sys.path.insert(0, {str(ROOT)!r}); from pathlib import Path; from probe.operate.state import Keep; k = Keep(Path(sys.argv[1])); print('up', flush=True); time.sleep(30)"
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        assert is_kept(tmp_path)
        with pytest.raises(StateError, match="another `probe schedule` keeps this folder"):
            Keep(tmp_path)
        process.kill()
        process.wait()
    assert not is_kept(tmp_path)
    Keep(tmp_path).close()


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match="cannot be written"):
        Keep(tmp_path / "file")
    assert not is_kept(tmp_path / "file")

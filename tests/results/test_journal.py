"""The journal: what is appended is in the file, whole and in order, whatever the disk does."""

import errno
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probe.results import Journal, JournalError, Written
from probe.results import journal as journal_module
from tests.results.examples import RECORDS, folder

FULL = Path("/dev/full")


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """A disk that takes `size` bytes a file: writes are cut short there, then fail."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def wait_for_failure(journal: Journal) -> JournalError:
    """Append until the journal says why it cannot."""
    for _ in range(5000):
        try:
            journal.append(b"{}")
        except JournalError as error:
            return error
        time.sleep(0.001)
    raise AssertionError("the journal takes everything")


@settings(max_examples=50, deadline=None)
@given(st.lists(RECORDS, max_size=8))
def test_reads_what_was_written(lines: list[bytes]) -> None:
    """Any JSON lines come back as they went in, and are counted."""
    with folder() as place:
        journal = Journal(place / "run.jsonl")
        for line in lines:
            journal.append(line)
        written = journal.close()
        assert (place / "run.jsonl").read_bytes() == b"".join(lines)
        assert (written.lines, written.size) == (len(lines), sum(map(len, lines)))


def test_adds_a_newline_and_takes_text(tmp_path: Path) -> None:
    """Text and bytes, with a newline or without."""
    with Journal(tmp_path / "a.jsonl") as journal:
        for line in ('{"a": "é"}', b"{}", "{}\n", b"[]\n"):
            journal.append(line)
    assert (tmp_path / "a.jsonl").read_text("utf-8") == '{"a": "é"}\n{}\n{}\n[]\n'


@pytest.mark.parametrize("text", ["", "\n", "a\nb", b"a\n\n"])
def test_refuses_what_is_not_one_line(tmp_path: Path, text: str | bytes) -> None:
    """A newline inside would make two lines of one record."""
    with Journal(tmp_path / "a.jsonl") as journal, pytest.raises(ValueError, match="one line"):
        journal.append(text)


def test_goes_on_behind_what_is_there(tmp_path: Path) -> None:
    """A second opening appends, and counts its own lines only."""
    path = tmp_path / "a.jsonl"
    for number in (1, 2):
        journal = Journal(path)
        assert journal.start_size == (number - 1) * 2
        journal.append(str(number))
        assert journal.close() == Written(1, 2, 1)
    assert path.read_bytes() == b"1\n2\n"


def test_refuses_a_torn_end(tmp_path: Path) -> None:
    """The next record would be glued to the torn one, and both lost."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"a": 1}\n{"b"')
    with pytest.raises(JournalError, match="torn line"):
        Journal(path)


def test_closes_twice_and_takes_nothing_more(tmp_path: Path) -> None:
    """The second `close` says the same as the first."""
    journal = Journal(tmp_path / "a.jsonl")
    journal.append("1")
    assert journal.close() == journal.close()
    with pytest.raises(JournalError, match="is closed"):
        journal.append("2")


def test_syncs_after_each_line_without_an_interval(tmp_path: Path) -> None:
    """Each line is synced, and the end is."""
    journal = Journal(tmp_path / "a.jsonl", sync_interval=0)
    for number in range(5):
        journal.append(str(number))
    assert journal.close().syncs == 6


def test_syncs_once_within_an_interval(tmp_path: Path) -> None:
    """While the clock stands still, only the end is synced."""
    journal = Journal(tmp_path / "a.jsonl", clock=lambda: 0.0)
    for number in range(500):
        journal.append(str(number))
    assert journal.close() == Written(500, 10 * 2 + 90 * 3 + 400 * 4, 1)


def test_syncs_when_nothing_more_comes(tmp_path: Path) -> None:
    """The last record before a pause does not wait for the next."""
    with Journal(tmp_path / "a.jsonl", sync_interval=0.01) as journal:
        journal.append("1")
        patience = time.monotonic() + 10
        while journal.written.syncs == 0 and time.monotonic() < patience:
            time.sleep(0.005)
        assert journal.written.syncs == 1


def append_often(journal: Journal, letter: str) -> None:
    """Forty long lines of one letter."""
    for _ in range(40):
        journal.append(letter * 5000)


def test_takes_lines_of_many_threads_whole(tmp_path: Path) -> None:
    """No line is cut by another one."""
    path = tmp_path / "a.jsonl"
    with Journal(path) as journal:
        threads = [threading.Thread(target=append_often, args=(journal, letter)) for letter in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    lines = path.read_text().splitlines()
    assert sorted(lines) == sorted(letter * 5000 for letter in "abcd" for _ in range(40))


def test_keeps_the_queue_within_its_bound(tmp_path: Path) -> None:
    """More than the bound passes through, and never more than that waits."""
    line = b"x" * (journal_module.MAX_QUEUED // 4)
    most = 0
    with Journal(tmp_path / "a.jsonl") as journal:
        for _ in range(8):
            journal.append(line)
            most = max(most, journal._queued)
    assert most <= journal_module.MAX_QUEUED
    assert (tmp_path / "a.jsonl").stat().st_size == 8 * (len(line) + 1)


def test_takes_a_line_beyond_the_bound(tmp_path: Path) -> None:
    """One enormous line passes an empty queue instead of waiting for ever."""
    with Journal(tmp_path / "a.jsonl") as journal:
        journal.append(b"x" * (journal_module.MAX_QUEUED + 1))
    assert (tmp_path / "a.jsonl").stat().st_size == journal_module.MAX_QUEUED + 2


def test_keeps_whole_lines_on_a_full_disk(tmp_path: Path) -> None:
    """The line that did not fit is taken out again; the error says how many are safe."""
    path = tmp_path / "a.jsonl"
    journal = Journal(path)
    with files_no_larger_than(1000):
        for _ in range(10):
            journal.append("x" * 299)
        with pytest.raises(JournalError, match="3 records are safe") as caught:
            journal.close()
    assert (caught.value.lines, caught.value.size) == (3, 900)
    assert path.read_bytes() == (b"x" * 299 + b"\n") * 3


def test_says_at_the_next_append_that_the_disk_is_full(tmp_path: Path) -> None:
    """Not only at the end: a run must not measure for hours for nothing. And again at the end."""
    journal = Journal(tmp_path / "a.jsonl")
    with files_no_larger_than(0):
        assert wait_for_failure(journal).lines == 0
        with pytest.raises(JournalError, match="Make room"):
            journal.close()


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
def test_survives_a_disk_that_cannot_be_cut_either() -> None:
    """Taking the torn line out fails too: the first error is the one that is told."""
    journal = Journal(FULL)
    journal.append("1")
    with pytest.raises(JournalError, match=os.strerror(errno.ENOSPC)):
        journal.close()


def test_tells_a_fault_of_its_own(tmp_path: Path) -> None:
    """A clock that breaks ends the writer thread; who appends hears of it instead of waiting."""
    times = iter([0.0])
    journal = Journal(tmp_path / "a.jsonl", clock=lambda: next(times))
    journal.append("1")
    error = wait_for_failure(journal)
    assert isinstance(error.__cause__, Exception)
    with pytest.raises(JournalError):
        journal.close()


def test_is_written_by_one_at_a_time(tmp_path: Path) -> None:
    """A second journal on the file is refused until the first is closed."""
    path = tmp_path / "a.jsonl"
    with Journal(path), pytest.raises(JournalError, match="another run is writing"):
        Journal(path)
    Journal(path).close()


def test_is_written_by_one_process_at_a_time(tmp_path: Path) -> None:
    """The lock holds between processes, and ends with a process that is killed."""
    path = tmp_path / "a.jsonl"
    program = "import sys, time; from pathlib import Path; from probe.results import Journal\n"
    program += "journal = Journal(Path(sys.argv[1])); print('open', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(JournalError, match="another run is writing"):
            Journal(path)
        other.kill()
    Journal(path).close()


def test_cannot_be_opened_in_a_missing_folder(tmp_path: Path) -> None:
    """That is an `OSError` of the usual kind."""
    with pytest.raises(FileNotFoundError):
        Journal(tmp_path / "none" / "a.jsonl")

"""Files that are replaced in one step, and locks that are on the file one sees."""

import errno
import os
from pathlib import Path

import pytest

from probe.results.durable import _is_still_at, _lock, draft_of, open_locked, replace_file, sync


def test_replaces_a_file(tmp_path: Path) -> None:
    """The new content is there, the draft is not."""
    path = tmp_path / "plan.json"
    for content in (b"old", b"new"):
        replace_file(path, content)
        assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_replaces_over_a_draft_that_a_kill_left(tmp_path: Path) -> None:
    """A longer draft of before does not shine through."""
    path = tmp_path / "plan.json"
    draft_of(path).write_bytes(b"x" * 100)
    replace_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert not draft_of(path).exists()


def test_syncs_what_has_nothing_to_sync() -> None:
    """A pipe is not on a disk; that is no error."""
    ends = os.pipe()
    sync(ends[1])
    assert os.write(ends[1], b"x") == 1, "and it is still open"
    for end in ends:
        os.close(end)


def test_tells_other_errors_of_a_sync() -> None:
    """A number that is no open file is one."""
    reader, writer = os.pipe()
    os.close(reader)
    os.close(writer)
    with pytest.raises(OSError, match=os.strerror(errno.EBADF)):
        sync(writer)


def test_locks_the_file_that_has_the_name(tmp_path: Path) -> None:
    """After a replacement the lock is on the new file, and the old one's does not matter."""
    path = tmp_path / "a.jsonl"
    first = open_locked(path, create=True)
    replace_file(path, b"new\n")
    second = open_locked(path, create=False)
    assert os.read(second, 10) == b"new\n"
    os.close(first)
    os.close(second)


def test_notices_that_a_file_went_away(tmp_path: Path) -> None:
    """Between its opening and its locking: replaced, or removed."""
    path = tmp_path / "a.jsonl"
    number = open_locked(path, create=True)
    assert _is_still_at(number, path)
    replace_file(path, b"new\n")
    assert not _is_still_at(number, path)
    path.unlink()
    assert not _is_still_at(number, path)
    os.close(number)


def test_does_without_a_lock_where_there_are_none() -> None:
    """Any refusal but "somebody has it" is the disk's own: a run must not fail for that."""
    reader, writer = os.pipe()
    os.close(reader)
    os.close(writer)
    assert _lock(writer)


def test_does_not_make_a_file_unasked(tmp_path: Path) -> None:
    """Looking for records must not leave an empty file."""
    with pytest.raises(FileNotFoundError):
        open_locked(tmp_path / "a.jsonl", create=False)
    assert list(tmp_path.iterdir()) == []

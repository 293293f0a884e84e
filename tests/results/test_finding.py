"""Which files a name, a folder or a pattern means; `tests/store/test_sources.py` has what ingesting makes of them."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from probe.results.finding import NothingMeantError, Unread, expand, is_store

NOBODY = 65_534


@contextmanager
def locked_folder() -> Iterator[Path]:
    """A folder with results, and one inside it that whoever asks may not look into; also when root runs the tests."""
    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        base.chmod(0o755)
        (base / "locked").mkdir()
        for file in ("a.jsonl", "locked/b.jsonl", "z.jsonl"):
            (base / file).write_bytes(b"{}\n")
        (base / "locked").chmod(0)
        mine = os.geteuid()
        try:
            if mine == 0:
                os.seteuid(NOBODY)
            yield base
        finally:
            os.seteuid(mine)
            (base / "locked").chmod(0o755)


def test_a_folder_that_cannot_be_looked_into_is_told_of() -> None:
    """With the reason, behind what can be read; a file in it that is named, too."""
    with locked_folder() as base:
        assert list(expand(str(base))) == [
            base / "a.jsonl", base / "z.jsonl", Unread(str(base / "locked"), "Permission denied"),
        ]  # fmt: skip
        inside = str(base / "locked" / "b.jsonl")
        assert list(expand(inside)) == [Unread(inside, "Permission denied")]


def test_a_pattern_means_records_whatever_their_name(tmp_path: Path) -> None:
    """But not what lies beside them; and folders that it matches mean their results."""
    for name in ("a.json", "a.jsonl", "a.plan.json", "a.manifest.json", "a.torn"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "aa").mkdir()
    (tmp_path / "aa" / "b.jsonl").write_bytes(b"")
    assert list(expand(f"{tmp_path}/a*")) == [tmp_path / name for name in ("a.json", "a.jsonl", "aa/b.jsonl")]
    assert list(expand(f"{tmp_path}/*.json")) == [tmp_path / "a.json"]
    with pytest.raises(NothingMeantError, match="no such file or folder"):
        list(expand(f"{tmp_path}/[x"))


def test_a_store_is_no_folder_of_results(tmp_path: Path) -> None:
    """Neither itself nor below another folder."""
    store = tmp_path / "mine"
    (store / "store").mkdir(parents=True)
    (store / "raw").mkdir()
    (store / "raw" / "a.jsonl").write_bytes(b"")
    assert not is_store(store)
    (store / "store" / "manifest.json").write_bytes(b"{}")
    assert is_store(store)
    assert list(expand(str(tmp_path))) == list(expand(str(store))) == []

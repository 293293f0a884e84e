"""Which files are meant by what is typed."""

import io
import os
from pathlib import Path

import pytest

from probe.results.finding import Unread
from probe.store.errors import StoreError
from probe.store.sources import Source, find
from tests.results.test_finding import locked_folder
from tests.store.records import write


def names(base: Path, *wanted: str, spool: Path | None = None) -> list[str]:
    """What is found, seen from `base`."""
    found = find(wanted, None, spool or base)
    return [str(one.path.relative_to(base)) for one in found if isinstance(one, Source)]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder as `probe run` fills it, and what else may lie there."""
    for name in (
        "b.jsonl", "a.jsonl", "a.plan.json", "a.manifest.json", "a.torn", "deep/c.jsonl.gz", "deep/d.jsonl.zst", "notes.txt",
        ".hidden/e.jsonl", "deep/.f.jsonl", "a.jsonl.new",
    ):  # fmt: skip
        write(tmp_path / name, name.encode())
    return tmp_path


def test_a_folder_means_its_results_files(tree: Path) -> None:
    """In the order of their names, those in folders after those beside them."""
    assert names(tree, str(tree)) == ["a.jsonl", "b.jsonl", "deep/c.jsonl.gz", "deep/d.jsonl.zst"]


def test_a_file_is_taken_whatever_its_name(tree: Path) -> None:
    """Whoever names it means it."""
    assert names(tree, str(tree / "notes.txt")) == ["notes.txt"]


def test_patterns_in_quotes(tree: Path) -> None:
    """Also with folders in them."""
    assert names(tree, f"{tree}/*.jsonl") == ["a.jsonl", "b.jsonl"]
    assert names(tree, f"{tree}/**/*.gz") == ["deep/c.jsonl.gz"]
    assert names(tree, f"{tree}/d*") == ["deep/c.jsonl.gz", "deep/d.jsonl.zst"]


def test_a_file_comes_once(tree: Path) -> None:
    """By whatever ways it is named."""
    (tree / "again.jsonl").hardlink_to(tree / "a.jsonl")
    assert names(tree, str(tree / "a.jsonl"), str(tree), f"{tree}/*.jsonl").count("a.jsonl") == 1
    assert "again.jsonl" not in names(tree, str(tree / "a.jsonl"), str(tree))


@pytest.mark.parametrize("name", ["missing.jsonl", "*.missing", "/dev/null"])
def test_a_name_that_means_nothing_is_an_error(tree: Path, name: str) -> None:
    """Rather than a store that lacks what somebody thought was in it."""
    with pytest.raises(StoreError, match=r"no such file|neither a file"):
        names(tree, str(tree / name))


def test_a_stores_own_files_are_no_input(tree: Path) -> None:
    """`probe aggregate ingest . --store here/store` is said easily."""
    write(tree / "deep" / "store" / "manifest.json", b"{}")
    write(tree / "deep" / "raw" / "g.jsonl.gz", b"")
    assert names(tree, str(tree)) == ["a.jsonl", "b.jsonl"]


def test_streams_are_copied_first(tmp_path: Path) -> None:
    """Standard input and pipes."""
    (source,) = find(["-"], io.BytesIO(b"{}\n"), tmp_path)
    assert isinstance(source, Source)
    assert (source.name, source.path.read_bytes()) == ("standard input", b"{}\n")
    reading, writing = os.pipe()
    os.write(writing, b"{1}\n")
    os.close(writing)
    (piped,) = find([f"/dev/fd/{reading}"], None, tmp_path)
    os.close(reading)
    assert isinstance(piped, Source)
    assert piped.path.read_bytes() == b"{1}\n"


def test_a_folder_that_cannot_be_looked_into_is_told_of(tmp_path: Path) -> None:
    """Ingesting goes on with the others."""
    with locked_folder() as base:
        found = list(find([str(base)], None, tmp_path))
        assert [type(one) for one in found] == [Source, Source, Unread]
        assert found[-1].name == f"{base}/locked"


def test_a_link_to_nothing_is_told_of(tree: Path) -> None:
    """In a folder it is passed over; named, it means nothing."""
    (tree / "z.jsonl").symlink_to(tree / "gone")
    assert "z.jsonl" not in names(tree, str(tree))
    with pytest.raises(StoreError, match="no such file"):
        names(tree, str(tree / "z.jsonl"))
    assert not [one for one in find([str(tree)], None, tree) if isinstance(one, Unread)]

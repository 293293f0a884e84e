"""Reading lines: every line comes with its number, and none can fill the memory or end the reading."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probe.results import MAX_LINE, BadLine, read_lines
from tests.results.examples import RECORDS, folder


@pytest.mark.parametrize("name", ["run.jsonl", "run.jsonl.gz"])
@settings(max_examples=30, deadline=None)
@given(lines=st.lists(RECORDS, max_size=6))
def test_reads_plain_and_gzipped(name: str, lines: list[bytes]) -> None:
    """Numbered from one, newlines kept."""
    with folder() as place:
        data = b"".join(lines)
        (place / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        assert list(read_lines(place / name)) == list(enumerate(lines, 1))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 40), max_size=8), st.booleans())
def test_cuts_no_line_within_the_bound(sizes: list[int], ended: bool) -> None:  # noqa: FBT001
    """Lines of up to 20 bytes with their newline come whole, longer ones as a reason, the numbers stay right."""
    data = b"\n".join(b"x" * size for size in sizes) + b"\n" * ended
    with folder() as place:
        path = place / "run.jsonl"
        path.write_bytes(data)
        found = list(read_lines(path, max_line=20))
    expected = data.splitlines(keepends=True)
    assert [number for number, _ in found] == list(range(1, len(expected) + 1))
    for (_, line), whole in zip(found, expected, strict=True):
        assert isinstance(line, BadLine) == (len(whole) > 20)
        assert isinstance(line, BadLine) or line == whole


def test_names_a_line_that_is_too_long(tmp_path: Path) -> None:
    """The reason gives its size, and stands where the line was; the file goes on."""
    path = tmp_path / "run.jsonl"
    path.write_bytes(b"{}\n" + b"y" * (MAX_LINE + 10) + b"\n[]\n")
    first, second, third = read_lines(path)
    assert (first, third) == ((1, b"{}\n"), (3, b"[]\n"))
    assert second[0] == 2
    assert isinstance(second[1], BadLine)
    assert second[1].reason == f"a line of {MAX_LINE + 11} bytes; no record is longer than {MAX_LINE}"


@pytest.mark.parametrize("cut", [4, 20, -12, -3])
def test_names_the_place_where_gzip_breaks(tmp_path: Path, cut: int) -> None:
    """A file that was cut gives what can be read, then one reason."""
    path = tmp_path / "run.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"a": 1}\n' * 50)[:cut])
    *before, (number, last) = read_lines(path)
    assert isinstance(last, BadLine)
    assert "gzip" in last.reason
    assert number == len(before) + 1
    assert all(line == b'{"a": 1}\n' for _, line in before)


def test_names_bytes_that_are_no_gzip(tmp_path: Path) -> None:
    """Plain text under a wrong name, and damage in the middle."""
    plain, damaged = tmp_path / "plain.gz", tmp_path / "damaged.gz"
    plain.write_bytes(b"{}\n")
    whole = bytearray(gzip.compress(bytes(range(256)) * 20))
    whole[12:40] = b"\xff" * 28
    damaged.write_bytes(whole)
    for path in (plain, damaged):
        lines = [line for _, line in read_lines(path)]
        assert isinstance(lines[-1], BadLine)


def test_ends_with_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    """That is for the caller to say."""
    with pytest.raises(FileNotFoundError):
        next(read_lines(tmp_path / "none.jsonl"))

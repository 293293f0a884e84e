"""Every line of a file comes out, with its number, whatever the file is packed as or pretends to be."""

import gzip
import io
import json
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from probe.results import MAX_LINE
from probe.results.lines import AT_ONCE, FREE, HEAD, MAX_BLANK, RATIO, Line, lines_of
from tests.results.examples import folder
from tests.store.records import line, write


def packed_zstd(data: bytes) -> bytes:
    """`data` as one frame of zstd."""
    return zstandard.ZstdCompressor().compress(data)


def read(path: Path) -> list[Line]:
    """All lines."""
    return [found for found, _ in lines_of(path)]


def good(path: Path) -> list[tuple[int, bytes]]:
    """Those without a reason against them."""
    return [(found.number, found.data) for found in read(path) if found.reason is None]


PACKED: Mapping[str, Callable[[bytes], bytes]] = {"plain": bytes, "gzip": gzip.compress, "zstd": packed_zstd}


@pytest.mark.parametrize("how", sorted(PACKED))
def test_lines_come_whatever_they_are_packed_as(tmp_path: Path, how: str) -> None:
    """Told by the first bytes, not by the name; blank lines count and do not come."""
    write(tmp_path / "odd.name", PACKED[how](b'{"a":1}\n\n \r\n{"b":2}\r\n{"c":3}'))
    assert good(tmp_path / "odd.name") == [(1, b'{"a":1}\n'), (4, b'{"b":2}\r\n'), (5, b'{"c":3}')]


@pytest.mark.parametrize("how", ["gzip", "zstd"])
def test_members_follow_each_other(tmp_path: Path, how: str) -> None:
    """As `cat a.gz b.gz` makes them, also in the middle of a line."""
    pack = PACKED[how]
    write(tmp_path / "x", pack(b"{1}\n{2") + pack(b"}\n") + pack(b"") + pack(b"{3}\n"))
    assert [data for _, data in good(tmp_path / "x")] == [b"{1}\n", b"{2}\n", b"{3}\n"]


@pytest.mark.parametrize("how", ["gzip", "zstd"])
def test_a_packed_file_that_breaks_off_says_where(tmp_path: Path, how: str) -> None:
    """What could be unpacked comes first."""
    data = b"".join(
        b'{"number": %d, "more": "%s"}\n' % (number, str(number * 7919).encode() * 9)
        for number in range(90_000)
    )
    write(tmp_path / "x", PACKED[how](data)[:-20])
    *before, last = read(tmp_path / "x")
    assert before
    assert data.startswith(b"".join(found.data for found in before))
    assert last.reason is not None
    assert last.reason.startswith("not read any further: the packed file breaks off or is damaged here")
    assert last.number == before[-1].number + 1


def test_little_is_lost_before_a_damaged_place(tmp_path: Path) -> None:
    """Not all that the same piece of the file unpacks to."""
    packer = zlib.compressobj(wbits=31)
    data = b"".join(b'{"number": %d}\n' % number for number in range(50_000))
    no_block = b"\x07" * 20
    write(tmp_path / "x", packer.compress(data) + packer.flush(zlib.Z_FULL_FLUSH) + no_block)
    *before, last = read(tmp_path / "x")
    assert len(data) - AT_ONCE <= sum(found.size for found in before) <= len(data)
    assert last.reason is not None


@pytest.mark.parametrize("how", ["gzip", "zstd"])
def test_rubbish_behind_a_packed_file_is_told(tmp_path: Path, how: str) -> None:
    """And costs nothing before it."""
    write(tmp_path / "x", PACKED[how](b"{1}\n") + b"rubbish that is no member at all")
    first, last = read(tmp_path / "x")
    assert (first.data, first.reason) == (b"{1}\n", None)
    assert last.reason is not None


def test_empty_files_have_no_lines(tmp_path: Path) -> None:
    """Packed or not."""
    for name, data in {"a": b"", "b": gzip.compress(b""), "c": packed_zstd(b""), "d": b"\n\n"}.items():
        write(tmp_path / name, data)
        assert read(tmp_path / name) == []


@pytest.mark.parametrize("how", ["gzip", "zstd"])
@pytest.mark.parametrize("what", ["one line", "many lines"])
def test_a_bomb_is_left_alone(tmp_path: Path, how: str, what: str) -> None:
    """Soon, whether it has newlines or not; nothing of its size is ever held."""
    piece = bytes(1 << 20) if what == "one line" else b"{}" + b" " * ((1 << 19) - 3) + b"\n"
    sink = io.BytesIO()
    opened = (
        gzip.GzipFile(fileobj=sink, mode="wb")
        if how == "gzip"
        else zstandard.ZstdCompressor().stream_writer(sink, closefd=False)
    )
    with opened as out:
        for _ in range(2 * FREE // len(piece)):
            out.write(piece)
    write(tmp_path / "bomb", sink.getvalue())
    found = read(tmp_path / "bomb")
    assert found[-1].reason == f"not read any further: it unpacks to more than {RATIO} times its size"
    assert sum(one.size for one in found) < FREE + (4 << 20)


def test_blank_lines_without_end_are_left_alone(tmp_path: Path) -> None:
    """They are cheap to pack, and each takes its time."""
    write(tmp_path / "x", b"{}\n" + b"\n" * (MAX_BLANK + 5))
    first, last = read(tmp_path / "x")
    assert first.reason is None
    assert last.reason == f"not read any further: more than {MAX_BLANK} blank lines"


def test_a_line_too_long_is_cut_and_the_next_one_comes(tmp_path: Path) -> None:
    """Its size is told; a line of 800 kB is none of them."""
    long = b'{"a":"' + b"x" * MAX_LINE + b'"}\n'
    large = b'{"a":"' + b"x" * 800_000 + b'"}\n'
    write(tmp_path / "x", long + large + b"{}\n")
    first, second, third = read(tmp_path / "x")
    assert (first.size, len(first.data)) == (len(long), HEAD)
    assert first.reason == f"a line of {len(long)} bytes; no record is longer than {MAX_LINE}"
    assert (second.data, second.reason, third.data) == (large, None, b"{}\n")


@pytest.mark.parametrize(
    ("data", "word"),
    [
        ('{"a": 1}\n'.encode("utf-16"), "iconv -f UTF-16"),
        (b"PK\x03\x04" + bytes(60), "a zip archive"),
        (b"BZh91AY", "bzip2"),
        (b"\xfd7zXZ\x00", "xz"),
        (b"PAR1" + bytes(60), "Parquet"),
    ],
)
def test_what_is_no_file_of_lines_is_named(tmp_path: Path, data: bytes, word: str) -> None:
    """One sentence instead of a million bad lines."""
    write(tmp_path / "x", data)
    (only,) = read(tmp_path / "x")
    assert only.reason is not None
    assert word in only.reason


def test_a_byte_order_mark_is_no_part_of_the_first_line(tmp_path: Path) -> None:
    """Some editors write one."""
    write(tmp_path / "x", b"\xef\xbb\xbf{}\n{}\n")
    assert good(tmp_path / "x") == [(1, b"{}\n"), (2, b"{}\n")]


def test_one_record_over_several_lines(tmp_path: Path) -> None:
    """As a browser saves a measurement from OONI's pages; only in a file that is called so."""
    data = json.dumps(json.loads(line(1)), indent=2).encode()
    write(tmp_path / "x.json", data)
    assert good(tmp_path / "x.json") == [(1, data)]
    write(tmp_path / "lines.json", line(1) + line(2))
    assert [number for number, _ in good(tmp_path / "lines.json")] == [1, 2]


@given(st.binary(max_size=200), st.sampled_from(sorted(PACKED)))
def test_any_bytes_are_lines(tmp_path_factory: pytest.TempPathFactory, data: bytes, how: str) -> None:
    """Nothing is lost of what is not blank, and nothing raises."""
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(PACKED[how](data))
    found = read(path)
    whole = b"".join(one.data for one in found if one.reason is None)
    if how != "plain" or all(one.reason is None for one in found):
        blank = str.maketrans("", "", " \t\n\r\v\f")
        told = data.removeprefix(b"\xef\xbb\xbf").decode("latin-1").translate(blank)
        assert whole.decode("latin-1").translate(blank) == told


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 40), max_size=8), st.booleans())
def test_no_line_within_the_bound_is_cut(sizes: list[int], ended: bool) -> None:  # noqa: FBT001
    """Lines of up to 20 bytes with their newline come whole, longer ones with a reason, the numbers stay right."""
    data = b"\n".join(b"x" * size for size in sizes) + b"\n" * ended
    with folder() as place:
        path = place / "run.jsonl"
        path.write_bytes(data)
        found = [line for line, _ in lines_of(path, max_line=20)]
    expected = [whole for whole in data.splitlines(keepends=True) if whole.strip()]
    assert [(line.size, line.reason is None) for line in found] == [
        (len(whole), len(whole) <= 20) for whole in expected
    ]
    assert all(whole.startswith(line.data) for line, whole in zip(found, expected, strict=True))


def test_a_file_that_cannot_be_opened_ends_the_reading(tmp_path: Path) -> None:
    """That is for the caller to say."""
    with pytest.raises(FileNotFoundError):
        next(lines_of(tmp_path / "none.jsonl"))

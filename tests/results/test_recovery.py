"""Recovery: whatever happened to the journal, whole records stay and everything else is set aside."""

import gc
import json
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from probe.results import Journal, JournalError, Recovered, missing, recover
from probe.results.recovery import key_of
from tests.results.examples import RECORDS, TEST_NAME, folder, line_of, make_plan, record_of

A, B, C = (line_of(TEST_NAME, name) for name in "abc")
JUNK = st.sampled_from(
    [b"\n", b"{}\n", b"\x00\x00\x00\n", b'{"test_name": "x"}\n', b"[1]\n", b"12\n", b"\xff\xfe\n"]
)


@settings(max_examples=100, deadline=None)
@given(st.lists(RECORDS, min_size=1, max_size=5), st.data())
def test_loses_only_the_torn_line(lines: list[bytes], data: st.DataObject) -> None:
    """Cut anywhere: all lines that are whole stay, the rest of the bytes are in `.torn`, and writing goes on."""
    whole = b"".join(lines)
    cut = data.draw(st.integers(0, len(whole)))
    kept = whole[:cut].rpartition(b"\n")[0] + b"\n" if b"\n" in whole[:cut] else b""
    with folder() as place:
        path = place / "run.jsonl"
        path.write_bytes(whole[:cut])
        found = recover(path)
        assert path.read_bytes() == kept
        assert found.torn_bytes == cut - len(kept)
        assert (found.lines, found.size) == (kept.count(b"\n"), len(kept))
        assert found.measured == {key_of(line) for line in lines[: found.lines]}
        torn = path.with_suffix(".torn")
        assert (torn.read_bytes() if torn.exists() else b"").removesuffix(b"\n") == whole[len(kept) : cut]
        with Journal(path) as journal:
            journal.append(A)
        assert path.read_bytes() == kept + A


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.booleans(), RECORDS, JUNK), max_size=8))
@example([(True, A, b"\n"), (False, B, b"12\n"), (True, C, b"\n")])
def test_moves_bad_lines_from_anywhere(mix: list[tuple[bool, bytes, bytes]]) -> None:
    """In the middle too: the journal has the records in their order, `.torn` the others in theirs."""
    good = [record for is_good, record, _ in mix if is_good]
    bad = [junk for is_good, _, junk in mix if not is_good]
    with folder() as place:
        path = place / "run.jsonl"
        path.write_bytes(b"".join(record if is_good else junk for is_good, record, junk in mix))
        found = recover(path)
        assert path.read_bytes() == b"".join(good)
        assert (found.lines, found.torn_bytes) == (len(good), sum(map(len, bad)))
        torn = path.with_suffix(".torn")
        assert (torn.read_bytes() if torn.exists() else b"") == b"".join(bad)
        assert recover(path) == Recovered(found.measured, found.lines, found.size, 0)
        assert {file.suffix for file in place.iterdir()} <= {".jsonl", ".torn"}


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 8), st.sets(st.integers(0, 10)))
def test_splits_a_plan(targets: int, done: set[int]) -> None:
    """Missing and measured are the plan, disjoint, in its order; records of other targets do not matter."""
    plan = make_plan(targets)
    measured = frozenset(make_plan(11).targets[number].key for number in done)
    left = missing(plan, measured)
    assert not {target.key for target in left} & measured
    assert [target for target in plan.targets if target.key in measured or target in left] == plan.targets
    assert left == sorted(left, key=lambda target: target.line)


def test_no_file_is_an_empty_journal(tmp_path: Path) -> None:
    """The run was killed between its plan and its first record; nothing is made."""
    assert recover(tmp_path / "run.jsonl") == Recovered()
    assert list(tmp_path.iterdir()) == []


def test_one_name_in_two_tests_is_two_targets(tmp_path: Path) -> None:
    """A target is a test and its input; a test without an input is one target."""
    path = tmp_path / "run.jsonl"
    path.write_bytes(line_of("web_connectivity", "a") + line_of("other", "a") + line_of("telegram", None))
    assert recover(path).measured == {("web_connectivity", "a"), ("other", "a"), ("telegram", None)}


def test_leaves_a_second_record_alone(tmp_path: Path) -> None:
    """Both were measured; which one counts is not decided here."""
    path = tmp_path / "run.jsonl"
    path.write_bytes(A + B + A)
    assert recover(path) == Recovered(frozenset({(TEST_NAME, "a"), (TEST_NAME, "b")}), 3, len(A + B + A))


@pytest.mark.parametrize(
    "line",
    [
        None,
        b"",
        A[:-1],
        b"[]\n",
        b'"a"\n',
        b'{"input": "a"}\n',
        b'{"test_name": "a"}\n',
        b'{"test_name": 1, "input": "a"}\n',
        b'{"test_name": "a", "input": 1}\n',
        b"[" * 100_000 + b"\n",
        b'{"a": "\xff"}\n',
        b"\x00" * 7 + b"\n",
    ],
)
def test_knows_what_is_no_record(line: bytes | None) -> None:
    """Nothing else is taken for one, and nothing raises."""
    assert key_of(line) is None


def test_sets_a_long_line_aside(tmp_path: Path) -> None:
    """Zeros, as a file system may leave after a loss of power: moved without being held."""
    path = tmp_path / "run.jsonl"
    path.write_bytes(A + b"\0" * 5000 + b"\n" + B + b"\0" * 3000)
    found = recover(path, max_line=1000)
    assert path.read_bytes() == A + B
    assert found.torn_bytes == 8001
    assert path.with_suffix(".torn").read_bytes() == b"\0" * 5000 + b"\n" + b"\0" * 3000 + b"\n"


def test_adds_to_what_was_set_aside_before(tmp_path: Path) -> None:
    """Two kills, two torn lines, not glued to each other."""
    path = tmp_path / "run.jsonl"
    for torn in (b'{"one', b'{"two'):
        with path.open("ab") as file:
            file.write(A + torn)
        recover(path)
    assert path.with_suffix(".torn").read_bytes() == b'{"one\n{"two\n'


def test_keeps_permissions(tmp_path: Path) -> None:
    """A file that only its owner could read stays so when it is rewritten."""
    path = tmp_path / "run.jsonl"
    path.write_bytes(A + b"bad\n" + B)
    path.chmod(0o600)
    recover(path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_does_not_touch_a_run_in_progress(tmp_path: Path) -> None:
    """Its last line may be half-written this moment."""
    path = tmp_path / "run.jsonl"
    with Journal(path), pytest.raises(JournalError, match="another run"):
        recover(path)


def test_holds_one_record_at_a_time(tmp_path: Path) -> None:
    """Forty records of a megabyte, one of them bad, in a few of memory."""
    path = tmp_path / "run.jsonl"
    body = json.dumps("x" * (1 << 20)).encode()
    with path.open("wb") as file:
        for number in range(40):
            file.write(
                b'{"test_name": "t", "input": "%d", "body": %s}\n'
                % (number, b"oops" if number == 7 else body)
            )
    gc.collect()
    tracemalloc.start()
    try:
        assert recover(path).lines == 39
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_the_record_of_a_target_has_its_key() -> None:
    """What is planned and what is written meet."""
    for target in make_plan(3).targets:
        assert key_of(record_of(target)) == target.key

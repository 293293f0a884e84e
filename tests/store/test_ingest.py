"""Files into a store: every line is a row, a duplicate or in quarantine, once, however often and by whatever way it comes."""

import gzip
import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probe.control.controlfile import ControlFile
from probe.judge.rules import RULESET
from probe.record import read_measurement
from probe.store.bench import Bench, Tables, own_control
from probe.store.errors import StoreError
from probe.store.ingest import Progress, Wishes, ingest
from probe.store.layout import Store
from tests.judge.records import Story
from tests.store.records import (
    clock,
    column,
    document,
    line,
    lines,
    quarantined,
    rows,
    same,
    take,
    uid,
    write,
)

BAD = {
    "rubbish": b"no json at all\n",
    "cut": line(1)[:300] + b"\n",
    "list": b"[1, 2]\n",
    "no input": b'{"test_name": "web_connectivity"}\n',
    "latin-1": '{"input": "é"}\n'.encode("latin-1"),
    "long ago": line(7, measurement_start_time="1970-01-01 00:00:07"),
    "far ahead": line(8, measurement_start_time="2200-01-01 00:00:00"),
    "binary": b"\0\1\2\xff\n",
    "deep": b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"\n",
    "nan": line(1).replace(b'"test_runtime": 1.0', b'"test_runtime": NaN'),
}
"""Lines that are no records; none holds another newline."""

PACK: Mapping[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".zst": zstandard.ZstdCompressor().compress,
}


def test_a_file_becomes_rows(tmp_path: Path) -> None:
    """One a record, some a record in the other table, one for the file."""
    write(tmp_path / "in" / "a.jsonl", lines(range(10)))
    done = take(tmp_path / "s", tmp_path / "in")
    assert (done.files, done.lines, done.records, done.duplicates, done.quarantined) == (1, 10, 10, 0, 0)
    assert column(tmp_path / "s", "measurement_uid") == [uid(number) for number in range(10)]
    assert set(column(tmp_path / "s", "measurement_uid", "observations")) == {
        uid(number) for number in range(10)
    }
    assert column(tmp_path / "s", "status").count("blocked") == 2
    assert column(tmp_path / "s", "name", "sources") == ["a.jsonl"]


@pytest.mark.parametrize("how", sorted(PACK))
def test_the_same_rows_whatever_the_packing(tmp_path: Path, how: str) -> None:
    """But for the digest of the file."""
    write(tmp_path / f"a.jsonl{how}", PACK[how](lines(range(12))))
    assert take(tmp_path / "s", tmp_path / f"a.jsonl{how}").records == 12
    assert len(column(tmp_path / "s", "measurement_uid")) == 12


def test_twice_is_once(tmp_path: Path) -> None:
    """Known by its content: under another name too, and then not read at all."""
    write(tmp_path / "a.jsonl", lines(range(9)))
    write(tmp_path / "b.jsonl", lines(range(9)))
    first = take(tmp_path / "s", tmp_path / "a.jsonl")
    before, number = rows(tmp_path / "s"), Store(tmp_path / "s").manifest.number
    again = take(tmp_path / "s", tmp_path / "a.jsonl", tmp_path / "b.jsonl")
    assert (first.files, again.files, again.known) == (1, 0, 2)
    assert (rows(tmp_path / "s"), Store(tmp_path / "s").manifest.number) == (before, number)


def test_a_measurement_counts_once(tmp_path: Path) -> None:
    """In one file, in another of the same ingest, in a later one: the first stays."""
    write(tmp_path / "a.jsonl", line(1) + line(1) + line(2))
    write(tmp_path / "b.jsonl", line(2, software_version="other") + line(3))
    write(tmp_path / "c.jsonl", line(3, software_version="other") + line(4))
    done = take(tmp_path / "s", tmp_path / "a.jsonl", tmp_path / "b.jsonl")
    assert (done.records, done.duplicates) == (3, 2)
    done = take(tmp_path / "s", tmp_path / "c.jsonl")
    assert (done.records, done.duplicates) == (1, 1)
    assert column(tmp_path / "s", "measurement_uid") == [uid(number) for number in (1, 2, 3, 4)]
    assert set(column(tmp_path / "s", "software_version")) == {"0"}
    steps = column(tmp_path / "s", "measurement_uid", "observations")
    assert all(steps.count(uid(number)) == 6 for number in (1, 2, 3, 4))


def test_one_ingest_or_two(tmp_path: Path) -> None:
    """The rows are the same, and so is what each file gave."""
    write(tmp_path / "a.jsonl", lines(range(20)) + BAD["cut"])
    write(tmp_path / "b.jsonl", lines(range(10, 30)))
    take(tmp_path / "both", tmp_path / "a.jsonl", tmp_path / "b.jsonl")
    take(tmp_path / "one", tmp_path / "a.jsonl")
    take(tmp_path / "one", tmp_path / "b.jsonl")
    assert same(tmp_path / "both", tmp_path / "one", ("measurements", "observations", "sources"))


def test_rounds_change_nothing(tmp_path: Path) -> None:
    """However often it commits on its way."""
    for number in range(3):
        write(tmp_path / "in" / f"{number}.jsonl", lines(range(number * 400, number * 400 + 500)))
    take(tmp_path / "one", tmp_path / "in")
    done = take(tmp_path / "many", tmp_path / "in", round_rows=300)
    assert Store(tmp_path / "many").manifest.number >= 2 > Store(tmp_path / "one").manifest.number
    assert (done.records, done.duplicates) == (1300, 200)
    assert same(tmp_path / "one", tmp_path / "many", ("measurements", "observations", "sources"))


def test_many_hands_make_the_same_store(tmp_path: Path) -> None:
    """Byte by byte, and the same counts."""
    for number in range(5):
        write(
            tmp_path / "in" / f"{number}.jsonl", lines(range(number * 300, number * 300 + 400)) + BAD["cut"]
        )
    alone, together = take(tmp_path / "one", tmp_path / "in"), take(tmp_path / "two", tmp_path / "in", jobs=2)
    assert alone == together
    tables = [Store(tmp_path / name).manifest.tables for name in ("one", "two")]
    assert tables[0] == tables[1]
    assert quarantined(tmp_path / "one") == quarantined(tmp_path / "two")


@pytest.mark.parametrize("name", sorted(BAD))
def test_a_bad_line_is_kept_with_its_reason(tmp_path: Path, name: str) -> None:
    """And those around it become rows."""
    path = write(tmp_path / "a.jsonl", line(1) + BAD[name] + line(2))
    done = take(tmp_path / "s", path)
    assert (done.lines, done.records, done.quarantined) == (3, 2, 1)
    (entry,) = quarantined(tmp_path / "s")
    assert (entry["file"], entry["line"], entry["bytes"]) == (path, 2, len(BAD[name]))
    assert entry["reason"]
    if "text" in entry:
        assert f"{entry['text']}\n".encode() == BAD[name]
    else:
        assert name in ("latin-1", "binary")
    assert done.rejected == [f"quarantine/{file.name}" for file in (tmp_path / "s" / "quarantine").iterdir()]


def test_a_torn_last_line_costs_itself(tmp_path: Path) -> None:
    """And is no loss when the file is whole later: what it had before is not counted again."""
    whole = lines(range(4))
    write(tmp_path / "a.jsonl", whole[:-20])
    done = take(tmp_path / "s", tmp_path / "a.jsonl")
    assert (done.records, done.quarantined) == (3, 1)
    assert str(quarantined(tmp_path / "s")[0]["reason"]).startswith("torn: the file ends in the middle of it")
    write(tmp_path / "a.jsonl", whole)
    done = take(tmp_path / "s", tmp_path / "a.jsonl")
    assert (done.records, done.duplicates, done.quarantined) == (1, 3, 0)


def test_a_last_line_without_its_newline_is_a_record(tmp_path: Path) -> None:
    """Editors and copies lose it."""
    write(tmp_path / "a.jsonl", lines(range(3)).rstrip())
    assert take(tmp_path / "s", tmp_path / "a.jsonl").records == 3


def test_two_runs_and_mixed_versions_in_one_file(tmp_path: Path) -> None:
    """A line is a line."""
    old = line(5, software_name="ooniprobe", software_version="2.0.1", annotations=None, test_version="0.1.0")
    telegram = line(
        6,
        test_name="telegram",
        software_name="ooniprobe",
        input=None,
        measurement_uid="20260203040506.1_IR_telegram_0",
    )
    write(tmp_path / "a.jsonl", lines(range(4)) + old + telegram)
    assert take(tmp_path / "s", tmp_path / "a.jsonl").records == 6
    assert set(column(tmp_path / "s", "run_id")) == {"run0", "run1", "r"}
    assert set(column(tmp_path / "s", "test_name")) == {"web_connectivity", "telegram"}


def test_a_line_of_800_kilobytes(tmp_path: Path) -> None:
    """OONI's largest."""
    keys = document(1)["test_keys"]
    assert isinstance(keys, dict)
    keys["requests"][0]["response"]["body"] = "x" * 800_000
    write(tmp_path / "a.jsonl", line(1, test_keys=keys))
    assert take(tmp_path / "s", tmp_path / "a.jsonl").records == 1
    assert (
        max(
            cell
            for cell in column(tmp_path / "s", "http_response_body_length", "observations")
            if isinstance(cell, int)
        )
        == 800_000
    )


def test_empty_files_and_folders(tmp_path: Path) -> None:
    """Nothing is a result too, and no store is made of nothing."""
    (tmp_path / "in").mkdir()
    assert take(tmp_path / "s", tmp_path / "in").files == 0
    with pytest.raises(StoreError, match="no store"):
        Store(tmp_path / "s")
    write(tmp_path / "in" / "a.jsonl", b"")
    assert (take(tmp_path / "s", tmp_path / "in").files, take(tmp_path / "s", tmp_path / "in").known) == (
        1,
        1,
    )
    assert rows(tmp_path / "s") == {}


def test_a_file_that_cannot_be_read_ends_nothing(tmp_path: Path) -> None:
    """It is told of; the others are taken."""
    write(tmp_path / "in" / "a.jsonl", lines(range(2)))
    (tmp_path / "in" / "b.jsonl").write_bytes(lines(range(2, 4)))
    damaged = gzip.compress(lines(range(4, 400)))
    write(tmp_path / "in" / "c.jsonl.gz", damaged[: len(damaged) // 2])
    done = take(tmp_path / "s", tmp_path / "in")
    assert done.quarantined == 1
    assert "breaks off" in str(quarantined(tmp_path / "s")[0]["reason"])
    assert done.records > 4


@pytest.mark.slow
def test_a_hopeless_file_is_not_written_down_line_by_line(tmp_path: Path) -> None:
    """Its end says so; quarantine must not be a bomb of its own."""
    write(tmp_path / "a.jsonl", b"x\n" * 130_000)
    done = take(tmp_path / "s", tmp_path / "a.jsonl")
    assert 100_000 <= done.quarantined < 103_000
    assert quarantined(tmp_path / "s")[-1]["reason"] == "not read any further: most lines are no records"


def test_the_files_themselves_can_be_kept(tmp_path: Path) -> None:
    """As gzip, which OONI's readers take; what was gzip already as it was."""
    write(tmp_path / "in" / "a.jsonl", lines(range(3)))
    write(tmp_path / "in" / "b.jsonl.zst", PACK[".zst"](lines(range(3, 5))))
    packed = gzip.compress(lines(range(5, 7)))
    write(tmp_path / "in" / "c.jsonl.gz", packed)
    take(tmp_path / "s", tmp_path / "in", keep_raw=True)
    kept = {file.name.split(".")[0]: file for file in (tmp_path / "s" / "raw").iterdir()}
    assert gzip.decompress(kept["a"].read_bytes()) == lines(range(3))
    assert gzip.decompress(kept["b"].read_bytes()) == lines(range(3, 5))
    assert kept["c"].read_bytes() == packed


def test_a_verdict_of_today_is_kept_and_older_ones_are_judged_again(tmp_path: Path) -> None:
    """Both verdicts are in the row; with `anew` all are judged."""
    bench = Bench.open(Tables())
    old = {
        "status": "reachable",
        "confidence": "likely",
        "rules": ["reachable.valid"],
        "control": {"kind": "none"},
    }
    keys = document(1, blocked=True)["test_keys"]
    assert isinstance(keys, dict)
    today = old | {"ruleset": RULESET, "knowledge": bench.version}
    write(tmp_path / "old.jsonl", line(1, test_keys=keys | {"x_verdict": old | {"ruleset": "0"}}))
    write(tmp_path / "new.jsonl", line(2, test_keys=keys | {"x_verdict": today}))
    take(tmp_path / "s", tmp_path / "old.jsonl", tmp_path / "new.jsonl")
    assert column(tmp_path / "s", "status") == ["blocked", "reachable"]
    assert column(tmp_path / "s", "recorded_status") == ["reachable", "reachable"]
    assert column(tmp_path / "s", "recorded_ruleset") == ["0", RULESET]
    take(tmp_path / "anew", tmp_path / "old.jsonl", tmp_path / "new.jsonl", tables=Tables(anew=True))
    assert column(tmp_path / "anew", "status") == ["blocked", "blocked"]


def test_a_control_file_goes_before_what_the_record_has(tmp_path: Path) -> None:
    """And its name is said to be no helper's."""
    open_network = (
        Story("https://www.instagram.com/")
        .system("93.184.215.14")
        .doh("93.184.215.14")
        .flow("93.184.215.14", status=200)
    )
    record = json.loads(line(1, blocked=True))
    record["test_keys"].pop("control")
    write(tmp_path / "bare.jsonl", json.dumps(record).encode())
    elsewhere = open_network.record().model_dump(mode="json", exclude_unset=True) | {
        "measurement_start_time": "2026-02-02 04:05:00"
    }
    control = Path(write(tmp_path / "control.jsonl", json.dumps(elsewhere).encode() + b"\n"))
    assert len(ControlFile.load(control)) == 1
    take(tmp_path / "s", tmp_path / "bare.jsonl", tables=Tables(controls=(control,)))
    take(tmp_path / "without", tmp_path / "bare.jsonl")
    assert (column(tmp_path / "s", "control"), column(tmp_path / "without", "control")) == (
        ["file"],
        ["none"],
    )
    assert own_control(read_measurement(json.dumps(record))).control is None  # type: ignore[arg-type]


def test_what_was_written_meanwhile_is_told_of(tmp_path: Path) -> None:
    """A run that goes on is no finished file: its lines are in, the file is not."""
    path = tmp_path / "a.jsonl"
    write(path, lines(range(1_100)))

    def grow(*_: int) -> None:
        with path.open("ab") as file:
            file.write(line(9_999))

    done = ingest([str(path)], tmp_path / "s", Wishes(jobs=1), clock, progress=_once(grow))
    assert [one.reason for one in done.unread] == [
        "was written to while it was read; ingest it again when it is finished"
    ]
    assert done.records >= 1_100
    assert take(tmp_path / "s", path).known == 0
    assert len(column(tmp_path / "s", "measurement_uid")) == 1_101


def test_a_file_that_vanishes_is_told_of(tmp_path: Path) -> None:
    """Between being found and being read."""
    for name in ("a", "b", "c"):
        write(tmp_path / "in" / f"{name}.jsonl", lines([ord(name)]))

    def remove(*_: int) -> None:
        (tmp_path / "in" / "b.jsonl").unlink()

    done = ingest([str(tmp_path / "in")], tmp_path / "s", Wishes(jobs=1), clock, progress=_once(remove))
    assert [(one.name, one.reason) for one in done.unread] == [
        (f"{tmp_path}/in/b.jsonl", "No such file or directory")
    ]
    assert (done.files, done.records) == (2, 2)


def _once(act: Progress) -> Progress:
    calls: list[int] = []

    def progress(*told: int) -> None:
        if not calls:
            calls.append(1)
            act(*told)

    return progress


EVENTS = st.one_of(
    st.integers(0, 12).map(line),
    st.sampled_from(sorted(BAD)).filter(lambda name: name != "deep").map(BAD.__getitem__),
    st.just(b"\n"),
    st.just(b" \r\n"),
)
FILES = st.lists(
    st.tuples(st.lists(EVENTS, max_size=8), st.sampled_from(sorted(PACK)), st.integers(0, 40)),
    min_size=1,
    max_size=4,
)


@given(FILES)
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_no_line_is_lost(
    tmp_path_factory: pytest.TempPathFactory, files: list[tuple[list[bytes], str, int]]
) -> None:
    """Every line that is not blank is a row, a duplicate or in quarantine; the last of each file may be torn."""
    base = tmp_path_factory.mktemp("any")
    told = dict[str, int]()
    for number, (events, how, torn) in enumerate(files):
        data = b"".join(events)
        data = data[: max(0, len(data) - torn)] if torn else data
        packed = PACK[how](data)
        told[hashlib.sha256(packed).hexdigest()] = sum(
            not part.isspace() for part in data.splitlines(keepends=True)
        )
        write(base / "in" / f"{number}.jsonl{how}", packed)
    done = take(base / "s", base / "in")
    assert done.lines == sum(told.values()) == done.records + done.duplicates + done.quarantined
    assert done.quarantined == len(quarantined(base / "s"))
    uids = column(base / "s", "measurement_uid")
    assert len(set(uids)) == len(uids) == done.records
    again = take(base / "s", base / "in")
    assert (again.lines, again.known) == (0, len(files))

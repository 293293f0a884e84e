"""Control files: written by a run in an open network, carried elsewhere, checked, looked into."""

import gzip
import json
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest

from probe.control.controlfile import ControlFile, ControlFileError
from probe.record import to_line
from probe.results import RunFiles
from tests.control.rooms import scenario
from tests.measure.running import run as run_scenario
from tests.run.labs import begin, job, measure, records

URLS = ("https://www.instagram.com/", "http://www.example.com/", "https://telegra.ph/")
HOUR = 3600.0


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results file with its manifest."""
    folder = tmp_path_factory.mktemp("open")
    with scenario("clean") as lab:
        work = job(URLS)
        measure(lab, work, results := begin(lab, work, folder))
    return results.path


@pytest.fixture
def carried(made: Path, tmp_path: Path) -> Path:
    """A copy of both files, to do with what one likes."""
    for path in (made, RunFiles(made).manifest):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path / made.name


def epoch(text: str) -> float:
    """Seconds since the epoch of a time in a record."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp()


def test_a_run_serves_as_control(carried: Path) -> None:
    """Every target is in it, with its names, page and certificates; the manifest vouches for the bytes."""
    file = ControlFile.load(carried)
    assert (len(file), file.refused, file.verified) == (3, 0, True)
    assert file.vantage == ("ZZ", "AS0")
    assert file.measured is not None
    control = file.control_for(URLS[0])
    assert control is not None
    assert control.http_request is not None
    assert control.http_request.title == "Welcome to www.instagram.com"
    assert [row.flags for row in (control.ip_info or {}).values()] == [2 + 8]
    assert file.control_for("https://other.example.org/") is None


def test_answers_say_where_they_are_from_and_how_old(carried: Path) -> None:
    """Source, vantage, seconds since the look-up; a target that is not in the file has no control and no age."""
    file = ControlFile.load(carried)
    assert file.measured is not None
    now = epoch(file.measured[1]) + 9 * 24 * HOUR
    answer = file.answer(URLS[0], now)
    assert (answer.kind, answer.source, answer.verified) == ("file", carried.name, True)
    assert answer.age_s is not None
    assert 9 * 24 * HOUR <= answer.age_s < 9 * 24 * HOUR + 60
    assert file.age_s(now) == 9 * 24 * HOUR
    absent = file.answer("https://other.example.org/", now)
    assert (absent.control, absent.age_s, absent.failure) == (None, None, None)


def test_urls_are_found_as_lists_write_them(carried: Path) -> None:
    """With or without the last slash, in capitals, with a fragment."""
    file = ControlFile.load(carried)
    for url in ("https://www.instagram.com", "HTTPS://WWW.Instagram.com:443/#top"):
        assert file.control_for(url) is not None
    assert file.control_for("http://[bad/") is None


def test_gzipped_by_whatever_means(carried: Path) -> None:
    """The manifest still vouches for the lines inside."""
    packed = carried.with_name(carried.name + ".gz")
    packed.write_bytes(gzip.compress(carried.read_bytes()))
    carried.unlink()
    file = ControlFile.load(packed)
    assert (len(file), file.verified) == (3, True)


def test_without_a_manifest_it_is_read_and_not_verified(carried: Path) -> None:
    """Vantage and times come from the records then."""
    RunFiles(carried).manifest.unlink()
    file = ControlFile.load(carried)
    assert (len(file), file.verified, file.vantage) == (3, False, ("ZZ", "AS0"))
    assert not file.answer(URLS[0], 0.0).verified


def test_changed_bytes_are_refused(carried: Path) -> None:
    """One letter of a page, or a line that is missing."""
    whole = carried.read_bytes()
    for bytes_now in (whole.replace(b"Welcome", b"Welcomx", 1), whole[: whole.rindex(b"\n", 0, -1) + 1]):
        carried.write_bytes(bytes_now)
        with pytest.raises(ControlFileError, match="not those that its manifest names"):
            ControlFile.load(carried)


def test_another_files_manifest_is_refused(carried: Path) -> None:
    """Junk beside the file is not passed over in silence."""
    for junk in (b"{}", b"\xff", b"x" * (5 << 20)):
        RunFiles(carried).manifest.write_bytes(junk)
        with pytest.raises(ControlFileError, match="manifest"):
            ControlFile.load(carried)


def test_files_that_are_no_control(made: Path, tmp_path: Path) -> None:
    """Missing, empty, not records, or records that say nothing of their target."""
    with pytest.raises(ControlFileError, match="cannot be read"):
        ControlFile.load(tmp_path / "none.jsonl")
    path = tmp_path / "x.jsonl"
    silent = json.loads(made.read_bytes().splitlines()[0]) | {"test_keys": {"queries": []}}
    for content in (b"", b"{}\n", b"\xff\xfe", b"[1]\nnonsense\n", json.dumps(silent).encode()):
        path.write_bytes(content)
        with pytest.raises(ControlFileError, match="no record in it"):
            ControlFile.load(path)


def test_bad_lines_are_counted(carried: Path) -> None:
    """Torn, foreign or impossible lines cost only themselves; so does a gzip stream that breaks off."""
    RunFiles(carried).manifest.unlink()
    lines = carried.read_bytes().splitlines(keepends=True)
    other = json.loads(lines[0]) | {"test_name": "telegram"}
    late = json.loads(lines[1]) | {
        "input": "https://late.example.org/",
        "measurement_start_time": "2026-02-31 00:00:00",
    }
    half = json.loads(lines[2]) | {"input": "https://half.example.org/", "software_name": "\ud800"}
    extra = [
        b"{\n",
        b"\xff\n",
        *(json.dumps(one).encode() + b"\n" for one in (other, late, half)),
        lines[0][:99],
    ]
    carried.write_bytes(b"".join([*lines, *extra]))
    file = ControlFile.load(carried)
    assert (len(file), file.refused) == (3, 6)
    packed = carried.with_suffix(".jsonl.gz")
    packed.write_bytes(gzip.compress(b"".join(lines * 3))[:-30])
    broken = ControlFile.load(packed)
    assert broken.refused >= 1
    assert not broken.verified


def test_of_several_records_the_better_one_counts(carried: Path) -> None:
    """An answer before a failure, whatever the order; of two answers the later one."""
    RunFiles(carried).manifest.unlink()
    good = next(one for one in records(carried) if one.input == URLS[0])
    later = good.model_copy(update={"measurement_start_time": "2030-01-01 00:00:00"})
    failed = later.model_copy(deep=True)
    failed.test_keys.requests = []  # type: ignore[attr-defined]
    for order in ((good, failed), (failed, good)):
        carried.write_bytes(b"".join(map(to_line, order)))
        control = ControlFile.load(carried).control_for(URLS[0])
        assert control is not None
        assert control.x_time == good.measurement_start_time
    carried.write_bytes(to_line(good) + to_line(later))
    newest = ControlFile.load(carried).control_for(URLS[0])
    assert newest is not None
    assert newest.x_time == "2030-01-01 00:00:00"


def test_memory_grows_with_targets_and_not_with_pages(made: Path, tmp_path: Path) -> None:
    """Hundreds of records, each with its page and certificates, leave less than 3 kB of each target."""
    record = json.loads(made.read_bytes().splitlines()[0])
    path = tmp_path / "large.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(300):
            file.write(json.dumps(record | {"input": f"https://site{number % 150}.example.com/"}) + "\n")
    size = path.stat().st_size
    tracemalloc.start()
    loaded = ControlFile.load(path)
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(loaded) == 150
    assert size > 6 << 20
    assert kept < 150 * 3000
    assert peak < 2 << 20


def test_loading_needs_no_loop(carried: Path) -> None:
    """It can be read in a loop and out of it."""

    async def load() -> int:
        return len(ControlFile.load(carried))

    assert run_scenario(load()) == len(ControlFile.load(carried)) == 3

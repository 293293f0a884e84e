"""`probe validate`: each bad line with its place and reason, whatever the file is."""

import bz2
import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from tests.cli.running import EXAMPLE, invoke

GOOD = EXAMPLE / "clean.jsonl"


def places(text: str) -> list[str]:
    """`file:line` of each finding."""
    return [line.split(": ")[0] for line in text.splitlines()]


def test_good_files(tmp_path: Path) -> None:
    """Plain and gzipped, several at once: exit 0, nothing on standard output, a count for people."""
    zipped = tmp_path / "copy.jsonl.gz"
    zipped.write_bytes(gzip.compress(GOOD.read_bytes()))
    count = len(GOOD.read_text(encoding="utf-8").splitlines())
    done = invoke("validate", str(GOOD), str(zipped), home=tmp_path)
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == f"{2 * count} valid, 0 invalid records in 2 files\n"


def test_bad_lines(tmp_path: Path) -> None:
    """A record without its fields, one of ours with a key too many, and no JSON: file, line, reason."""
    bad = tmp_path / "bad.jsonl"
    record = json.loads(GOOD.read_text(encoding="utf-8").splitlines()[0])
    record["test_keys"]["x_unknown"] = 1
    bad.write_text("{}\n" + json.dumps(record) + "\n\nnot json\n[]\n")
    done = invoke("validate", str(GOOD), str(bad), home=tmp_path)
    assert done.exit_code == 1
    assert places(done.stdout) == [f"{bad}:{number}" for number in (1, 2, 4, 5)]
    assert "test_keys.x_unknown: not in the schema" in done.stdout
    assert "4 invalid records in 2 files" in done.stderr


def test_as_json(tmp_path: Path) -> None:
    """An object for each bad line, a summary as the last, nothing for people."""
    bad = tmp_path / "bad.jsonl"
    bad.write_text("{}\nnot json\n")
    done = invoke("validate", "--json", str(bad), str(GOOD), home=tmp_path)
    *found, last = map(json.loads, done.stdout.splitlines())
    assert [(one["file"], one["line"]) for one in found] == [(str(bad), 1), (str(bad), 2)]
    assert (last["summary"]["invalid"], last["summary"]["files"]) == (2, 2)
    assert done.stderr == ""


def test_torn_tail(tmp_path: Path) -> None:
    """The last line of a killed run is named; the others are valid."""
    torn = tmp_path / "torn.jsonl"
    torn.write_bytes(GOOD.read_bytes() + b'{"annotations": {"archi')
    done = invoke("validate", str(torn), home=tmp_path)
    assert done.exit_code == 1
    assert len(places(done.stdout)) == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("noise.jsonl", bytes(range(256)) * 10),
        ("zeros.jsonl", bytes(5000)),
        ("noise.jsonl.gz", bytes(range(256)) * 10),
        ("cut.jsonl.gz", gzip.compress(GOOD.read_bytes())[:-100]),
        ("zipped.jsonl", bz2.compress(GOOD.read_bytes())),
        ("deep.jsonl", b"[" * 200_000),
    ],
)
def test_files_that_are_none(name: str, content: bytes, tmp_path: Path) -> None:
    """Exit 1 with a place and a printable reason; no exception."""
    file = tmp_path / name
    file.write_bytes(content)
    done = invoke("validate", str(file), home=tmp_path)
    assert done.exit_code == 1
    assert done.exception is None or isinstance(done.exception, SystemExit)
    assert done.stdout.startswith(f"{file}:")
    assert all(line.isprintable() for line in done.stdout.splitlines())


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_packed_files_are_told_by_what_they_hold(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    """Whatever they are called."""
    file = tmp_path / "run.jsonl"
    file.write_bytes(pack(GOOD.read_bytes()))
    assert invoke("validate", str(file), home=tmp_path).exit_code == 0


def test_one_record_over_many_lines(tmp_path: Path) -> None:
    """As web pages hand single measurements out; what is wrong with it is said once."""
    record = json.loads(GOOD.read_text(encoding="utf-8").splitlines()[0])
    file = tmp_path / "measurement.json"
    file.write_text(json.dumps(record, indent=2))
    assert invoke("validate", str(file), home=tmp_path).stderr == "1 valid, 0 invalid records in 1 file\n"
    file.write_text(json.dumps({**record, "probe_asn": 137}, indent=2))
    done = invoke("validate", str(file), home=tmp_path)
    assert done.exit_code == 1
    assert places(done.stdout) == [f"{file}:1"]
    file.write_bytes(GOOD.read_bytes())
    assert invoke("validate", str(file), home=tmp_path).exit_code == 0


def test_nothing_in_it(tmp_path: Path) -> None:
    """No record is no bad record."""
    file = tmp_path / "empty.jsonl"
    file.write_text("\n\n")
    done = invoke("validate", str(file), home=tmp_path)
    assert (done.exit_code, done.stderr) == (0, "0 valid, 0 invalid records in 1 file\n")


def test_missing_files_and_folders_stop_it_before_it_begins(tmp_path: Path) -> None:
    """Exit 2, each named; nothing is said about the others."""
    done = invoke("validate", str(GOOD), "none.jsonl", str(tmp_path), home=tmp_path)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "none.jsonl: no such file",
        f"{tmp_path}: a folder; name the .jsonl files in it",
    ]

"""`probe aggregate ingest` and `compact` as people and scripts use them."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from probe.cli.aggregate import app
from tests.cli.running import EXAMPLE, ROOT, environment
from tests.store.records import lines, rows, write


def aggregate(*arguments: str | Path, stdin: bytes = b"") -> Result:
    """Run it in this process; standard input is no terminal."""
    return CliRunner().invoke(
        app, [str(argument) for argument in arguments], input=stdin, env={"TERMINAL_WIDTH": "80"}
    )


def test_it_ends_with_what_became_of_the_lines(tmp_path: Path) -> None:
    """On standard error, with the next command."""
    write(tmp_path / "in" / "a.jsonl", lines(range(6)))
    ran = aggregate("ingest", tmp_path / "in", "--store", tmp_path / "s")
    assert (ran.exit_code, ran.stdout) == (0, "")
    assert ran.stderr.splitlines() == [
        "1 file read: 6 records new, 0 left out as their id is known already, 0 in quarantine.",
        f"The store now: 6 measurements, 3 days. Next: probe aggregate query --store {tmp_path}/s",
    ]


def test_bad_lines_are_told_of_by_the_exit_code_and_where_they_are(tmp_path: Path) -> None:
    """With the quarantine file, whose entries name file and line."""
    write(tmp_path / "a.jsonl", lines(range(2)) + b"bad\n")
    ran = aggregate("ingest", tmp_path / "a.jsonl", "--store", tmp_path / "s")
    assert ran.exit_code == 1
    assert "2 records new, 0 left out as their id is known already, 1 in quarantine." in ran.stderr
    named = ran.stderr.splitlines()[2].strip()
    entry = json.loads(Path(named).read_text())
    assert (entry["file"], entry["line"], entry["text"]) == (f"{tmp_path}/a.jsonl", 3, "bad")


def test_programs_get_one_object(tmp_path: Path) -> None:
    """On standard output, and the same exit code."""
    write(tmp_path / "a.jsonl", lines(range(4)) + lines([0]) + b"bad\n")
    ran = aggregate("ingest", tmp_path / "a.jsonl", "--store", tmp_path / "s", "--json")
    told = json.loads(ran.stdout)
    assert ran.exit_code == 1
    assert told.pop("quarantine") == [
        f"quarantine/{file.name}" for file in (tmp_path / "s" / "quarantine").iterdir()
    ]
    assert told == {
        "files": 1, "known_files": 0, "lines": 6, "records": 4, "duplicates": 1, "quarantined": 1, "unread": [],
        "store": {"place": f"{tmp_path}/s", "measurements": 4, "days": 3},
    }  # fmt: skip


def test_what_is_there_already_is_not_read_again(tmp_path: Path) -> None:
    """And said to be so; exit 0."""
    write(tmp_path / "a.jsonl", lines(range(2)))
    aggregate("ingest", tmp_path, "--store", tmp_path / "s")
    ran = aggregate("ingest", tmp_path, "--store", tmp_path / "s")
    assert ran.exit_code == 0
    assert "1 file not read: the store has the same content already." in ran.stderr


def test_standard_input(tmp_path: Path) -> None:
    """As `-`; nothing there is no error."""
    assert (
        "6 records new" in aggregate("ingest", "-", "--store", tmp_path / "s", stdin=lines(range(6))).stderr
    )
    assert "0 records new" in aggregate("ingest", "-", "--store", tmp_path / "e").stderr


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["missing.jsonl"], "missing.jsonl: no such file or folder"),
        (["{}", "--jobs", "0"], "--jobs 0: from 1 to 64"),
        (["{}", "--control", "https://helper.example/"], "old records need a control file"),
        (["{}", "--control", "missing"], "--control missing: cannot be read"),
        (["{}", "--fingerprints", "missing"], "--fingerprints missing: cannot be read"),
    ],
)
def test_wrong_usage_is_one_sentence(tmp_path: Path, arguments: list[str], word: str) -> None:
    """Exit 2, and no store is made."""
    path = write(tmp_path / "a.jsonl", lines(range(2)))
    ran = aggregate("ingest", *(part.format(path) for part in arguments), "--store", tmp_path / "s")
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert word in ran.stderr
    assert not (tmp_path / "s" / "store").exists()


def test_a_folder_without_records_is_told_of(tmp_path: Path) -> None:
    """It may be the wrong one."""
    (tmp_path / "in").mkdir()
    ran = aggregate("ingest", tmp_path / "in", "--store", tmp_path / "s")
    assert f"No files of records found in: {tmp_path}/in" in ran.stderr


def test_compacting(tmp_path: Path) -> None:
    """Says what it did, and when there is nothing to do."""
    for number in range(2):
        aggregate(
            "ingest", write(tmp_path / f"{number}.jsonl", lines([number * 3])), "--store", tmp_path / "s"
        )
    before = rows(tmp_path / "s")
    ran = aggregate("compact", "--store", tmp_path / "s")
    assert ran.exit_code == 0
    assert ran.stderr.startswith("4 files joined into 2; the store has 4 files, ")
    assert aggregate("compact", "--store", tmp_path / "s").stderr.startswith(
        "Nothing to join: the store has 4 files, "
    )
    assert rows(tmp_path / "s") == before
    assert "no store" in aggregate("compact", "--store", tmp_path / "none").stderr


def test_the_examples_go_in(tmp_path: Path) -> None:
    """All that is shipped."""
    ran = aggregate("ingest", EXAMPLE, "--store", tmp_path / "s")
    assert ran.exit_code == 0, ran.stderr


def test_without_the_extra_one_sentence_says_what_to_install(tmp_path: Path) -> None:
    """As after `pip install reachprobe`."""
    write(tmp_path / "hidden" / "pyarrow" / "__init__.py", b"raise ImportError('none', name='pyarrow')\n")
    path = write(tmp_path / "a.jsonl", lines(range(2)))
    command = [
        sys.executable,
        "-c",
        "from probe.cli.aggregate import app; app()",
        "ingest",
        path,
        "--store",
        str(tmp_path / "s"),
    ]
    home = environment(tmp_path, PYTHONPATH=f"{tmp_path / 'hidden'}:{ROOT}")
    ran = subprocess.run(command, capture_output=True, text=True, env=home, cwd=tmp_path, check=False)
    assert ran.returncode == 2
    assert ran.stderr.strip() == "this needs further packages (pyarrow): pip install 'reachprobe[report]'"


@pytest.mark.slow
def test_ctrl_c_says_that_nothing_is_lost(tmp_path: Path) -> None:
    """Exit 130."""
    write(tmp_path / "a.jsonl", lines(range(6_000)))
    script = "from probe.cli.aggregate import app; app()"
    command = [
        sys.executable,
        "-c",
        script,
        "ingest",
        str(tmp_path / "a.jsonl"),
        "--store",
        str(tmp_path / "s"),
    ]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment(tmp_path)
    ) as process:
        while process.poll() is None and not list(tmp_path.glob("s/.staging-*")):
            pass
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.startswith("Stopped. What was committed is in the store")
    assert not list(tmp_path.glob("s/.staging-*"))

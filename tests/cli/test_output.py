"""What every command writes, where it cannot be written: one sentence and an exit code, never a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from probe.cli.words import app as words
from tests.cli.compared import two_results
from tests.cli.running import EXAMPLE, environment

FULL = Path("/dev/full")

COMMANDS = [
    ("compare", "{before}", "{after}"),
    ("compare", "{before}", "{after}", "--format", "csv"),
    ("validate", "--json", "{before}"),
    ("lists", "show", "platforms"),
    ("--help",),
]


def probe(
    home: Path, *arguments: str, out: int = subprocess.PIPE, **environ: str
) -> subprocess.CompletedProcess[bytes]:
    """`probe` in a process of its own, which buffers what it writes unless told otherwise."""
    before, after = two_results(home)
    command = [argument.format(before=before, after=after) for argument in arguments]
    return subprocess.run(
        [sys.executable, "-m", "probe", *command],
        stdout=out,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
        cwd=home,
        env=environment(home, **environ),
    )


@pytest.mark.skipif(not FULL.exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_full_disk(command: tuple[str, ...], unbuffered: str, tmp_path: Path) -> None:
    """Said once, as wrong usage is: what was asked for was not given."""
    with FULL.open("wb") as full:
        done = probe(tmp_path, *command, out=full.fileno(), PYTHONUNBUFFERED=unbuffered)
    assert done.returncode == 2
    said = words.UNWRITABLE.format(reason="No space left on device")
    assert done.stderr.decode().splitlines()[-1] == said
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_nobody_reads_any_more(unbuffered: str, tmp_path: Path) -> None:
    """As with `| head`: nothing is said."""
    reading, written = os.pipe()
    os.close(reading)
    try:
        done = probe(tmp_path, "schema", out=written, PYTHONUNBUFFERED=unbuffered)
    finally:
        os.close(written)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_letters_that_an_encoding_does_not_have(encoding: str, tmp_path: Path) -> None:
    """Written as numbers; the rest, and the exit code, are as ever."""
    done = probe(tmp_path, "compare", "{before}", "{after}", PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"3 of 4 targets differ" in done.stdout
    assert ("— " if encoding == "utf-8" else r"\u2014 ").encode() in done.stdout


def test_a_terminal_without_persian(tmp_path: Path) -> None:
    """The name of a file too."""
    persian = tmp_path / "هفته.jsonl"
    persian.write_bytes((EXAMPLE / "clean.jsonl").read_bytes())
    done = probe(tmp_path, "compare", str(persian), str(persian), PYTHONIOENCODING="latin-1")
    assert (done.returncode, rb"\u0647" in done.stdout) == (0, True)

"""tools/start.py, with an environment that looks ready: what it starts is what its caller stops."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

START = Path(__file__).parents[2] / "tools" / "start.py"
STAMP = "import sys; sys.path.insert(0, {!r}); import start; print(start.stamp(with_tools=True))"


def started(environment: Path, *words: str) -> "subprocess.Popen[str]":
    """start.py with `environment`."""
    return subprocess.Popen(
        [sys.executable, START, *words],
        env={**os.environ, "PROBE_VENV": str(environment)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.skipif(os.name == "nt", reason="no program can become another one there")
def test_it_becomes_the_command(tmp_path: Path) -> None:
    """The same process: a signal to it is one to the run, and whoever waits for it waits for the run's own end."""
    stamp = subprocess.run(
        [sys.executable, "-c", STAMP.format(str(START.parent))], capture_output=True, text=True, check=True
    )
    (tmp_path / "probe-stamp").write_text(stamp.stdout)
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text('#!/bin/sh\necho "$$ $@"\nexit 7\n')
    python.chmod(0o755)
    process = started(tmp_path, "run", "--url", "https://x.example/")
    said, _ = process.communicate(timeout=30)
    assert said.split() == [str(process.pid), "-m", "probe", "run", "--url", "https://x.example/"]
    assert process.returncode == 7


def test_what_is_no_environment_is_left_alone(tmp_path: Path) -> None:
    """A folder named by mistake is not emptied."""
    (tmp_path / "thesis.txt").write_text("years of work")
    process = started(tmp_path, "demo")
    _, said = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "something else than a virtual environment" in said
    assert (tmp_path / "thesis.txt").exists()

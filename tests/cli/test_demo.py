"""`probe demo`: both networks, real records, on any machine; stopped, it is over."""

import json
import signal
import sys
import time
from pathlib import Path

import pytest

from probe.record import deviations
from tests.cli.running import interrupted, probe
from tests.run.labs import records

EXPECTED = {
    "Instagram": "TCP connection_refused *",
    "X": "TLS connection_reset",
    "YouTube": "TLS generic_timeout_error",
    "Telegram": "TLS eof_error",
}
PATIENCE = 60.0
"""Seconds that a busy machine may take; `benchmarks/start_up.py` shows what a quiet one does."""


@pytest.mark.slow
def test_demo(tmp_path: Path) -> None:
    """Two files of exact records marked as the lab's, and the two networks side by side."""
    start = time.monotonic()
    done = probe("demo", "-o", "out", home=tmp_path)
    assert time.monotonic() - start < PATIENCE
    assert done.returncode == 0, done.stderr
    clean, censored = (tmp_path / name for name in done.stdout.splitlines())
    for path, name in ((clean, "clean"), (censored, "demo")):
        found = records(path)
        assert len(found) == 80
        assert [problem for record in found for problem in deviations(record)] == []
        assert {record.annotations["lab_scenario"] for record in found if record.annotations} == {name}
    lines = {line.split()[0]: line for line in done.stderr.splitlines() if line.strip()}
    for host, platform in (
        ("www.instagram.com/", "Instagram"),
        ("x.com/", "X"),
        ("www.youtube.com/", "YouTube"),
    ):
        assert lines[host].split(maxsplit=3)[1:3] == ["status", "200"]
        assert lines[host].rstrip().endswith(EXPECTED[platform])
    assert lines["telegram.org/"].rstrip().endswith(EXPECTED["Telegram"])
    assert lines["Instagram"].split() == ["Instagram", "17", "17", "answered", "2", "answered"]
    assert max(map(len, done.stderr.splitlines())) <= 80


@pytest.mark.slow
def test_demo_as_json(tmp_path: Path) -> None:
    """Each line says which network it is of; each network ends in a summary."""
    done = probe("demo", "-o", "out", "--json", home=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    summaries = [line["summary"] for line in lines if "summary" in line]
    assert [line["network"] for line in lines] == ["clean"] * 81 + ["demo"] * 81
    assert [(one["outcome"], one["measured"]) for one in summaries] == [("complete", 80)] * 2
    assert summaries[0]["ended"] == {"answered": 80}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows delivers no signals this way")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_on_the_first_network(number: signal.Signals, tmp_path: Path) -> None:
    """It does not go on with the second; one file, which is named, exit 128 + the signal."""
    code, out, err, took = interrupted(["probe", "demo", "-o", "out"], tmp_path, number, after="out/*.jsonl")
    assert code == 128 + number
    assert took < PATIENCE
    (path,) = (tmp_path / "out").glob("*.jsonl")
    assert out == f"out/{path.name}\n"
    assert err.endswith("Stopped. What was measured is kept; to see it all start the demo again.\n")
    assert "2. A censored network" not in err
    assert 0 < len(records(path)) <= 80


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows delivers no signals this way")
def test_stopped_on_the_second_network(tmp_path: Path) -> None:
    """Both files are named, no table is shown that would lack half."""
    command = ["probe", "demo", "-o", "out"]
    code, out, err, _ = interrupted(command, tmp_path, signal.SIGINT, after="out/*.jsonl", count=2)
    assert code == 130
    assert len(out.splitlines()) == 2
    assert "2. A censored network" in err
    assert "clean network  censored network" not in err

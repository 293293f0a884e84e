"""What `probe run` itself notes in its folder: begin, end, metrics; also when it is ended early."""

from pathlib import Path

import pytest
import typer

from probe.cli.noting import noted
from probe.operate.health import read_health
from tests.operate.leftovers import lay


def test_a_run_is_noted(tmp_path: Path) -> None:
    """Going on while it does; then its end, by its manifest, and metrics."""
    folder, metrics = tmp_path / "results", tmp_path / "m.prom"
    folder.mkdir()
    with noted(folder, metrics, name_targets=True) as note:
        assert read_health(folder).running_since
        lay(folder, "run", ["reachable", "blocked"])
        assert note.end(0) == 0
    health = read_health(folder)
    assert (health.running_since, health.runs, health.targets) == (
        None,
        {"complete": 1},
        {"reachable": 1, "blocked": 1},
    )
    assert (
        'reachprobe_target_status{input="https://0.example.org/",status="reachable"} 1.0'
        in metrics.read_text()
    )


@pytest.mark.parametrize(
    ("error", "code"), [(typer.Exit(2), 2), (KeyboardInterrupt(), 130), (RuntimeError(), 1)]
)
def test_a_run_that_ends_early(error: BaseException, code: int, tmp_path: Path) -> None:
    """Whatever ends it: a failed run, by its exit code, and the error goes on."""
    with pytest.raises(type(error)), noted(tmp_path):
        raise error
    health = read_health(tmp_path)
    assert health.last is not None
    assert (health.last.outcome, health.last.exit_code) == ("failed", code)


def test_a_file_instead_of_a_folder_is_not_noted() -> None:
    """`-o one.jsonl`: there is no folder to keep."""
    with noted(None) as note:
        assert note.end(0) == 0
    assert note.exit_code == 0


def test_health_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Said when the run has ended, and so not as if it went on."""
    with noted(tmp_path) as note:
        lay(tmp_path, "run", ["reachable"])
        (tmp_path / "health.json").unlink()
        (tmp_path / "health.json").mkdir()
        note.end(0)
    said = capsys.readouterr().err
    assert said.startswith("health.json cannot be written: ")
    assert "goes on" not in said


def test_metrics_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Said; the run is not the worse for it."""
    with noted(tmp_path, tmp_path / "gone" / "m.prom") as note:
        lay(tmp_path, "run", ["reachable"])
        note.end(0)
    assert "The metrics file cannot be written: No such file" in capsys.readouterr().err
    assert read_health(tmp_path).runs == {"complete": 1}

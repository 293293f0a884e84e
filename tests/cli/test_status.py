"""`probe status`: what people and programs see of a results folder, and what a health check answers."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from probe.cli.standing import spell
from probe.cli.status import status
from probe.operate.diary import look_back, run_began, runs_ended
from probe.operate.health import HEALTH
from probe.operate.outcome import LastRun
from probe.operate.state import STATE, Keep
from probe.record.runfile import MOMENT
from tests.operate.almanac import new_state
from tests.operate.leftovers import lay


def invoke(*arguments: str | Path, **environ: str) -> Result:
    """`probe status` in this process."""
    alone = typer.Typer(add_completion=False)
    alone.command("status")(status)
    return CliRunner().invoke(
        alone, [str(argument) for argument in arguments], env=environ or {"PROBE_OUTPUT": None}
    )


def a_run(ended: timedelta = timedelta(hours=3), outcome: str = "complete", code: int | None = 0) -> LastRun:
    """A run of two minutes that ended so long ago."""
    finished = datetime.now(UTC) - ended
    return LastRun.model_validate({
        "started": (finished - timedelta(minutes=2)).strftime(MOMENT), "finished": finished.strftime(MOMENT),
        "outcome": outcome, "exit_code": code, "run_id": "1", "planned": 80, "measured": 80,
        "statuses": {"reachable": 70, "blocked": 10},
    })  # fmt: skip


def test_a_folder_of_a_schedule(tmp_path: Path) -> None:
    """Last run, verdicts in numbers, next run while the schedule runs, disk, health."""
    runs_ended(tmp_path, [a_run()])
    keep = Keep(tmp_path)
    start = datetime.now(UTC)
    keep.save(new_state("0 0 1 1 *", start).model_copy(update={"next_start": start + timedelta(hours=5)}))
    shown = invoke("--results", tmp_path).stdout
    assert "complete, exit code 0: 80 of 80 targets in 120 s" in shown
    assert "Verdicts:   10 blocked, 70 reachable" in shown
    assert f"Next run:   {start + timedelta(hours=5):{MOMENT}} UTC" in shown
    assert "Health:     healthy, a run ended in order 3 h ago" in shown
    facts = json.loads(invoke("--results", tmp_path, "--json").stdout)
    assert facts["schedule"]["running"] is True
    assert (facts["healthy"], facts["why"], facts["runs"]) == (True, "recent", {"complete": 1})
    assert facts["disk"]["used_bytes"] > 0
    keep.close()
    assert "Next run:   none; the schedule is not running" in invoke("--results", tmp_path).stdout


def test_a_run_that_goes_on(tmp_path: Path) -> None:
    """The first one, and no schedule: healthy for as long as a run may be old."""
    run_began(tmp_path, datetime.now(UTC) - timedelta(hours=3))
    shown = invoke("--results", tmp_path)
    assert "Last run:   none" in shown.stdout
    assert "Going on:   since" in shown.stdout
    assert "healthy, a run is going on for 3 h" in shown.stdout
    assert invoke("--results", tmp_path, "--healthcheck").exit_code == 0
    stuck = invoke("--results", tmp_path, "--healthcheck", "--max-age", "2h")
    assert (stuck.exit_code, stuck.stdout) == (1, "unhealthy, a run began 3 h ago and did not end\n")


@pytest.mark.parametrize(
    ("run", "code", "line"),
    [
        (a_run(), 0, "healthy, a run ended in order 3 h ago"),
        (a_run(outcome="network_unusable", code=4), 0, "healthy, a run ended in order 3 h ago"),
        (a_run(timedelta(days=3)), 1, "unhealthy, the last run that ended in order did so 3 d ago"),
        (a_run(outcome="failed", code=137), 1, "unhealthy, no run ended in order so far"),
    ],
)
def test_the_health_check(run: LastRun, code: int, line: str, tmp_path: Path) -> None:
    """One line, and 0 or 1."""
    runs_ended(tmp_path, [run])
    done = invoke("--results", tmp_path, "--healthcheck", "--max-age", "26h")
    assert (done.exit_code, done.stdout) == (code, line + "\n")
    assert invoke("--results", tmp_path).exit_code == 0


def test_a_folder_of_an_earlier_version(tmp_path: Path) -> None:
    """No health.json: the newest manifest tells, and nothing is written."""
    lay(tmp_path, "old", ["reachable"], written=10**18)
    lay(tmp_path, "new", ["blocked", "reachable"], outcome="deadline", written=2 * 10**18)
    before = sorted(tmp_path.iterdir())
    shown = invoke("--results", tmp_path).stdout
    assert "out of time: 2 of 2 targets in 150 s" in shown
    assert "1 blocked, 1 reachable" in shown
    assert sorted(tmp_path.iterdir()) == before


def test_what_cannot_be_read_is_not_healthy(tmp_path: Path) -> None:
    """A broken health.json or schedule.json: said, with its name, and 1."""
    for name in (HEALTH, STATE):
        (tmp_path / name).write_text("{")
        done = invoke("--results", tmp_path, "--healthcheck")
        assert done.exit_code == 1
        assert name in done.stdout
        (tmp_path / name).unlink()


def test_what_is_not_there(tmp_path: Path) -> None:
    """No folder: 2 for a person, 1 for a health check that comes before the first run."""
    assert invoke("--results", tmp_path / "gone").exit_code == 2
    done = invoke("--results", tmp_path / "gone", "--healthcheck")
    assert (done.exit_code, done.stdout) == (1, "unhealthy, no run ended in order so far\n")
    assert invoke("--results", tmp_path, "--max-age", "old").exit_code == 2
    assert "no such folder" in invoke("--results", tmp_path / "gone").stderr


def test_the_folder_is_the_one_that_runs_write_to(tmp_path: Path) -> None:
    """By PROBE_OUTPUT, or a configuration file."""
    (tmp_path / "here").mkdir()
    runs_ended(tmp_path / "here", [a_run()])
    (tmp_path / "c.toml").write_text(f'[run]\noutput = "{tmp_path / "here"}"\n')
    for environ in ({"PROBE_OUTPUT": str(tmp_path / "here")}, {"PROBE_CONFIG": str(tmp_path / "c.toml")}):
        assert invoke("--healthcheck", **environ).stdout == "healthy, a run ended in order 3 h ago\n"


def test_a_failed_run_after_a_good_one(tmp_path: Path) -> None:
    """Both are told."""
    runs_ended(tmp_path, [a_run()])
    now = datetime.now(UTC)
    runs_ended(tmp_path, look_back(tmp_path, {}, now, now, 2))
    shown = invoke("--results", tmp_path).stdout
    assert "failed, exit code 2\n" in shown
    assert "Last good:  " in shown


def test_spans_of_time() -> None:
    """In the largest unit of which there are two."""
    assert [spell(number) for number in (0, 119, 121, 7200, 7199, 3 * 86_400)] == [
        "0 s", "119 s", "2 min", "2 h", "120 min", "3 d",
    ]  # fmt: skip

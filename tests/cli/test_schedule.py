"""`probe schedule` as a process, its runs on a network of the lab: on time, asked to end, killed, a second one refused."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from probe.cli.schedule import schedule as schedule_command
from probe.operate.health import read_health
from probe.operate.state import read_state
from tests.cli.running import ROOT, environment

URL = "https://1.example.org/"
EVERY_SECOND = ("--cron", "* * * * * *")
NEVER = ("--cron", "0 0 1 1 *")
Event = dict[str, Any]


def command(*arguments: str, scenario: str = "clean") -> list[str]:
    """How a schedule is started."""
    return [sys.executable, "-m", "tests.cli.schedule_run", scenario, "--log-format", "json", *arguments]


def schedule(
    home: Path, *arguments: str, scenario: str = "clean", **environ: str
) -> tuple[int, list[Event], str]:
    """Exit code, events, and what else was said, of a schedule that ends by itself."""
    done = subprocess.run(
        command(*arguments, scenario=scenario), cwd=home, capture_output=True, text=True, timeout=60, check=False,
        env=environment(home, PROBE_CONSENT="1") | environ,
    )  # fmt: skip
    lines = done.stderr.splitlines()
    events = [json.loads(line) for line in lines if line.startswith("{")]
    return done.returncode, events, "\n".join(line for line in lines if not line.startswith("{"))


class Running:
    """A schedule that is going on."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.events = list[Event]()

    def until(self, event: str) -> Event:
        """Read what it tells up to the first `event`."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            assert line.startswith("{"), line
            self.events.append(json.loads(line))
            if self.events[-1]["event"] == event:
                return self.events[-1]
        raise AssertionError(f"no {event} in {self.events}")


@contextmanager
def going(home: Path, *arguments: str, scenario: str = "clean") -> Iterator[Running]:
    """A schedule, killed at the end if it is still there."""
    with subprocess.Popen(
        command(*arguments, scenario=scenario), cwd=home, env=environment(home, PROBE_CONSENT="1"), text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        try:
            yield Running(process)
        finally:
            process.kill()


def children(process: int) -> list[int]:
    """Processes that `process` has started."""
    found = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [int(number) for number in found]


def names(events: Sequence[Event]) -> list[str]:
    """What happened, in order."""
    return [event["event"] for event in events]


def test_two_runs(tmp_path: Path) -> None:
    """Each is a run with files of its own; health, state and metrics tell of both."""
    options = ("--max-runs", "2", "--metrics-file", "m.prom", "--", "--url", URL)
    code, events, said = schedule(tmp_path, *EVERY_SECOND, *options)
    assert (code, said) == (0, "")
    told = [name for name in names(events) if name not in ("run.next", "runs.missed")]
    assert told == ["schedule.started", *["run.started", "run.ended"] * 2, "schedule.done"]
    assert [event["exit_code"] for event in events if event["event"] == "run.ended"] == [0, 0]
    assert "example.org" not in json.dumps(events)
    results = tmp_path / "results"
    assert len(list(results.glob("*.jsonl"))) == 2
    health, state = read_health(results), read_state(results)
    assert health.runs == {"complete": 2}
    assert health.targets == {"reachable": 2}
    assert health.running_since is None
    assert state is not None
    assert len(state.done) in (1, 2)
    text = (tmp_path / "m.prom").read_text()
    assert 'reachprobe_runs_total{outcome="complete"} 2.0' in text
    assert "reachprobe_run_in_progress 0.0" in text
    assert "example.org" not in text


def test_asked_to_end_while_it_waits(tmp_path: Path) -> None:
    """SIGTERM: 143 at once, and nothing was measured."""
    with going(tmp_path, *NEVER) as running:
        running.until("run.next")
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(10) == 143
    assert sorted(path.name for path in (tmp_path / "results").iterdir()) == [
        ".schedule.lock",
        "schedule.json",
    ]


@pytest.mark.slow
def test_asked_to_end_while_a_run_goes_on(tmp_path: Path) -> None:
    """The run gets the signal, ends in order within its grace, and its records are kept."""
    urls = [part for number in range(400) for part in ("--url", f"https://{number}.example.org/")]
    with going(tmp_path, *EVERY_SECOND, "--", *urls, "--parallel", "1") as running:
        running.until("run.started")
        records = _some_records(tmp_path / "results")
        running.process.send_signal(signal.SIGTERM)
        assert running.until("run.ended")["exit_code"] == 143
        running.until("schedule.ended")
        assert running.process.wait(10) == 143
    health = read_health(tmp_path / "results")
    assert health.last is not None
    assert (health.last.outcome, health.last.exit_code) == ("stopped", 143)
    assert 0 < health.last.measured < 400
    assert len(records.read_text().splitlines()) == health.last.measured


def _some_records(results: Path) -> Path:
    deadline = time.monotonic() + 20
    while not (found := [path for path in results.glob("*.jsonl") if path.stat().st_size]):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found[0]


@pytest.mark.slow
def test_a_run_that_is_killed_does_not_end_the_schedule(tmp_path: Path) -> None:
    """Kill -9 of the run: an error is told, and the next run comes and is complete."""
    urls = [part for number in range(12) for part in ("--url", f"https://{number}.example.org/")]
    with going(tmp_path, *EVERY_SECOND, "--max-runs", "2", "--", *urls, "--parallel", "1") as running:
        running.until("run.started")
        _some_records(tmp_path / "results")
        (child,) = children(running.process.pid)
        os.kill(child, signal.SIGKILL)
        ended = running.until("run.ended")
        assert (ended["exit_code"], ended["level"]) == (137, "error")
        assert running.until("run.ended")["exit_code"] == 0
        assert running.process.wait(10) == 0
    health = read_health(tmp_path / "results")
    assert health.runs == {"failed": 1, "complete": 1}


@pytest.mark.slow
def test_a_schedule_that_is_killed_and_started_again(tmp_path: Path) -> None:
    """Kill -9 of the schedule: what was missed meanwhile is made up for once, if that is wanted."""
    with going(tmp_path, *NEVER) as running:
        running.until("run.next")
        running.process.kill()
    results = tmp_path / "results"
    state = read_state(results)
    assert state is not None
    hours = state.model_copy(
        update={"seen": datetime.now(UTC) - timedelta(hours=10), "expression": "0 * * * *"}
    )
    hourly = ("--cron", "0 * * * *", "--max-runs", "1", "--once-if-missed", "--", "--url", URL)
    (results / "schedule.json").write_text(hours.model_dump_json())
    code, events, _ = schedule(tmp_path, *hourly)
    assert code == 0
    (missed,) = [event["missed"] for event in events if event["event"] == "runs.missed"]
    assert missed in (8, 9, 10)
    assert names(events).count("run.started") == 1
    assert read_health(results).runs == {"complete": 1}
    (results / "schedule.json").write_text(hours.model_dump_json())
    with going(tmp_path, "--cron", "0 * * * *") as running:
        assert running.until("runs.missed")["missed"] in (9, 10, 11)
        running.until("run.next")
    assert read_health(results).runs == {"complete": 1}


@pytest.mark.slow
def test_a_second_one_is_refused(tmp_path: Path) -> None:
    """One schedule a folder: exit 2, and the first goes on."""
    with going(tmp_path, *NEVER) as running:
        running.until("run.next")
        code, events, said = schedule(tmp_path, *NEVER)
        assert (code, events) == (2, [])
        assert (
            said == "results: another `probe schedule` keeps this folder; stop it, or give each its own by -o"
        )
        assert schedule(tmp_path, *EVERY_SECOND, "--max-runs", "1", "--", "-o", "other", "--url", URL)[0] == 0
        assert running.process.poll() is None


@pytest.mark.slow
def test_metrics_are_served_while_it_waits(tmp_path: Path) -> None:
    """On loopback, at the port that is told."""
    with going(tmp_path, *NEVER, "--metrics-port", "0", "--metrics-targets") as running:
        port = running.until("metrics.serving")["port"]
        running.until("run.next")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            text = answer.read().decode()
    assert "reachprobe_schedule_next_run_timestamp_seconds" in text
    assert "reachprobe_last_success_timestamp_seconds 0.0" in text


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "--cron is missing"),
        (("--cron", "61 * * * *"), "--cron 61 * * * *: bad minute; five fields"),
        (("--cron", "* * * * *", "--timezone", "Nowhere"), "--timezone Nowhere: no time zone is called Nowhere"),
        (("--cron", "* * * * *", "--jitter", "soon"), "--jitter soon: not a duration"),
        (("--cron", "* * * * *", "--time-limit", "0"), "--time-limit 0: must be longer"),
        (("--cron", "* * * * *", "--log-level", "loud"), "--log-level loud: not debug"),
        (("--cron", "* * * * *", "--metrics-targets"), "--metrics-targets goes with"),
        (("--cron", "* * * * *", "--", "nolist"), "no list 'nolist'"),
        (("--cron", "* * * * *", "--", "--bogus"), "No such option: --bogus"),
        (("--cron", "* * * * *", "--", "--parallel", "0"), "--parallel 0: not a number from 1 to 1000"),
        (("--cron", "* * * * *", "--", "--resume", "x.jsonl"), "--resume names one run"),
        (("--cron", "* * * * *", "--", "-"), "a schedule has no standard input"),
        (("--cron", "* * * * *", "--", "-o", "x.jsonl"), "--output x.jsonl: each run of a schedule makes its own file"),
        (("--cron", "* * * * *", "--metrics-host", "127.0.0.999"), "--metrics-host 127.0.0.999: not an address"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_before_the_first_wait(
    arguments: tuple[str, ...], reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 2, in one sentence, and nothing was measured."""
    monkeypatch.chdir(tmp_path)
    done = refused(*arguments, consent="1")
    assert done.exit_code == 2, done.stderr
    assert reason in done.stderr
    assert not list(tmp_path.iterdir())


def test_without_consent_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 3, before the first wait."""
    monkeypatch.chdir(tmp_path)
    done = refused(*EVERY_SECOND, consent="")
    assert done.exit_code == 3
    assert "probe consent give" in done.stderr
    assert not list(tmp_path.iterdir())


def refused(*arguments: str, consent: str) -> Result:
    """A schedule that ends before its first wait, in this process."""
    alone = typer.Typer(add_completion=False)
    alone.command("schedule")(schedule_command)
    hidden = {name: None for name in os.environ if name.startswith(("PROBE_", "XDG_"))}
    home = {"HOME": str(Path.cwd()), "PYTHONPATH": str(ROOT), "PROBE_CONSENT": consent}
    return CliRunner().invoke(alone, arguments, env={**hidden, **home})


@pytest.mark.slow
def test_options_from_a_file(tmp_path: Path) -> None:
    """[schedule], [metrics] and [run] of one configuration; runs are told of it."""
    (tmp_path / "c.toml").write_text(
        '[schedule]\ncron = "* * * * * *"\nmax_runs = 1\n[metrics]\nfile = "m.prom"\n'
        f'[run]\nurl = ["{URL}"]\noutput = "there"\n'
    )
    code, events, said = schedule(tmp_path, "--config", "c.toml")
    assert (code, said) == (0, "")
    assert events[0]["folder"] == "there"
    assert read_health(tmp_path / "there").runs == {"complete": 1}
    assert (tmp_path / "m.prom").exists()


@pytest.mark.slow
def test_a_soak(tmp_path: Path) -> None:
    """Two dozen runs, every second: memory and descriptors of the schedule stay as they were after the third."""
    with going(tmp_path, *EVERY_SECOND, "--max-runs", "24", "--", "--url", URL) as running:
        figures = []
        for _ in range(24):
            running.until("run.ended")
            folder = Path(f"/proc/{running.process.pid}")
            if not folder.joinpath("fd").exists():
                break
            resident = int(folder.joinpath("statm").read_text().split()[1])
            figures.append((resident, len(list(folder.joinpath("fd").iterdir()))))
        assert running.process.wait(20) == 0
    settled = figures[3:23]
    assert max(pages for pages, _ in settled) - settled[0][0] < 256  # pages of 4 kB
    descriptors = [number for _, number in settled]  # a run that starts just then has a pipe
    assert min(descriptors[:10]) == min(descriptors[10:])
    assert read_health(tmp_path / "results").runs == {"complete": 24}

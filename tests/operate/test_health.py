"""What is healthy, and the file that tells: a run going on, recent, stuck, overdue; disks and clocks that fail."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.operate.diary import known, look_back, run_began, runs_ended, with_runs
from probe.operate.health import (
    HEALTH,
    Health,
    HealthError,
    Judgement,
    Kept,
    Why,
    judge_health,
    read_health,
    write_health,
)
from probe.operate.outcome import FAILED, LastRun, manifests
from probe.record.runfile import MOMENT
from tests.operate.leftovers import lay

NOW = datetime(2027, 3, 2, 12, 0, tzinfo=UTC)
HOUR, DAY = 3600.0, 86_400.0


def ago(seconds: float) -> str:
    """A moment before `NOW`, as files have it."""
    return (NOW - timedelta(seconds=seconds)).strftime(MOMENT)


def a_run(outcome: str = "complete", ended: float = HOUR, run_id: str = "1", **more: object) -> LastRun:
    """A run that ended so long ago."""
    facts = {
        "started": ago(ended + 60),
        "finished": ago(ended),
        "outcome": outcome,
        "exit_code": 0,
        "run_id": run_id,
    }
    return LastRun.model_validate(facts | more)


def why(health: Health, kept: Kept | None = None, max_age: float = DAY) -> Why:
    """The reason of the judgement."""
    return judge_health(health, kept, NOW, max_age).why


@pytest.mark.parametrize(
    ("health", "expected"),
    [
        (Health(), Why.NEVER),
        (Health().ended(a_run()), Why.RECENT),
        (Health().ended(a_run("network_unusable")), Why.RECENT),
        (Health().ended(a_run("budget")), Why.RECENT),
        (Health().ended(a_run(ended=25 * HOUR)), Why.OLD),
        (Health().ended(a_run(FAILED)), Why.NEVER),
        (Health().ended(a_run("stopped")), Why.NEVER),
        (Health().ended(a_run(ended=2 * HOUR)).ended(a_run(FAILED, run_id="")), Why.RECENT),
        (Health().began(NOW - timedelta(hours=2)), Why.RUNNING),
        (Health().began(NOW - timedelta(hours=25)), Why.STUCK),
        (Health().ended(a_run(ended=40 * HOUR)).began(NOW - timedelta(hours=3)), Why.RUNNING),
    ],
)
def test_what_is_healthy(health: Health, expected: Why) -> None:
    """Without a schedule, `--max-age 24h`."""
    assert why(health) is expected


def test_a_schedule_waits_runs_and_hangs() -> None:
    """Its first run is waited for, holds while it goes on, and is missed when it does not come."""
    kept = Kept(NOW - timedelta(hours=2), NOW + timedelta(hours=1))
    assert why(Health(), kept) is Why.WAITING
    assert why(Health(), Kept(kept.since, NOW - timedelta(minutes=10))) is Why.WAITING
    late = Kept(kept.since, NOW - timedelta(minutes=20))
    assert judge_health(Health(), late, NOW, DAY) == Judgement(Why.OVERDUE, 1200)
    assert why(Health(), Kept(kept.since, late.next_start, NOW - timedelta(minutes=90))) is Why.RUNNING
    assert why(Health(), Kept(kept.since, late.next_start, NOW - timedelta(hours=30))) is Why.STUCK
    assert why(Health(), Kept(NOW - timedelta(days=3), NOW + timedelta(days=3))) is Why.NEVER


def test_a_moment_far_ahead_counts_for_nothing() -> None:
    """The clock was in 2036 once: that run does not keep the folder healthy for nine years."""
    assert why(Health().ended(a_run(ended=-9 * 365 * DAY))) is Why.OLD
    assert why(Health().ended(a_run(ended=-60))) is Why.RECENT
    assert why(Health().began(NOW + timedelta(days=400))) is Why.STUCK


@given(st.floats(-1e8, 1e8), st.floats(-1e8, 1e8), st.floats(1, 1e7), st.booleans())
def test_every_folder_has_a_judgement(ended: float, running: float, max_age: float, in_order: bool) -> None:  # noqa: FBT001
    """And what is healthy is never older than allowed."""
    health = Health().ended(a_run("complete" if in_order else FAILED, ended=ended))
    health = health.began(NOW - timedelta(seconds=running))
    judgement = judge_health(health, None, NOW, max_age)
    assert not judgement.healthy or abs(judgement.age or 0) <= max_age


def test_totals_add_up_and_survive_the_disk(tmp_path: Path) -> None:
    """Each run once, though two tell of it."""
    one = a_run(statuses={"reachable": 3, "blocked": 1})
    two = a_run(FAILED, run_id="", ended=60, exit_code=137)
    run_began(tmp_path, NOW)
    assert read_health(tmp_path).running_since == ago(0)
    runs_ended(tmp_path, [one])
    runs_ended(tmp_path, [one])
    health = runs_ended(tmp_path, [two])
    assert read_health(tmp_path) == health
    assert (health.runs, health.targets) == ({"complete": 1, FAILED: 1}, {"reachable": 3, "blocked": 1})
    assert health.last == two
    assert (health.last_success, health.running_since) == (one.finished, None)
    assert sorted(path.name for path in tmp_path.iterdir()) == [HEALTH]


def test_what_is_known_is_not_noted_again() -> None:
    """Of three runs the second is known already: only the third is new."""
    runs = [a_run(run_id=str(number), ended=HOUR - number) for number in range(3)]
    health = Health().ended(runs[0]).ended(runs[1])
    assert with_runs(health, runs).runs == {"complete": 3}


def test_a_run_that_broke_off_is_noted_once() -> None:
    """By itself, and by the schedule that saw its process from a second before to a second after."""
    own = a_run(FAILED, run_id="", started=ago(60), finished=ago(30), exit_code=1)
    seen = a_run(FAILED, run_id="", started=ago(61), finished=ago(29), exit_code=1)
    assert with_runs(Health().ended(own), [seen]).runs == {FAILED: 1}
    killed = a_run(FAILED, run_id="", started=ago(61), finished=ago(29), exit_code=137)
    assert with_runs(Health().ended(own), [killed]).runs == {FAILED: 2}


def test_another_run_goes_on_when_ours_was_refused() -> None:
    """The folder was busy: that somebody measures there since an hour stays known."""
    busy = Health().began(NOW - timedelta(hours=1))
    refused = a_run(FAILED, run_id="", ended=0, exit_code=2)
    assert busy.ended(refused).running_since == ago(HOUR)
    crashed = a_run(FAILED, run_id="", started=ago(2 * HOUR), finished=ago(0), exit_code=137)
    assert busy.ended(crashed).running_since is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format": 2}', b"\xff" * 100, b"{" * 100_000])
def test_a_file_that_is_none(tmp_path: Path, content: bytes) -> None:
    """It is said, and begun anew by the next run."""
    (tmp_path / HEALTH).write_bytes(content)
    with pytest.raises(HealthError, match="not a health file"):
        read_health(tmp_path)
    assert known(tmp_path) == Health()
    runs_ended(tmp_path, [a_run()])
    assert read_health(tmp_path).runs == {"complete": 1}


def test_looking_back(tmp_path: Path) -> None:
    """A run for each new manifest, in order; one more when the process broke off."""
    lay(tmp_path, "old", ["reachable"])
    before = manifests(tmp_path)
    lay(
        tmp_path,
        "first",
        ["reachable", "blocked", None],
        written=before[tmp_path / "old.manifest.json"] + 10**9,
    )
    lay(tmp_path, "second", ["blocked"], written=before[tmp_path / "old.manifest.json"] + 2 * 10**9)
    start, end = NOW - timedelta(minutes=5), NOW
    runs = look_back(tmp_path, before, start, end, 0)
    assert [run.run_id for run in runs] == ["first", "second"]
    assert runs[0].statuses == {"reachable": 1, "blocked": 1, "none": 1}
    assert (runs[0].planned, runs[0].measured, runs[0].missing) == (3, 3, 0)
    killed = look_back(tmp_path, before, start, end, 137)
    assert [run.outcome for run in killed] == ["complete", "complete", FAILED]
    (refused,) = look_back(tmp_path, manifests(tmp_path), start, end, 2)
    assert (refused.outcome, refused.exit_code, refused.started) == (FAILED, 2, ago(300))


def test_a_stopped_run_did_not_break_off(tmp_path: Path) -> None:
    """SIGTERM, and its manifest says so."""
    lay(tmp_path, "run", ["reachable"], outcome="stopped")
    (run,) = look_back(tmp_path, {}, NOW, NOW, 143)
    assert (run.outcome, run.exit_code) == ("stopped", 143)


def test_manifests_that_lie(tmp_path: Path) -> None:
    """Garbage, a huge one, one that names a file elsewhere: nothing is read but what lies beside it."""
    (tmp_path / "a.manifest.json").write_bytes(b"{}")
    (tmp_path / "b.manifest.json").write_bytes(b"[" * 3_000_000)
    lay(tmp_path, "c", ["blocked"], records_file="../../etc/passwd")
    (tmp_path / "d.manifest.json").mkdir()
    runs = look_back(tmp_path, {}, NOW, NOW, 0)
    assert [(run.run_id, run.records_file, run.statuses) for run in runs] == [("c", "passwd", {})]


def test_a_read_only_folder_is_an_os_error(tmp_path: Path) -> None:
    """For whoever calls to tell of."""
    with pytest.raises(OSError, match="No such file"):
        write_health(tmp_path / "gone", Health())

"""Which runs go and which stay; and that nothing else in the folder is ever touched."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.operate.interrupted import MAX_RESUMES, newest_interrupted
from probe.operate.inventory import Found, find_runs
from probe.operate.retention import Bounds, choose, delete
from probe.results import Journal, RunFiles
from tests.operate.folders import leave_run, moment, names

DAYS = timedelta(days=1)
SUBJECT = (("platforms", "ab" * 32),), "IR", "AS58224"


def gone(folder: Path, bounds: Bounds, day: float, expected: int = 0) -> list[str]:
    """Names of the runs that would be deleted on `day`."""
    return [run.name for run in choose(find_runs(folder), bounds, moment(day), expected)]


def tidy(folder: Path, bounds: Bounds, day: float) -> None:
    """Delete them."""
    for run in choose(find_runs(folder), bounds, moment(day)):
        assert delete(run)


def test_runs_are_found_oldest_first_with_what_matters(tmp_path: Path) -> None:
    """Finished, stopped, killed."""
    leave_run(tmp_path, 3)
    leave_run(tmp_path, 1, outcome="deadline", measured=2)
    leave_run(tmp_path, 2, outcome=None, measured=1)
    found = find_runs(tmp_path)
    assert [(run.ended, run.finished, run.outcome) for run in found] == [
        (moment(1), False, "deadline"),
        (moment(2), False, None),
        (moment(3), True, "complete"),
    ]
    assert {run.subject for run in found} == {SUBJECT}
    assert sum(run.size for run in found) == sum(path.stat().st_size for path in tmp_path.iterdir())


def test_by_age(tmp_path: Path) -> None:
    """What is older goes with all of its files; the rest stays."""
    for day in (1, 50, 99):
        leave_run(tmp_path, day)
    kept = {name for name in names(tmp_path) if not name.startswith("20260102")}
    tidy(tmp_path, Bounds(keep=60 * DAYS), 100)
    assert set(names(tmp_path)) == kept


def test_not_by_the_age_that_a_wrong_clock_tells(tmp_path: Path) -> None:
    """A clock years ahead makes everything too old: nothing goes, also when it has been wrong for some runs.

    Nor does anything for a clock that was put back.
    """
    for day in (1, 50, 99):
        leave_run(tmp_path, day)
    assert gone(tmp_path, Bounds(keep=60 * DAYS), 3650) == []
    assert gone(tmp_path, Bounds(keep=60 * DAYS), -3650) == []
    wrong = [leave_run(tmp_path, 3650 + day) for day in (0, 30, 61)]
    assert gone(tmp_path, Bounds(keep=60 * DAYS), 3650 + 62) == [wrong[0].records.stem]


def test_by_an_age_shorter_than_the_time_between_runs(tmp_path: Path) -> None:
    """Runs of every tenth day, each kept for one: only the newest stays."""
    runs = [leave_run(tmp_path, day) for day in (10, 20, 30)]
    assert gone(tmp_path, Bounds(keep=DAYS), 40) == [run.records.stem for run in runs[:2]]


def test_by_size_the_oldest_finished_first(tmp_path: Path) -> None:
    """An unfinished one is older and stays, while finished ones are left to go."""
    killed = leave_run(tmp_path, 1, outcome=None, measured=1, padding=1000)
    first, second, last = (leave_run(tmp_path, day, padding=1000) for day in (2, 3, 4))
    total = sum(run.size for run in find_runs(tmp_path))
    one = next(run.size for run in find_runs(tmp_path) if run.files == first)
    assert gone(tmp_path, Bounds(max_disk=total), 5) == []
    assert gone(tmp_path, Bounds(max_disk=total - 1), 5) == [first.records.stem]
    assert gone(tmp_path, Bounds(max_disk=total), 5, expected=one + 1) == [
        first.records.stem,
        second.records.stem,
    ]
    tidy(tmp_path, Bounds(max_disk=1), 5)
    assert {run.files for run in find_runs(tmp_path)} == {killed, last}


def test_an_unfinished_one_goes_last_and_never_the_newest(tmp_path: Path) -> None:
    """Of two that were killed the older one goes, when nothing finished is left; the other may be gone on with."""
    old, young = (leave_run(tmp_path, day, outcome=None, measured=2) for day in (1, 2))
    done, newest = (leave_run(tmp_path, day) for day in (3, 4))
    assert gone(tmp_path, Bounds(max_disk=1), 5) == [done.records.stem, old.records.stem]
    assert gone(tmp_path, Bounds(keep=DAYS / 2), 4.1) == [done.records.stem, old.records.stem]
    tidy(tmp_path, Bounds(max_disk=1), 5)
    assert {run.files for run in find_runs(tmp_path)} == {young, newest}


def test_what_is_not_ours_stays(tmp_path: Path) -> None:
    """Records without a manifest, manifests of another program or a later version, links, folders, and all the rest."""
    run = leave_run(tmp_path, 2)
    manifest = json.loads(run.manifest.read_bytes())
    strangers = {
        "20200101T000000Z-IR-AS1.jsonl": "{}\n",
        "schedule.json": "{}",
        "notes.manifest.json": json.dumps({"name": "a web app"}),
        "later.manifest.json": json.dumps({**manifest, "format": 2, "records_file": "later.jsonl"}),
        "later.jsonl": "{}\n",
        "moved.manifest.json": json.dumps({**manifest, "records_file": "other.jsonl"}),
        "broken.plan.json": "{",
        "both.manifest.json": json.dumps({**manifest, "records_file": "both.jsonl"}),
        "both.plan.json": "{",
    }
    for name, text in strangers.items():
        (tmp_path / name).write_text(text)
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    target = outside / "precious.jsonl"
    target.write_text("{}\n")
    (tmp_path / "link.jsonl").symlink_to(target)
    (tmp_path / "link.manifest.json").write_text(json.dumps({**manifest, "records_file": "link.jsonl"}))
    leave_run(tmp_path, 90)
    before = set(names(tmp_path))
    tidy(tmp_path, Bounds(keep=DAYS, max_disk=1), 90.5)
    assert before - set(names(tmp_path)) == {run.records.name, run.manifest.name}
    assert target.exists()


def test_a_run_that_is_being_written_stays(tmp_path: Path) -> None:
    """Whatever its age."""
    files = leave_run(tmp_path, 1)
    leave_run(tmp_path, 2)
    (old, _) = find_runs(tmp_path)
    with Journal(files.records):
        assert not delete(old)
    assert files.records.exists()
    assert delete(old)
    assert not files.records.exists()


@pytest.mark.parametrize("steps", range(1, 4))
def test_a_kill_while_deleting_leaves_a_run_that_goes_next_time(tmp_path: Path, steps: int) -> None:
    """Files go one by one; whatever is left is still known as that run."""
    for day in (1, 2):
        leave_run(tmp_path, day, outcome="deadline", measured=1)
    leave_run(tmp_path, 3)
    (old, *_) = find_runs(tmp_path)
    for path in [path for path in (old.files.records, old.files.plan, old.files.manifest) if path.exists()][
        : steps - 1
    ]:
        path.unlink()
    assert old.name in gone(tmp_path, Bounds(max_disk=1), 4)
    tidy(tmp_path, Bounds(max_disk=1), 4)
    assert [name for name in names(tmp_path) if name.startswith(old.name)] == []


def found(number: int, day: float, size: int, *, finished: bool) -> Found:
    """A run that exists nowhere."""
    return Found(RunFiles(Path(f"{number}.jsonl")), moment(day), size, finished, None, SUBJECT, (), 0)


RUNS = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 1000), st.booleans()), max_size=12).map(
    lambda rows: [found(number, day, size, finished=done) for number, (day, size, done) in enumerate(rows)]
)


@given(
    RUNS,
    st.none() | st.integers(1, 100),
    st.none() | st.integers(1, 5000),
    st.integers(-100, 1000),
    st.integers(0, 500),
)
def test_the_rules(runs: list[Found], keep: int | None, most: int | None, day: int, expected: int) -> None:
    """Within the bound, or nothing left to go; the newest stay; nothing goes without a bound; the same answer twice."""
    bounds = Bounds(None if keep is None else keep * DAYS, most)
    chosen = choose(runs, bounds, moment(day), expected)
    assert chosen == choose(runs[::-1], bounds, moment(day), expected)
    assert len({run.name for run in chosen}) == len(chosen)
    left = [run for run in runs if run not in chosen]
    groups = (runs, [run for run in runs if not run.finished])
    newest = [max(group, key=lambda run: (run.ended, run.name)) for group in groups if group]
    assert all(run in left for run in newest)
    if most is None:
        assert all(keep is not None and moment(day) - run.ended > keep * DAYS for run in chosen)
    elif sum(run.size for run in left) + expected > most:
        assert len(left) <= 2
    by_size = [run for run in chosen if keep is None or moment(day) - run.ended <= keep * DAYS]
    if not all(run.finished for run in by_size):  # an unfinished one goes after all finished ones
        assert all(run in newest for run in left if run.finished)


def test_the_newest_interrupted_run_of_the_same_lists(tmp_path: Path) -> None:
    """Stopped or killed; not a finished one, not one of other lists, not one that was tried often enough."""
    leave_run(tmp_path, 1, outcome=None, measured=1)
    stopped = leave_run(tmp_path, 2, outcome="stopped", measured=1)
    leave_run(tmp_path, 3, outcome=None, measured=1, resumed=MAX_RESUMES)
    leave_run(tmp_path, 4)
    chosen = newest_interrupted(find_runs(tmp_path), SUBJECT)
    assert chosen is not None
    assert chosen.files == stopped
    for other in (
        ((("news", "ab" * 32),), "IR", "AS58224"),
        (SUBJECT[0], "ZZ", "AS0"),
        ((), "IR", "AS58224"),
    ):
        assert newest_interrupted(find_runs(tmp_path), other) is None


def test_a_run_of_the_lab_is_not_gone_on_with(tmp_path: Path) -> None:
    """Its network is gone."""
    files = leave_run(tmp_path, 1, outcome=None, measured=1)
    plan = json.loads(files.plan.read_bytes())
    files.plan.write_text(json.dumps({**plan, "annotations": {"network_type": "lab"}}))
    assert newest_interrupted(find_runs(tmp_path), SUBJECT) is None

"""A run that nobody watches, in the lab: its bounds, its folder, what it goes on with, its one line of JSON."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from probe.cli.measuring import console, measure_in
from probe.cli.values import BadValueError
from probe.cli.wishes import Wishes, plan_job
from probe.lab.lab import Lab
from probe.operate.interrupted import MAX_RESUMES
from probe.operate.inventory import find_runs
from probe.operate.lock import LOCK, FolderLock
from probe.record import WebMeasurement
from probe.record.runfile import Manifest
from tests.run.labs import QUICK, around, records, scenario

HOSTS = tuple(f"https://{number}.example.org/" for number in range(6))
Captured = pytest.CaptureFixture[str]
Summary = dict[str, Any]


class Clock:
    """A wall clock that tells the given moments one after the other, the last one for ever."""

    def __init__(self, *moments: str) -> None:
        self._moments = iter(moments)
        self._last = ""

    def __call__(self) -> datetime:
        """The next one."""
        self._last = next(self._moments, self._last)
        return datetime.strptime(self._last, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)


def run(wishes: Wishes, *, network: str = "clean", rtt: float = 0.0, clock: Clock | None = None) -> int:
    """The exit code of a run in the lab."""
    with scenario(network, rtt=rtt) as lab:
        return run_in(lab, wishes, clock)


def run_in(lab: Lab, wishes: Wishes, clock: Clock | None = None) -> int:
    """The same in `lab`."""
    surroundings = around(lab)
    if clock is not None:
        surroundings = replace(surroundings, now=clock)
    return measure_in(surroundings, replace(plan_job(wishes), deadlines=QUICK), wishes, console())


def asked(folder: Path, hosts: tuple[str, ...] = HOSTS, **more: Any) -> Wishes:  # noqa: ANN401 - fields of Wishes
    """A run of `hosts` into `folder`, its summary in one line."""
    return Wishes(**{"urls": hosts, "output": folder, "summary_line": True, **more})


def summary(captured: Captured) -> Summary:
    """The only line on standard output."""
    (line,) = captured.readouterr().out.splitlines()
    found: Summary = json.loads(line)["summary"]
    return found


def manifests(folder: Path) -> list[Manifest]:
    """Of the folder, by name."""
    return [
        Manifest.model_validate_json(path.read_bytes()) for path in sorted(folder.glob("*.manifest.json"))
    ]


def measured(folder: Path) -> list[str]:
    """What the folder has records of, run by run."""
    return sorted(record.input or "" for path in folder.glob("*.jsonl") for record in records(path))


def cut_short(folder: Path, **more: Any) -> Path:  # noqa: ANN401 - fields of Wishes
    """The records of a run of all hosts that ran out of time."""
    before = set(folder.glob("*.jsonl"))
    run(asked(folder, parallel="2", max_runtime="0.8s", **more), rtt=0.1)
    (path,) = set(folder.glob("*.jsonl")) - before
    assert 0 < len(records(path)) < len(HOSTS)
    return path


def killed(folder: Path, **more: Any) -> Path:  # noqa: ANN401 - fields of Wishes
    """The same as a kill leaves it: no manifest, and a torn line at the end."""
    path = cut_short(folder, **more)
    path.with_suffix(".manifest.json").unlink()
    with path.open("ab") as file:
        file.write(b'{"test_name": "web_connectivity", "inp')
    return path


def test_one_line_says_it_all(tmp_path: Path, capsys: Captured) -> None:
    """Standard output is the summary alone; people are told nothing else than always."""
    assert run(asked(tmp_path)) == 0
    found = summary(capsys)
    assert (found["outcome"], found["planned"], found["measured"], found["missing"]) == ("complete", 6, 6, 0)
    assert found["ended"] == {"answered": 6}
    assert Path(found["records"]).parent == tmp_path
    assert not {"deleted", "before", "network_bytes"} & set(found)


def test_a_second_one_in_the_folder_is_refused(tmp_path: Path, capsys: Captured) -> None:
    """Exit 2, an outcome of its own, one sentence that says who is there; nothing is measured or written."""
    with FolderLock(tmp_path, "process 7, since noon"):
        assert run(asked(tmp_path)) == 2
        out, err = capsys.readouterr()
        assert json.loads(out) == {"summary": {"outcome": "busy", "folder": str(tmp_path)}}
        assert err == (
            f"Nothing was measured: {tmp_path}: another run is at work here (process 7, since noon). "
            "Wait for its end, or choose another folder by -o.\n"
        )
        assert run(Wishes(urls=HOSTS, output=tmp_path)) == 2
        assert capsys.readouterr().out == ""
    assert [path.name for path in tmp_path.iterdir()] == [LOCK]
    assert run(asked(tmp_path)) == 0


def test_a_file_of_its_own_needs_no_folder(tmp_path: Path) -> None:
    """Beside a run in the folder another one may write a file that was named."""
    with FolderLock(tmp_path, ""):
        assert run(Wishes(urls=HOSTS[:1], output=tmp_path / "mine.jsonl")) == 0


@pytest.mark.parametrize("more", [{"keep": "1d"}, {"max_disk": "1G"}, {"resume_interrupted": True}])
def test_what_is_about_a_folder_is_not_for_a_file(more: dict[str, Any], tmp_path: Path) -> None:
    """It would silently do nothing."""
    with pytest.raises(BadValueError, match="are about a folder of runs"):
        plan_job(Wishes(urls=HOSTS, output=tmp_path / "mine.jsonl", **more))


def test_old_runs_go_before_a_new_one(tmp_path: Path, capsys: Captured) -> None:
    """By age, and said, to people and to programs."""
    for day in ("2026-01-01 10:00:00", "2026-01-29 10:00:00"):
        run(asked(tmp_path, HOSTS[:1]), clock=Clock(day))
    capsys.readouterr()
    assert run(asked(tmp_path, HOSTS[:1], keep="30d"), clock=Clock("2026-02-10 10:00:00")) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["summary"]["deleted"] == ["20260101T100000Z-ZZ-AS0"]
    assert err.startswith(f"Deleted the old run 20260101T100000Z-ZZ-AS0 of {tmp_path} (")
    assert [made.started[:10] for made in manifests(tmp_path)] == ["2026-01-29", "2026-02-10"]


def test_the_folder_stays_within_its_size(tmp_path: Path, capsys: Captured) -> None:
    """Run after run, the newest are kept and the bound is never passed."""
    bound = 300_000
    wishes, day = asked(tmp_path, HOSTS[:2], max_disk=str(bound)), datetime(2026, 1, 1, tzinfo=UTC)
    with scenario("clean") as lab:
        for number in range(12):
            moment = (day + timedelta(days=number)).strftime("%Y-%m-%d %H:%M:%S")
            assert run_in(lab, wishes, Clock(moment)) == 0
            assert summary(capsys)["outcome"] == "complete"
            assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= bound
    kept = [made.started[:10] for made in manifests(tmp_path)]
    assert 2 <= len(kept) < 12
    assert kept[-1] == "2026-01-12"
    assert kept == [f"2026-01-{number:02}" for number in range(13 - len(kept), 13)]


def test_a_run_ends_in_order_where_its_room_ends(tmp_path: Path, capsys: Captured) -> None:
    """The outcome says so, the exit code is that of any bound, and what is missing can be gone on with."""
    assert run(asked(tmp_path, parallel="1", max_disk="60k")) == 0
    out, err = capsys.readouterr()
    found = json.loads(out)["summary"]
    assert (found["outcome"], 0 < found["measured"] < 6) == ("budget", True)
    assert err.endswith(f"Go on with: probe run --resume {found['records']}\n")
    assert manifests(tmp_path)[0].outcome == "budget"
    assert run(Wishes(resume=Path(found["records"]))) == 0
    assert measured(tmp_path) == list(HOSTS)


def test_no_room_at_all(tmp_path: Path, capsys: Captured) -> None:
    """When what may not be deleted fills the bound, nothing is begun: exit 2, and what to do."""
    run(asked(tmp_path))
    capsys.readouterr()
    assert run(asked(tmp_path, max_disk="20k")) == 2
    out, err = capsys.readouterr()
    assert json.loads(out)["summary"]["outcome"] == "no_room"
    assert err.startswith(f"--max-disk 20k: {tmp_path} holds ")
    assert len(manifests(tmp_path)) == 1


def test_bytes_of_the_network_are_bounded(tmp_path: Path, capsys: Captured) -> None:
    """Nothing new is started near the bound, nothing is cut off, and no record tells of a failure that was ours."""
    hosts = tuple(f"https://{number}.example.org/" for number in range(30))
    assert run(asked(tmp_path, hosts, max_bytes="100k")) == 0
    out, err = capsys.readouterr()
    found = json.loads(out)["summary"]
    assert (found["outcome"], 1 < found["measured"] < 30) == ("budget", True)
    assert 50_000 < found["network_bytes"] < 120_000
    assert "The bound on bytes is reached: " in err
    for record in records(Path(found["records"])):
        assert isinstance(record, WebMeasurement)
        assert [row.failure for row in record.test_keys.requests or ()] == [None]
    assert run(Wishes(resume=Path(found["records"]), max_bytes="100M")) == 0
    assert measured(tmp_path) == sorted(hosts)


def test_a_bound_that_is_not_reached_changes_nothing(tmp_path: Path, capsys: Captured) -> None:
    """The run is as complete as any."""
    assert run(asked(tmp_path, max_bytes="1G")) == 0
    used = summary(capsys)["network_bytes"]
    assert run(asked(tmp_path, max_bytes=str(2 * used), parallel="1")) == 0
    assert summary(capsys)["outcome"] == "complete"


@pytest.mark.parametrize("leave", [cut_short, killed])
@pytest.mark.parametrize(
    "form", [{"as_json": True}, {}, {"summary_line": False}], ids=["json", "line", "people"]
)
def test_what_was_interrupted_is_finished_first(
    leave: Callable[[Path], Path],
    form: dict[str, Any],
    tmp_path: Path,
    capsys: Captured,
) -> None:
    """Then comes the new run. No target is lost or doubled in either of them."""
    path = leave(tmp_path)
    capsys.readouterr()
    assert run(asked(tmp_path, resume_interrupted=True, **form)) == 0
    out, err = capsys.readouterr()
    assert f"Going on with the interrupted run {path.name} first.\n" in err
    assert measured(tmp_path) == sorted(HOSTS * 2)
    assert sorted(record.input or "" for record in records(path)) == list(HOSTS)
    assert [(made.outcome, made.counts.missing) for made in manifests(tmp_path)] == [("complete", 0)] * 2
    assert list(tmp_path.glob("*.plan.json")) == []
    if form.get("summary_line", True):
        last = json.loads(out.splitlines()[-1])["summary"]
        assert out.count('"summary"') == 1
        assert (last["before"]["records"], last["before"]["outcome"]) == (str(path), "complete")
        assert last["records"] != str(path)
    else:
        assert out.splitlines()[0] == str(path)
        assert len(out.splitlines()) == 2


def test_bounds_hold_for_both_together(tmp_path: Path, capsys: Captured) -> None:
    """A run that was gone on with and is bounded again is all there is; the next start goes on."""
    path = cut_short(tmp_path)
    capsys.readouterr()
    wishes = asked(tmp_path, resume_interrupted=True, parallel="1", max_runtime="0.6s")
    assert run(wishes, rtt=0.1) == 0
    assert summary(capsys)["outcome"] == "deadline"
    assert len(list(tmp_path.glob("*.jsonl"))) == 1
    assert run(replace(wishes, parallel="40", max_runtime="2s")) == 0
    out, err = capsys.readouterr()
    assert (json.loads(out)["summary"]["outcome"], json.loads(out)["summary"]["records"]) == (
        "complete",
        str(path),
    )
    assert err.splitlines()[-1].startswith("The interrupted run is finished; nothing is left")
    assert measured(tmp_path) == list(HOSTS)


def test_what_cannot_be_gone_on_with_does_not_stand_in_the_way(tmp_path: Path, capsys: Captured) -> None:
    """Other lists, too many tries, a plan of a version that knows more: the new run is measured."""
    path = cut_short(tmp_path)
    plan = path.with_suffix(".plan.json")
    facts = json.loads(plan.read_bytes())
    for changed in (
        {"lists": [{**facts["lists"][0], "sha256": "00" * 32}]},
        {"resumed": MAX_RESUMES},
        {"something": "of a later version"},
        {"vantage": {"country": "IR", "asn": "AS1"}},
    ):
        plan.write_text(json.dumps({**facts, **changed}))
        before = path.read_bytes()
        capsys.readouterr()
        assert run(asked(tmp_path, resume_interrupted=True)) == 0
        out, err = capsys.readouterr()
        assert "before" not in json.loads(out)["summary"]
        assert ("Not gone on with: " in err) == ("something" in changed)
        assert path.read_bytes() == before


def test_the_clock_is_put_back_and_forward(tmp_path: Path, capsys: Captured) -> None:
    """Names stay unique, nothing is written over, bounds in time do not move, every record is whole and counted."""
    now, past, future = "2026-06-01 10:00:00", "2019-01-01 00:00:00", "2031-01-01 00:00:00"
    clocks = [
        Clock(now),
        Clock(now),
        Clock(now, now, past),  # tidying up and naming the file see the first two
        Clock(past),
        Clock(future, future, now),
        Clock(now, now, future),
    ]
    with scenario("clean") as lab:
        for clock in clocks:
            assert run_in(lab, asked(tmp_path, max_runtime="60s"), clock) == 0
            assert summary(capsys)["measured"] == 6
        assert run_in(lab, asked(tmp_path, keep="90d"), Clock(future, past)) == 0  # deletes nothing
    assert summary(capsys)["outcome"] == "complete"
    names = sorted(path.name for path in tmp_path.glob("*.jsonl"))
    assert names == sorted(
        [
            "20260601T100000Z-ZZ-AS0.jsonl",
            "20260601T100000Z-ZZ-AS0-2.jsonl",
            *(f"20260601T100000Z-ZZ-AS0-{number}.jsonl" for number in (3, 4)),
            "20190101T000000Z-ZZ-AS0.jsonl",
            "20310101T000000Z-ZZ-AS0.jsonl",
            "20190101T000000Z-ZZ-AS0-2.jsonl",
        ]
    )
    assert measured(tmp_path) == sorted(HOSTS * 7)


def test_a_folder_of_an_older_version(tmp_path: Path, capsys: Captured) -> None:
    """Files without what was added since: they count, they can be gone on with, and strange ones stay."""
    path = cut_short(tmp_path)
    plan = path.with_suffix(".plan.json")
    facts = json.loads(plan.read_bytes())
    for name in ("annotations", "seed", "resumed"):
        facts.pop(name)
    facts["options"].pop("max_bytes")
    plan.write_text(json.dumps(facts))
    strange = tmp_path / "20240101T000000Z-ZZ-AS0.manifest.json"
    strange.write_text(json.dumps({"version": "0.0.1", "count": 12}))
    (tmp_path / "20240101T000000Z-ZZ-AS0.jsonl").write_text('{"input": "x"}\n')
    assert [run.finished for run in find_runs(tmp_path)] == [False]
    assert run(asked(tmp_path, resume_interrupted=True, max_disk="1M")) == 0
    capsys.readouterr()
    assert sorted(record.input or "" for record in records(path)) == list(HOSTS)
    assert strange.exists()
    assert strange.with_name("20240101T000000Z-ZZ-AS0.jsonl").read_text() == '{"input": "x"}\n'


def test_a_folder_that_is_no_folder(tmp_path: Path, capsys: Captured) -> None:
    """Exit 2; a word for programs."""
    (tmp_path / "taken").touch()
    assert run(asked(tmp_path / "taken")) == 2
    out, err = capsys.readouterr()
    assert json.loads(out)["summary"]["outcome"] == "unwritable"
    assert (
        err == f"--output {tmp_path / 'taken'}: cannot be written: File exists; choose another place by -o\n"
    )


def test_a_token_goes_to_one_helper_that_nobody_can_overhear() -> None:
    """And is refused for anything else, without being repeated."""
    wishes = Wishes(urls=HOSTS, controls=("https://helper.example/",), control_token="geheim")
    (helper,) = plan_job(wishes).controls
    assert getattr(helper, "token", None) == "geheim"
    loopback = replace(wishes, controls=("http://127.0.0.1:9/",))
    with suppress(BadValueError):
        plan_job(loopback)
    for controls in ((), ("http://helper.example/",), ("https://a.example/", "https://b.example/")):
        with pytest.raises(BadValueError, match="--control-token") as told:
            plan_job(replace(wishes, controls=controls))
        assert "geheim" not in str(told.value)
    assert "geheim" not in " ".join(plan_job(wishes).command)

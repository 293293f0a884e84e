"""`probe run` in the lab: its two outputs, its exit codes, its files, and how it is stopped and gone on with."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer

from probe.cli.measuring import _conclude
from probe.cli.wishes import Wishes
from probe.record import WebMeasurement, deviations
from probe.record.runfile import Counts, Manifest
from probe.run import End, Progress
from probe.safety.consent import CONSENT_VERSION
from probe.safety.scrub import Identity
from tests.cli.lab_run import carry_out
from tests.cli.running import ROOT, environment, interrupted, probe
from tests.run.labs import records, scenario

HOSTS = tuple(f"https://{number}.example.org/" for number in range(6))
Captured = pytest.CaptureFixture[str]


def run(name: str, wishes: Wishes, *, rtt: float = 0.0, identity: Identity | None = None) -> int:
    """The exit code of a run on the network `name`."""
    with scenario(name, rtt=rtt) as lab:
        return carry_out(lab, wishes, identity)


def manifest(path: Path) -> Manifest:
    """The manifest beside the records file `path`."""
    return Manifest.model_validate_json(path.with_suffix(".manifest.json").read_bytes())


def test_a_run(tmp_path: Path, capsys: Captured) -> None:
    """Exit 0; standard output is the path of the records alone, people get the summary."""
    assert run("clean", Wishes(urls=HOSTS, output=tmp_path)) == 0
    out, err = capsys.readouterr()
    path = Path(out.removesuffix("\n"))
    assert sorted(record.input or "" for record in records(path)) == list(HOSTS)
    assert [problem for record in records(path) for problem in deviations(record)] == []
    assert err.startswith("platform ")
    assert "probe explain" in err
    assert "Records:" not in err
    assert manifest(path).outcome == "complete"


def test_the_file_that_was_named(tmp_path: Path, capsys: Captured) -> None:
    """A .jsonl file in a folder that is made; never written over."""
    path = tmp_path / "deep" / "mine.jsonl"
    assert run("clean", Wishes(urls=HOSTS[:1], output=path)) == 0
    assert capsys.readouterr().out == f"{path}\n"
    before = path.read_bytes()
    with pytest.raises(typer.Exit) as ended:
        run("clean", Wishes(urls=HOSTS[:1], output=path))
    assert ended.value.exit_code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"--output {path}: exists already")
    assert path.read_bytes() == before


def test_as_json(tmp_path: Path, capsys: Captured) -> None:
    """An object per target with what a script needs, and the summary as the last line."""
    wishes = Wishes(
        urls=("https://telegra.ph/", "https://x.com/", "https://www.instagram.com/"),
        output=tmp_path,
        as_json=True,
    )
    assert run("demo", wishes) == 0
    out, _ = capsys.readouterr()
    *lines, last = map(json.loads, out.splitlines())
    found = {line["input"]: line for line in lines}
    assert set(found) == set(wishes.urls)
    assert {frozenset(line) for line in lines} == {
        frozenset(
            {"input", "platform", "role", "steps", "status", "failure", "elsewhere", "runtime", "verdict"}
        )
    }
    assert found["https://telegra.ph/"]["status"] == 200
    assert found["https://x.com/"]["failure"] == "connection_reset"
    assert found["https://x.com/"]["steps"] == {"dns": True, "tcp": True, "tls": False, "http": None}
    assert found["https://www.instagram.com/"]["elsewhere"] == 200
    assert found["https://www.instagram.com/"]["verdict"]["mechanisms"] == ["dns.bogon"]
    summary = last["summary"]
    assert (summary["outcome"], summary["planned"], summary["measured"]) == ("complete", 3, 3)
    assert summary["ended"] == {"answered": 1, "TLS": 1, "TCP": 1}
    assert summary["platforms"] == {}
    assert len(records(Path(summary["records"]))) == 3


@pytest.mark.parametrize("name", [pytest.param("shutdown", marks=pytest.mark.slow), "walled-garden"])
def test_an_unusable_network(name: str, tmp_path: Path, capsys: Captured) -> None:
    """Exit 4 and one plain sentence, whether nothing answers or a gateway answers for everybody; records are kept."""
    assert run(name, Wishes(urls=HOSTS, output=tmp_path)) == 4
    out, err = capsys.readouterr()
    path = Path(out.strip())
    assert err.splitlines()[-1].startswith("The network is unusable: ")
    assert "6 of 6 targets were tried, their records are kept." in err
    assert err.endswith(f"To try again those that gave no sign of life: probe run --resume {path}\n")
    assert "cannot tell www.instagram.com" not in err  # the same with all, and one sentence says it
    assert [problem for record in records(path) for problem in deviations(record)] == []
    assert manifest(path).outcome == "network_unusable"


def test_what_was_tried_on_an_unusable_network_is_measured_again(tmp_path: Path) -> None:
    """Still none: exit 4 again, never a complete run of nothing. Stopped in between: nothing is forgotten. Back: all is measured."""
    path = tmp_path / "run.jsonl"
    assert run("walled-garden", Wishes(urls=HOSTS[:3], output=path)) == 4
    assert run("walled-garden", Wishes(resume=path)) == 4
    assert (manifest(path).outcome, manifest(path).counts.missing) == ("network_unusable", 0)
    assert run("clean", Wishes(resume=path, max_runtime="0.001s")) == 1
    assert manifest(path).outcome == "deadline"
    assert run("clean", Wishes(resume=path)) == 0
    assert (manifest(path).outcome, manifest(path).counts.measured) == ("complete", 3)
    assert not path.with_suffix(".plan.json").exists()
    statuses = dict[str | None, list[str | None]]()
    for record in records(path):
        assert isinstance(record, WebMeasurement)
        verdict = record.test_keys.x_verdict
        statuses.setdefault(record.input, []).append(verdict.status if verdict else None)
    assert statuses == {host: ["inconclusive", "inconclusive", "reachable"] for host in HOSTS[:3]}


@pytest.mark.parametrize("name", ["demo", "dns-nxdomain", "dns-doh-blocked"])
def test_a_censored_network_is_usable(name: str, tmp_path: Path) -> None:
    """However little of the list can be reached: that is what was to be measured."""
    assert (
        run(name, Wishes(urls=("https://www.instagram.com/", "https://telegram.org/"), output=tmp_path)) == 0
    )


def test_out_of_time_then_gone_on_with(tmp_path: Path, capsys: Captured) -> None:
    """Exit 0 with a sentence that names the next command; that one measures the rest; a third has nothing to do."""
    path = tmp_path / "run.jsonl"
    first = Wishes(urls=HOSTS, output=path, parallel="2", max_runtime="0.8s")
    assert run("clean", first, rtt=0.05) == 0
    out, err = capsys.readouterr()
    assert out == f"{path}\n"
    assert err.endswith(f"Go on with: probe run --resume {path}\n")
    assert 0 < len(records(path)) < 6
    assert run("clean", Wishes(resume=path)) == 0
    assert sorted(record.input or "" for record in records(path)) == list(HOSTS)
    assert (manifest(path).outcome, manifest(path).resumed) == ("complete", 1)
    capsys.readouterr()
    with pytest.raises(typer.Exit) as ended:
        run("clean", Wishes(resume=path))
    assert ended.value.exit_code == 0
    assert "this run is complete" in capsys.readouterr().err


def test_a_time_in_which_nothing_can_be_done(tmp_path: Path, capsys: Captured) -> None:
    """Exit 1: nobody is to take it for a run that brought something. It can be gone on with as any other."""
    path = tmp_path / "run.jsonl"
    assert run("clean", Wishes(urls=HOSTS, output=path, max_runtime="0.001s")) == 1
    assert manifest(path).outcome == "deadline"
    said = capsys.readouterr().err
    assert "Time is up before one target was done: 0 of 6 are measured. Allow more by --max-runtime" in said
    assert said.endswith(f"probe run --resume {path}\n")


def test_a_user_called_as_a_site_that_is_gone_on_with(tmp_path: Path) -> None:
    """The rest of a run is of the sites of its plan, as the first part was; the next resume finds it complete."""
    path, sites = tmp_path / "run.jsonl", ("https://telegram.org/", "https://web.telegram.org/")
    identity = Identity(user_name="telegram")
    assert run("clean", Wishes(urls=sites, output=path, max_runtime="0.001s"), identity=identity) == 1
    assert manifest(path).counts.missing == 2
    assert run("clean", Wishes(resume=path), identity=identity) == 0
    assert sorted(record.input or "" for record in records(path)) == list(sites)
    assert manifest(path).outcome == "complete"


def test_a_list_called_after_its_owner(tmp_path: Path) -> None:
    """Its name is in no file of the run, and the run is gone on with all the same."""
    (tmp_path / "alicebob.txt").write_text("\n".join(HOSTS))
    folder, identity = tmp_path / "r", Identity(("203.0.113.7",), user_name="alicebob")
    wishes = Wishes(
        lists=(str(tmp_path / "alicebob.txt"),),
        output=folder,
        parallel="1",
        resolvers=("8.8.8.8", "203.0.113.7"),
    )
    assert run("clean", replace(wishes, max_runtime="0.001s"), identity=identity) == 1
    (path,) = folder.glob("*.jsonl")
    assert manifest(path).counts.missing
    plan = path.with_suffix(".plan.json").read_text()
    assert "alicebob" not in plan
    assert '"[scrubbed].txt"' in plan
    again = replace(wishes, parallel="40", resume_interrupted=True)
    assert run("clean", again, identity=identity) == 0
    assert manifest(path).outcome == "complete"
    assert manifest(path).options["resolvers"] == "8.8.8.8:53 [scrubbed]:53"
    for file in folder.iterdir():
        assert not any(own in file.read_text() for own in ("alicebob", "203.0.113.7")), file


def test_a_run_of_the_lab_is_not_gone_on_with_elsewhere(tmp_path: Path, capsys: Captured) -> None:
    """A demo that was cut off says that it was one: its targets must not be measured on a real network as if they were its."""
    path = tmp_path / "run.jsonl"
    run("clean", Wishes(urls=HOSTS, output=path, parallel="2", max_runtime="0.8s"), rtt=0.05)
    plan = json.loads(path.with_suffix(".plan.json").read_text())
    plan["annotations"] = {"network_type": "lab"}
    path.with_suffix(".plan.json").write_text(json.dumps(plan))
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert "run.manifest.json" in before
    capsys.readouterr()
    with pytest.raises(typer.Exit) as ended:
        run("clean", Wishes(resume=path))
    assert ended.value.exit_code == 2
    assert "a run of probe demo" in capsys.readouterr().err
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


DAMAGES: list[tuple[str, dict[str, Any]]] = [
    ("no options.doh", {"options": {"resolvers": ""}}),
    ("no options.resolvers", {"options": {"doh": ""}}),
    ("port 0", {"options": {"doh": "", "resolvers": "8.8.8.8:0"}}),
    ("abc", {"options": {"doh": "", "resolvers": "8.8.8.8:abc"}}),
    ("no https URL", {"options": {"resolvers": "", "doh": "http://dns.google/@8.8.8.8"}}),
    ("does not appear to be", {"options": {"resolvers": "", "doh": "https://dns.google/"}}),
    ("not a URL", {"input": "https://[::1/"}),
    ("not a public address", {"input": "http://192.168.1.1/"}),
    ("not a URL as it is measured", {"input": "telegram.org"}),
    ("no web_connectivity of a URL", {"input": None}),
    ("no web_connectivity of a URL", {"test_name": "ping"}),
]


@pytest.mark.parametrize(("reason", "damage"), DAMAGES)
def test_a_damaged_plan_is_refused_before_anything_is_changed(
    reason: str, damage: dict[str, Any], tmp_path: Path, capsys: Captured
) -> None:
    """Well-formed, and of things that cannot be measured: one sentence, exit 2; manifest and records stay as they are."""
    path = tmp_path / "run.jsonl"
    run("clean", Wishes(urls=HOSTS, output=path, max_runtime="0.001s"))
    plan = json.loads(path.with_suffix(".plan.json").read_text())
    if "options" in damage:
        plan |= damage
    else:
        plan["targets"][1] |= damage
    path.with_suffix(".plan.json").write_text(json.dumps(plan))
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert f"{path.stem}.manifest.json" in before
    capsys.readouterr()
    with pytest.raises(typer.Exit) as ended:
        run("clean", Wishes(resume=path))
    assert ended.value.exit_code == 2
    said = capsys.readouterr().err
    assert said.startswith(f"--resume {path}: its plan is damaged: ")
    assert reason in said
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_rejected_lines_are_told_and_the_rest_is_measured(tmp_path: Path, capsys: Captured) -> None:
    """With list, line and reason; in the manifest they are counted."""
    mine = tmp_path / "mine.txt"
    mine.write_text("https://1.example.org/\nnonsense here\nhttp://10.0.0.1/\n1.example.org\n")
    assert run("clean", Wishes(lists=(str(mine),), output=tmp_path)) == 0
    out, err = capsys.readouterr()
    told = [line for line in err.splitlines() if line.startswith("mine.txt:")]
    assert [line.split(": ")[0] for line in told] == ["mine.txt:2", "mine.txt:3", "mine.txt:4"]
    (used,) = manifest(Path(out.strip())).lists
    assert (used.name, used.targets, used.rejected) == ("mine.txt", 1, 3)


def test_targets_without_a_record_are_not_passed_over(capsys: Captured) -> None:
    """A run that our own faults left incomplete ends with 1 and says how to try again."""
    counts = Counts(planned=5, measured=3, missing=2, torn_bytes=0)
    assert _conclude(Progress(measured=3, crashed=2, end=End.COMPLETE), counts, Path("run.jsonl")) == 1
    assert capsys.readouterr().err == (
        "2 of 5 targets have no record. To try them again: probe run --resume run.jsonl\n"
    )


LAB = ["tests.cli.lab_run"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows delivers no signals this way")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("options", [[], ["--json"]], ids=["people", "json"])
def test_stopped_by_a_signal(number: signal.Signals, options: list[str], tmp_path: Path) -> None:
    """128 + the signal within ten seconds; what was finished is kept, and the rest can be gone on with."""
    urls = [part for host in range(20) for part in ("--url", f"https://{host}.example.org/")]
    command = [*LAB, "clean", "0.1", *urls, "-o", "run.jsonl", "--parallel", "3", *options]
    code, out, err, took = interrupted(command, tmp_path, number, after="run.jsonl")
    path = tmp_path / "run.jsonl"
    assert code == 128 + number
    assert took < 20  # ten are promised, on a machine that does nothing else
    done = len(records(path))
    assert 0 < done < 20
    assert f"Stopped: {done} of 20 targets are measured. Go on with: probe run --resume run.jsonl\n" in err
    assert "Traceback" not in err
    if options:
        *lines, last = map(json.loads, out.splitlines())
        assert (len(lines), last["summary"]["outcome"], last["summary"]["missing"]) == (
            done,
            "stopped",
            20 - done,
        )
    else:
        assert out == "run.jsonl\n"
    assert run("clean", Wishes(resume=path)) == 0
    assert len({record.input for record in records(path)}) == len(records(path)) == 20


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes")
def test_nobody_reads_the_output_any_more(tmp_path: Path) -> None:
    """`probe run --json | head -1`: it ends, says why, and the records are whole."""
    urls = [part for host in range(20) for part in ("--url", f"https://{host}.example.org/")]
    command = [*LAB, "clean", "0.05", *urls, "-o", "run.jsonl", "--parallel", "3", "--json"]
    with subprocess.Popen(
        [sys.executable, "-m", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env=environment(tmp_path),
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        json.loads(process.stdout.readline())
        process.stdout.close()
        said = process.stderr.read().decode()
        assert process.wait(30) == 1
    assert said == "Stopped: nobody reads the output any more. Finished records are in run.jsonl\n"
    done = len(records(tmp_path / "run.jsonl"))
    assert 0 < done < 20
    assert (manifest(tmp_path / "run.jsonl").outcome, manifest(tmp_path / "run.jsonl").counts.measured) == (
        "stopped",
        done,
    )
    assert run("clean", Wishes(resume=tmp_path / "run.jsonl")) == 0
    assert len(records(tmp_path / "run.jsonl")) == 20


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="network namespaces are Linux's")
def test_no_network_at_all(tmp_path: Path) -> None:
    """In a namespace without any interface: within seconds, valid records, one plain sentence, exit 4."""
    namespace = ["unshare", "--net", "--map-root-user"]
    if subprocess.run([*namespace, "true"], check=False, capture_output=True).returncode:
        pytest.fail("this machine allows no network namespaces: the proof cannot be made here")
    done = subprocess.run(
        [*namespace, sys.executable, "-m", "probe", "run", "-o", str(tmp_path)],
        capture_output=True, text=True, timeout=30, check=False,
        env={**os.environ, "PROBE_CONSENT": "1", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 4, done.stderr
    assert "The network is unusable" in done.stderr
    assert probe("validate", done.stdout.strip(), home=tmp_path).returncode == 0


@pytest.mark.skipif(os.name == "nt", reason="no such limit")
@pytest.mark.parametrize(("parallel", "warns"), [("40", True), ("2", False)])
def test_too_few_open_files_are_told(tmp_path: Path, parallel: str, *, warns: bool) -> None:
    """Before anything is sent; here nothing is, since the file is there already."""
    there = tmp_path / "there.jsonl"
    there.write_text("")
    done = subprocess.run(
        ["sh", "-c", f'ulimit -n 200 && exec "{sys.executable}" -m probe run --parallel {parallel} -o {there}'],
        capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path,
        env=environment(tmp_path, PROBE_CONSENT=CONSENT_VERSION),
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert ("This system allows 200 open files, enough for about 11 targets" in done.stderr) is warns

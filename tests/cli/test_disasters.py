"""What an unwatched machine does to a run, in processes of their own: a kill, a full disk, no disk, no names."""

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from probe.operate.lock import LOCK
from tests.cli.running import environment, interrupted, probe
from tests.run.labs import records

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="namespaces, signals and disks as Linux has them"
)

TARGETS = 20
URLS = [f"https://{number}.example.org/" for number in range(TARGETS)]
OPTIONS = [part for url in URLS for part in ("--url", url)]
LAB = ["tests.cli.lab_run", "clean", "0.1", *OPTIONS, "--parallel", "3", "--summary-line"]
AS_ROOT = ["unshare", "--map-root-user", "--mount"]
TMPFS = "mount -t tmpfs -o size={size} tmpfs {folder} && "


def start(home: Path, *options: str) -> "subprocess.Popen[str]":
    """A run in the lab, in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", *LAB, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=home,
        env=environment(home),
    )


def in_namespace(script: str, home: Path) -> "subprocess.CompletedProcess[str]":
    """What `script` prints in a mount namespace of its own, where it may mount."""
    if subprocess.run([*AS_ROOT, "true"], check=False, capture_output=True).returncode:
        pytest.fail("this machine allows no mount namespaces: the proof cannot be made here")
    return subprocess.run(
        [*AS_ROOT, "sh", "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=home,
        env=environment(home),
    )


def lab_command(*options: str) -> str:
    """The command line of a run in the lab, for a shell."""
    return " ".join([sys.executable, "-m", *LAB, *options])


def whole(folder: Path) -> list[str]:
    """Inputs of all records in `folder`, each of them read and validated."""
    return sorted(record.input or "" for path in folder.glob("*.jsonl") for record in records(path))


@pytest.mark.slow
def test_killed_again_and_again(tmp_path: Path) -> None:
    """Kill -9 at random moments; each next start goes on by itself. No record is lost, doubled or torn."""
    rng, folder = random.Random(2026), tmp_path / "r"
    options = ["-o", "r", "--resume-interrupted"]
    for _ in range(4):
        with start(tmp_path, *options) as process:
            deadline = time.monotonic() + 20
            while (
                not any(path.stat().st_size for path in folder.glob("*.jsonl"))
                and time.monotonic() < deadline
            ):
                time.sleep(0.02)
            time.sleep(rng.uniform(0.1, 0.7))
            assert process.poll() is None, "the run ended before it was killed"
            process.kill()
            process.communicate()
        assert len(whole(folder)) == len(set(whole(folder)))
    with start(tmp_path, *options) as last:
        out, err = last.communicate(timeout=60)
    assert last.returncode == 0, err
    found = json.loads(out)["summary"]
    assert (found["outcome"], found["before"]["outcome"]) == ("complete", "complete")
    done = [path for path in folder.glob("*.jsonl") if path.with_suffix(".manifest.json").exists()]
    assert len(done) >= 2
    for path in done:
        assert sorted(record.input or "" for record in records(path)) == sorted(URLS)


@pytest.mark.slow
def test_stopped_within_the_grace_period(tmp_path: Path) -> None:
    """SIGTERM: 143 within ten seconds, the summary is still said, and the next start finishes the run."""
    code, out, err, took = interrupted(
        [*LAB, "-o", "r", "--resume-interrupted"], tmp_path, signal.SIGTERM, after="r/*.jsonl"
    )
    assert (code, took < 20) == (143, True)
    found = json.loads(out)["summary"]
    assert (found["outcome"], found["measured"] + found["missing"]) == ("stopped", TARGETS)
    assert f"Stopped: {found['measured']} of {TARGETS} targets are measured." in err
    assert len(whole(tmp_path / "r")) == found["measured"]
    with start(tmp_path, "-o", "r", "--resume-interrupted") as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert json.loads(out)["summary"]["before"]["measured"] == TARGETS
    assert whole(tmp_path / "r") == sorted(URLS * 2)


@pytest.mark.slow
def test_two_at_once(tmp_path: Path) -> None:
    """The second one: 2, `busy`, within a moment; the first does not notice."""
    with start(tmp_path, "-o", "r") as first:
        deadline = time.monotonic() + 20
        while not list((tmp_path / "r").glob("*.jsonl")) and time.monotonic() < deadline:
            time.sleep(0.02)
        with start(tmp_path, "-o", "r") as second:
            out, err = second.communicate(timeout=30)
        assert (second.returncode, json.loads(out)["summary"]["outcome"]) == (2, "busy")
        assert f"(process {first.pid}, since " in err
        out, _ = first.communicate(timeout=60)
    assert (first.returncode, json.loads(out)["summary"]["outcome"]) == (0, "complete")


@pytest.mark.slow
def test_the_disk_is_full(tmp_path: Path) -> None:
    """A disk of 100 kB: 1, one sentence, whole records alone; with room again the run is finished."""
    disk, kept = tmp_path / "disk", tmp_path / "kept"
    disk.mkdir()
    script = (
        TMPFS.format(size="100k", folder=disk)
        + f"{lab_command('-o', 'disk')}; echo code $?; cp -r disk/. kept; rm -f disk/*.jsonl"
    )
    kept.mkdir()
    done = in_namespace(script, tmp_path)
    out, code = done.stdout.splitlines()
    assert code == "code 1", done.stderr
    found = json.loads(out)["summary"]
    assert (found["outcome"], 0 < found["measured"] < TARGETS) == ("unwritable", True)
    assert "cannot be written any more: No space left on device; " in done.stderr
    assert "Traceback" not in done.stderr
    (path,) = kept.glob("*.jsonl")
    assert len(whole(kept)) == found["measured"]
    assert path.read_bytes().endswith(b"\n")
    with start(tmp_path, "-o", "kept", "--resume-interrupted") as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert json.loads(out)["summary"]["before"]["measured"] == TARGETS
    assert list(kept.glob("*.torn")) == []


@pytest.mark.slow
def test_the_disk_is_full_from_the_start(tmp_path: Path) -> None:
    """No room for the plan: 2, one sentence, and no half-made run that would stand in the next one's way."""
    disk = tmp_path / "disk"
    disk.mkdir()
    script = (
        TMPFS.format(size="16k", folder=disk)
        + "head -c 12k /dev/zero > disk/fill; head -c 64k /dev/zero >> disk/fill; "
        + f"{lab_command('-o', 'disk')}; echo code $?; ls -A disk"
    )
    done = in_namespace(script, tmp_path)
    assert "code 2" in done.stdout, done.stdout + done.stderr
    assert "cannot be written: No space left on device; choose another place by -o" in done.stderr
    assert "Traceback" not in done.stderr
    left = done.stdout.splitlines()[done.stdout.splitlines().index("code 2") + 1 :]
    assert set(left) <= {"fill", LOCK}


@pytest.mark.slow
@pytest.mark.parametrize(
    "options", [["-o", "disk"], ["-o", "disk/deeper"], ["-o", "disk", "--resume-interrupted"]]
)
def test_the_disk_is_read_only(options: list[str], tmp_path: Path) -> None:
    """2, one sentence, nothing measured."""
    disk = tmp_path / "disk"
    disk.mkdir()
    script = (
        TMPFS.format(size="1m", folder=disk)
        + f"mount -o remount,ro {disk} && {lab_command(*options)}; echo code $?; ls -A disk"
    )
    done = in_namespace(script, tmp_path)
    out, code = done.stdout.splitlines()
    assert code == "code 2", done.stderr
    assert json.loads(out)["summary"]["outcome"] == "unwritable"
    assert done.stderr == (
        f"--output {options[1]}: cannot be written: Read-only file system; choose another place by -o\n"
    )


@pytest.mark.slow
@pytest.mark.parametrize("form", ["--json", ""])
def test_the_output_is_full(form: str, tmp_path: Path) -> None:
    """Exit 1, and the run ends in order, with its manifest, and can be gone on with."""
    command = [*LAB[:-1], "-o", "r", *([form] if form else [])]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", *command],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            cwd=tmp_path,
            env=environment(tmp_path),
            timeout=60,
        )
    assert done.returncode == 1
    assert ("Stopped: nobody reads the output any more." in done.stderr) == (form == "--json")
    (manifest,) = (tmp_path / "r").glob("*.manifest.json")
    found = json.loads(manifest.read_bytes())
    assert found["outcome"] == ("stopped" if form == "--json" else "complete")
    assert len(whole(tmp_path / "r")) == found["counts"]["measured"] > 0


@pytest.mark.parametrize("command", ["plan --url https://x.com", "schema", "lists show platforms"])
def test_a_command_whose_output_is_full(command: str, tmp_path: Path) -> None:
    """One sentence, exit 2: 1 would say of some commands that something was found."""
    script = f"{sys.executable} -m probe {command} >/dev/full"
    done = subprocess.run(
        ["sh", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**environment(tmp_path), "PYTHONUNBUFFERED": ""},
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (
        2,
        "What was to be said could not be written: No space left on device\n",
    )


@pytest.mark.parametrize("command", ["plan", "run --json"])
def test_no_output_at_all(command: str, tmp_path: Path) -> None:
    """Closed from the start: nothing is measured for a program that cannot read it."""
    script = f"{sys.executable} -m probe {command} --url https://x.com >&-"
    env = environment(tmp_path, PROBE_CONSENT="1")
    done = subprocess.run(
        ["sh", "-c", script], capture_output=True, text=True, check=False, cwd=tmp_path, env=env, timeout=60
    )
    assert "Traceback" not in done.stderr
    assert done.returncode == (0 if command == "plan" else 2)
    assert ("standard output, which is closed" in done.stderr) == (command != "plan")
    assert not list(tmp_path.glob("results/*.jsonl"))


def test_a_user_whom_nobody_knows(tmp_path: Path) -> None:
    """Without a home, as in a container: the consent of the environment counts, and no other can be given."""
    script = "env -u HOME {python} -m probe {arguments}"
    said = []
    for arguments in (
        "plan --url https://x.com",
        "consent show --json",
        "consent give --yes",
        "consent revoke",
    ):
        done = subprocess.run(
            ["unshare", "--user", "--map-user=54321", "sh", "-c",
             script.format(python=sys.executable, arguments=arguments)],
            capture_output=True, text=True, check=False, cwd=tmp_path, timeout=60,
            env=environment(tmp_path, PROBE_CONSENT="1"),
        )  # fmt: skip
        assert "Traceback" not in done.stderr
        said.append((done.returncode, done.stdout))
    assert said == [(0, "x.com\n"), (0, '{"version": "1", "given": true}\n'), (2, ""), (2, "")]


@pytest.mark.slow
def test_no_resolver_answers(tmp_path: Path) -> None:
    """A machine with loopback alone, whose resolver is dead: 4, records of what was tried, valid and kept."""
    namespace = ["unshare", "--net", "--map-root-user"]
    resolv = tmp_path / "resolv.conf"
    resolv.write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    script = (
        f"ip link set lo up; mount --bind {resolv} $(realpath /etc/resolv.conf); "
        f"exec {sys.executable} -m probe run --summary-line -o r"
    )
    done = subprocess.run(
        [*namespace, "--mount", "sh", "-c", script],
        capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path,
        env={**environment(tmp_path), "PROBE_CONSENT": "1"},
    )  # fmt: skip
    assert done.returncode == 4, done.stderr
    found = json.loads(done.stdout)["summary"]
    assert (found["outcome"], found["measured"] > 0) == ("network_unusable", True)
    assert "The network is unusable: at the end no resolver answered when asked directly" in done.stderr
    assert len(whole(tmp_path / "r")) == found["measured"]
    assert probe("validate", found["records"], home=tmp_path).returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("library", [*Path("/usr/lib").glob("*/faketime/libfaketime.so.1")][:1])
@pytest.mark.parametrize("step", [-400, 400])
def test_the_systems_clock_is_put_elsewhere_while_it_runs(library: Path, step: int, tmp_path: Path) -> None:
    """The machine's clock, not ours, jumps by days: the run is bounded as before and whole, nothing is deleted."""
    note = tmp_path / "clock"
    note.write_text("+0d")
    environ = {
        **environment(tmp_path), "LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(note),
        "FAKETIME_NO_CACHE": "1", "DONT_FAKE_MONOTONIC": "1",
    }  # fmt: skip
    for wanted in ("+0d", f"{step:+}d"):
        with subprocess.Popen(
            [sys.executable, "-m", *LAB, "-o", "r", "--max-disk", "1G"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=environ,
        ) as process:  # fmt: skip
            deadline = time.monotonic() + 20
            while (
                not any(p.stat().st_size for p in tmp_path.glob("r/*.jsonl")) and time.monotonic() < deadline
            ):
                time.sleep(0.02)
            note.write_text(wanted)
            begin = time.monotonic()
            out, err = process.communicate(timeout=60)
            assert process.returncode == 0, err
            assert time.monotonic() - begin < 50
        assert json.loads(out)["summary"]["outcome"] == "complete"
    assert whole(tmp_path / "r") == sorted(URLS * 2)

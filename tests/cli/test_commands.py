"""The commands as people and scripts run them: a process of its own, its two outputs and its exit code."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "results" / "example"


def probe(*arguments: str, home: Path, stdin: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
    """Run `probe` with a home of its own and without the caller's consent."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PROBE_", "XDG_"))}
    return subprocess.run(
        [sys.executable, "-m", "probe", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=home,
        env={
            **kept,
            "HOME": str(home),
            "APPDATA": str(home),
            "NO_COLOR": "1",
            "PYTHONPATH": str(ROOT),
            **environ,
        },
    )


def test_help_names_every_command(tmp_path: Path) -> None:
    """`probe --help` is where people begin."""
    done = probe("--help", home=tmp_path)
    assert done.returncode == 0
    for command in ("run", "plan", "demo", "validate", "schema", "lists", "consent"):
        assert f"\n  {command} " in done.stdout


def test_version(tmp_path: Path) -> None:
    """`probe --version`."""
    assert probe("--version", home=tmp_path).stdout.startswith("probe 0.")


def test_without_consent_nothing_is_sent(tmp_path: Path) -> None:
    """Exit 3, a sentence that says what to do, no file."""
    done = probe("run", "-o", "out", home=tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    assert "consent" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_consent_to_an_old_text_does_not_count(tmp_path: Path) -> None:
    """PROBE_CONSENT must name the present version."""
    assert probe("run", home=tmp_path, PROBE_CONSENT="0").returncode == 3


def test_consent_is_given_shown_and_revoked(tmp_path: Path) -> None:
    """The three commands, as a script uses them."""
    assert json.loads(probe("consent", "show", "--json", home=tmp_path).stdout)["given"] is False
    assert probe("consent", "give", home=tmp_path).returncode == 2
    assert probe("consent", "give", "--yes", home=tmp_path).returncode == 0
    assert json.loads(probe("consent", "show", "--json", home=tmp_path).stdout)["given"] is True
    shown = probe("consent", "show", home=tmp_path)
    assert "WHAT IS RISKY" in shown.stdout
    assert "You have agreed" in shown.stderr
    assert probe("consent", "revoke", home=tmp_path, PROBE_CONSENT="1").stderr.count("\n") == 2
    assert probe("run", home=tmp_path).returncode == 3


def test_dry_run_prints_hosts_and_needs_no_consent(tmp_path: Path) -> None:
    """Every host on a line of standard output; cost and resolvers for people."""
    done = probe(
        "run", "--dry-run", "--url", "instagram.com", "--url", "http://10.0.0.1/", "platforms", home=tmp_path
    )
    assert done.returncode == 0
    assert "www.instagram.com" in done.stdout.splitlines()
    assert "8.8.8.8:53" in done.stderr
    assert "command line:1: not measured: not a public address: http://10.0.0.1/" in done.stderr
    facts = json.loads(probe("plan", "--json", home=tmp_path).stdout)
    assert facts["targets"] == 80
    assert "www.youtube.com" in facts["hosts"]


def test_list_from_standard_input(tmp_path: Path) -> None:
    """`-` is standard input."""
    done = probe("run", "--dry-run", "-", home=tmp_path, stdin="# mine\nx.com\nnonsense here\n")
    assert done.stdout.split() == ["x.com"]
    assert "stdin:3: not measured" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "nothing.csv"], "no list 'nothing.csv'"),
        (["run", "--resolver", "dns.google"], "--resolver dns.google"),
        (["run", "--doh", "https://dns.google/"], "--doh https://dns.google/"),
        (["run", "--country", "Iran"], "--country Iran"),
        (["run", "--asn", "x"], "--asn x"),
        (["run", "--parallel", "0"], "--parallel 0"),
        (["run", "--max-runtime", "soon"], "--max-runtime soon"),
        (["run", "--ca-bundle", "none.pem"], "none.pem"),
        (["run", "--url", "http://127.0.0.1/"], "nothing to measure"),
        (["run", "--resume", "none.jsonl"], "none.jsonl"),
        (["run", "--resume", "x.jsonl", "platforms"], "--resume"),
        (["run", "--no-such-option"], "--no-such-option"),
        (["validate", "none.jsonl"], "none.jsonl"),
        (["lists", "show", "none"], "no list 'none'"),
        (["schema", "none"], "none"),
        (["consent", "show", "--lang", "xx"], "xx"),
    ],
)
def test_wrong_usage(tmp_path: Path, arguments: list[str], said: str) -> None:
    """Exit 2, nothing on standard output, and what was wrong in the message; no trace of Python's."""
    done = probe(*arguments, home=tmp_path, PROBE_CONSENT="1")
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_validate(tmp_path: Path) -> None:
    """Valid records: 0. A bad line: 1, with file, line and reason."""
    good = next(EXAMPLE.glob("*.jsonl"))
    assert probe("validate", str(good), home=tmp_path).returncode == 0
    bad = tmp_path / "bad.jsonl"
    line = json.loads(good.read_text(encoding="utf-8").splitlines()[0])
    line["test_keys"]["x_unknown"] = 1
    bad.write_text("{}\n" + json.dumps(line) + "\nnot json\n")
    done = probe("validate", str(good), str(bad), home=tmp_path)
    assert done.returncode == 1
    assert [text.split(": ")[0] for text in done.stdout.splitlines()] == [
        f"{bad}:{number}" for number in (1, 2, 3)
    ]
    assert "test_keys.x_unknown: not in the schema" in done.stdout
    assert (
        json.loads(probe("validate", "--json", str(bad), home=tmp_path).stdout.splitlines()[-1])["summary"][
            "invalid"
        ]
        == 3
    )


def test_schema_matches_the_published_one(tmp_path: Path) -> None:
    """The committed schemas are the models'; a changed copy is found."""
    assert probe("schema", "--check", str(ROOT / "results" / "schema"), home=tmp_path).returncode == 0
    assert probe("schema", "--write", "copy", home=tmp_path).returncode == 0
    (tmp_path / "copy" / "plan.schema.json").write_text("{}")
    done = probe("schema", "--check", "copy", home=tmp_path)
    assert done.returncode == 1
    assert "plan.schema.json" in done.stderr
    assert json.loads(probe("schema", home=tmp_path).stdout)["title"] == "WebMeasurement"


def test_lists(tmp_path: Path) -> None:
    """Shown by name, entries as JSON, linted with exit 1 on findings."""
    assert json.loads(probe("lists", "show", "--json", home=tmp_path).stdout)["platforms"] == 80
    entries = probe("lists", "show", "platforms", "--json", home=tmp_path).stdout.splitlines()
    assert {json.loads(entry)["platform"] for entry in entries} == {"Instagram", "X", "YouTube", "Telegram"}
    mine = tmp_path / "mine.csv"
    mine.write_text("url,category_code\nhttp://x.com/,NONE\n")
    done = probe("lists", "lint", str(mine), home=tmp_path)
    assert done.returncode == 1
    assert "mine.csv:2: category:" in done.stdout


@pytest.mark.slow
def test_demo(tmp_path: Path) -> None:
    """Two files of valid records, marked as the lab's; the censored network shows what it does."""
    done = probe("demo", "-o", "out", home=tmp_path)
    assert done.returncode == 0, done.stderr
    files = done.stdout.split()
    assert len(files) == 2
    assert probe("validate", *files, home=tmp_path).returncode == 0
    assert "connection_reset" in done.stderr
    first = json.loads((tmp_path / files[0]).read_text(encoding="utf-8").splitlines()[0])
    assert first["annotations"]["network_type"] == "lab"


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

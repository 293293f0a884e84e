"""Help, wrong usage, plans, lists and schemas, through the real entry: two outputs and an exit code."""

import json
from pathlib import Path

import pytest
import typer

from probe.cli.app import app
from tests.cli.running import ROOT, invoke, probe


def commands(app: typer.Typer, above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every command there is, itself and those above it."""
    found = [above, *((*above, command.name or "") for command in app.registered_commands)]
    for group in app.registered_groups:
        assert group.typer_instance is not None
        found += commands(group.typer_instance, (*above, group.name or ""))
    return found


def test_the_real_process(tmp_path: Path) -> None:
    """`python -m probe`: help names every command, nothing of it is an error."""
    done = probe("--help", home=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    for command in ("run", "plan", "demo", "validate", "schema", "lists", "consent"):
        assert f"\n  {command} " in done.stdout
    assert probe("--version", home=tmp_path).stdout.startswith("probe 0.")


@pytest.mark.parametrize("width", ["40", "80"])
@pytest.mark.parametrize("command", commands(app), ids=" ".join)
def test_help(command: tuple[str, ...], width: str, tmp_path: Path) -> None:
    """Of every command, on standard output, within the terminal; no sentence is cut short on a usual one."""
    done = invoke(*command, "--help", home=tmp_path, TERMINAL_WIDTH=width)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith("Usage: ")
    if width == "80":
        assert "..." not in done.stdout.partition("\n")[2]
        assert max(map(len, done.stdout.splitlines())) <= 80


@pytest.mark.parametrize("command", [("lists",), ("consent",), ()], ids=str)
def test_half_a_command_shows_what_there_is(command: tuple[str, ...], tmp_path: Path) -> None:
    """Exit 2, help for people, nothing on standard output."""
    done = invoke(*command, home=tmp_path)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Commands:" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "nothing.csv"], "no list 'nothing.csv'"),
        (["run", "/"], "/: cannot be read"),
        (["run", "--resolver", "dns.google"], "--resolver dns.google: not an address like 8.8.8.8"),
        (["run", "--doh", "https://dns.google/"], "--doh https://dns.google/: not like https://"),
        (["run", "--doh", "https://dns.google/q@8.8.8.8", "--no-doh"], "--no-doh and --doh"),
        (["run", "--country", "Iran"], "--country Iran: not two letters like IR"),
        (["run", "--asn", "x"], "--asn x: not like AS58224"),
        (["run", "--parallel", "0"], "--parallel 0: not a number from 1 to 1000"),
        (["run", "--parallel", "many"], "--parallel many: not a number from 1 to 1000"),
        (["run", "--seed", "x"], "--seed x: not a whole number"),
        (["run", "--max-runtime", "soon"], "--max-runtime soon: not a duration like 90s"),
        (["run", "--ca-bundle", "none.pem"], "--ca-bundle none.pem: no usable CA certificates"),
        (["run", "--url", "http://127.0.0.1/"], "nothing to measure"),
        (["run", "--resume", "x.jsonl", "platforms"], "--resume goes on with a run as it was planned"),
        (["run", "--resume", "x.jsonl", "-o", "y.jsonl"], "--resume goes on with a run as it was planned"),
        (["run", "--resume", "x.jsonl", "--country", "IR"], "--resume goes on with a run as it was planned"),
        (["run", "--resume", "x.jsonl", "--dry-run"], "--resume does not go with --dry-run"),
        (["run", "--max-runtime"], "'--max-runtime' requires an argument"),
        (["plan", "--url", "nothing here"], "nothing to measure"),
        (["plan", "--max-runtime", "soon"], "--max-runtime soon"),
        (["plan", "--asn", "x"], "--asn x"),
        (["demo", "-o", "two.jsonl"], "--output two.jsonl: the demo writes two files"),
        (["demo", "-o", "taken"], "--output taken: cannot be written"),
        (["validate", "none.jsonl"], "none.jsonl: no such file"),
        (["validate", "."], ".: a folder"),
        (["lists", "show", "none"], "no list 'none'"),
        (["lists", "lint", "none"], "no list 'none'"),
        (["schema", "none"], "No schema 'none'; there are: web_connectivity"),
        (["schema", "--write", "taken"], "--write taken: cannot be written"),
        (["consent", "show", "--lang", "xx"], "--lang xx: no text in 'xx'; there are: en, fa"),
    ],
    ids=str,
)
def test_wrong_usage_is_one_clear_line(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 2, nothing on standard output; what was wrong with which option, and nothing is written."""
    (tmp_path / "taken").touch()
    monkeypatch.chdir(tmp_path)
    done = invoke(*arguments, home=tmp_path, PROBE_CONSENT="1")
    assert (done.exit_code, done.stdout) == (2, "")
    (line,) = [line for line in done.stderr.splitlines() if said in line]
    others = [text for text in done.stderr.splitlines() if text != line]
    assert all(text.startswith(("command line:1: ", "A small internet", "1. ")) for text in others)
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "--output", "records.csv"], "--output records.csv: "),
        (["run", "--output", "taken/here"], "--output taken/here: cannot be written"),
        (["run", "--resume", "none.jsonl"], "--resume none.jsonl: no such file"),
        (["run", "--resume", "."], "--resume .: no unfinished run in this folder"),
    ],
    ids=str,
)
def test_files_that_a_run_cannot_use(arguments: list[str], said: str, tmp_path: Path) -> None:
    """The same, found out after this machine's own addresses, so in a process of its own; still nothing is sent."""
    (tmp_path / "taken").touch()
    done = probe(*arguments, home=tmp_path, PROBE_CONSENT="1")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(said)
    assert done.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


@pytest.mark.parametrize(
    "arguments",
    [("run", "--no-such-option"), ("nonsense",), ("demo", "extra"), ("validate",), ("plan", "--json=1")],
    ids=" ".join,
)
def test_what_does_not_exist(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """Exit 2, what is wrong, and where help is."""
    done = invoke(*arguments, home=tmp_path, PROBE_CONSENT="1")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Error: " in done.stderr
    assert arguments[-1].partition("=")[0] in done.stderr or "FILE" in done.stderr


def test_dry_run_prints_hosts_and_needs_no_consent(tmp_path: Path) -> None:
    """Every host on a line of standard output; cost and resolvers for people."""
    done = invoke(
        "run", "--dry-run", "--url", "instagram.com", "--url", "http://10.0.0.1/", "platforms", home=tmp_path
    )
    assert done.exit_code == 0
    hosts = done.stdout.splitlines()
    assert hosts == sorted(set(hosts))
    assert "www.instagram.com" in hosts
    assert "8.8.8.8:53" in done.stderr
    assert "command line:1: not measured: not a public address: http://10.0.0.1/" in done.stderr
    assert "Nothing was sent." in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_plan_is_a_dry_run_and_takes_its_options(tmp_path: Path) -> None:
    """The same words, whatever is asked for."""
    options = ("platforms", "--parallel", "2", "--country", "IR", "--asn", "58224", "--max-runtime", "5m",
               "--seed", "1", "--no-doh", "--resolver", "1.2.3.4", "-o", "here")  # fmt: skip
    plan, dry = invoke("plan", *options, home=tmp_path), invoke("run", "--dry-run", *options, home=tmp_path)
    assert (plan.exit_code, plan.stdout, plan.stderr) == (0, dry.stdout, dry.stderr)
    assert "Resolvers: the system's; 1.2.3.4:53.\n" in plan.stderr
    assert "Redirects are followed too" in plan.stderr


def test_plan_as_json(tmp_path: Path) -> None:
    """One object: hosts, resolvers, and the cost in bytes and seconds."""
    done = invoke("plan", "--json", home=tmp_path)
    facts = json.loads(done.stdout)
    assert done.stderr == ""
    assert facts["targets"] == 80
    assert facts["bytes"] > 1e6
    assert facts["seconds"] > 1
    assert facts["resolvers"][0] == "system"
    assert "www.youtube.com" in facts["hosts"]


def test_a_plan_of_one_host_costs_something(tmp_path: Path) -> None:
    """Not nothing, which would be a lie."""
    done = invoke("plan", "--url", "x.com", home=tmp_path)
    assert "Hosts: 1. Targets: 1, from command line (1).\n" in done.stderr
    assert "about 1 MB and 1 min" in done.stderr


def test_list_from_standard_input(tmp_path: Path) -> None:
    """`-` is standard input; comments are none of its lines, each rejected one is named."""
    done = invoke("plan", "-", home=tmp_path, stdin="# mine\nx.com\nnonsense here\n")
    assert done.stdout.split() == ["x.com"]
    assert "stdin:3: not measured" in done.stderr


def test_a_list_that_is_none(tmp_path: Path) -> None:
    """Bytes that are no list: each line is rejected with its number, and exit 2, since nothing is left."""
    noise = tmp_path / "noise.csv"
    noise.write_bytes(bytes(range(256)) * 4)
    done = invoke("plan", str(noise), home=tmp_path)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "noise.csv:1: not measured" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("There is nothing to measure")
    assert all(text.isprintable() for text in done.stderr.splitlines())


def test_lists(tmp_path: Path) -> None:
    """By name with sizes, entries for people and as JSON."""
    assert json.loads(invoke("lists", "show", "--json", home=tmp_path).stdout)["platforms"] == 80
    assert "platforms        80\n" in invoke("lists", "show", home=tmp_path).stdout
    entries = invoke("lists", "show", "platforms", "--json", home=tmp_path).stdout.splitlines()
    assert {json.loads(entry)["platform"] for entry in entries} == {"Instagram", "X", "YouTube", "Telegram"}
    shown = invoke("lists", "show", "platforms", home=tmp_path).stdout.splitlines()
    assert len(shown) == 80
    assert shown[0].split() == ["MMED", "Instagram", "web", "https://www.instagram.com/"]


def test_lint(tmp_path: Path) -> None:
    """Findings on standard output with exit 1; a clean list is exit 0 and says so."""
    mine = tmp_path / "mine.csv"
    mine.write_text("url,category_code\nhttp://x.com/,NONE\n")
    done = invoke("lists", "lint", str(mine), home=tmp_path)
    assert done.exit_code == 1
    assert "mine.csv:2: category:" in done.stdout
    found = invoke("lists", "lint", "--json", "-", home=tmp_path, stdin=mine.read_text())
    assert {json.loads(line)["code"] for line in found.stdout.splitlines()} >= {"category", "http"}
    clean = invoke("lists", "lint", "platforms", home=tmp_path)
    assert (clean.exit_code, clean.stdout, clean.stderr) == (0, "", "80 entries, nothing found\n")


def test_schema_matches_the_published_one(tmp_path: Path) -> None:
    """The committed schemas are the models'; a changed or missing copy is found."""
    assert invoke("schema", "--check", str(ROOT / "results" / "schema"), home=tmp_path).exit_code == 0
    copy = tmp_path / "copy"
    assert invoke("schema", "--write", str(copy), home=tmp_path).exit_code == 0
    assert invoke("schema", "--check", str(copy), home=tmp_path).exit_code == 0
    (copy / "plan.schema.json").write_text("{}")
    (copy / "manifest.schema.json").unlink()
    done = invoke("schema", "--check", str(copy), home=tmp_path)
    assert (done.exit_code, done.stdout) == (1, "")
    assert [Path(line.partition(": ")[0]).name for line in done.stderr.splitlines()] == [
        "plan.schema.json",
        "manifest.schema.json",
    ]


def test_schema_on_standard_output(tmp_path: Path) -> None:
    """JSON, of the records unless another is named."""
    assert json.loads(invoke("schema", home=tmp_path).stdout)["title"] == "WebMeasurement"
    assert json.loads(invoke("schema", "plan", home=tmp_path).stdout)["title"] == "Plan"

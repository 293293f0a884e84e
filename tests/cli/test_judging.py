"""`probe judge` and `probe explain`, as they are typed: records made in the lab, and records that are none."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from probe.cli.app import app
from probe.cli.telling import sentence
from probe.cli.words import judge as words
from probe.cli.words.verdict import RULES as RULE_WORDS
from probe.cli.words.verdict import STATUS
from probe.judge.platform import PlatformStatus
from probe.judge.rules import RULES
from probe.record import WebMeasurement, deviations, read_measurement, to_line
from probe.record.verdict import Status
from tests.run.labs import begin, job, measure, records, scenario
from tests.truth.measuring import PATIENT

URLS = ("https://www.instagram.com/", "https://x.com/", "https://telegra.ph/")
BLOCKED, RESET, FREE = URLS


def probe(*arguments: object) -> Result:
    """Run `probe` with `arguments`."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def censored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three records of the censored network."""
    folder = tmp_path_factory.mktemp("censored")
    with scenario("demo") as lab:
        work = job(URLS, deadlines=PATIENT)
        measure(lab, work, results := begin(lab, work, folder))
    return results.path


@pytest.fixture(scope="module")
def control(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same measured on a clean network."""
    folder = tmp_path_factory.mktemp("clean")
    with scenario("clean") as lab:
        work = job(URLS, deadlines=PATIENT)
        measure(lab, work, results := begin(lab, work, folder))
    return results.path


def test_every_rule_and_status_has_words() -> None:
    """What the table can say, people can read."""
    assert set(RULE_WORDS) == {rule.id for rule in RULES}
    assert set(STATUS) == set(Status) | set(PlatformStatus)


def test_judge_says_each_verdict_in_words_then_codes(censored: Path) -> None:
    """One line per record on standard output, the counts on standard error."""
    result = probe("judge", censored)
    lines = sorted(result.stdout.splitlines())
    assert result.exit_code == 0
    assert lines == sorted([
        f"{FREE}: reachable — the site answered, status 200, under its certificate [confirmed]",
        f"{BLOCKED}: blocked — the name is answered with 10.10.34.36, a known block address [dns.bogon confirmed]",
        next(line for line in lines if line.startswith(RESET)),
    ])  # fmt: skip
    assert "is reset once the name is sent [tls.reset possible]" in result.stdout
    assert "3 records: 2 blocked, 1 reachable; 0 lines could not be read" in result.stderr


def test_judge_for_programs(censored: Path) -> None:
    """`{"input", "test_name", "verdict"}`, one object a line."""
    result = probe("judge", censored, "--json")
    found = {line["input"]: line for line in map(json.loads, result.stdout.splitlines())}
    assert set(found) == set(URLS)
    assert found[BLOCKED]["test_name"] == "web_connectivity"
    assert found[BLOCKED]["verdict"]["status"] == "blocked"
    assert found[BLOCKED]["verdict"]["mechanisms"] == ["dns.bogon"]


def test_a_control_makes_it_surer(censored: Path, control: Path) -> None:
    """Both addresses of x.com fail here and work there."""
    result = probe("judge", censored, "--control", control, "--json")
    verdicts = {line["input"]: line["verdict"] for line in map(json.loads, result.stdout.splitlines())}
    assert verdicts[RESET]["confidence"] == "likely"
    assert verdicts[RESET]["control"]["kind"] == "file"


def test_diff_shows_what_changed_and_why(censored: Path, control: Path) -> None:
    """Nothing without a reason; with a control one verdict, and exit 1."""
    same = probe("judge", censored, "--diff")
    assert (same.exit_code, same.stdout) == (0, "")
    assert "0 of 3 verdicts changed" in same.stderr
    changed = probe("judge", censored, "--diff", "--control", control)
    assert changed.exit_code == 1
    (line,) = changed.stdout.splitlines()
    assert line.startswith(f"{RESET}: blocked [tls.reset possible] → blocked [tls.reset likely]")
    assert line.endswith("(another control: none → file)")


def test_judged_records_are_written_anew(censored: Path, control: Path, tmp_path: Path) -> None:
    """With their new verdicts, valid and exact; and judging those again changes nothing."""
    out = tmp_path / "again.jsonl"
    assert probe("judge", censored, "--control", control, "-o", out).exit_code == 0
    found = records(out)
    assert [problem for record in found for problem in deviations(record)] == []
    verdicts = [record.test_keys.x_verdict for record in found if isinstance(record, WebMeasurement)]
    assert {verdict.control.kind.value for verdict in verdicts if verdict} == {"file"}
    assert probe("judge", out, "--control", control, "--diff").exit_code == 0
    refused = probe("judge", censored, "-o", out)
    assert (refused.exit_code, "not written over" in refused.stderr) == (2, True)


def test_the_verdict_recorded_is_the_verdict_judged(censored: Path) -> None:
    """What `run` wrote is what `judge` says of it."""
    recorded = {
        record.input: sentence(record.test_keys.x_verdict)
        for record in records(censored)
        if isinstance(record, WebMeasurement) and record.test_keys.x_verdict
    }
    said = dict(line.split(": ", 1) for line in probe("judge", censored).stdout.splitlines())
    assert said == recorded


def test_bad_lines_are_named_and_the_rest_is_judged(censored: Path, tmp_path: Path) -> None:
    """Torn, foreign and empty lines; a test that has no rules."""
    record = read_measurement(censored.read_bytes().splitlines()[0])
    other = json.loads(to_line(record)) | {"test_name": "telegram", "test_keys": {}}
    path = tmp_path / "mixed.jsonl"
    path.write_bytes(b'{"torn": \n\n' + to_line(record) + json.dumps(other).encode() + b"\n[]\n")
    result = probe("judge", path)
    assert result.exit_code == 1
    assert f"{path}:1: not judged" in result.stderr
    assert f"{path}:5: not judged: not a JSON object" in result.stderr
    assert "no verdict: there are no rules for telegram yet" in result.stdout
    assert "2 records" in result.stderr


def test_explain_tells_the_story(censored: Path) -> None:
    """What was seen, what decided, what would make it surer; of one input when asked."""
    result = probe("explain", censored, "--input", RESET)
    assert result.exit_code == 0
    text = result.stdout
    assert text.startswith(RESET)
    for title in (words.EXPLAIN_SEEN, words.EXPLAIN_RULES, words.EXPLAIN_OUT, words.EXPLAIN_SURER):
        assert f"  {title}:" in text
    assert "tls.reset: The connection is reset after the ClientHello" in text
    assert words.SURER_CONTROL in text
    assert BLOCKED not in text
    assert text.count("Rests on transactions") == 1
    assert probe("explain", censored).stdout.count("Rests on transactions") == 3


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["judge", "missing.jsonl"], "missing.jsonl"),
        (["explain", "FILE", "--input", "https://nowhere.example/"], "no record of it"),
        (["judge", "FILE", "--control", "https://helper.example/"], "a helper is asked while a run goes on"),
        (["judge", "FILE", "--control", "missing.jsonl"], "--control"),
        (["judge", "FILE", "--fingerprints", "missing.csv"], "--fingerprints"),
        (["judge", "FILE", "--netinfo", "missing.mmdb"], "--netinfo"),
        (["judge", "FILE", "-o", "out.csv"], "--output out.csv"),
    ],
)
def test_wrong_use_is_said_in_one_line(arguments: list[str], says: str, censored: Path) -> None:
    """Exit 2, what was wrong, nothing on standard output."""
    result = probe(*(censored if argument == "FILE" else argument for argument in arguments))
    assert result.exit_code == 2
    assert says in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


def test_helper_options_are_checked() -> None:
    """A certificate without its key, a token file that is none."""
    alone = probe("helper", "--certificate", "chain.pem")
    assert (alone.exit_code, words.KEY_AND_CERTIFICATE in alone.stderr) == (2, True)
    missing = probe("helper", "--token-file", "missing")
    assert (missing.exit_code, "--token-file" in missing.stderr) == (2, True)


def test_what_steers_a_terminal_is_not_shown(censored: Path, tmp_path: Path) -> None:
    """A record may hold anything: escapes, and half a surrogate pair."""
    document = json.loads(censored.read_bytes().splitlines()[0])
    path = tmp_path / "odd.jsonl"
    path.write_text(json.dumps(document | {"input": "https://x/\x1b[31m\ud800\n"}) + "\n", encoding="utf-8")
    for command in ("judge", "explain"):
        result = probe(command, path)
        assert result.exit_code == 0
        assert "\x1b" not in result.stdout
        assert "https://x/�[31m��" in result.stdout
    (line,) = probe("judge", path, "--json").stdout.splitlines()
    assert json.loads(line)["input"] == "https://x/\x1b[31m\ud800\n"

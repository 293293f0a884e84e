"""`probe compare`, as it is typed: what it says, in which form, and how it ends."""

import csv
import io
import json
import os
import re
from pathlib import Path

import pytest

from probe.cli.compare import By
from probe.cli.words import compare as words
from probe.record import Client, Lateness, ListEntry, WebMeasurement
from probe.report.compare.change import Class
from probe.report.compare.comparison import By as Groups
from probe.report.compare.confounds import ConfoundKind
from probe.report.compare.seen import Kind, Reason
from tests.cli.compared import (
    INSTAGRAM,
    X,
    classes,
    is_reset,
    measured,
    probe_compare,
    two_results,
    works,
    write,
)
from tests.cli.running import EXAMPLE


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """Before and after."""
    return two_results(tmp_path)


def test_words_first_then_codes(two: tuple[Path, Path]) -> None:
    """A line for each target that differs, and the summary last."""
    result = probe_compare(*two)
    assert result.exit_code == 1
    assert (
        "  www.instagram.com: newly blocked — the connection to 93.184.215.14:443 is reset once the name is sent"
        " (was reachable) [tls.reset possible]\n"
    ) in result.stdout
    assert "  t.me: measured in A only — reachable — the site answered, status 200" in result.stdout
    assert "  new.example: measured in B only — reachable" in result.stdout
    assert "x.com" not in result.stdout
    assert result.stdout.endswith("3 of 4 targets differ, 2 of them because only one side measured them.\n")
    assert (
        "Open or blocked on both sides: 2; changed to blocked: 1, to open: 0; insufficient" in result.stdout
    )
    assert "insufficient for a test" in result.stdout


def test_a_file_with_itself(two: tuple[Path, Path]) -> None:
    """No difference, exit 0; in every format."""
    for form in ("table", "json", "csv", "html"):
        assert probe_compare(two[0], two[0], "--format", form).exit_code == 0
    assert "No difference: 3 of 3 targets could be compared." in probe_compare(two[0], two[0]).stdout


def test_the_examples_in_the_checkout() -> None:
    """Made in the lab: three sites are blocked in one, and the other way round they are open again."""
    clean, demo = EXAMPLE / "clean.jsonl", EXAMPLE / "demo.jsonl"
    there, back = (
        probe_compare(clean, demo, "--format", "json"),
        probe_compare(demo, clean, "--format", "json"),
    )
    assert (
        list(classes(there).values()).count("newly_blocked")
        == list(classes(back).values()).count("newly_open")
        == 3
    )
    assert (there.exit_code, back.exit_code) == (1, 1)


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_every_width(two: tuple[Path, Path], width: int) -> None:
    """No line is longer than the terminal, but for a name that cannot be broken; nothing is lost."""
    result = probe_compare(*two, width=width)
    assert max(map(len, result.stdout.splitlines())) <= width
    words_shown = result.stdout.split()
    assert words_shown.count("www.instagram.com:") == 1
    assert "\x1b" not in result.stdout


def test_json_has_the_documented_shape(two: tuple[Path, Path]) -> None:
    """Keys of each part; ids of the measurements that speak; counts that add up."""
    data = json.loads(probe_compare(*two, "--format", "json", "--by", "layer").stdout)
    assert set(data) == {"format", "sides", "files", "confounds", "summary", "by", "groups", "targets"}
    assert [side["label"] for side in data["sides"]] == ["A", "B"]
    assert [file["judged_anew"] for file in data["files"]] == [3, 3]
    assert data["summary"]["classes"]["newly_blocked"] == 1
    nothing = dict.fromkeys(("p", "difference", "low", "high"))
    assert data["summary"]["paired"] == {"n": 2, "b": 1, "c": 0, "insufficient": True, **nothing}
    assert {group["name"] for group in data["groups"]} == {"tls", None}
    (changed,) = [target for target in data["targets"] if target["class"] == "newly_blocked"]
    assert changed["networks"] == [[["IR", "AS58224"]], [["IR", "AS58224"]]]
    assert changed["seen"][1]["mechanisms"] == ["tls.reset"]
    assert all(re.fullmatch(r"[0-9a-f]{8}-.*", seen["measurement_id"]) for seen in changed["seen"])
    documented = (Path(__file__).parents[2] / "docs" / "compare.md").read_text(encoding="utf-8")
    keys = {
        key for part in (data, changed, changed["seen"][1], data["summary"], data["sides"][0]) for key in part
    }
    assert not {key for key in keys if f"`{key}`" not in documented}


def test_csv_is_one_line_a_target(two: tuple[Path, Path]) -> None:
    """Under headings, the same classes as JSON."""
    rows = list(csv.DictReader(io.StringIO(probe_compare(*two, "--format", "csv").stdout)))
    found = {row["input"]: row["class"] for row in rows}
    assert found == classes(probe_compare(*two, "--format", "json"))
    assert next(row for row in rows if row["input"] == INSTAGRAM)["B_mechanisms"] == "tls.reset"


def test_html_goes_into_a_file_of_its_own(two: tuple[Path, Path], tmp_path: Path) -> None:
    """The ending says what it is; nothing is written over; people are told the outcome."""
    out = tmp_path / "c.html"
    result = probe_compare(*two, "-o", out)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "3 of 4 targets differ" in result.stderr
    text = out.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert "www.instagram.com" in text
    again = probe_compare(*two, "-o", out)
    assert (again.exit_code, "not written over" in again.stderr) == (2, True)
    lost = probe_compare(*two, "-o", tmp_path / "no" / "c.csv")
    assert (lost.exit_code, "cannot be written" in lost.stderr) == (2, True)


def test_only_some_classes(two: tuple[Path, Path]) -> None:
    """`changes`, or by name, in every format; all are counted all the same."""
    assert set(classes(probe_compare(*two, "--format", "json", "--only", "newly_blocked")).values()) == {
        "newly_blocked"
    }
    shown = probe_compare(*two, "--only", "same")
    assert "x.com: reachable as before" in shown.stdout
    assert "www.instagram.com" not in shown.stdout
    assert len(classes(probe_compare(*two, "--format", "json", "--only", "changes"))) == 3


def test_confounds_are_named_with_both_values(tmp_path: Path) -> None:
    """Another list, other roots, a proxy variable: once, above everything else."""

    def record(digest: str, roots: str, *proxies: str) -> WebMeasurement:
        made = measured(works(X))
        made.test_keys.x_list = ListEntry(name="mine", sha256=digest * 32)
        made.test_keys.x_client = Client(
            python="3.11", openssl="OpenSSL 3", alpn=["h2"], ca_bundle=roots, in_flight=1,
            loop_lateness_ms=Lateness(p50=1.0, p99=500.0, max=500.0), proxies_ignored=list(proxies),
        )  # fmt: skip
        return made

    before = write(tmp_path / "a.jsonl", [record("ab", "aaaa")])
    after = write(tmp_path / "b.jsonl", [record("cd", "bbbb", "HTTPS_PROXY")])
    result = probe_compare(before, after)
    assert "  test list — A: mine abababababab; B: mine cdcdcdcdcdcd (" in result.stdout
    assert "  trusted certificates — A: aaaa; B: bbbb (" in result.stdout
    assert "  proxy or VPN variables set — A: none; B: HTTPS_PROXY (" in result.stdout
    assert "  this machine was late — 500 ms (" in result.stdout
    assert result.exit_code == 0


def test_networks(tmp_path: Path) -> None:
    """Another one is not compared, and how to do so is said; `--by asn` counts by network."""
    home = write(tmp_path / "home.jsonl", [measured(works(X))])
    mobile = write(tmp_path / "mobile.jsonl", [measured(is_reset(X), probe_asn="AS44244")])
    result = probe_compare(home, mobile, "--by", "asn")
    assert result.exit_code == 1
    assert "x.com: not comparable — other network: IR AS58224 → IR AS44244" in result.stdout
    assert "Nothing could be compared" in result.stdout
    assert "--across-networks" in result.stdout
    assert "IR AS44244, IR AS58224" in result.stdout
    assert "x.com: newly blocked" in probe_compare(home, mobile, "--across-networks").stdout


def test_earlier_and_later_exchanged(two: tuple[Path, Path], tmp_path: Path) -> None:
    """Said, since "newly" would mislead."""
    early = write(
        tmp_path / "early.jsonl", [measured(works(X), measurement_start_time="2020-01-01 00:00:00")]
    )
    assert words.BACKWARDS.format(first="A", second="B") in probe_compare(two[0], early).stdout


HOSTILE = "https://x.com/\x1b]0;pwned\x07\u202e<script>alert(1)</script>"


def test_hostile_words_of_records(two: tuple[Path, Path], tmp_path: Path) -> None:
    """They steer no terminal, no page and no spreadsheet."""
    records = [measured(works(HOSTILE)), measured(works("=1+1"), platform="=cmd|' /C calc'!A0")]
    path = write(tmp_path / "c.jsonl", records)
    for form in ("table", "csv", "html"):
        shown = probe_compare(two[0], path, "--format", form).stdout
        assert not {"\x1b", "\x07", "\u202e"} & set(shown)
    assert "<script" not in probe_compare(two[0], path, "--format", "html").stdout
    cells = [
        cell
        for row in csv.reader(io.StringIO(probe_compare(two[0], path, "--format", "csv").stdout))
        for cell in row
    ]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert HOSTILE in classes(probe_compare(two[0], path, "--format", "json"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{a}"], "1 path(s) given: name two"),
        (["{a}", "{a}", "{a}"], "3 path(s) given"),
        (["{a}", "{t}/no.jsonl"], "no such file or folder"),
        (["{a}", "{t}/no*.jsonl"], "no such file or folder"),
        (["{a}", "{t}/empty"], "no results there"),
        (["{a}", "/dev/null"], "neither a file nor a folder"),
        (["{a}", "{t}/empty.jsonl"], "no record could be read"),
        (["{a}", "{t}/list.csv"], "list.csv:1: not read: not JSON"),
        (["{a}", "{a}", "--format", "yaml"], "--format yaml: not one of"),
        (
            ["{a}", "{a}", "-o", "{t}/x.pdf"],
            "x.pdf: what is to be written? Name it .txt, .json, .csv or .html",
        ),
        (["{a}", "{t}/made"], "made: a store of probe aggregate"),
        (["{a}", "{t}/pipe"], "pipe: a pipe; it must be written into a file first"),
        (["{a}", "{a}", "--only", "blue"], "--only blue: not one of changes, newly_blocked"),
        (["{a}", "--by", "run"], "--by run: 1 run(s)"),
        (["{a}", "{a}", "--control", "{t}/no"], "--control"),
    ],
)
def test_wrong_usage(two: tuple[Path, Path], tmp_path: Path, arguments: list[str], said: str) -> None:
    """Exit 2, nothing on standard output, one clear sentence."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty.jsonl").write_bytes(b"")
    (tmp_path / "list.csv").write_bytes(b"url\n")
    (tmp_path / "made" / "store").mkdir(parents=True)
    (tmp_path / "made" / "store" / "manifest.json").write_bytes(b"{}")
    os.mkfifo(tmp_path / "pipe")
    result = probe_compare(*(argument.format(a=two[0], t=tmp_path) for argument in arguments))
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_everything_has_words() -> None:
    """What the comparison can say, people can read."""
    assert set(words.CLASS) == set(words.HEADING) == set(Class)
    assert set(words.REASON) == set(Reason)
    assert set(words.CONFOUND) == set(words.MEANING) == set(ConfoundKind)
    assert set(words.KIND) == set(Kind)
    assert set(words.GROUPS_TITLE) == set(words.NAMELESS) == set(Groups)
    assert set(By) == {*Groups, "run"}


def test_what_flaps_alike_has_no_line_that_says_it_changed(tmp_path: Path) -> None:
    """One of two, then two of three: no difference; the platform is not said to be blocked that was reachable."""
    one = write(tmp_path / "one.jsonl", [measured(works(X)), measured(works(X)), measured(is_reset(X))])
    other = write(tmp_path / "other.jsonl", [measured(works(X)), measured(is_reset(X))])
    result = probe_compare(one, other)
    assert (
        result.exit_code,
        "flapping — A: 2 reachable, 1 blocked; B: 1 reachable, 1 blocked" in result.stdout,
    ) == (0, True)
    assert "(was" not in result.stdout
    third = write(
        tmp_path / "third.jsonl", [measured(is_reset(X)), measured(is_reset(X)), measured(works(X))]
    )
    assert "1 of 1 targets differ." in probe_compare(one, third).stdout

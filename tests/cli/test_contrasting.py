"""`probe aggregate outliers` and `shift` as people and programs use them."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from probe.cli import contrasting
from tests.store.golden import D1, Row, row, write_rows

app = typer.Typer()
app.command("outliers")(contrasting.outliers)
app.command("shift")(contrasting.shift)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty days of four networks; AS1 blocks x from the eleventh on, now and then something fails in all."""
    rows: list[Row] = []
    for number in range(20):
        for asn in (1, 2, 3, 4):
            for platform in ("x", "youtube"):
                failed = (number + asn) % 10 == 0 or (asn == 1 and platform == "x" and number >= 10)
                status, run = "blocked" if failed else "reachable", f"{asn}-{number}"
                rows.append(
                    row(D1 + timedelta(days=number), "IR", asn, "a.example", status, run, platform=platform)
                )
    return write_rows(tmp_path_factory.mktemp("four"), rows)


def run(*arguments: str | Path) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    result = CliRunner(env={"COLUMNS": "80"}).invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, result.stderr


def test_the_one_network_that_blocks_is_found(store: Path) -> None:
    """And nothing else."""
    code, out, err = run("outliers", "--store", store)
    assert code == 0
    head, *lines = out.splitlines()
    assert head.split() == ["asn", "platform", "here", "n", "others", "others'", "n", "q"]
    assert [line.split()[:5] for line in lines] == [["AS1", "x", "55%", "20", "10%"]]
    assert "1 of 8 cells differ, 0 more are insufficient" in err


def test_nothing_that_differs_is_said(store: Path) -> None:
    """With how many were tested."""
    code, out, err = run("outliers", "--store", store, "--where", "platform=youtube")
    assert (code, out) == (0, "")
    assert err.startswith("4 cells tested, 0 insufficient: none differs")


def test_all_networks_before_and_after_a_day(store: Path) -> None:
    """One changed of four, for one platform of two."""
    code, out, _ = run("shift", "--store", store, "--at", str(D1 + timedelta(days=10)), "--format", "json")
    assert code == 0
    found = {row["platform"]: row for row in json.loads(out)["rows"]}
    assert found["x"]["networks"] == 4
    assert found["x"]["odds"] > 1
    assert found["x"]["p"] < 0.05
    assert found["youtube"]["odds"] == pytest.approx(1)
    assert found["youtube"]["p"] == pytest.approx(1)


def test_a_table_and_a_csv(store: Path) -> None:
    """Of the same rows."""
    day = str(D1 + timedelta(days=10))
    _, out, err = run("shift", "--store", store, "--at", day)
    assert [line.split()[0] for line in out.splitlines()] == ["platform", "x", "youtube"]
    assert f"from {day} on" in err
    _, out, _ = run("outliers", "--store", store, "--format", "csv")
    assert out.splitlines()[0].startswith("asn,platform,interfered,usable,others_interfered")
    assert len(out.splitlines()) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("outliers", "--by", "asn"), "--by asn: one of asn and country, and one or more of platform"),
        (("outliers", "--by", "asn,country,platform"), "one of asn and country"),
        (("outliers", "--by", "asn,day"), "one of asn and country"),
        (("shift", "--at", "2026-02-01", "--by", "asn"), "--by asn: one or more of platform"),
        (("shift", "--at", "soon"), "--at soon: a day is written as"),
        (("shift", "--at", "2026-02-01", "--by", ""), "one or more of platform"),
    ],
)
def test_what_makes_no_sense_is_refused(store: Path, arguments: tuple[str, ...], said: str) -> None:
    """In one sentence, exit code 2."""
    code, out, err = run(*arguments, "--store", store)
    assert (code, out) == (2, "")
    assert said in err


@pytest.mark.parametrize(
    ("package", "command"),
    [("scipy", "changes"), ("scipy", "outliers"), ("statsmodels", "shift"), ("numpy", "shift")],
)
def test_a_missing_package_is_named(store: Path, package: str, command: str) -> None:
    """Before anything is counted, in a process that cannot import it."""
    code = f"import sys\nsys.modules[{package!r}] = None\nfrom probe.__main__ import main\nmain()\n"
    day = ["--at", str(D1)] if command == "shift" else []
    done = subprocess.run(
        [sys.executable, "-c", code, "aggregate", command, "--store", str(store), *day],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"this needs further packages ({package}): pip install 'reachprobe[report]'\n"


def test_a_day_outside_says_that_nothing_can_be_compared(store: Path) -> None:
    """Not a p of nothing."""
    code, out, err = run("shift", "--store", store, "--at", "2030-01-01")
    assert code == 0
    assert out.splitlines()[1].split() == ["x", "0", "80", "80", "0", "0", "insufficient", "-"]
    assert "no network had enough on both sides" in err
    code, out, err = run("shift", "--store", store, "--at", "2030-01-01", "--where", "country=XX")
    assert (code, out) == (0, "")
    assert err.startswith("No measurement matches, neither before 2030-01-01 nor from it on.")


BEFORE, AFTER = D1, D1 + timedelta(days=4)


def shifted(place: Path, rows: list[Row], *arguments: str) -> dict[str, Any]:
    """The answer to a shift between `BEFORE` and `AFTER`."""
    day = str(D1 + timedelta(days=2))
    code, out, _ = run(
        "shift", "--store", write_rows(place, rows), "--at", day, "--format", "json", *arguments
    )
    assert code == 0
    found: dict[str, Any] = json.loads(out)
    return found


@pytest.mark.parametrize(("n", "runs"), [(1, 1), (40, 1), (4, 4)])
def test_little_on_one_side_is_no_change(tmp_path: Path, n: int, runs: int) -> None:
    """One measurement, one run however long, four in four runs: insufficient, with how much there is."""
    x = {"platform": "x"}
    rows = [row(BEFORE, "IR", 1, "x.com", "reachable", f"a{number}", **x) for number in range(40)]
    rows += [row(AFTER, "IR", 1, "x.com", "blocked", f"b{number % runs}", **x) for number in range(n)]
    answer = shifted(tmp_path, rows)
    (found,) = answer["rows"]
    assert answer["floor"] == {"measurements": 5, "runs": 2}
    assert (found["evidence"], found["odds"], found["p"], found["networks"]) == (
        "insufficient",
        None,
        None,
        0,
    )
    counts = ("before_n", "before_runs", "after_n", "after_runs")
    assert [found[name] for name in counts] == [40, 40, n, runs]


def test_runs_are_told_apart_over_days(tmp_path: Path) -> None:
    """One run over midnight is one run."""
    x = {"platform": "x"}
    rows = [row(BEFORE, "IR", 1, "x.com", "reachable", f"a{number}", **x) for number in range(9)]
    rows += [
        row(AFTER + timedelta(days=number % 2), "IR", 1, "x.com", "blocked", "b", **x) for number in range(9)
    ]
    (found,) = shifted(tmp_path, rows)["rows"]
    assert (found["evidence"], found["after_n"], found["after_runs"]) == ("insufficient", 9, 1)


def test_networks_without_a_number_are_not_one_network(tmp_path: Path) -> None:
    """Two countries that always answered alike have no change between them; of no country at all, they are left out and counted."""
    rows: list[Row] = []
    for day, blocked, open_ in ((BEFORE, 10, 50), (AFTER, 50, 10)):
        for cc, status, n in (("IR", "blocked", blocked), ("BR", "reachable", open_)):
            rows += [
                row(day, cc, 0, "x.com", status, f"{cc}{day}{number}", platform="x") for number in range(n)
            ]
        rows += [
            row(day, "ZZ", 0, "x.com", "blocked", f"zz{day}{number}", platform="x") for number in range(3)
        ]
    answer = shifted(tmp_path, rows)
    (found,) = answer["rows"]
    assert (found["networks"], found["evidence"], found["odds"], found["p"]) == (2, "sufficient", None, None)
    assert answer["unknown_network"] == 6
    _, out, err = run("shift", "--store", tmp_path, "--at", str(AFTER))
    assert "one answer" in out
    assert "Left out: 6 measurements of which neither network nor country is known" in err


def test_no_platform_is_no_platform_of_its_own(tmp_path: Path) -> None:
    """What names none is left out of contrasts and counted: five sites on one network, five others on another."""
    rows: list[Row] = []
    for asn, status in ((1, "blocked"), (2, "reachable")):
        for number in range(20):
            rows.append(row(BEFORE, "IR", asn, f"{asn}.example", status, f"{asn}-{number}"))
            rows.append(row(BEFORE, "IR", asn, "x.com", "reachable", f"{asn}-{number}", platform="x"))
    store = write_rows(tmp_path, rows)
    code, out, err = run("outliers", "--store", store)
    assert (code, out) == (0, "")
    assert err == (
        "2 cells tested, 0 insufficient: none differs from the others. "
        "Left out: 40 measurements with no platform, which have nothing in common.\n"
    )
    _, out, _ = run("outliers", "--store", store, "--format", "json")
    assert json.loads(out)["unnamed"] == 40
    _, out, err = run("shift", "--store", store, "--at", str(BEFORE))
    assert len(out.splitlines()) == 2
    assert "Left out: 40 measurements with no platform" in err
    _, out, _ = run("outliers", "--store", store, "--format", "csv")
    assert out == "asn,platform,interfered,usable,others_interfered,others_usable,more,p,q\n"

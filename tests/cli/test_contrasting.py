"""`probe aggregate outliers` and `shift` as people and programs use them."""

import json
from datetime import timedelta
from pathlib import Path

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
    assert out.splitlines()[0].startswith("asn,platform,blocked,usable,others_blocked")
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


def test_a_day_outside_says_that_nothing_can_be_compared(store: Path) -> None:
    """Not a p of nothing."""
    code, out, err = run("shift", "--store", store, "--at", "2030-01-01")
    assert (code, out) == (0, "")
    assert err.startswith("No network was measured both before and after 2030-01-01")

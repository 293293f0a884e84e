"""`probe aggregate query` and `changes` as people and programs use them."""

import csv
import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from probe.cli import answering, querying
from tests.store.golden import D1, PLATFORMS, Row, row, write_golden, write_rows

app = typer.Typer()
app.command("query")(querying.query)
app.command("changes")(querying.changes)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden store."""
    return write_golden(tmp_path_factory.mktemp("golden"))


@pytest.fixture(scope="module")
def turned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty days on which AS7 begins to block in the middle, with a hostile name, and AS8 never does."""
    rows: list[Row] = []
    for number in range(40):
        status, way = ("blocked", "tls.reset") if number >= 20 else ("reachable", None)
        for probe in "ab":
            day = D1 + timedelta(days=number)
            named = {"platform": "=cmd|x\x1b[2J", "mechanism": way}
            rows.append(row(day, "IR", 7, "a.example", status, f"{probe}{number}", **named))
            rows.append(row(day, "IR", 8, "a.example", "reachable", f"{probe}{number}", platform="x"))
    return write_rows(tmp_path_factory.mktemp("turned"), rows)


def run(*arguments: str | Path, columns: int = 80) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    result = CliRunner(env={"COLUMNS": str(columns)}).invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, result.stderr


def test_a_table_of_shares(store: Path) -> None:
    """With n, and insufficient where there is too little."""
    code, out, err = run("query", "--store", store, "--by", "country,platform")
    assert code == 0
    assert out.splitlines() == [
        "country  platform    n  runs  usable  blocked  slowed  share",
        "-        -           1     0       0        0       0  insufficient",
        "CN       -           3     3       3        3       0  insufficient",
        "DE       -           3     2       2        0       0  insufficient",
        "DE       instagram   3     1       3        0       0  insufficient",
        "IR       -           6     3       5        3       0  60% (23% to 88%)",
        "IR       instagram  11     5       9        6       1  78% (45% to 94%)",
    ]
    assert "6 rows, 27 measurements" in err


@pytest.mark.parametrize("columns", [40, 60, 80, 200])
def test_tables_fit(store: Path, columns: int) -> None:
    """Groups that do not fit become headings; the numbers stay."""
    code, out, _ = run(
        "query",
        "--store",
        store,
        "--by",
        "day,country,asn,platform,domain,layer,mechanism,category",
        columns=columns,
    )
    assert code == 0
    assert max(map(len, out.splitlines())) <= max(columns, 60)
    assert "dns.bogon" in " ".join(out.split())


def test_json_has_all_numbers(store: Path) -> None:
    """And null where the evidence is insufficient."""
    code, out, _ = run("query", "--store", store, "--by", "country,platform", "--format", "json")
    answer = json.loads(out)
    assert code == 0
    assert answer["floor"] == {"measurements": 5, "runs": 2}
    found = {(row["country"], row["platform"]): row for row in answer["rows"]}
    assert len(found) == len(PLATFORMS)
    assert found["CN", ""]["share"] is None
    assert found["CN", ""]["evidence"] == "insufficient"
    assert found["IR", "instagram"]["interfered"] == 7
    assert found["IR", "instagram"]["share"] == pytest.approx(7 / 9)
    assert found["IR", "instagram"]["contaminated"] == 1


def test_csv_has_the_same_columns(store: Path) -> None:
    """One header, one line a row."""
    _, out, _ = run("query", "--store", store, "--by", "day,asn", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert list(rows[0])[:4] == ["day", "asn", "n", "runs"]
    assert {row["day"] for row in rows} == {"2026-01-30", "2026-01-31", "2026-02-01"}


def test_choices_narrow_what_is_counted(store: Path) -> None:
    """Days, places, and one name twice for either."""
    _, out, _ = run(
        "query", "--store", store, "--by", "asn", "--format", "csv", "--since", "2026-01-31", "--where", "country=ir",
        "--where", "asn=AS100", "--where", "asn=200", "--where", "platform=instagram",
    )  # fmt: skip
    assert [(row["asn"], row["n"]) for row in csv.DictReader(io.StringIO(out))] == [
        ("100", "2"),
        ("200", "3"),
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--by", "platfrom"), "--by: there is no 'platfrom' to group by; did you mean platform?"),
        (("--by", "zzz"), "there are day, month, country, asn"),
        (("--by", "asn,asn"), "--by: at most 10 groups, each once"),
        (("--where", "contry=IR"), "--where: there is no 'contry' to group by; did you mean country?"),
        (("--where", "IR"), "--where IR: a name, = and a value are needed"),
        (("--where", "asn=x"), "--where: asn=x: a number like AS58224 is needed"),
        (("--where", "mechanism=dns.bogon"), "--where: mechanism can be chosen only when it is a group too"),
        (("--since", "yesterday"), "--since yesterday: a day is written as 2026-11-24"),
        (
            ("--since", "2026-02-02", "--until", "2026-02-01"),
            "--since 2026-02-02 is after --until 2026-02-01",
        ),
        (("--where", "asn=9223372036854775808"), "asn=9223372036854775808: a number like AS58224 is needed"),
        (("--until", "2026-02-30"), "--until 2026-02-30"),
        (("--format", "jsn"), "did you mean json?"),
        (("--memory", "lots"), "--memory lots: a size like 1GB"),
        (("--memory", "1MB"), "from 100MB"),
        (("--engine", "mysql"), "mysql: no such engine; there are duckdb"),
        (("--store", "/nowhere"), "/nowhere: no store; make one with: probe aggregate ingest"),
    ],
)
def test_what_is_wrong_is_said(store: Path, arguments: tuple[str, ...], said: str) -> None:
    """On standard error, with exit code 2, and nothing on standard output."""
    code, out, err = run("query", "--store", store, *arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_nothing_that_matches_is_said(store: Path) -> None:
    """Not an error."""
    code, out, err = run("query", "--store", store, "--by", "asn", "--where", "country=XX")
    assert (code, out, err) == (0, "", "No measurement matches.\n")


def test_no_interference_is_no_lack_of_measurements(turned: Path) -> None:
    """By mechanism there are no rows then; of one mechanism that is only said to match nothing."""
    where = ("--by", "asn,mechanism", "--where", "asn=8")
    for form in ("table", "csv"):
        code, out, err = run("query", "--store", turned, *where, "--format", form)
        assert (code, out) == (0, "")
        assert (
            err
            == "80 of the measurements asked about say whether they were let through; none was blocked or throttled.\n"
        )
    _, out, err = run("query", "--store", turned, *where, "--where", "mechanism=dns.bogon")
    assert (out, err) == ("", "No measurement matches.\n")


def test_the_inside_of_a_store_is_told_from_none(store: Path) -> None:
    """The folder that holds its tables lies one below."""
    code, _, err = run("query", "--store", store / "store")
    assert code == 2
    assert "the inside of a store; name the folder above it" in err


def test_since_when(turned: Path) -> None:
    """One network changed; the other did not."""
    code, out, err = run("changes", "--store", turned, "--by", "country,asn")
    assert code == 0
    assert out.splitlines() == [
        "country  asn  change   since about  between     share       n",
        "IR       AS7  blocked  2026-02-19   2026-02-19  0% → 100%  80",
    ]
    assert "1 changes at 1 of 2 places" in err


def test_since_when_for_programs(turned: Path) -> None:
    """All that is known of a change."""
    _, out, _ = run("changes", "--store", turned, "--by", "asn", "--format", "json")
    answer = json.loads(out)
    assert answer["places"] == 2
    (change,) = answer["changes"]
    assert (change["asn"], change["turn"], change["day"]) == (7, "blocked", "2026-02-19")
    assert change["low"] <= change["day"] <= change["high"]
    assert (change["before_n"], change["after_n"]) == (40, 40)
    assert change["bayes_factor"] > 1e4
    assert change["mechanism"] == "tls.reset"


def test_changes_at_no_platform_are_none(turned: Path, tmp_path: Path) -> None:
    """It has nothing in common; and a CSV without a change has its header."""
    rows = [
        row(D1 + timedelta(days=number), "IR", 7, "a.example", "blocked" if number >= 20 else "reachable", f"{probe}{number}")
        for number in range(40)
        for probe in "ab"
    ]  # fmt: skip
    code, out, err = run("changes", "--store", write_rows(tmp_path, rows))
    assert (code, out) == (0, "")
    assert "0 places" in err
    assert "Left out: 80 measurements with no platform, which have nothing in common." in err
    _, out, _ = run(
        "changes", "--store", turned, "--by", "country,asn", "--where", "asn=8", "--format", "csv"
    )
    assert (
        out == "country,asn,turn,status,day,low,high,before,after,before_n,after_n,bayes_factor,mechanism\n"
    )


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.0, "0%"),
        (63 / 150_158, "<1%"),
        (0.006, "1%"),
        (0.5, "50%"),
        (0.996, ">99%"),
        (0.99, "99%"),
        (1.0, "100%"),
    ],
)
def test_percents_never_round_to_a_claim(share: float, said: str) -> None:
    """As on the page."""
    assert answering.percent(share) == said


def test_slowing_down_is_interference(tmp_path: Path) -> None:
    """It has shares and a day, by its own name."""
    rows = [
        row(D1 + timedelta(days=number), "IR", 7, "a.example", "throttled", f"{probe}{number}", mechanism="transfer.slow")
        if number >= 20
        else row(D1 + timedelta(days=number), "IR", 7, "a.example", "reachable", f"{probe}{number}")
        for number in range(40)
        for probe in "ab"
    ]  # fmt: skip
    store = write_rows(tmp_path, rows)
    _, out, _ = run("changes", "--store", store, "--by", "asn")
    assert out.splitlines()[1].split() == [
        "AS7",
        "slowed",
        "down",
        "2026-02-19",
        "2026-02-19",
        "0%",
        "→",
        "100%",
        "80",
    ]
    _, out, _ = run("changes", "--store", store, "--by", "asn", "--format", "json")
    (change,) = json.loads(out)["changes"]
    assert (change["turn"], change["status"], change["mechanism"]) == (
        "blocked",
        "throttled",
        "transfer.slow",
    )
    _, out, _ = run("query", "--store", store, "--by", "mechanism")
    assert out.splitlines()[1].split()[-6:] == ["0", "40", "50%", "(39%", "to", "61%)"]


def test_nothing_changed_is_said(turned: Path) -> None:
    """With how much was looked at."""
    code, out, err = run("changes", "--store", turned, "--where", "asn=8")
    assert (code, out) == (0, "")
    assert "1 places, 80 usable measurements: nothing changed" in err


@pytest.mark.parametrize("name", ["day", "layer"])
def test_changes_are_over_days_at_places(turned: Path, name: str) -> None:
    """What is no place is refused."""
    code, _, err = run("changes", "--store", turned, "--by", f"asn,{name}")
    assert code == 2
    assert f"leave {name} out" in err


@pytest.mark.parametrize("form", ["table", "csv"])
def test_hostile_names_stay_harmless(turned: Path, form: str) -> None:
    """Nothing steers a terminal, nothing is a formula to a spreadsheet."""
    _, out, _ = run("query", "--store", turned, "--by", "platform", "--format", form)
    assert "\x1b" not in out
    assert ("'=cmd" in out) is (form == "csv")

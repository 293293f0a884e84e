"""Questions: what they count, what they refuse, and that they add up. Answered by DuckDB, the default."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import ibis
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as some

from probe.store import query
from probe.store.columns import MEASUREMENTS
from probe.store.engine.tables import unbound
from probe.store.engines import Tables, open_engine
from probe.store.query import NAMES, Question, QuestionError
from tests.store.answers import assert_golden
from tests.store.golden import D1, D2, D3, Row, row, table, values, write_golden


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tables]:
    """The golden store in DuckDB."""
    with open_engine("duckdb", write_golden(tmp_path_factory.mktemp("golden"))) as opened:
        yield opened


def ask(tables: Tables, question: Question) -> list[dict[str, object]]:
    """Rows of the answer."""
    rows: list[dict[str, object]] = tables.run(question.ask(tables.measurements)).to_pylist()
    return rows


def test_golden_answers(tables: Tables) -> None:
    """The same that every engine must give."""
    assert_golden(tables)


def test_days_are_both_included(tables: Tables) -> None:
    """And nothing outside them is counted."""
    rows = ask(tables, Question(("day",), since=D1, until=D2))
    assert [row["measurement_start_day"] for row in rows] == [D1, D2]
    assert [row["n"] for row in ask(tables, Question((), since=D2, until=D2))] == [6]


def test_an_outcomes_share_is_of_all_measurements_of_its_place(tables: Tables) -> None:
    """Choosing a mechanism leaves n as it is."""
    (found,) = ask(tables, Question(("asn", "mechanism"), where={"mechanism": ["tls.reset"]}))
    assert (found["probe_asn"], found["n"], found["usable"], found["blocked"]) == (100, 8, 6, 1)


def test_mechanisms_without_a_place(tables: Tables) -> None:
    """Over everything at once."""
    rows = ask(tables, Question(("layer",)))
    assert {row["layer"]: (row["interfered"], row["blocked"], row["throttled"]) for row in rows} == {
        "dns": (11, 11, 0),
        "tls": (1, 1, 0),
        "http": (1, 0, 1),
    }
    assert {row["n"] for row in rows} == {27}


def test_what_fell_everywhere_is_down_unless_one_asks(tables: Tables) -> None:
    """`worldwide` counts it as it was judged."""
    where = {"domain": ["fell.example"], "country": ["ir"]}
    (usual,) = ask(tables, Question(("domain",), where=where))
    (asked,) = ask(tables, Question(("domain",), where=where, worldwide=True))
    assert (usual["blocked"], usual["down"], usual["usable"]) == (0, 1, 2)
    assert (asked["blocked"], asked["down"], asked["usable"]) == (1, 0, 3)


def test_what_fell_is_seen_over_all_days_and_countries(tables: Tables) -> None:
    """Also when the question is on one day only."""
    (found,) = ask(
        tables, Question(("domain",), since=D3, where={"domain": ["fell.example"], "country": ["IR"]})
    )
    assert (found["blocked"], found["down"]) == (0, 1)


def test_daily_rows_are_sorted_by_place_and_day(tables: Tables) -> None:
    """As the report reads them."""
    rows = tables.run(query.daily(tables.measurements, ("probe_asn", "domain"))).to_pylist()
    keys = [(row["probe_asn"], row["domain"], row["measurement_start_day"]) for row in rows]
    assert keys == sorted(keys)
    assert (300, "fell.example", D3) in keys


def test_daily_ways_are_the_blocked_of_each_day_by_mechanism(tables: Tables) -> None:
    """Together what `daily` counts, and nothing of what failed everywhere."""
    by = ("probe_asn", "domain")
    ways = tables.run(query.daily_ways(tables.measurements, by)).to_pylist()
    keys = [(row["probe_asn"], row["domain"], row[query.DAY], row["mechanism"]) for row in ways]
    assert keys == sorted(keys)
    total: Counter[tuple[object, ...]] = Counter()
    for one in ways:
        total[one["probe_asn"], one["domain"], one[query.DAY]] += one["blocked"]
    daily = tables.run(query.daily(tables.measurements, by)).to_pylist()
    assert +total == +Counter(
        {(row["probe_asn"], row["domain"], row[query.DAY]): row["blocked"] for row in daily}
    )
    assert not [row for row in ways if row["domain"] == "fell.example" and row["blocked"]]


@pytest.mark.parametrize(
    ("wrong", "near"), [("platfrom", "platform"), ("probe_cc", "country"), ("Day", "day"), ("zzz", None)]
)
def test_unknown_names_are_told_the_nearest(wrong: str, near: str | None) -> None:
    """Also those of the columns themselves."""
    with pytest.raises(QuestionError) as refused:
        Question((wrong,))
    assert refused.value.near == near


@pytest.mark.parametrize(
    "asked",
    [
        {"by": ("day", "day")},
        {"by": tuple(NAMES)[:11]},
        {"by": ("asn",), "where": {"mechanism": ["dns.bogon"]}},
        {"by": ("asn",), "where": {"asn": ["1"] * 201}},
    ],
)
def test_questions_without_sense_are_refused(asked: dict[str, object]) -> None:
    """Before anything is opened."""
    with pytest.raises(QuestionError):
        Question(**asked)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("asn", "AS58224", 58224), ("asn", "as1", 1), ("day", "2026-01-30", D1), ("month", "2026-01", date(2026, 1, 1)),
        ("country", "ir", "IR"), ("category", "news", "NEWS"), ("domain", "X.com", "x.com"), ("domain", "https://X.com/a", "x.com"), ("domain", "", ""),
        ("platform", "Instagram", "instagram"), ("layer", "TLS", "tls"), ("mechanism", "DNS.bogon", "dns.bogon"),
        ("role", "domestic CN", "domestic CN"), ("asn", "4294967295", 2**32 - 1),
    ],
)  # fmt: skip
def test_values_become_what_the_column_has(name: str, text: str, value: object) -> None:
    """Each name in its way."""
    assert query.value_of(name, text) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("asn", "x"),
        ("asn", "9223372036854775808"),
        ("asn", "AS4294967296"),
        ("asn", "-1"),
        ("day", "yesterday"),
        ("month", "2026"),
        ("day", "2026-02-30"),
    ],
)
def test_values_of_the_wrong_kind_are_refused(name: str, text: str) -> None:
    """With the name, and what is right."""
    with pytest.raises(QuestionError, match=f"{name}={text}: a (number|date) like"):
        query.value_of(name, text)


def test_every_name_has_a_column() -> None:
    """The table of names is of the store's own columns."""
    assert set(NAMES.values()) - {"month"} <= set(MEASUREMENTS)


rows = some.lists(
    some.builds(
        row,
        some.sampled_from([D1, D2]),
        some.sampled_from(["IR", "DE"]),
        some.sampled_from([1, 2]),
        some.sampled_from(["a.example", "b.example"]),
        some.sampled_from([*query.STATUSES, None]),
        some.sampled_from(["r1", "r2", "r3"]),
        contaminated=some.booleans(),
        mechanism=some.sampled_from(["dns.bogon", "tls.reset", None]),
        confidence=some.sampled_from(["confirmed", "possible", None]),
    ),
    max_size=30,
)


@pytest.fixture(scope="module")
def memory() -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB without a store."""
    with duckdb.connect() as connection:
        yield connection


def counted(
    memory: duckdb.DuckDBPyConnection, given_rows: list[Row], by: tuple[str, ...]
) -> Counter[tuple[object, ...]]:
    """Each number of `query.counts` under its group and name."""
    memory.register("measurements", table(MEASUREMENTS, given_rows))
    question = ibis.to_sql(query.counts(unbound("measurements"), by), dialect="duckdb")
    sums = Counter[tuple[object, ...]]()
    for each in memory.sql(str(question)).to_arrow_table().to_pylist():
        group = tuple(each.pop(name) for name in by)
        for name, number in each.items():
            if name not in ("runs", "networks"):  # distinct things do not add up
                sums[(*group, name)] = number
    return +sums


@hypothesis_settings(max_examples=15)
@given(rows, rows)
def test_counts_of_two_parts_add_up(
    memory: duckdb.DuckDBPyConnection, one: list[Row], other: list[Row]
) -> None:
    """The aggregate of a + b is the merge of both."""
    for by in ((), ("probe_cc", "domain")):
        assert counted(memory, [*one, *other], by) == counted(memory, one, by) + counted(memory, other, by)


@hypothesis_settings(max_examples=25)
@given(rows)
def test_every_measurement_is_counted_once(memory: duckdb.DuckDBPyConnection, given_rows: list[Row]) -> None:
    """By status, as contaminated, or as one without a verdict; and usable ones are four of the statuses."""
    found = counted(memory, given_rows, ())
    without = sum(not row["contaminated"] and row["status"] is None for row in given_rows)
    assert found[("n",)] == len(given_rows)
    assert sum(found[(name,)] for name in (*query.STATUSES, "contaminated")) + without == len(given_rows)
    assert found[("usable",)] == sum(found[(name,)] for name in query.USABLE)
    assert found[("confirmed",)] <= found[("blocked",)]


def test_a_store_without_measurements_answers(tmp_path: Path) -> None:
    """With nothing."""
    from probe.store.commit import commit, writing  # noqa: PLC0415
    from probe.store.layout import Store  # noqa: PLC0415

    store = Store.at(tmp_path)
    with writing(store):
        commit(store, (), (), 0.0)
    with open_engine("duckdb", tmp_path) as opened:
        assert values(opened.run(Question(("day",)).ask(opened.measurements))) == []

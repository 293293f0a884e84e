"""Rows as cells and strata."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from probe.report.statistics.cells import Side, Stratum, over_networks
from probe.report.statistics.contrast import against_others, before_and_after, names_all, split
from probe.report.statistics.floor import Floor


def row(asn: int, platform: str, blocked: int, usable: int, runs: int = 9, cc: str = "IR") -> dict[str, Any]:
    """Counts of a network and a platform."""
    return {
        "probe_cc": cc,
        "probe_asn": asn,
        "platform": platform,
        "interfered": blocked,
        "usable": usable,
        "runs": runs,
    }


def test_a_cells_others_do_not_hold_it() -> None:
    """And are of the same target only."""
    rows = [row(1, "x", 9, 10), row(2, "x", 1, 20), row(3, "x", 2, 30), row(1, "y", 5, 5)]
    cells, little = against_others(rows, ["platform"])
    found = [
        (each["probe_asn"], cell.interfered, cell.n, cell.others_interfered, cell.others_n)
        for each, cell in cells
    ]
    assert found == [(1, 9, 10, 3, 50), (2, 1, 20, 11, 40), (3, 2, 30, 10, 30)]
    assert little == 0


def test_insufficient_rows_are_others_and_no_cells() -> None:
    """They are counted."""
    cells, little = against_others(
        [row(1, "x", 9, 10), row(2, "x", 4, 4), row(3, "x", 50, 60, runs=1)], ["platform"]
    )
    assert [(cell.interfered, cell.others_interfered, cell.others_n) for _, cell in cells] == [(9, 54, 64)]
    assert little == 2


def test_others_below_the_floor_are_none_to_be_held_against() -> None:
    """One run, however much it measured; without any others there is no cell, and nothing is insufficient."""
    cells, little = against_others(
        [row(1, "x", 9, 10), row(2, "x", 0, 50, runs=1), row(1, "y", 9, 10)], ["platform"]
    )
    assert (cells, little) == ([], 2)


def test_networks_are_held_against_themselves() -> None:
    """Before, and from the day on; a side that was not measured is empty. The same number in two countries is two networks."""
    before = [row(1, "x", 3, 20), row(0, "x", 4, 4), row(1, "y", 0, 7)]
    after = [row(1, "x", 9, 10, runs=3), row(2, "x", 5, 5), row(0, "x", 1, 9, cc="DE")]
    assert before_and_after(before, after, ["probe_cc", "probe_asn"], ["platform"]) == {
        ("x",): [
            Stratum(Side(3, 20, 9), Side(9, 10, 3)),
            Stratum(Side(4, 4, 9), Side(0, 0, 0)),
            Stratum(Side(0, 0, 0), Side(5, 5, 9)),
            Stratum(Side(0, 0, 0), Side(1, 9, 9)),
        ],
        ("y",): [Stratum(Side(0, 7, 9), Side(0, 0, 0))],
    }


def test_what_is_left_out_is_counted_in_measurements() -> None:
    """A target with one of its names missing is none."""
    rows = [{"platform": "x", "domain": "a", "n": 3}, {"platform": "", "domain": "b", "n": 40}]
    kept, left = split(rows, lambda one: names_all(one, ["platform", "domain"]))
    assert (kept, left) == (rows[:1], 40)


sides = some.dictionaries(
    some.integers(1, 4), some.tuples(some.integers(0, 9), some.integers(0, 9)), max_size=4
).map(lambda counts: [row(asn, "x", blocked, blocked + more) for asn, (blocked, more) in counts.items()])


@given(sides, sides)
def test_strata_hold_every_measurement_once(
    before: list[dict[str, Any]], after: list[dict[str, Any]]
) -> None:
    """And swapping before and after turns the odds round."""
    strata = before_and_after(before, after, ["probe_asn"], ["platform"]).get(("x",), [])
    assert sum(each.before.n for each in strata) == sum(each["usable"] for each in before)
    assert sum(each.after.n for each in strata) == sum(each["usable"] for each in after)
    one = over_networks(strata, Floor(1, 1)).odds
    other = over_networks([Stratum(each.after, each.before) for each in strata], Floor(1, 1)).odds
    assert (one is None) == (other is None)
    if one is not None and other is not None:
        assert abs(one.p - other.p) < 1e-9
        assert (one.odds > 1) == (other.odds < 1)

"""Rows as cells and strata."""

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from probe.report.statistics.cells import Stratum, over_networks
from probe.report.statistics.contrast import against_others, before_and_after

AT = date(2026, 2, 1)


def row(asn: int, platform: str, blocked: int, usable: int, runs: int = 9, day: date = AT) -> dict[str, Any]:
    """Counts of a network and a platform."""
    return {
        "probe_asn": asn,
        "platform": platform,
        "interfered": blocked,
        "usable": usable,
        "runs": runs,
        "measurement_start_day": day,
    }


def test_a_cells_others_do_not_hold_it() -> None:
    """And are of the same target only."""
    rows = [row(1, "x", 9, 10), row(2, "x", 1, 20), row(3, "x", 2, 30), row(1, "y", 5, 5)]
    cells, little = against_others(rows, ["platform"])
    found = [
        (each["probe_asn"], cell.blocked, cell.n, cell.others_blocked, cell.others_n) for each, cell in cells
    ]
    assert found == [(1, 9, 10, 3, 50), (2, 1, 20, 11, 40), (3, 2, 30, 10, 30)]
    assert little == 0


def test_insufficient_rows_are_others_and_no_cells() -> None:
    """They are counted."""
    cells, little = against_others(
        [row(1, "x", 9, 10), row(2, "x", 4, 4), row(3, "x", 50, 60, runs=1)], ["platform"]
    )
    assert [(cell.blocked, cell.others_blocked, cell.others_n) for _, cell in cells] == [(9, 54, 64)]
    assert little == 2


def test_networks_are_held_against_themselves() -> None:
    """Days before, and from the day on."""
    rows = [
        row(1, "x", 1, 10, day=date(2026, 1, 30)),
        row(1, "x", 2, 10, day=date(2026, 1, 31)),
        row(1, "x", 9, 10),
        row(2, "x", 5, 5, day=date(2026, 2, 9)),
    ]
    assert before_and_after(rows, AT, ["probe_asn"], ["platform"]) == {
        ("x",): [Stratum(3, 20, 9, 10), Stratum(0, 0, 5, 5)]
    }


rows_of_days = some.lists(
    some.builds(
        lambda asn, blocked, more, early: row(
            asn, "x", blocked, blocked + more, day=date(2026, 1, 1) if early else AT
        ),
        some.integers(1, 4),
        some.integers(0, 9),
        some.integers(0, 9),
        some.booleans(),
    ),
    max_size=12,
)


@given(rows_of_days)
def test_strata_hold_every_measurement_once(rows: list[dict[str, Any]]) -> None:
    """And swapping before and after turns the odds round."""
    strata = before_and_after(rows, AT, ["probe_asn"], ["platform"]).get(("x",), [])
    assert sum(each.before_n + each.after_n for each in strata) == sum(each["usable"] for each in rows)
    swapped = [Stratum(s.after_blocked, s.after_n, s.before_blocked, s.before_n) for s in strata]
    one, other = over_networks(strata), over_networks(swapped)
    assert (one is None) == (other is None)
    if one is not None and other is not None:
        assert abs(one.p - other.p) < 1e-9
        assert (one.odds > 1) == (other.odds < 1)

"""Fisher, Benjamini and Hochberg, Cochran, Mantel and Haenszel, beside published examples."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy.stats import false_discovery_control

from probe.report.statistics.cells import Cell, Side, Stratum, differences, over_networks
from probe.report.statistics.floor import Floor


def stratum(before_blocked: int, before_n: int, after_blocked: int, after_n: int, runs: int = 9) -> Stratum:
    """A network with as many runs on either side."""
    return Stratum(Side(before_blocked, before_n, runs), Side(after_blocked, after_n, runs))


BERKELEY = [
    stratum(512, 825, 89, 108),
    stratum(353, 560, 17, 25),
    stratum(120, 325, 202, 593),
    stratum(138, 417, 131, 375),
    stratum(53, 191, 94, 393),
    stratum(22, 373, 24, 341),
]
"""Admitted of applied, men and women, departments A to F: Bickel, Hammel and O'Connell, Science 187 (1975) 398."""

BENJAMINI = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0
]  # fmt: skip
"""J. R. Stat. Soc. B 57 (1995) 289, section 4.1: four are rejected at 0.05."""


def test_the_lady_tasting_tea() -> None:
    """Fisher 1935: three of four cups right; two-sided 34 / 70."""
    (found,) = differences([Cell("tea", 3, 4, 1, 4)])
    assert found.p == pytest.approx(34 / 70)
    assert found.q == found.p
    assert found.more
    assert not found.found


def test_the_published_false_discovery_rate() -> None:
    """The same function that `differences` uses, on the paper's own p-values."""
    assert sum(q <= 0.05 for q in false_discovery_control(BENJAMINI)) == 4


def test_one_network_that_blocks_stands_out_of_many_that_do_not() -> None:
    """And those with a few accidents do not, although one in twenty would alone."""
    quiet = [Cell(f"AS{number}", number % 4, 20, 30, 400) for number in range(40)]
    found = differences([*quiet, Cell("AS99", 19, 20, 30, 400)])
    assert [each.cell.name for each in found if each.found] == ["AS99"]


cells = some.lists(
    some.tuples(*[some.integers(0, 30)] * 4).map(lambda c: Cell("x", c[0], c[0] + c[1], c[2], c[2] + c[3])),
    max_size=12,
)


@given(cells)
def test_discoveries_are_never_surer_together_than_alone(some_cells: list[Cell]) -> None:
    """A q is at least its p, and their order stays."""
    found = differences(some_cells)
    assert [each.cell for each in found] == some_cells
    assert all(0 <= each.p <= each.q + 1e-12 <= 1 + 1e-9 for each in found)
    ordered = sorted(found, key=lambda each: each.p)
    assert all(one.q <= other.q + 1e-12 for one, other in pairwise(ordered))


def test_impossible_cells_are_refused() -> None:
    """More blocked than measured."""
    with pytest.raises(ValueError, match="3 of 2"):
        Cell("x", 3, 2, 0, 0)


def test_berkeley_was_fair_within_its_departments() -> None:
    """R's `mantelhaen.test(UCBAdmissions)`: X² 1.4269, p 0.2323, odds ratio 0.9047, 0.7719 to 1.0603, for men over women."""
    whole = over_networks([Stratum(s.after, s.before) for s in BERKELEY])
    found = whole.odds
    assert found is not None
    assert found.p == pytest.approx(0.2323, abs=5e-5)
    assert found.odds == pytest.approx(0.9046968, abs=5e-8)
    assert (found.interval.low, found.interval.high) == pytest.approx((0.7719074, 1.0603298), abs=5e-8)
    assert found.same is not None
    assert found.same < 0.01
    assert whole.networks == 6


def test_networks_that_say_nothing_change_nothing() -> None:
    """Measured on one side only, or without any difference to see."""
    silent = [stratum(0, 0, 5, 9), stratum(0, 9, 0, 9), stratum(9, 9, 9, 9)]
    none = over_networks(silent)
    assert (none.odds, none.networks) == (None, 2)
    one, more = over_networks([stratum(1, 9, 8, 9)]), over_networks([*silent, stratum(1, 9, 8, 9)])
    assert (one.odds, one.networks, more.networks) == (more.odds, 1, 3)
    assert one.odds is not None
    assert one.odds.odds == pytest.approx(64)


def test_a_side_below_the_floor_is_no_evidence() -> None:
    """By measurements or by runs, whatever the other side has; and what there is is counted."""
    few, one_run = stratum(0, 4, 40, 40), Stratum(Side(0, 40, 9), Side(40, 40, 1))
    found = over_networks([few, one_run])
    assert (found.networks, found.odds) == (0, None)
    assert (found.before, found.after) == (Side(0, 44, 18), Side(80, 80, 10))
    beside = over_networks([few, one_run, stratum(0, 10, 10, 10)])
    assert (beside.networks, beside.before, beside.after) == (1, Side(0, 10, 9), Side(10, 10, 9))
    assert beside.odds == over_networks([stratum(0, 10, 10, 10)]).odds


def test_who_measured_more_does_not_decide() -> None:
    """Simpson: within each network nothing changed, while the share of all did."""
    found = over_networks([stratum(90, 100, 9, 10), stratum(1, 10, 10, 100)]).odds
    assert found is not None
    assert found.odds == pytest.approx(1)
    assert found.p > 0.9


def test_odds_without_end_have_no_upper_end() -> None:
    """All blocked after, none before."""
    found = over_networks([stratum(0, 10, 10, 10)]).odds
    assert found is not None
    assert math.isinf(found.odds)
    assert math.isinf(found.interval.high)
    assert found.p < 0.001


@given(
    some.lists(
        some.tuples(*[some.integers(0, 12)] * 4).map(lambda c: stratum(c[0], c[0] + c[1], c[2], c[2] + c[3])),
        max_size=6,
    )
)
def test_any_networks_give_an_answer_or_none(strata: list[Stratum]) -> None:
    """Never an error, a warning, or a p beyond its bounds."""
    found = over_networks(strata, Floor(1, 1)).odds
    if found is not None:
        assert math.isnan(found.p) is False
        assert 0 <= found.p <= 1
        assert found.odds >= 0

"""Wilson's interval beside published figures and two libraries."""

import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy.stats import binomtest
from statsmodels.stats.proportion import proportion_confint

from probe.report.statistics.proportion import Interval, wilson

NEWCOMBE = [
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0, 0.1611),
    (1, 29, 0.0061, 0.1718),
]
"""Statist. Med. 17 (1998) 857, table I, method 3."""


@pytest.mark.parametrize(("k", "n", "low", "high"), NEWCOMBE)
def test_published_figures_come_out(k: int, n: int, low: float, high: float) -> None:
    """To the four digits that are printed."""
    found = wilson(k, n)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


counts = some.integers(1, 5000).flatmap(lambda n: some.tuples(some.integers(0, n), some.just(n)))


@given(counts, some.sampled_from([0.01, 0.05, 0.2]))
def test_two_libraries_agree(count: tuple[int, int], alpha: float) -> None:
    """Statsmodels and scipy."""
    found = wilson(*count, alpha)
    assert (found.low, found.high) == pytest.approx(
        proportion_confint(*count, alpha, method="wilson"), abs=1e-12
    )
    other = binomtest(*count).proportion_ci(1 - alpha, method="wilson")
    assert (found.low, found.high) == pytest.approx((other.low, other.high), abs=1e-12)


@given(counts)
def test_it_holds_the_share_and_mirrors(count: tuple[int, int]) -> None:
    """What is blocked and what is not tell the same."""
    k, n = count
    found, other = wilson(k, n), wilson(n - k, n)
    assert 0 <= found.low <= k / n <= found.high <= 1
    assert found.low == pytest.approx(1 - other.high, abs=1e-12)


def test_nothing_measured_is_nothing_known() -> None:
    """Not an error: an empty cell."""
    assert wilson(0, 0) == Interval(0.0, 1.0)


@pytest.mark.parametrize(
    ("k", "n", "alpha"), [(-1, 2, 0.05), (3, 2, 0.05), (0, -1, 0.05), (1, 2, 0.0), (1, 2, 1.0)]
)
def test_counts_that_cannot_be_are_refused(k: int, n: int, alpha: float) -> None:
    """Rather than answered."""
    with pytest.raises(ValueError, match=r"no share|alpha"):
        wilson(k, n, alpha)

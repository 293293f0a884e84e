"""Fisher's exact test against scipy and the published example."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from probe.report.statistics.fisher import fisher

sides = st.integers(0, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def test_the_lady_tasting_tea() -> None:
    """Fisher 1935: eight cups, three of four told rightly, 0.243 one-sided and so 0.486 for either way; all of them 1 in 35."""
    assert fisher(3, 4, 1, 4) == pytest.approx(34 / 70)
    assert fisher(4, 4, 0, 4) == pytest.approx(2 / 70)


@given(sides, sides)
def test_as_scipy_says(one: tuple[int, int], other: tuple[int, int]) -> None:
    """Any two shares, and the same whichever comes first."""
    table = [[k, n - k] for k, n in (one, other)]
    assert fisher(*one, *other) == pytest.approx(float(fisher_exact(table).pvalue), rel=1e-6)
    assert fisher(*one, *other) == pytest.approx(fisher(*other, *one), rel=1e-9)


@pytest.mark.parametrize("other", [500, 540, 560, 700])
def test_many_as_scipy_says(other: int) -> None:
    """A target measured each hour for weeks."""
    table = [[500, 500], [other, 1_000 - other]]
    assert fisher(500, 1_000, other, 1_000) == pytest.approx(float(fisher_exact(table).pvalue), rel=1e-5)


def test_impossible_counts() -> None:
    """More than all."""
    with pytest.raises(ValueError, match="5 of 4"):
        fisher(5, 4, 0, 4)

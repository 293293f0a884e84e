"""The exact test against scipy, statsmodels and the published example; the interval against the published one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.contingency_tables import mcnemar as reference

from probe.report.statistics.paired import EXACT_UP_TO, MIN_PAIRS, difference_interval, mcnemar, paired

counts = st.integers(0, 60)


def test_the_published_example() -> None:
    """Bentur et al. 2009, as in Fagerland et al. 2014: 21 pairs, 1 and 7 of them differ; p 0.070, -0.508 to -0.013."""
    found = paired(21, 1, 7)
    assert found.p == pytest.approx(0.0703125)
    assert found.difference == pytest.approx(-6 / 21)
    assert found.low == pytest.approx(-0.5084, abs=5e-4)
    assert found.high == pytest.approx(-0.0134, abs=5e-4)


def test_the_interval_of_another() -> None:
    """Cavo et al. 2012: 161 pairs, 6 and 16 differ; worked by hand from Bonett and Price's formula."""
    low, high = difference_interval(161, 6, 16)
    middle, spread = (7 - 17) / 163, (24 / 163 - (10 / 163) ** 2) / 163
    assert low == pytest.approx(middle - 1.959964 * spread**0.5, abs=1e-6)
    assert high == pytest.approx(middle + 1.959964 * spread**0.5, abs=1e-6)


@given(counts, counts)
def test_as_scipy_and_statsmodels_say(b: int, c: int) -> None:
    """Two libraries, one value."""
    assert mcnemar(b, c) == pytest.approx(binomtest(b, b + c, 0.5).pvalue if b + c else 1.0, rel=1e-9)
    if b + c:
        table = np.array([[3, b], [c, 5]])
        assert mcnemar(b, c) == pytest.approx(reference(table, exact=True).pvalue, rel=1e-9)


@pytest.mark.parametrize("total", [EXACT_UP_TO - 1, EXACT_UP_TO, EXACT_UP_TO + 1, 40_000, 1_000_000])
@pytest.mark.parametrize("z", [0.02, 1.0, 2.5, 6.0])
def test_large_counts_as_scipy_says(total: int, z: float) -> None:
    """On both sides of the place where whole numbers end, and far beyond."""
    b = int(total / 2 - z * total**0.5 / 2)
    assert mcnemar(b, total - b) == pytest.approx(binomtest(b, total, 0.5).pvalue, rel=1e-6)


@given(counts, counts, counts)
def test_exchanging_the_sides_mirrors(same: int, b: int, c: int) -> None:
    """One p, and the interval turned around zero; the estimate is inside it."""
    one, other = paired(same + b + c, b, c), paired(same + b + c, c, b)
    assert one.p == other.p
    if one.difference is not None and one.low is not None and one.high is not None:
        assert one.difference == pytest.approx(-(other.difference or 0.0))
        assert one.low == pytest.approx(-(other.high or 0.0))
        assert one.high == pytest.approx(-(other.low or 0.0))
        assert -1 <= one.low <= one.difference <= one.high <= 1


def test_too_few_pairs_are_said_to_be() -> None:
    """Below the floor there is no number but the counts."""
    few = paired(MIN_PAIRS - 1, MIN_PAIRS - 2, 1)
    assert (few.n, few.b, few.c, few.sufficient) == (MIN_PAIRS - 1, MIN_PAIRS - 2, 1, False)
    assert (few.p, few.difference, few.low, few.high) == (None, None, None, None)
    assert paired(MIN_PAIRS, MIN_PAIRS, 0).sufficient
    assert not paired(0, 0, 0).sufficient


@pytest.mark.parametrize("impossible", [(3, 2, 2), (-1, 0, 0), (5, -1, 0), (5, 0, -1)])
def test_impossible_counts_are_refused(impossible: tuple[int, int, int]) -> None:
    """Rather than given a p."""
    with pytest.raises(ValueError, match="pairs that differ"):
        paired(*impossible)

"""Below the floor there is no number."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from probe.report.statistics.floor import FLOOR, Floor, enough, share
from probe.report.statistics.proportion import wilson
from probe.report.statistics.shares import with_shares


@pytest.mark.parametrize(
    ("n", "runs", "answer"), [(5, 2, True), (4, 2, False), (1000, 1, False), (0, 0, False), (5, 5, True)]
)
def test_measurements_and_runs_both_count(n: int, runs: int, answer: bool) -> None:  # noqa: FBT001 - a case
    """A thousand measurements of one run come from one probe."""
    assert enough(n, runs) is answer
    assert (share(n, n, runs) is not None) is answer


@given(some.integers(0, 50), some.integers(0, 50), some.integers(0, 50))
def test_a_share_is_its_counts_and_interval(k: int, more: int, runs: int) -> None:
    """Or nothing."""
    n = k + more
    found = share(k, n, runs)
    if found is not None:
        assert (found.k, found.n, found.value, found.interval) == (k, n, k / n, wilson(k, n))
    assert (found is None) == (n < FLOOR.measurements or runs < FLOOR.runs)


def test_a_lower_floor_never_divides_by_nothing() -> None:
    """Whoever asks for no floor gets no share of nothing."""
    assert share(0, 0, 0, Floor(0, 0)) is None


def test_rows_get_a_share_or_the_word() -> None:
    """In their order, with all they had."""
    rows = [
        {"asn": 1, "interfered": 5, "usable": 5, "runs": 2},
        {"asn": 2, "interfered": 4, "usable": 4, "runs": 4},
    ]
    enough_, little = with_shares(rows)
    assert enough_ == {
        **rows[0],
        "evidence": "sufficient",
        "share": 1.0,
        "low": wilson(5, 5).low,
        "high": 1.0,
    }
    assert little == {**rows[1], "evidence": "insufficient", "share": None, "low": None, "high": None}

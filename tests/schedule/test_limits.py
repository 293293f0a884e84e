"""Limits: when nothing more is started, and when all is cut off."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.schedule import Limits


def test_without_a_bound_nothing_ends() -> None:
    """The list ends the run."""
    limits = Limits()
    assert (limits.parallel, limits.stop_starting_at(5), limits.end_at(5)) == (40, None, None)


@pytest.mark.parametrize(
    ("runtime", "stop", "end"), [(600, 1590, 1600), (40, 1030, 1040), (20, 1015, 1020), (4, 1003, 1004)]
)
def test_stops_starting_before_the_end(runtime: float, stop: float, end: float) -> None:
    """Ten seconds before, or a quarter of a short run."""
    limits = Limits(max_runtime=runtime)
    assert (limits.stop_starting_at(1000), limits.end_at(1000)) == (stop, end)


@given(st.floats(0.01, 1e6), st.floats(0, 1e6))
def test_the_order_of_the_two(runtime: float, start: float) -> None:
    """There is always time to start something, and never more than ten seconds to finish it."""
    limits = Limits(max_runtime=runtime)
    stop, end = limits.stop_starting_at(start), limits.end_at(start)
    assert stop is not None
    assert end is not None
    assert start < stop < end
    assert end - stop <= 10.000001


@pytest.mark.parametrize(("parallel", "runtime"), [(0, None), (-1, None), (1, 0), (1, -5)])
def test_refuses_limits_under_which_nothing_runs(parallel: int, runtime: float | None) -> None:
    """Rather than ending at once and calling it a result."""
    with pytest.raises(ValueError, match="must be"):
        Limits(parallel, runtime)

"""Durations as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.cli.units import parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("45", 45),
        ("90s", 90),
        ("10m", 600),
        ("2h", 7200),
        ("1h30m", 5400),
        ("1d2h3m4s", 93784),
        (" 1H ", 3600),
        ("1.5h", 5400),
        ("0.25", 0.25),
        ("366d", 31622400),
    ],
)
def test_reads_durations(text: str, seconds: float) -> None:
    """In seconds."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", " ", "s", "h", "-5", "1h30", "30m1h", "1m1m", "5 m", "1e3", "1.h", ".5", "ten", "1h;", "1" * 40],
)
def test_refuses_what_is_no_duration(text: str) -> None:
    """And shows right ones."""
    with pytest.raises(ValueError, match="like 90s, 10m or 1h30m"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["0", "0s", "0h0m", "367d", "999999999999d"])
def test_refuses_durations_out_of_range(text: str) -> None:
    """Nothing, and more than a year."""
    with pytest.raises(ValueError, match="at most 366d"):
        parse_duration(text)


@given(st.text(alphabet="0123456789.dhmskgtib -", max_size=40) | st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    """By `ValueError` and nothing else."""
    try:
        assert parse_duration(text) > 0
    except ValueError as error:
        assert str(error)  # noqa: PT017 - most texts are refused


@given(st.integers(0, 99), st.integers(0, 999), st.integers(1, 9999))
def test_parts_add_up(hours: int, minutes: int, seconds: int) -> None:
    """Parts may be larger than the next unit."""
    assert parse_duration(f"{hours}h{minutes}m{seconds}s") == hours * 3600 + minutes * 60 + seconds

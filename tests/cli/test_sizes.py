"""Sizes as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.cli.sizes import MAX_SIZE, parse_size, spell_size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1", 1), ("812 B", 812), ("2G", 2 * 10**9), ("500m", 5 * 10**8), ("1.5 GB", 15 * 10**8), ("1KiB", 1024),
        ("1Gi", 1 << 30), ("3T", 3 * 10**12), (" 7k ", 7000),
    ],
)  # fmt: skip
def test_what_is_understood(text: str, size: int) -> None:
    """Decimal units, with an i binary ones."""
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text", ["", "0", "-1", "G", "1 X", "1ib", "1i", "much", "1e9", "9" * 40, "2000T", "0.0001"]
)
def test_what_is_not(text: str) -> None:
    """With a word on what is."""
    with pytest.raises(ValueError, match=r"not a size like|must be more than"):
        parse_size(text)


@given(st.integers(1, MAX_SIZE))
def test_a_size_that_was_spelled_is_nearly_itself(size: int) -> None:
    """To the digit that is shown."""
    assert abs(parse_size(spell_size(size)) - size) <= max(0.06 * size, 0)

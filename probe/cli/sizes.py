"""Sizes as people type them. No option names here: whoever parses adds which option was wrong."""

import re

UNITS = "kmgt"
SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)\s*([kmgt]?)(i?)b?")
MAX_SIZE = 10**15


def parse_size(text: str) -> int:
    """`2G`, `500M`, `1.5 GB` and `1GiB` in bytes; a number alone is bytes. Units are decimal, with an i binary.

    Raises `ValueError` that says what is understood.
    """
    match = SIZE.fullmatch(text.strip().lower())
    if match is None or (match[3] and not match[2]):
        raise ValueError("not a size like 500M, 2G or 1GiB")
    power = UNITS.index(match[2]) + 1 if match[2] else 0
    size = int(float(match[1]) * (1024**power if match[3] else 1000**power))
    if not 0 < size <= MAX_SIZE:
        raise ValueError("must be more than nothing and at most 1000T")
    return size


def spell_size(size: int) -> str:
    """`size` bytes for people: `812 B`, `3.4 MB`."""
    value, units = float(size), iter(("B", "kB", "MB", "GB"))
    unit = next(units)
    while value >= 1000 and (larger := next(units, None)):  # noqa: PLR2004 - a unit is a thousand of the one before
        value, unit = value / 1000, larger
    return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"

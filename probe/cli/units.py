"""Durations as people type them."""

import re

SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
DURATION = re.compile(r"(?:\d+(?:\.\d+)?[smhd]?)+")
PART = re.compile(r"(\d+(?:\.\d+)?)([smhd]?)")


def parse_duration(text: str) -> float:
    """`45`, `90s`, `10m`, `1h30m` in seconds; raises `ValueError` that says what is understood."""
    clean = text.strip().lower()
    if not DURATION.fullmatch(clean):
        raise ValueError("not a duration like 90s, 10m or 1h30m")
    seconds = sum(float(number) * SECONDS[unit] for number, unit in PART.findall(clean))
    if seconds <= 0:
        raise ValueError("must be longer than nothing")
    return seconds

"""Durations as people type them. No option names here: whoever parses adds which option was wrong."""

import re

NUMBER = r"(\d{1,12}(?:\.\d{1,6})?)"
SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
DURATION = re.compile("".join(f"(?:{NUMBER}{unit})?" for unit in SECONDS))

MAX_SECONDS = 366 * 86400


def parse_duration(text: str) -> float:
    """`45`, `90s`, `10m`, `1h30m` in seconds; a number alone is seconds.

    Raises `ValueError` that says what is understood.
    """
    clean = text.strip().lower()
    clean += "s" if re.fullmatch(NUMBER, clean) else ""
    match = DURATION.fullmatch(clean)
    if not clean or match is None:
        raise ValueError("not a duration like 90s, 10m or 1h30m")
    seconds = sum(
        float(number or 0) * size for number, size in zip(match.groups(), SECONDS.values(), strict=True)
    )
    if not 0 < seconds <= MAX_SECONDS:
        raise ValueError("must be longer than nothing and at most 366d")
    return seconds

"""Rows of counts with the blocked share that stands for each, its interval, or "insufficient"."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from probe.report.statistics.floor import FLOOR, INSUFFICIENT, Floor, share
from probe.report.statistics.proportion import ALPHA

SUFFICIENT = "sufficient"


def with_shares(
    rows: Iterable[Mapping[str, Any]], floor: Floor = FLOOR, alpha: float = ALPHA
) -> Iterator[dict[str, Any]]:
    """Each row with `evidence`, and `share`, `low`, `high` of blocked among usable; these are None below the floor.

    `rows`: with `blocked`, `usable` and `runs`.
    """
    for row in rows:
        found = share(row["blocked"], row["usable"], row["runs"], floor, alpha)
        if found is None:
            yield {**row, "evidence": INSUFFICIENT, "share": None, "low": None, "high": None}
        else:
            ends = {"low": found.interval.low, "high": found.interval.high}
            yield {**row, "evidence": SUFFICIENT, "share": found.value, **ends}

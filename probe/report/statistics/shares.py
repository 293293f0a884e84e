"""Rows of counts with the share of interference that stands for each, its interval, or "insufficient"."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from probe.report.statistics.floor import FLOOR, INSUFFICIENT, SUFFICIENT, Floor, share
from probe.report.statistics.proportion import ALPHA


def with_shares(
    rows: Iterable[Mapping[str, Any]], floor: Floor = FLOOR, alpha: float = ALPHA
) -> Iterator[dict[str, Any]]:
    """Each row with `evidence`, and `share`, `low`, `high` of interfered among usable; these are None below the floor.

    `rows`: with `interfered`, `usable` and `runs`.
    """
    for row in rows:
        found = share(row["interfered"], row["usable"], row["runs"], floor, alpha)
        if found is None:
            yield {**row, "evidence": INSUFFICIENT, "share": None, "low": None, "high": None}
        else:
            ends = {"low": found.interval.low, "high": found.interval.high}
            yield {**row, "evidence": SUFFICIENT, "share": found.value, **ends}

"""Rows of daily counts to one series a place, as `change.since` takes them. No reading, no judging."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from probe.report.statistics.change import Change, Day, since

if TYPE_CHECKING:
    from datetime import date

DAY = "measurement_start_day"

Place = tuple[object, ...]
"""Values of the columns that name a place, as (58224, "instagram")."""

COUNTED = "interfered"
"""What is looked for: blocked or throttled."""


def series(rows: Iterable[Mapping[str, Any]], by: Sequence[str]) -> dict[Place, list[Day]]:
    """One series a place: (day, interfered, usable), days in order; rows of the same place and day are added.

    `rows`: with `measurement_start_day`, `usable`, `interfered` and the columns `by`, as `Table.to_pylist()` gives them.
    """
    sums: dict[Place, dict[date, tuple[int, int]]] = {}
    for row in rows:
        days = sums.setdefault(tuple(row[name] for name in by), {})
        found, usable = days.get(row[DAY], (0, 0))
        days[row[DAY]] = found + int(row[COUNTED]), usable + int(row["usable"])
    return {place: [(day, *counts) for day, counts in sorted(days.items())] for place, days in sums.items()}


def ways(rows: Iterable[Mapping[str, Any]], by: Sequence[str]) -> dict[Place, dict[str, dict["date", int]]]:
    """What is counted of each known mechanism, by place and day. `rows`: as `series` takes them, one a mechanism, with `mechanism`."""
    found: dict[Place, dict[str, dict[date, int]]] = {}
    for row in rows:
        count = int(row[COUNTED])
        if count and row["mechanism"]:
            days = found.setdefault(tuple(row[name] for name in by), {}).setdefault(row["mechanism"], {})
            days[row[DAY]] = days.get(row[DAY], 0) + count
    return found


def changes(
    rows: Iterable[Mapping[str, Any]], by: Sequence[str], parts: Iterable[Mapping[str, Any]] = ()
) -> dict[Place, list[Change]]:
    """What changed at each place; places where nothing did are left out. `parts`: the same by mechanism, as `ways` takes them."""
    known = ways(parts, by)
    found = {place: since(days, known.get(place)) for place, days in series(rows, by).items()}
    return {place: turns for place, turns in found.items() if turns}


def leading(rows: Iterable[Mapping[str, Any]], change: Change) -> Literal["blocked", "throttled"]:
    """Which of the two `change` is of: what there was more of, on the side where more was. `rows`: of its place, by day."""
    side = change.after if change.after.share > change.before.share else change.before
    days = [row for row in rows if side.first <= row[DAY] <= side.last]
    slowed = sum(int(row["throttled"]) for row in days) > sum(int(row["blocked"]) for row in days)
    return "throttled" if slowed else "blocked"

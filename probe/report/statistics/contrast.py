"""Rows of counts as cells against their others, and as networks before and after a day. Nothing is tested here."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from probe.report.statistics.cells import Cell, Side, Stratum
from probe.report.statistics.floor import FLOOR, Floor, enough
from probe.report.statistics.series import COUNTED

Row = Mapping[str, Any]
Key = tuple[object, ...]
COUNTS = (COUNTED, "usable", "runs")


def against_others(
    rows: Iterable[Row], target: Sequence[str], floor: Floor = FLOOR
) -> tuple[list[tuple[Row, Cell]], int]:
    """Each row with its cell: itself against all other rows of the same target; and how many rows are insufficient.

    `target`: the columns that name what was measured, as ("platform",). Insufficient rows are no cells, and still are others.
    A row whose others are insufficient is so too; rows without others are no cells either.
    """
    rows = list(rows)
    sums: dict[Key, list[int]] = {}
    for row in rows:
        whole = sums.setdefault(_key(row, target), [0, 0, 0])
        for place, name in enumerate(COUNTS):
            whole[place] += row[name]
    cells, little = list[tuple[Row, Cell]](), 0
    for row in rows:
        own = [row[name] for name in COUNTS]
        interfered, usable, runs = (
            all_ - part for all_, part in zip(sums[_key(row, target)], own, strict=True)
        )
        if not enough(row["usable"], row["runs"], floor) or (usable > 0 and not enough(usable, runs, floor)):
            little += 1
        elif usable:
            name = " ".join(map(str, _key(row, target)))
            cells.append((row, Cell(name, row[COUNTED], row["usable"], interfered, usable)))
    return cells, little


def before_and_after(
    before: Iterable[Row], after: Iterable[Row], network: Sequence[str], target: Sequence[str]
) -> dict[Key, list[Stratum]]:
    """The counts of both sides as one stratum a network, for each target that is on either side."""
    nothing = Side(0, 0, 0)
    sides = [
        {(_key(row, target), _key(row, network)): _side(row) for row in rows} for rows in (before, after)
    ]
    found: dict[Key, list[Stratum]] = {}
    for key in dict.fromkeys((*sides[0], *sides[1])):
        found.setdefault(key[0], []).append(Stratum(sides[0].get(key, nothing), sides[1].get(key, nothing)))
    return found


def _side(row: Row) -> Side:
    return Side(row[COUNTED], row["usable"], row["runs"])


def split(rows: Iterable[Row], is_kept: Callable[[Row], object]) -> tuple[list[Row], int]:
    """The rows that are kept, and how many measurements those have that are not."""
    kept, left = list[Row](), 0
    for row in rows:
        if is_kept(row):
            kept.append(row)
        else:
            left += row["n"]
    return kept, left


def names_all(row: Row, target: Sequence[str]) -> bool:
    """Whether `row` names its target: measurements without, say, a platform have nothing in common."""
    return all(row[name] for name in target)


def _key(row: Row, names: Sequence[str]) -> Key:
    return tuple(row[name] for name in names)

"""Rows of counts as cells against their others, and as networks before and after a day. Nothing is tested here."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from probe.report.statistics.cells import Cell, Stratum
from probe.report.statistics.floor import FLOOR, Floor, enough
from probe.report.statistics.series import COUNTED, DAY

Row = Mapping[str, Any]
Key = tuple[object, ...]


def against_others(
    rows: Iterable[Row], target: Sequence[str], floor: Floor = FLOOR
) -> tuple[list[tuple[Row, Cell]], int]:
    """Each row with its cell: itself against all other rows of the same target; and how many rows are insufficient.

    `target`: the columns that name what was measured, as ("platform",). Insufficient rows are no cells, and still are others.
    Rows without others are no cells either.
    """
    rows = list(rows)
    sums: dict[Key, tuple[int, int]] = {}
    for row in rows:
        blocked, usable = sums.get(_key(row, target), (0, 0))
        sums[_key(row, target)] = blocked + row[COUNTED], usable + row["usable"]
    cells, little = list[tuple[Row, Cell]](), 0
    for row in rows:
        blocked, usable = sums[_key(row, target)]
        others = blocked - row[COUNTED], usable - row["usable"]
        if not enough(row["usable"], row["runs"], floor):
            little += 1
        elif others[1] > 0:
            name = " ".join(map(str, _key(row, target)))
            cells.append((row, Cell(name, row[COUNTED], row["usable"], *others)))
    return cells, little


def before_and_after(
    rows: Iterable[Row], at: date, network: Sequence[str], target: Sequence[str]
) -> dict[Key, list[Stratum]]:
    """Daily rows as one stratum a network, for each target: days before `at`, and from `at` on."""
    sums: dict[Key, dict[Key, list[int]]] = {}
    for row in rows:
        cell = sums.setdefault(_key(row, target), {}).setdefault(_key(row, network), [0, 0, 0, 0])
        side = 2 * (row[DAY] >= at)
        cell[side] += row[COUNTED]
        cell[side + 1] += row["usable"]
    return {key: [Stratum(*cell) for cell in cells.values()] for key, cells in sums.items()}


def _key(row: Row, names: Sequence[str]) -> Key:
    return tuple(row[name] for name in names)

"""Many cells at once: which differ from the others when so many are looked at, and does a difference hold over networks.

A cell is one place in a table of counts, say one network and one domain. Only counts go in.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from probe.report.statistics.floor import FLOOR, Floor, enough
from probe.report.statistics.proportion import ALPHA, Interval

FALSE_DISCOVERIES = 0.05
"""The share of the findings that may be chance."""


HALF = 0.5
"""The continuity correction, in measurements."""


@dataclass(frozen=True, slots=True)
class Cell:
    """`interfered` of `n` here, `others_interfered` of `others_n` in what it is held against, which must not include it."""

    name: str
    interfered: int
    n: int
    others_interfered: int
    others_n: int

    def __post_init__(self) -> None:
        """Refuses counts that cannot be, by `ValueError`."""
        if not (0 <= self.interfered <= self.n and 0 <= self.others_interfered <= self.others_n):
            raise ValueError(
                f"{self.name}: {self.interfered} of {self.n}, {self.others_interfered} of {self.others_n}"
            )


@dataclass(frozen=True, slots=True)
class Difference:
    """What is known of one cell.

    p: Fisher's exact test, two-sided. q: the least rate of false discoveries at which it would be found.
    """

    cell: Cell
    p: float
    q: float
    found: bool

    @property
    def more(self) -> bool:
        """Whether more is interfered with here than in the others."""
        cell = self.cell
        return cell.interfered * cell.others_n > cell.others_interfered * cell.n


def differences(cells: Sequence[Cell], rate: float = FALSE_DISCOVERIES) -> list[Difference]:
    """Each cell against its others, in the order given, with at most `rate` of all findings false.

    Fisher, The Design of Experiments (1935), exact for any counts; Benjamini and Hochberg, J. R. Stat. Soc. B 57 (1995) 289,
    which holds for tests that are independent or positively dependent, as cells are that share their others.
    """
    from scipy.stats import false_discovery_control, fisher_exact  # noqa: PLC0415 - half a second to import

    if not cells:
        return []
    ps = [float(fisher_exact(_table(cell)).pvalue) for cell in cells]
    qs = [float(q) for q in false_discovery_control(ps, method="bh")]
    return [Difference(cell, p, q, q <= rate) for cell, p, q in zip(cells, ps, qs, strict=True)]


def _table(cell: Cell) -> list[list[int]]:
    return [
        [cell.interfered, cell.n - cell.interfered],
        [cell.others_interfered, cell.others_n - cell.others_interfered],
    ]


@dataclass(frozen=True, slots=True)
class Side:
    """`interfered` of `n` usable measurements in `runs` runs."""

    interfered: int
    n: int
    runs: int


@dataclass(frozen=True, slots=True)
class Stratum:
    """One network, on both sides of the comparison."""

    before: Side
    after: Side

    def suffices(self, floor: Floor = FLOOR) -> bool:
        """Whether either side bears an answer by itself: two shares are held against each other."""
        return all(enough(side.n, side.runs, floor) for side in (self.before, self.after))

    def informs(self) -> bool:
        """Whether both answers were seen: networks with one only say nothing on a difference."""
        interfered, n = self.before.interfered + self.after.interfered, self.before.n + self.after.n
        return 0 < interfered < n


@dataclass(frozen=True, slots=True)
class Odds:
    """The odds of being interfered with after, over those before.

    odds and interval: Mantel and Haenszel's pooled odds ratio, Robins, Breslow and Greenland's interval; `inf` when
    nothing contradicts. p: Cochran, Mantel and Haenszel's test with continuity correction. same: Breslow and Day's p, small
    when networks differ in their odds, so that one number for all misleads; None where it cannot be said.
    """

    odds: float
    interval: Interval
    p: float
    same: float | None


@dataclass(frozen=True, slots=True)
class Common:
    """What all networks together say, and on how much that rests.

    networks: those with enough on both sides; where there is none, the answer is insufficient, and before and after count
    what there is. odds: None also where each network had one answer only, on both sides.
    """

    networks: int
    before: Side
    after: Side
    odds: Odds | None


def over_networks(strata: Sequence[Stratum], floor: Floor = FLOOR, alpha: float = ALPHA) -> Common:
    """Cochran-Mantel-Haenszel: the difference within networks, so that who measured more does not decide.

    Networks below the floor on one side are left out. Mantel and Haenszel, J. Natl. Cancer Inst. 22 (1959) 719.
    """
    used = [stratum for stratum in strata if stratum.suffices(floor)]
    told = used or strata
    before, after = _sum(stratum.before for stratum in told), _sum(stratum.after for stratum in told)
    odds = _odds([stratum for stratum in used if stratum.informs()], alpha)
    return Common(len(used), before, after, odds)


def _sum(sides: Iterable[Side]) -> Side:
    """Added up; a run is on one network, so runs can be added too."""
    counts = [(side.interfered, side.n, side.runs) for side in sides]
    interfered, n, runs = (sum(column) for column in zip((0, 0, 0), *counts, strict=True))
    return Side(interfered, n, runs)


def _odds(used: Sequence[Stratum], alpha: float) -> Odds | None:
    if not used:
        return None
    from statsmodels.stats.contingency_tables import StratifiedTable  # noqa: PLC0415 - a second to import

    tables = [np.array(_sides(stratum), dtype=float) for stratum in used]
    table = StratifiedTable(tables)
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = float(table.oddsratio_pooled)
        p = float(table.test_null_odds(correction=_excess(tables) >= HALF).pvalue)
        if not 0 < odds < float("inf"):
            return Odds(odds, Interval(0.0, float("inf")), p, None)
        low, high = (float(end) for end in table.oddsratio_pooled_confint(alpha))
        same = float(table.test_equal_odds().pvalue) if len(used) > 1 else None
    return Odds(odds, Interval(low, high), p, None if same != same else same)  # noqa: PLR0124 - NaN


def _excess(tables: Sequence[NDArray[np.float64]]) -> float:
    """How far the first cells are from what is expected without a difference: the correction must not go beyond."""
    return abs(sum(float(t[0, 0] - t[0].sum() * t[:, 0].sum() / t.sum()) for t in tables))


def _sides(stratum: Stratum) -> list[list[int]]:
    return [[side.interfered, side.n - side.interfered] for side in (stratum.after, stratum.before)]

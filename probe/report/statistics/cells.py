"""Many cells at once: which differ from the others when so many are looked at, and does a difference hold over networks.

A cell is one place in a table of counts, say one network and one domain. Only counts go in.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from probe.report.statistics.proportion import ALPHA, Interval

FALSE_DISCOVERIES = 0.05
"""The share of the findings that may be chance."""


HALF = 0.5
"""The continuity correction, in measurements."""


@dataclass(frozen=True, slots=True)
class Cell:
    """`blocked` of `n` here, `others_blocked` of `others_n` in what it is held against, which must not include it."""

    name: str
    blocked: int
    n: int
    others_blocked: int
    others_n: int

    def __post_init__(self) -> None:
        """Refuses counts that cannot be, by `ValueError`."""
        if not (0 <= self.blocked <= self.n and 0 <= self.others_blocked <= self.others_n):
            raise ValueError(
                f"{self.name}: {self.blocked} of {self.n}, {self.others_blocked} of {self.others_n}"
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
        """Whether more is blocked here than in the others."""
        cell = self.cell
        return cell.blocked * cell.others_n > cell.others_blocked * cell.n


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
        [cell.blocked, cell.n - cell.blocked],
        [cell.others_blocked, cell.others_n - cell.others_blocked],
    ]


@dataclass(frozen=True, slots=True)
class Stratum:
    """One network: `before_blocked` of `before_n` on one side of the comparison, `after_blocked` of `after_n` on the other."""

    before_blocked: int
    before_n: int
    after_blocked: int
    after_n: int

    def informs(self) -> bool:
        """Whether both sides were measured and both answers were seen: all else says nothing on a difference."""
        blocked = self.before_blocked + self.after_blocked
        return self.before_n > 0 < self.after_n and 0 < blocked < self.before_n + self.after_n


@dataclass(frozen=True, slots=True)
class Common:
    """What all networks together say: the odds of being blocked after, over those before.

    odds and interval: Mantel and Haenszel's pooled odds ratio, Robins, Breslow and Greenland's interval; `inf` when
    nothing contradicts. p: Cochran, Mantel and Haenszel's test with continuity correction. same: Breslow and Day's p, small
    when networks differ in their odds, so that one number for all misleads; None where it cannot be said.
    """

    odds: float
    interval: Interval
    p: float
    same: float | None
    networks: int


def over_networks(strata: Sequence[Stratum], alpha: float = ALPHA) -> Common | None:
    """Cochran-Mantel-Haenszel: the difference within networks, so that who measured more does not decide; None: nothing informs.

    Mantel and Haenszel, J. Natl. Cancer Inst. 22 (1959) 719.
    """
    used = [stratum for stratum in strata if stratum.informs()]
    if not used:
        return None
    from statsmodels.stats.contingency_tables import StratifiedTable  # noqa: PLC0415 - a second to import

    tables = [np.array(_sides(stratum), dtype=float) for stratum in used]
    table = StratifiedTable(tables)
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = float(table.oddsratio_pooled)
        p = float(table.test_null_odds(correction=_excess(tables) >= HALF).pvalue)
        if not 0 < odds < float("inf"):
            return Common(odds, Interval(0.0, float("inf")), p, None, len(used))
        low, high = (float(end) for end in table.oddsratio_pooled_confint(alpha))
        same = float(table.test_equal_odds().pvalue) if len(used) > 1 else None
    return Common(odds, Interval(low, high), p, None if same != same else same, len(used))  # noqa: PLR0124 - NaN


def _excess(tables: Sequence[NDArray[np.float64]]) -> float:
    """How far the first cells are from what is expected without a difference: the correction must not go beyond."""
    return abs(sum(float(t[0, 0] - t[0].sum() * t[:, 0].sum() / t.sum()) for t in tables))


def _sides(stratum: Stratum) -> list[list[int]]:
    return [
        [stratum.after_blocked, stratum.after_n - stratum.after_blocked],
        [stratum.before_blocked, stratum.before_n - stratum.before_blocked],
    ]

"""The same targets measured twice: did more of them change one way than the other? Needs no library.

Pairs in which both measurements say the same count for the size of the change, and not for the test (McNemar,
Psychometrika 12, 1947). No reading, no words: counts in, numbers out.
"""

from dataclasses import dataclass
from math import exp, lgamma, log, sqrt
from statistics import NormalDist

MIN_PAIRS = 10
"""Fewer pairs are called insufficient: with 5 that differ, all one way, the exact p is 0.06 whatever happened."""

EXACT_UP_TO = 2_000
"""Differing pairs up to which whole numbers are summed; above, logarithms, right to ten digits."""


@dataclass(frozen=True, slots=True)
class Paired:
    """`n` pairs, of which `b` changed to interference and `c` away from it.

    `p`: two-sided. `difference`: (b - c) / n, with its interval `low` to `high`. All four are None below `MIN_PAIRS`.
    """

    n: int
    b: int
    c: int
    p: float | None
    difference: float | None
    low: float | None
    high: float | None

    @property
    def sufficient(self) -> bool:
        """Whether there are enough pairs to say something."""
        return self.p is not None


def paired(n: int, b: int, c: int, alpha: float = 0.05) -> Paired:
    """The test and the size of the change; `alpha`: what the interval may miss. Raises `ValueError` for impossible counts."""
    if min(n, b, c) < 0 or b + c > n:
        raise ValueError(f"{b} + {c} pairs that differ, of {n}")
    if n < MIN_PAIRS:
        return Paired(n, b, c, None, None, None, None)
    low, high = difference_interval(n, b, c, alpha)
    return Paired(n, b, c, mcnemar(b, c), (b - c) / n, low, high)


def mcnemar(b: int, c: int) -> float:
    """Two-sided p of the exact conditional test: that of b heads in b + c throws of a fair coin (Fagerland et al. 2014, §4.2)."""
    few, total = min(b, c), b + c
    if few * 2 >= total - 1:
        return 1.0
    if total > EXACT_UP_TO:
        return min(1.0, _tail(few, total))
    summed = term = 1
    for k in range(few):
        term = term * (total - k) // (k + 1)
        summed += term
    return summed / (1 << (total - 1))


def _tail(few: int, total: int) -> float:
    """Twice the chance of `few` heads or fewer, from its largest term down until the rest does not count."""
    largest = lgamma(total + 1) - lgamma(few + 1) - lgamma(total - few + 1) + (1 - total) * log(2)
    summed = ratio = 1.0
    for k in range(few, 0, -1):
        ratio *= k / (total - k + 1)
        summed += ratio
        if ratio < summed * 1e-17:
            break
    return exp(largest) * summed


def difference_interval(n: int, b: int, c: int, alpha: float = 0.05) -> tuple[float, float]:
    """Of (b - c) / n: Wald's with one pair added to each of b and c (Bonett and Price, J. Educ. Behav. Stat. 37, 2012).

    Fagerland, Lydersen and Laake (Statistics in Medicine 33, 2014) recommend it for its coverage and simplicity.
    """
    up, down = (b + 1) / (n + 2), (c + 1) / (n + 2)
    reach = NormalDist().inv_cdf(1 - alpha / 2) * sqrt((up + down - (up - down) ** 2) / (n + 2))
    return max(-1.0, up - down - reach), min(1.0, up - down + reach)

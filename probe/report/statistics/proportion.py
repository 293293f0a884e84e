"""Shares with their uncertainty. Counts go in, numbers come out; nothing here knows what was counted."""

from dataclasses import dataclass
from statistics import NormalDist

ALPHA = 0.05
"""One interval in twenty misses the truth: what readers expect when nothing else is said."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Both ends belong to it."""

    low: float
    high: float


def wilson(k: int, n: int, alpha: float = ALPHA) -> Interval:
    """Where the true share lies when `k` of `n` were seen: Wilson's score interval, at 1 - `alpha`.

    Wilson, J. Am. Stat. Assoc. 22 (1927) 209; without continuity correction, as Newcombe, Statist. Med. 17 (1998) 857,
    method 3. It stays within 0 and 1 and holds its level for few counts and rare events. Without counts nothing is known: (0, 1).
    Raises `ValueError` for counts that cannot be.
    """
    if not 0 <= k <= n:
        raise ValueError(f"{k} of {n} is no share")
    if not 0 < alpha < 1:
        raise ValueError(f"alpha is between 0 and 1, not {alpha}")
    if n == 0:
        return Interval(0.0, 1.0)
    z = NormalDist().inv_cdf(1 - alpha / 2)
    share, spread = k / n, z * z / n
    middle = (share + spread / 2) / (1 + spread)
    reach = (spread * share * (1 - share) + spread * spread / 4) ** 0.5 / (1 + spread)
    return Interval(0.0 if k == 0 else middle - reach, 1.0 if k == n else middle + reach)

"""Two shares, does one differ from the other? Needs no library: `cells.py` asks scipy for the same, many at once.

No reading, no words: counts in, a number out.
"""

from math import exp, lgamma

ALIKE = 1e-7
"""Chances that differ by less, relatively, are equal: those of one table and its mirror are, but for rounding. R and scipy take the same."""


def fisher(one: int, of_one: int, other: int, of_other: int) -> float:
    """Two-sided p of `one` of `of_one` against `other` of `of_other`: all tables no likelier than this one, the margins given.

    Fisher, The Design of Experiments (1935), §21. Exact for any counts. Raises `ValueError` for counts that cannot be.
    """
    if not (0 <= one <= of_one and 0 <= other <= of_other):
        raise ValueError(f"{one} of {of_one}, {other} of {of_other}")
    both = one + other
    seen = _log_weight(one, of_one, both, of_other)
    weights = [
        _log_weight(k, of_one, both, of_other) - seen
        for k in range(max(0, both - of_other), min(of_one, both) + 1)
    ]
    most = max(weights)
    scaled = [(weight <= ALIKE, exp(weight - most)) for weight in weights]
    return min(1.0, sum(share for counts, share in scaled if counts) / sum(share for _, share in scaled))


def _log_weight(k: int, of_one: int, both: int, of_other: int) -> float:
    """Of the table with `k` of `of_one`: in how many ways it comes about, as a logarithm."""
    return _log_ways(k, of_one) + _log_ways(both - k, of_other)


def _log_ways(k: int, n: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)

"""How much evidence an answer needs: below the floor the answer is "insufficient", never a number."""

from dataclasses import dataclass

from probe.report.statistics.proportion import ALPHA, Interval, wilson

INSUFFICIENT = "insufficient"
"""What is shown where a share would stand."""

SUFFICIENT = "sufficient"
"""The other word for the evidence."""


@dataclass(frozen=True, slots=True)
class Floor:
    """The least evidence for a share.

    Five measurements: where one in five fails with no censor there, five of five fail by chance in one cell of 3,000.
    Two runs: all measurements of one run share a probe, its network and its hour; more of them are not more evidence.
    """

    measurements: int = 5
    runs: int = 2


FLOOR = Floor()


@dataclass(frozen=True, slots=True)
class Share:
    """`k` of `n`, with the interval that holds the truth."""

    k: int
    n: int
    interval: Interval

    @property
    def value(self) -> float:
        """From 0 to 1."""
        return self.k / self.n


def enough(n: int, runs: int, floor: Floor = FLOOR) -> bool:
    """Whether `n` usable measurements in `runs` runs bear an answer."""
    return n >= floor.measurements and runs >= floor.runs


def share(k: int, n: int, runs: int, floor: Floor = FLOOR, alpha: float = ALPHA) -> Share | None:
    """`k` of `n` usable measurements in `runs` runs; None: insufficient. Raises `ValueError` for counts that cannot be."""
    interval = wilson(k, n, alpha)
    return Share(k, n, interval) if n > 0 and enough(n, runs, floor) else None

"""Since when? Days on which a place was measured go in; what changed, when, and how sure that is, comes out.

The model. A series of days falls into stretches; in a stretch each measurement is blocked with the same chance. A day's
measurements resemble each other (they share probes, hours, a network's bad day), so a day's count is beta-binomial around
the stretch's chance, with `ALIKE` as its precision. What the chance is, is not known: it is summed over, on a grid under
Jeffreys' prior. A change is told when the Bayes factor of two stretches against one, summed over all days on which
it could have been, reaches `SURE`, and when the shares on both sides differ by at least `MATERIAL`.

Barry and Hartigan, Ann. Stat. 20 (1992) 260 (stretches); Smith, Biometrika 62 (1975) 407 (one change in binomial counts);
Kass and Raftery, J. Am. Stat. Assoc. 90 (1995) 773 (Bayes factors). docs/statistics.md has formulas and what was tried.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from probe.report.statistics.proportion import wilson

ALIKE = 4.0
"""Precision of the beta-binomial: a day's measurements are worth five independent ones at most."""

SURE = 10_000.0
"""Least Bayes factor: with nothing there, one series in ten thousand or fewer has such a factor (Markov's inequality)."""

MATERIAL = 0.3
"""Least difference of the shares: an unreliable network gets better and worse by a fifth without any censor."""

AT_LEAST = 2
"""Measured days of a stretch: one day's measurements, however many, may share one cause that was no censor."""

OFTEN = 1 / 30
"""How probable a change is on any one day when candidates are looked for: generous, `SURE` decides."""

MASS = 0.95
"""What an interval of days holds."""

LEVELS = 48
"""Points of the grid; Jeffreys' prior gives each the same weight."""

Day = tuple[date, int, int]
"""Day, blocked, usable measurements."""

Floats = NDArray[np.float64]
State = Literal["blocked", "open", "mixed"]
Turn = Literal["blocked", "opened", "more", "less"]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days from `first` to `last`, both measured, over which nothing changed: `blocked` of `n`.

    state: blocked or open when the share's interval lies on one side of a half, else mixed.
    """

    first: date
    last: date
    blocked: int
    n: int

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.blocked / self.n

    @property
    def state(self) -> State:
        """What a reader would call it."""
        interval = wilson(self.blocked, self.n)
        return "blocked" if interval.low > 0.5 else "open" if interval.high < 0.5 else "mixed"  # noqa: PLR2004 - a half


@dataclass(frozen=True, slots=True)
class Change:
    """`day`: the most probable first day of what came after; with 95 % it was from `low` to `high`, both included.

    A gap before `day` makes `low` earlier: it may have been on any day nobody measured.
    turn: blocked and opened cross a half; more and less do not.
    """

    day: date
    low: date
    high: date
    turn: Turn
    before: Stretch
    after: Stretch
    bayes_factor: float


def since(days: Sequence[Day]) -> list[Change]:
    """What changed in `days`, in order of time; the last is the answer to "since when".

    `days`: (date, blocked, n) in any order, each date once; days with n = 0 are as good as missing. Time and memory grow linearly
    with them. Raises `ValueError` for counts that cannot be, or for a date that is there twice.
    """
    series = _Series.of(days)
    return [] if series is None else series.changes(series.settle(series.candidates()))


def stretches(days: Sequence[Day]) -> list[Stretch]:
    """The stretches between the changes `since` tells of: at least one when anything was measured. Raises as `since` does."""
    series = _Series.of(days)
    if series is None:
        return []
    cuts = [0, *series.settle(series.candidates()), len(series.dates)]
    return [series.stretch(*pair) for pair in itertools.pairwise(cuts)]


@dataclass(frozen=True, slots=True)
class _Series:
    """`sums[i, j]`: log likelihood of the first i days at level j. A cut c is between day c - 1 and day c."""

    dates: list[date]
    blocked: list[int]
    n: list[int]
    sums: Floats

    @classmethod
    def of(cls, days: Sequence[Day]) -> "_Series | None":
        """None when nothing was measured."""
        seen = sorted(day for day in days if day[2] != 0)
        if any(not 0 <= blocked <= n for _, blocked, n in days):
            raise ValueError("a day with more blocked than measured")
        if any(one[0] == other[0] for one, other in itertools.pairwise(seen)):
            raise ValueError("a date that is there twice")
        if not seen:
            return None
        blocked, n = [day[1] for day in seen], [day[2] for day in seen]
        likelihoods = log_likelihoods(np.array(blocked), np.array(n))
        sums = np.vstack([np.zeros(LEVELS), np.cumsum(likelihoods, axis=0)])
        return cls([day[0] for day in seen], blocked, n, sums)

    def candidates(self) -> list[int]:
        """Cuts of the most probable path over the levels (Viterbi; a change goes to any level alike)."""
        stay, leap = np.log1p(-OFTEN), np.log(OFTEN / LEVELS)
        steps = np.diff(self.sums, axis=0)
        best, came = steps[0], np.zeros((len(steps), LEVELS), dtype=np.int64)
        for day in range(1, len(steps)):
            top = int(np.argmax(best))
            leaps = best[top] + leap > best + stay
            came[day] = np.where(leaps, top, np.arange(LEVELS))
            best = np.where(leaps, best[top] + leap, best + stay) + steps[day]
        level, cuts = int(np.argmax(best)), []
        for day in range(len(steps) - 1, 0, -1):
            if came[day, level] != level:
                cuts.append(day)
                level = int(came[day, level])
        return cuts[::-1]

    def settle(self, cuts: list[int]) -> list[int]:
        """Give up the weakest cut until all that are left are sure and material; each then goes to its best day."""
        cuts, worth = list(cuts), dict[tuple[int, int, int], float]()
        while cuts:
            bounds = [0, *cuts, len(self.dates)]
            around = [(bounds[i], bounds[i + 1], bounds[i + 2]) for i in range(len(cuts))]
            for place in around:
                if place not in worth:
                    worth[place] = self.worth(*place)
            weakest = min(range(len(cuts)), key=lambda i: worth[around[i]])
            if worth[around[weakest]] >= np.log(SURE):
                return [
                    start + AT_LEAST + int(np.argmax(self.places(start, end))) for start, _, end in around
                ]
            del cuts[weakest]
        return cuts

    def worth(self, start: int, cut: int, end: int) -> float:
        """Log Bayes factor of a cut between `start` and `end`; nothing when a side is too short, or both much the same."""
        if min(cut - start, end - cut) < AT_LEAST:
            return -np.inf
        if abs(self.stretch(start, cut).share - self.stretch(cut, end).share) < MATERIAL:
            return -np.inf
        return float(_log_mean(self.places(start, end)))

    def places(self, start: int, end: int) -> Floats:
        """Log Bayes factor of each cut from `start` + `AT_LEAST` to `end` - `AT_LEAST`, against none."""
        inner = self.sums[start + AT_LEAST : end - AT_LEAST + 1]
        left, right = _log_mean(inner - self.sums[start]), _log_mean(self.sums[end] - inner)
        whole = _log_mean(self.sums[end] - self.sums[start])
        return np.asarray(left + right - whole)

    def stretch(self, start: int, end: int) -> Stretch:
        """Days `start` to `end` - 1."""
        return Stretch(
            self.dates[start], self.dates[end - 1], sum(self.blocked[start:end]), sum(self.n[start:end])
        )

    def changes(self, cuts: list[int]) -> list[Change]:
        """What is told of each cut."""
        bounds = [0, *cuts, len(self.dates)]
        return [self.change(*bounds[i : i + 3]) for i in range(len(cuts))]

    def change(self, start: int, cut: int, end: int) -> Change:
        """What is told of `cut`, given its neighbours."""
        places = self.places(start, end)
        chance = np.exp(places - places.max())
        below = np.cumsum(chance) / chance.sum()
        low = start + AT_LEAST + int(np.searchsorted(below, (1 - MASS) / 2))
        high = start + AT_LEAST + int(np.searchsorted(below, (1 + MASS) / 2))
        before, after = self.stretch(start, cut), self.stretch(cut, end)
        return Change(
            day=self.dates[cut],
            low=self.dates[min(low, cut) - 1] + timedelta(days=1),
            high=self.dates[max(high, cut)],
            turn=_turn(before.share, after.share),
            before=before,
            after=after,
            bayes_factor=float(np.exp(min(float(_log_mean(places)), 700.0))),
        )


def _turn(before: float, after: float) -> Turn:
    half = 0.5
    if before < half <= after:
        return "blocked"
    if after < half <= before:
        return "opened"
    return "more" if after > before else "less"


def levels() -> Floats:
    """Chances of being blocked, each as probable as the next under Jeffreys' prior, Beta(1/2, 1/2)."""
    return np.asarray(np.sin((np.arange(LEVELS) + 0.5) / LEVELS * np.pi / 2) ** 2)


def log_likelihoods(blocked: NDArray[np.int64], n: NDArray[np.int64]) -> Floats:
    """Log of the chance of `blocked` of `n` at each level, beta-binomial: a row a day, a column a level."""
    from scipy.special import betaln, gammaln  # noqa: PLC0415 - what only reads the names need not wait

    k, m = blocked[:, None].astype(float), n[:, None].astype(float)
    a = ALIKE * levels()[None, :]
    b = ALIKE - a
    ways = gammaln(m + 1) - gammaln(k + 1) - gammaln(m - k + 1)
    return np.asarray(ways + betaln(k + a, m - k + b) - betaln(a, b))


def _log_mean(values: Floats) -> Floats:
    """Log of the mean of exp(`values`) along the last axis."""
    top = values.max(axis=-1, keepdims=True)
    return np.asarray(np.log(np.mean(np.exp(values - top), axis=-1)) + top[..., 0])

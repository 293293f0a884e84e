"""Since when? Days on which a place was measured go in; what changed, when, and how sure that is, comes out.

The model. A series of days falls into stretches; in a stretch each measurement is blocked with the same chance. A day's
measurements resemble each other (they share probes, hours, a network's bad day), so a day's count is beta-binomial around
the stretch's chance, with `ALIKE` as its precision. What the chance is, is not known: it is summed over, on a grid under
Jeffreys' prior. A change is told when the Bayes factor of two stretches against one, summed over all days on which
it could have been, reaches `SURE`, and when the shares on both sides differ by at least `MATERIAL`.

Accidents come in many ways, a block in one. So each mechanism is looked at by itself as well, with what it alone blocked:
a series is looked at in several *views*, and a change is told when one of them is sure enough for all.

Barry and Hartigan, Ann. Stat. 20 (1992) 260 (stretches); Smith, Biometrika 62 (1975) 407 (one change in binomial counts);
Kass and Raftery, J. Am. Stat. Assoc. 90 (1995) 773 (Bayes factors). docs/statistics.md has formulas and what was tried.
"""

import itertools
from collections.abc import Mapping, Sequence
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

HINT = 1.0
"""Least Bayes factor of all together for a mechanism by itself to be believed: they must not speak against it."""

MOVES = 8
"""How often cuts are moved to their best days: each move may show that a neighbour's day was not its best; two do mostly."""

WHOLE = 0.5
"""Weight of all mechanisms together; those by themselves share the rest."""

CLOSE, HITS = 5, 3
"""A mechanism is looked at by itself when, of `CLOSE` days measured one after the other, it blocked on `HITS` or more, and on
some its share was `MATERIAL`. Less could not reach `SURE`, or be told; most accidents do neither, and cost no time."""

LEVELS = 48
"""Points of the grid; Jeffreys' prior gives each the same weight."""

Day = tuple[date, int, int]
"""Day, blocked, usable measurements."""

Ways = Mapping[str, Mapping[date, int]]
"""Mechanism → day → how many of the blocked were blocked in this way."""

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
    turn: blocked and opened cross a half; more and less do not. mechanism: by which most was blocked on the side where more was;
    None when that is not known.
    """

    day: date
    low: date
    high: date
    turn: Turn
    before: Stretch
    after: Stretch
    bayes_factor: float
    mechanism: str | None = None


def since(days: Sequence[Day], ways: Ways | None = None) -> list[Change]:
    """What changed in `days`, in order of time; the last is the answer to "since when".

    `days`: (date, blocked, n) in any order, each date once; days with n = 0 are as good as missing. `ways`: by what, where that is
    known. Time and memory grow linearly with days and mechanisms. Raises `ValueError` for counts that cannot be, or for a date
    that is there twice.
    """
    series = _Series.of(days, ways or {})
    return [] if series is None else series.changes(series.settle(series.candidates()))


def stretches(days: Sequence[Day], ways: Ways | None = None) -> list[Stretch]:
    """The stretches between the changes `since` tells of: at least one when anything was measured. Raises as `since` does."""
    series = _Series.of(days, ways or {})
    if series is None:
        return []
    cuts = [0, *(cut for cut, _ in series.settle(series.candidates())), len(series.dates)]
    return [series.stretch(*pair) for pair in itertools.pairwise(cuts)]


@dataclass(frozen=True, slots=True)
class _View:
    """What one mechanism blocked, or all of them. `sums[i, j]`: log likelihood of the first i days at level j."""

    blocked: list[int]
    sums: Floats
    weight: float
    """All views, those of mechanisms that do not recur included, have 1 together, so that many looks find no more by chance."""

    @classmethod
    def of(cls, blocked: list[int], n: list[int], weight: float) -> "_View":
        """A view of what was `blocked` of `n`, day by day."""
        likelihoods = log_likelihoods(np.array(blocked), np.array(n))
        sums = np.vstack([np.zeros(LEVELS), np.cumsum(likelihoods, axis=0)])
        return cls(blocked, sums, weight)

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

    def places(self, start: int, end: int) -> Floats:
        """Log Bayes factor of each cut from `start` + `AT_LEAST` to `end` - `AT_LEAST`, against none."""
        inner = self.sums[start + AT_LEAST : end - AT_LEAST + 1]
        left, right = _log_mean(inner - self.sums[start]), _log_mean(self.sums[end] - inner)
        whole = _log_mean(self.sums[end] - self.sums[start])
        return np.asarray(left + right - whole)

    def factor(self, start: int, end: int) -> float:
        """Log Bayes factor of one change between `start` and `end`, less what it costs to have several looks."""
        return float(_log_mean(self.places(start, end)) + np.log(self.weight))


@dataclass(frozen=True, slots=True)
class _Series:
    """`views`: all together first. `parts`: what each mechanism blocked. A cut c is between day c - 1 and day c."""

    dates: list[date]
    n: list[int]
    views: list[_View]
    parts: Mapping[str, list[int]]

    @classmethod
    def of(cls, days: Sequence[Day], ways: Ways) -> "_Series | None":
        """None when nothing was measured."""
        seen = sorted(day for day in days if day[2] != 0)
        if any(not 0 <= blocked <= n for _, blocked, n in days):
            raise ValueError("a day with more blocked than measured")
        if any(one[0] == other[0] for one, other in itertools.pairwise(seen)):
            raise ValueError("a date that is there twice")
        if not seen:
            return None
        dates, blocked, n = [day[0] for day in seen], [day[1] for day in seen], [day[2] for day in seen]
        parts = {mechanism: [counts.get(day, 0) for day in dates] for mechanism, counts in ways.items()}
        if any(part > whole for one in parts.values() for part, whole in zip(one, blocked, strict=True)):
            raise ValueError("a day with more blocked in one way than in all")
        alone = [part for part in parts.values() if part != blocked]
        views = [_View.of(blocked, n, WHOLE if alone else 1.0)]
        views += [_View.of(part, n, (1 - WHOLE) / len(alone)) for part in alone if _recurs(part, n)]
        return cls(dates, n, views, parts)

    def candidates(self) -> list[int]:
        """Those of all views."""
        return sorted({cut for view in self.views for cut in view.candidates()})

    def settle(self, cuts: list[int]) -> list[tuple[int, _View]]:
        """Give up the weakest cut until all that are left are sure and material, each on its best day; with the view that is surest."""
        known, moves = dict[tuple[int, int, int], tuple[float, _View]](), 0
        while cuts:
            bounds = [0, *cuts, len(self.dates)]
            around = [(bounds[i], bounds[i + 1], bounds[i + 2]) for i in range(len(cuts))]
            known.update((place, self.surest(*place)) for place in around if place not in known)
            found = [known[place] for place in around]
            weakest = min(range(len(cuts)), key=lambda i: found[i][0])
            if found[weakest][0] < np.log(SURE):
                cuts = cuts[:weakest] + cuts[weakest + 1 :]
                continue
            best = self.placed([end for _, _, end in around], [view for _, view in found])
            if best == cuts or moves == MOVES:
                return [(cut, view) for cut, (_, view) in zip(cuts, found, strict=True)]
            cuts, moves = best, moves + 1
        return []

    def placed(self, ends: Sequence[int], views: Sequence[_View]) -> list[int]:
        """Each cut on its best day between the one before, already placed, and the one after."""
        cuts: list[int] = []
        for end, view in zip(ends, views, strict=True):
            start = cuts[-1] if cuts else 0
            cuts.append(start + AT_LEAST + int(np.argmax(view.places(start, end))))
        return cuts

    def surest(self, start: int, cut: int, end: int) -> tuple[float, _View]:
        """The view that is surest of a cut between `start` and `end`, and its log Bayes factor.

        Nothing when a side is too short, or both much the same. A mechanism by itself counts where all together point the same way,
        and where it does not only take the place of others.
        """
        whole = self.views[0]
        step = self.step(whole, start, cut, end) if min(cut - start, end - cut) >= AT_LEAST else 0.0
        if abs(step) < MATERIAL:
            return -np.inf, whole
        found = [(whole.factor(start, end), whole)]
        if found[0][0] >= np.log(HINT):
            own = [(view, self.step(view, start, cut, end) * np.sign(step)) for view in self.views[1:]]
            found += [
                (view.factor(start, end), view)
                for view, size in own
                if MATERIAL <= size < abs(step) + MATERIAL
            ]
        return max(found, key=lambda factor: factor[0])

    def step(self, view: _View, start: int, cut: int, end: int) -> float:
        """How much more of all is blocked from `cut` on, in `view`."""
        before = sum(view.blocked[start:cut]) / sum(self.n[start:cut])
        return sum(view.blocked[cut:end]) / sum(self.n[cut:end]) - before

    def stretch(self, start: int, end: int) -> Stretch:
        """Days `start` to `end` - 1."""
        return Stretch(
            self.dates[start],
            self.dates[end - 1],
            sum(self.views[0].blocked[start:end]),
            sum(self.n[start:end]),
        )

    def changes(self, cuts: Sequence[tuple[int, _View]]) -> list[Change]:
        """What is told of each cut."""
        bounds = [0, *(cut for cut, _ in cuts), len(self.dates)]
        return [self.change(view, *bounds[i : i + 3]) for i, (_, view) in enumerate(cuts)]

    def change(self, view: _View, start: int, cut: int, end: int) -> Change:
        """What is told of `cut`, given its neighbours."""
        places = view.places(start, end)
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
            bayes_factor=float(np.exp(min(view.factor(start, end), 700.0))),
            mechanism=self.mechanism(*((cut, end) if after.share > before.share else (start, cut))),
        )

    def mechanism(self, start: int, end: int) -> str | None:
        """By which most was blocked on days `start` to `end` - 1; the first by name of several."""
        counts = {name: sum(part[start:end]) for name, part in sorted(self.parts.items())}
        most = max(counts, key=lambda name: counts[name], default=None)
        return most if most is not None and counts[most] else None


def _recurs(blocked: Sequence[int], n: Sequence[int]) -> bool:
    """Whether `HITS` of `CLOSE` neighbouring days have any, and on some as near to each other it is `MATERIAL`."""
    hits, share = _neighbours([count > 0 for count in blocked]), _neighbours(blocked) / _neighbours(n)
    return bool(hits.max() >= HITS and share.max() >= MATERIAL)


def _neighbours(counts: Sequence[int]) -> Floats:
    """Of each `CLOSE` days in a row the sum; of all days when there are fewer."""
    return np.convolve(np.asarray(counts, dtype=float), np.ones(min(CLOSE, len(counts))), "valid")


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

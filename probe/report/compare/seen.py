"""All measurements of one target on one side, reduced to what they say together.

A measurement that cannot tell (own network broken, endpoint still hot, inconclusive …) says nothing and is counted.
Those that can tell must agree, but for one in five, among at least five: a sighting that is only `possible` is an
accident among answers (about a fifth of all TCP connections die early with no censor: Sundara Raman et al., SIGCOMM
2023), and an answer is a slip through a block (a censor need not stop all to be one: Crandall et al., CCS 2007).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from probe.record.verdict import Confidence, ControlKind, Mechanism, Status
from probe.report.compare.row import Problem, Row
from probe.report.statistics.fisher import fisher
from probe.report.statistics.floor import FLOOR

EXCEPTIONS = 5
"""One in as many, and only among at least as many."""

CHANCE = 0.05
"""The greatest p at which two sides are called unlike: one in twenty that flap alike, of targets that flap on both."""

TUNNEL_RULE = "inconclusive.fake_address"


class Kind(StrEnum):
    """What the measurements of a target say. `mixed`: they disagree. `unknown`: none of them can tell."""

    OPEN = "open"
    INTERFERED = "interfered"
    REFUSED = "refused"
    DOWN = "down"
    MIXED = "mixed"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why a measurement, or a pair, cannot be compared; the first that holds is given."""

    RECORD_INVALID = "record_invalid"
    NOT_MEASURED = "not_measured"
    NO_RULES = "no_rules"
    OTHER_NETWORK = "other_network"
    OWN_NETWORK = "own_network"
    TUNNEL = "tunnel"
    CONTAMINATED = "contaminated"
    INCONCLUSIVE = "inconclusive"
    CONTROL_MISSING = "control_missing"
    MEASURED_ONCE = "measured_once"


RULES: Mapping[str, Reason] = MappingProxyType({
    TUNNEL_RULE: Reason.TUNNEL,
    "inconclusive.own_fault": Reason.OWN_NETWORK,
    "inconclusive.resolver_dead": Reason.OWN_NETWORK,
    "inconclusive.cut_off": Reason.OWN_NETWORK,
    "inconclusive.late": Reason.OWN_NETWORK,
    "inconclusive.hot": Reason.CONTAMINATED,
})  # fmt: skip
"""The judge's rules that say why it is inconclusive."""

KINDS = {
    Status.REACHABLE: Kind.OPEN,
    Status.BLOCKED: Kind.INTERFERED,
    Status.THROTTLED: Kind.INTERFERED,
    Status.REFUSED: Kind.REFUSED,
    Status.DOWN: Kind.DOWN,
}
PASSED = frozenset({Status.REACHABLE, Status.REFUSED})
"""What only a network that works can show."""

REASONS = tuple(Reason)
SURENESS = tuple(Confidence)


@dataclass(frozen=True, slots=True)
class Seen:
    """`row`: the measurement that speaks for them; `counts`: how many say what, in the order of `Kind`.

    `mechanisms`: all that were seen, each as the measurement lists them. `controlled`: one that tells had a control.
    """

    kind: Kind
    row: Row
    counts: tuple[tuple[Kind, int], ...]
    mechanisms: frozenset[tuple[Mechanism, ...]]
    controlled: bool
    reason: Reason | None = None

    @property
    def total(self) -> int:
        """Measurements."""
        return sum(count for _, count in self.counts)

    def is_unlike(self, other: "Seen") -> bool:
        """Whether two sides that flap do not flap alike: whichever kind, its share is another, beyond what chance does.

        By Fisher's exact test. Below the floor, where no share is spoken of, each side counts as what most of it says,
        as a single measurement does.
        """
        here, there = self.telling, other.telling
        if min(here.total(), there.total()) < FLOOR.measurements:
            mostly = {_majority(here), _majority(there)}
            return None not in mostly and len(mostly) > 1
        shares = ((here[kind], here.total(), there[kind], there.total()) for kind in {*here, *there})
        return any(fisher(*counts) <= CHANCE for counts in shares)

    @property
    def telling(self) -> Counter[Kind]:
        """How many say what, of those that can tell."""
        return Counter({kind: count for kind, count in self.counts if kind is not Kind.UNKNOWN})


def _majority(counts: Counter[Kind]) -> Kind | None:
    kind, count = counts.most_common(1)[0]
    return kind if count * 2 > counts.total() else None


def living_runs(rows: Iterable[Row]) -> frozenset[str]:
    """Runs in which at least one measurement had an answer from beyond this machine."""
    return frozenset(row.run for row in rows if row.alive or row.status in PASSED)


def reason_of(row: Row, living: frozenset[str]) -> Reason | None:
    """Why `row` tells nothing; None when it does."""
    if row.problem is not None:
        return Reason(row.problem.value)
    if row.status is None:
        return Reason.NO_RULES
    if row.rule in RULES:
        return RULES[row.rule]
    if row.status not in PASSED and row.confidence is not Confidence.CONFIRMED:
        if row.run not in living:
            return Reason.OWN_NETWORK
        if row.hot:
            return Reason.CONTAMINATED
    return Reason.INCONCLUSIVE if row.status is Status.INCONCLUSIVE else None


def reduce(rows: Iterable[Row], living: frozenset[str]) -> Seen:
    """What `rows`, at least one, of one target say together; in any order, a measurement that comes twice once."""
    told, silent = dict[Kind, list[Row]](), list[tuple[Reason, Row]]()
    for row in _distinct(rows):
        reason = reason_of(row, living)
        if reason is not None:
            silent.append((reason, row))
        elif row.status is not None:
            told.setdefault(KINDS[row.status], []).append(row)
    counts = [(kind, len(told[kind])) for kind in Kind if kind in told]
    if silent:
        counts.append((Kind.UNKNOWN, len(silent)))
    if not told:
        reason, row = min(silent, key=lambda one: (REASONS.index(one[0]), one[1].order))
        return Seen(Kind.UNKNOWN, row, tuple(counts), frozenset(), controlled=False, reason=reason)
    kind = _agreed(told)
    speaking = [row for group in told.values() for row in group] if kind is Kind.MIXED else told[kind]
    return Seen(
        kind=kind,
        row=_spokesman(speaking),
        counts=tuple(counts),
        mechanisms=frozenset(row.mechanisms for row in speaking if row.mechanisms),
        controlled=any(row.control is not ControlKind.NONE for row in speaking),
    )


def _distinct(rows: Iterable[Row]) -> list[Row]:
    known, found = set[str](), list[Row]()
    for row in sorted(rows, key=lambda one: one.order):
        if not row.uid or row.uid not in known:
            found.append(row)
            known.add(row.uid)
    return found


def _agreed(told: dict[Kind, list[Row]]) -> Kind:
    if len(told) == 1:
        return next(iter(told))
    if set(told) != {Kind.OPEN, Kind.INTERFERED}:
        return Kind.MIXED
    answers, sightings = told[Kind.OPEN], told[Kind.INTERFERED]
    if _is_rare(sightings, answers) and all(row.confidence is Confidence.POSSIBLE for row in sightings):
        return Kind.OPEN
    return Kind.INTERFERED if _is_rare(answers, sightings) else Kind.MIXED


def _is_rare(some: Sequence[Row], others: Sequence[Row]) -> bool:
    total = len(some) + len(others)
    return total >= EXCEPTIONS and len(some) * EXCEPTIONS <= total


def _spokesman(rows: Sequence[Row]) -> Row:
    """The surest of those with the most frequent mechanisms; the earliest of those."""
    frequent = Counter(row.mechanisms for row in rows)
    return min(rows, key=lambda row: (-frequent[row.mechanisms], SURENESS.index(row.confidence), row.order))


def is_problem(row: Row) -> bool:
    """Whether `row` stands for a measurement that is not there."""
    return row.problem in (Problem.RECORD_INVALID, Problem.NOT_MEASURED)

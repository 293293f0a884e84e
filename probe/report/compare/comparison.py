"""Sides in, the whole comparison out: every target's class, counts by group, paired statistics, confounds. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from probe.report.compare.change import PAIR, Change, Class, classify
from probe.report.compare.confounds import Confound, confounds
from probe.report.compare.pairing import items
from probe.report.compare.row import Network, Row
from probe.report.compare.seen import Kind, is_problem
from probe.report.statistics.paired import Paired, paired


class By(StrEnum):
    """How targets are grouped for counting."""

    PLATFORM = "platform"
    ASN = "asn"
    INPUT = "input"
    LAYER = "layer"


@dataclass(frozen=True, slots=True)
class Side:
    """What is compared: a short label, rows in any order, and the name that people know it by."""

    label: str
    rows: Sequence[Row]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a side consists of; `first`, `last`: when its measurements began, empty without any."""

    label: str
    name: str
    measurements: int
    targets: int
    runs: int
    networks: tuple[Network, ...]
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Group:
    """Targets counted together; `name` is None for those without one (no platform, no interference)."""

    name: str | None
    counts: Mapping[Class, int]
    pairs: Paired

    @property
    def total(self) -> int:
        """Targets."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Comparison:
    """`changes`: one for each target (and network), by name."""

    sides: tuple[Facts, ...]
    changes: tuple[Change, ...]
    confounds: tuple[Confound, ...]

    @property
    def differences(self) -> int:
        """Targets that differ."""
        return sum(change.is_difference for change in self.changes)

    @property
    def compared(self) -> int:
        """Targets that were set side by side."""
        return sum(change.kind in COMPARED for change in self.changes)

    @property
    def nothing_compared(self) -> bool:
        """Whether both sides measured the same targets and none could be set side by side, by one side's fault."""
        one_sided = any(len(why.sides) < len(self.sides) for change in self.changes for why in change.whys)
        foreign = any(change.item.foreign for change in self.changes)
        return self.compared == 0 and (one_sided or foreign)

    def whole(self) -> Group:
        """All targets in one group."""
        return group_of(None, self.changes)

    def groups(self, by: By) -> list[Group]:
        """By name, the nameless last."""
        found = dict[str | None, list[Change]]()
        for change in self.changes:
            found.setdefault(NAMES[by](change), []).append(change)
        names = sorted(found, key=lambda name: (name is None, name or ""))
        return [group_of(name, found[name]) for name in names]


COMPARED = frozenset(Class) - {Class.APPEARED, Class.DISAPPEARED, Class.NOT_COMPARABLE}
PAIRED = COMPARED - {Class.FLAPPING}


def compare(sides: Sequence[Side], *, across: bool = False) -> Comparison:
    """Compare two sides or more, the earlier first. `across`: also what was measured in different networks.

    Raises `ValueError` for fewer than two sides.
    """
    if len(sides) < PAIR:
        raise ValueError(f"{len(sides)} side(s): there is nothing to compare with")
    rows = [side.rows for side in sides]
    return Comparison(
        sides=tuple(map(_facts, sides)),
        changes=tuple(classify(item) for item in items(rows, across=across)),
        confounds=confounds(rows),
    )


def group_of(name: str | None, changes: Iterable[Change]) -> Group:
    """`changes` counted; pairs are those open or interfered with on both sides."""
    changes = list(changes)
    ends = [(change.before, change.after) for change in changes if change.kind in PAIRED]
    kinds = Counter((one.kind, other.kind) for one, other in ends if one is not None and other is not None)
    told = (Kind.OPEN, Kind.INTERFERED)
    n = sum(kinds[one, other] for one in told for other in told)
    up, down = kinds[Kind.OPEN, Kind.INTERFERED], kinds[Kind.INTERFERED, Kind.OPEN]
    counts = Counter(change.kind for change in changes)
    return Group(name, {kind: counts[kind] for kind in Class}, paired(n, up, down))


def _facts(side: Side) -> Facts:
    real = [row for row in side.rows if not is_problem(row)]
    times = [row.started for row in real if row.started]
    return Facts(
        label=side.label,
        name=side.name,
        measurements=len({row.uid or id(row) for row in real}),
        targets=len({row.target for row in real}),
        runs=len({row.run for row in real}),
        networks=tuple(sorted({row.network for row in real})),
        first=min(times, default=""),
        last=max(times, default=""),
    )


def _networks(change: Change) -> str | None:
    named = {network for side in change.item.networks for network in side}
    return ", ".join(" ".join(network) for network in sorted(named))


def _layers(change: Change) -> str | None:
    """Where there is, or was, interference."""
    ends = [seen for seen in (change.before, change.after) if seen is not None]
    layers = {seen.row.layer.value for seen in ends if seen.row.layer and seen.kind in INTERFERING}
    return ", ".join(sorted(layers)) or None


INTERFERING = (Kind.INTERFERED, Kind.MIXED)

NAMES: Mapping[By, Callable[[Change], str | None]] = {
    By.PLATFORM: lambda change: change.item.platform,
    By.ASN: _networks,
    By.INPUT: lambda change: change.item.target[1] or change.item.target[0],
    By.LAYER: _layers,
}

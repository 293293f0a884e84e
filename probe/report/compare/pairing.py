"""Which measurements stand side by side: those of one target, made in one network.

A network that only one side has is set against what the other side has left, so that a target which was measured on
both sides is never called new or gone because the network is another one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from probe.report.compare.row import NOWHERE, Network, Row, Target
from probe.report.compare.seen import Seen, is_problem, living_runs, reduce

MANY = 100
"""Networks of one target that nobody shares, above which they are not tried in pairs."""

Rows = Sequence[Row]
ByNetwork = Mapping[Network, list[Row]]


@dataclass(frozen=True, slots=True)
class Item:
    """One target, and what each side saw of it (None: nothing). `foreign`: the sides' networks are not the same."""

    target: Target
    seen: tuple[Seen | None, ...]
    networks: tuple[tuple[Network, ...], ...]
    platform: str | None
    role: str | None
    foreign: bool = False


def items(sides: Sequence[Rows], *, across: bool = False) -> Iterator[Item]:
    """Every target of every side, by name; `across`: whatever the networks."""
    living = [living_runs(rows) for rows in sides]
    grouped = [_by_target(rows) for rows in sides]
    for target in sorted({target for side in grouped for target in side}, key=_name):
        found = [_by_network(side.get(target, ())) for side in grouped]
        for chosen, foreign in _alongside(found, across=across):
            yield _item(target, chosen, living, foreign=foreign)


def _name(target: Target) -> tuple[str, str]:
    return target[1] or "", target[0]


def _by_target(rows: Rows) -> dict[Target, list[Row]]:
    found = dict[Target, list[Row]]()
    for row in rows:
        found.setdefault(row.target, []).append(row)
    return found


def _by_network(rows: Iterable[Row]) -> ByNetwork:
    """A line that is no record, or a target that a run did not come to, counts where there is nothing better."""
    real = [row for row in rows if not is_problem(row)]
    found = dict[Network, list[Row]]()
    for row in real or rows:
        found.setdefault(row.network, []).append(row)
    return found


def _alongside(found: Sequence[ByNetwork], *, across: bool) -> Iterator[tuple[Sequence[ByNetwork], bool]]:
    """The networks that are compared with each other, side by side, and whether they are not the same."""
    if across:
        yield found, False
        return
    named = sorted({network for side in found for network in side})
    shared = [network for network in named if sum(network in side for side in found) > 1]
    for network in shared:
        yield [_only(side, {network}) for side in found], False
    rest = [_only(side, set(side) - set(shared)) for side in found]
    if sum(map(bool, rest)) > 1:
        yield rest, not _may_be_one(rest)
    else:
        for network in sorted(network for side in rest for network in side):
            yield [_only(side, {network}) for side in rest], False


def _only(side: ByNetwork, networks: set[Network]) -> ByNetwork:
    return {network: rows for network, rows in side.items() if network in networks}


def _may_be_one(sides: Sequence[ByNetwork]) -> bool:
    """Whether no two networks of different sides are surely not the same."""
    if sum(map(len, sides)) > MANY:
        return False
    pairs = (pair for one, other in combinations(sides, 2) for pair in product(one, other))
    return all(
        unknown in (one[place], other[place]) or one[place] == other[place]
        for one, other in pairs
        for place, unknown in enumerate(NOWHERE)
    )


def _item(
    target: Target, chosen: Sequence[ByNetwork], living: Sequence[frozenset[str]], *, foreign: bool
) -> Item:
    sides = [[row for rows in side.values() for row in rows] for side in chosen]
    listed = [row for rows in sides for row in rows if row.platform]
    platform, role = min(((row.platform, row.role or "") for row in listed), default=(None, ""))
    return Item(
        target=target,
        seen=tuple(reduce(rows, alive) if rows else None for rows, alive in zip(sides, living, strict=True)),
        networks=tuple(tuple(sorted(side)) for side in chosen),
        platform=platform,
        role=role or None,
        foreign=foreign,
    )

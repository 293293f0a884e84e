"""What holds whatever is compared with whatever."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from probe.report.compare.change import Change, Class, Why
from probe.report.compare.comparison import By, Comparison, Group
from probe.report.compare.row import Row
from probe.report.compare.seen import is_problem
from tests.report.compare.rows import compared, sides

OTHER_WAY = {
    Class.NEWLY_BLOCKED: Class.NEWLY_OPEN,
    Class.NEWLY_OPEN: Class.NEWLY_BLOCKED,
    Class.APPEARED: Class.DISAPPEARED,
    Class.DISAPPEARED: Class.APPEARED,
}


def mirrored(why: Why) -> Why:
    """The same reason, of the other sides."""
    return Why(why.reason, tuple(sorted(1 - side for side in why.sides)))


def told(change: Change) -> tuple[object, ...]:
    """What a change says, without what tells the sides apart."""
    return (
        change.item.target,
        change.kind,
        change.whys,
        change.item.seen,
        change.item.networks,
        change.is_difference,
    )


def mirror(change: Change) -> tuple[object, ...]:
    """What `change` would say with its sides exchanged."""
    kind = OTHER_WAY.get(change.kind, change.kind)
    whys = tuple(map(mirrored, change.whys))
    return (
        change.item.target,
        kind,
        whys,
        change.item.seen[::-1],
        change.item.networks[::-1],
        change.is_difference,
    )


@settings(max_examples=60)
@given(sides)
def test_a_side_does_not_differ_from_itself(rows: list[Row]) -> None:
    """Nothing changed, appeared or went away; no confound differs; no pair differs."""
    found = compared(rows, rows)
    assert found.differences == 0
    assert not found.nothing_compared
    assert {change.kind for change in found.changes} <= {Class.SAME, Class.FLAPPING, Class.NOT_COMPARABLE}
    assert not [confound for confound in found.confounds if confound.differs]
    whole = found.whole().pairs
    assert (whole.b, whole.c, whole.p in (None, 1.0)) == (0, 0, True)


@settings(max_examples=60)
@given(sides, sides, st.booleans())
def test_exchanging_the_sides_mirrors(one: list[Row], other: list[Row], across: bool) -> None:  # noqa: FBT001
    """Newly blocked becomes newly open, appeared becomes disappeared, and all else stays."""
    there, back = compared(one, other, across=across), compared(other, one, across=across)
    assert list(map(told, there.changes)) == list(map(mirror, back.changes))
    assert [(c.kind, c.values) for c in there.confounds] == [(c.kind, c.values[::-1]) for c in back.confounds]
    first, second = there.whole().pairs, back.whole().pairs
    assert (first.n, first.b, first.c, first.p) == (second.n, second.c, second.b, second.p)
    assert there.nothing_compared == back.nothing_compared
    for by in By:
        assert list(map(_mirrored_counts, there.groups(by))) == list(map(_counts, back.groups(by)))


def _counts(group: Group) -> tuple[object, ...]:
    return group.name, dict(group.counts)


def _mirrored_counts(group: Group) -> tuple[object, ...]:
    return group.name, {kind: group.counts[OTHER_WAY.get(kind, kind)] for kind in Class}


@settings(max_examples=60)
@given(sides, sides, st.randoms(use_true_random=False))
def test_the_order_of_lines_does_not_matter(one: list[Row], other: list[Row], chance: random.Random) -> None:
    """Nor, so, that of files."""
    shuffled = [chance.sample(rows, len(rows)) for rows in (one, other)]
    assert compared(one, other) == compared(*shuffled)


@settings(max_examples=60)
@given(st.lists(sides, min_size=2, max_size=4), st.booleans())
def test_every_target_and_network_is_in_exactly_one_class(found: list[list[Row]], across: bool) -> None:  # noqa: FBT001
    """Of every side; a placeholder without a network of its own is where the target is."""
    changes = compared(*found, across=across).changes
    assert {change.item.target for change in changes} == {row.target for rows in found for row in rows}
    for number, rows in enumerate(found):
        for target in {row.target for row in rows}:
            mine = [row for row in rows if row.target == target]
            real = [row for row in mine if not is_problem(row)] or mine
            shown = [
                network for c in changes if c.item.target == target for network in c.item.networks[number]
            ]
            assert sorted(shown) == sorted({row.network for row in real})


@settings(max_examples=60)
@given(sides, sides)
def test_a_target_of_one_network_is_named_once(one: list[Row], other: list[Row]) -> None:
    """However many measurements it has."""
    changes = compared([row for row in one if row.network[1] != "AS44244"][:6], other, across=True).changes
    names = [change.item.target for change in changes]
    assert len(names) == len(set(names))


@settings(max_examples=60)
@given(sides, sides)
def test_counts_and_pairs_agree_with_the_classes(one: list[Row], other: list[Row]) -> None:
    """What the statistics count is what is listed; groups add up to the whole."""
    found = compared(one, other)
    whole = found.whole()
    assert whole.pairs.b == whole.counts[Class.NEWLY_BLOCKED]
    assert whole.pairs.c == whole.counts[Class.NEWLY_OPEN]
    assert whole.total == len(found.changes)
    for by in By:
        groups = found.groups(by)
        assert {kind: sum(group.counts[kind] for group in groups) for kind in Class} == dict(whole.counts)
        assert sum(group.pairs.n for group in groups) == whole.pairs.n


@settings(max_examples=60)
@given(st.lists(sides, min_size=3, max_size=5))
def test_many_sides_backwards(found: list[list[Row]]) -> None:
    """Read from the last to the first, what was newly blocked is newly open."""
    forth, back = compared(*found), compared(*found[::-1])
    assert [_ends(change) for change in forth.changes] == [
        (target, OTHER_WAY.get(kind, kind)) for target, kind in map(_ends, back.changes)
    ]


def _ends(change: Change) -> tuple[object, Class]:
    return change.item.target, change.kind


def test_types() -> None:
    """The empty comparison is one too."""
    found = compared([], [])
    assert isinstance(found, Comparison)
    assert (found.changes, found.differences, found.nothing_compared) == ((), 0, False)

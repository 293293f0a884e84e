"""What became of one target: exactly one class, whatever was seen. Pure and total.

Exchanging the sides exchanges newly blocked with newly open and appeared with disappeared, and nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from probe.record.verdict import Confidence
from probe.report.compare.pairing import Item
from probe.report.compare.seen import Kind, Reason, Seen


class Class(StrEnum):
    """What became of a target, the most important first."""

    NEWLY_BLOCKED = "newly_blocked"
    NEWLY_OPEN = "newly_open"
    OTHER_MECHANISM = "other_mechanism"
    OTHER_OUTCOME = "other_outcome"
    FLAPPING = "flapping"
    APPEARED = "appeared"
    DISAPPEARED = "disappeared"
    NOT_COMPARABLE = "not_comparable"
    OTHER_CONFIDENCE = "other_confidence"
    SAME = "same"


NO_DIFFERENCE = frozenset({Class.NOT_COMPARABLE, Class.OTHER_CONFIDENCE, Class.SAME})
PAIR = 2


@dataclass(frozen=True, slots=True)
class Why:
    """A reason why it cannot be compared, and the sides (from 0) that it holds for."""

    reason: Reason
    sides: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """`since`: among more than two sides the first at which it was as it is now. `first`, `last`: what was set side by side."""

    item: Item
    kind: Class
    whys: tuple[Why, ...] = ()
    first: int | None = None
    last: int | None = None
    since: int | None = None

    @property
    def is_difference(self) -> bool:
        """Whether the two sides differ; a target that flaps on all of them, and as much at last as at first, has not changed."""
        if self.kind is not Class.FLAPPING:
            return self.kind not in NO_DIFFERENCE
        telling = [seen for seen in self.item.seen if seen is not None and seen.kind is not Kind.UNKNOWN]
        return any(seen.kind is not Kind.MIXED for seen in telling) or telling[0].is_unlike(telling[-1])

    @property
    def before(self) -> Seen | None:
        """What was seen first."""
        return self.item.seen[self.first] if self.first is not None else None

    @property
    def after(self) -> Seen | None:
        """What was seen last."""
        return self.item.seen[self.last] if self.last is not None else None


def classify(item: Item) -> Change:
    """The class of `item`; at least one side must have seen it."""
    there = [(side, seen) for side, seen in enumerate(item.seen) if seen is not None]
    telling = [(side, seen) for side, seen in there if seen.kind is not Kind.UNKNOWN]
    ends = {"first": there[0][0], "last": there[-1][0]}
    if len(there) == 1:
        return _alone(item, *there[0])
    whys = _reasons(there) if len(telling) < PAIR else ()
    if item.foreign:
        whys = (Why(Reason.OTHER_NETWORK, tuple(side for side, _ in there)), *whys)
    if whys:
        return Change(item, Class.NOT_COMPARABLE, whys, **ends)
    return _compared(item, telling)


def _reasons(there: Sequence[tuple[int, Seen]]) -> tuple[Why, ...]:
    held = {seen.reason for _, seen in there}
    return tuple(
        Why(reason, tuple(side for side, seen in there if seen.reason is reason))
        for reason in Reason
        if reason in held
    )


def _alone(item: Item, side: int, seen: Seen) -> Change:
    """Only one side has it."""
    first, last = (side, None) if side == 0 else (None, side)
    if seen.reason in (Reason.RECORD_INVALID, Reason.NOT_MEASURED):
        return Change(item, Class.NOT_COMPARABLE, (Why(seen.reason, (side,)),), first, last)
    if side == 0:
        return Change(item, Class.DISAPPEARED, (), first, last)
    if side == len(item.seen) - 1:
        return Change(item, Class.APPEARED, (), first, last)
    return Change(item, Class.NOT_COMPARABLE, (Why(Reason.MEASURED_ONCE, (side,)),), side, side)


def _compared(item: Item, telling: Sequence[tuple[int, Seen]]) -> Change:
    (first, before), (last, after) = telling[0], telling[-1]
    stretches = [next(stretch) for _, stretch in groupby(telling, key=lambda one: one[1].kind)]
    flaps = any(seen.kind is Kind.MIXED for _, seen in telling) or len(stretches) > PAIR
    since = stretches[-1][0] if len(stretches) > 1 and not flaps else None
    if flaps:
        return Change(item, Class.FLAPPING, (), first, last)
    kind = _pair(before, after)
    if kind not in NO_DIFFERENCE and _rests_on_missing_control(before, after):
        bare = first if not before.controlled else last
        return Change(item, Class.NOT_COMPARABLE, (Why(Reason.CONTROL_MISSING, (bare,)),), first, last)
    return Change(item, kind, (), first, last, since)


def _pair(before: Seen, after: Seen) -> Class:
    """Of two that tell, neither mixed."""
    if before.kind is not after.kind:
        if {before.kind, after.kind} == {Kind.OPEN, Kind.INTERFERED}:
            return Class.NEWLY_BLOCKED if after.kind is Kind.INTERFERED else Class.NEWLY_OPEN
        return Class.OTHER_OUTCOME
    if before.kind is Kind.INTERFERED and _other_mechanism(before, after):
        return Class.OTHER_MECHANISM
    same = before.row.confidence is after.row.confidence
    return Class.SAME if same else Class.OTHER_CONFIDENCE


def _other_mechanism(before: Seen, after: Seen) -> bool:
    """What one side mostly saw the other never did."""
    one, other = before.row, after.row
    known = one.mechanisms in after.mechanisms and other.mechanisms in before.mechanisms
    return one.status is not other.status or not (known or one.mechanisms == other.mechanisms)


def _rests_on_missing_control(before: Seen, after: Seen) -> bool:
    """Whether one side had a control and the other's verdict, without one, is no more than a sighting."""
    if before.controlled is after.controlled:
        return False
    bare = before if not before.controlled else after
    return bare.row.confidence in (Confidence.POSSIBLE, Confidence.NONE)

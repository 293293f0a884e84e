"""One verdict per platform, from the verdicts on its hosts and what each host is for. Pure, total, whatever the order.

First each role by itself, then the platform from the roles that its users need (`role.py`).

How sure: the surest host speaks for its role, and the least sure role for the platform. Sightings that are only
possible make a platform likely when nothing in their roles works, two or more share a mechanism at different places,
and a fresh control vouched for each of them: one fluke in five, twice alike, is rare. They share the line of the one
who measures; whether that is at fault is for the canaries of the run to say, not for this file.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from probe.judge.control_view import STALE
from probe.judge.role import BAD, GOOD, INTERFERED, WORKING, Need, RoleState, need_of, needed, state_of
from probe.record.verdict import Confidence, ControlKind, Layer, Mechanism, Status, Verdict


class PlatformStatus(StrEnum):
    """The answer to "can people use it from here?"."""

    REACHABLE = "reachable"
    PARTLY = "partly"
    BLOCKED = "blocked"
    DOWN = "down"
    INCONCLUSIVE = "inconclusive"


ORDER = tuple(Confidence)
"""From sure to unsure."""

ALIKE = 2
"""Places at which a sighting must repeat to support itself."""


@dataclass(frozen=True, slots=True)
class HostVerdict:
    """The verdict on one target; `host`: a name, or an address."""

    platform: str
    role: str | None
    host: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class PlatformVerdict:
    """`mechanisms`: the most frequent first; `hosts`: those that decided; `roles`: each that was listed ("": without one)."""

    status: PlatformStatus
    confidence: Confidence
    mechanisms: tuple[Mechanism, ...]
    hosts: Mapping[Status, tuple[str, ...]]
    roles: Mapping[str, RoleState]

    @property
    def working_roles(self) -> tuple[str, ...]:
        """Roles that work."""
        return tuple(role for role, state in self.roles.items() if state is RoleState.WORKS)

    @property
    def failing_roles(self) -> tuple[str, ...]:
        """Roles that are blocked, wholly or in part, while others work."""
        failing = tuple(role for role, state in self.roles.items() if state in BAD)
        return failing if GOOD & set(self.roles.values()) else ()


Group = Sequence[HostVerdict]
States = Mapping[str, RoleState]


def judge_platforms(targets: Iterable[HostVerdict]) -> dict[str, PlatformVerdict]:
    """Platform → its verdict, by name."""
    grouped: defaultdict[str, list[HostVerdict]] = defaultdict(list)
    for target in targets:
        grouped[target.platform].append(target)
    return {platform: judge_platform(grouped[platform]) for platform in sorted(grouped)}


def judge_platform(targets: Iterable[HostVerdict]) -> PlatformVerdict:
    """The verdict on the platform that all `targets` belong to; any of them, even none, have exactly one."""
    by_role: defaultdict[str, list[HostVerdict]] = defaultdict(list)
    for target in targets:
        by_role[target.role or ""].append(target)
    states = {role: state_of([one.verdict for one in by_role[role]]) for role in sorted(by_role)}
    counting = {role: by_role[role] for role in needed(states)}
    status = _status({role: states[role] for role in counting}, counting)
    groups = _deciding(status, states, counting)
    return PlatformVerdict(
        status,
        _confidence(status, groups, states, counting),
        _mechanisms(groups),
        _by_outcome(groups),
        states,
    )


def _status(states: States, counting: Mapping[str, Group]) -> PlatformStatus:
    """`states` and `counting`: of the roles that count."""
    live = {role: state for role, state in states.items() if state is not RoleState.OUT}
    found = set(live.values())
    if not found:
        outcomes = {one.verdict.status for group in counting.values() for one in group}
        return PlatformStatus.DOWN if outcomes == {Status.DOWN} else PlatformStatus.INCONCLUSIVE
    ways = {state for role, state in live.items() if need_of(role) is Need.WAY_IN}
    if (ways or found) - {RoleState.UNKNOWN} == {RoleState.BLOCKED}:
        return PlatformStatus.BLOCKED
    has_way = bool(ways) or not any(need_of(role) is Need.WAY_IN for role in states)
    if found == {RoleState.WORKS} and has_way:
        return PlatformStatus.REACHABLE
    return PlatformStatus.PARTLY if found & GOOD and found & BAD else PlatformStatus.INCONCLUSIVE


def _deciding(status: PlatformStatus, states: States, counting: Mapping[str, Group]) -> list[Group]:
    """The hosts that decided, in groups; the verdict is no surer than any of these."""
    if status is PlatformStatus.BLOCKED:
        blocked = [role for role in counting if states[role] is RoleState.BLOCKED]
        ways = [role for role in blocked if need_of(role) is Need.WAY_IN]
        return [_with(INTERFERED, counting[role]) for role in ways or blocked]
    if status is PlatformStatus.PARTLY:
        good = [one for role, group in counting.items() if states[role] in GOOD for one in group]
        bad = [one for role, group in counting.items() if states[role] in BAD for one in group]
        return [_with(WORKING, good), _with(INTERFERED, bad)]
    kinds = {PlatformStatus.REACHABLE: {Status.REACHABLE}, PlatformStatus.DOWN: {Status.DOWN}}
    groups = [_with(kinds.get(status, ()), group) for group in counting.values()]
    return [group for group in groups if group]


def _with(statuses: Collection[Status], group: Group) -> Group:
    return [one for one in group if one.verdict.status in statuses]


def _confidence(
    status: PlatformStatus, groups: Sequence[Group], states: States, counting: Mapping[str, Group]
) -> Confidence:
    supported = _supported(states, counting)
    found = [_surest(group, supported) for group in groups]
    ways = {state for role, state in states.items() if need_of(role) is Need.WAY_IN}
    if status is PlatformStatus.BLOCKED and RoleState.UNKNOWN in ways:
        found.append(Confidence.LIKELY)  # there may be a way in that was not seen
    return max(found, key=ORDER.index, default=Confidence.NONE)


def _surest(group: Group, supported: Collection[Mechanism]) -> Confidence:
    surest = min((one.verdict.confidence for one in group), key=ORDER.index)
    repeated = any(found in supported for one in group for found in one.verdict.mechanisms[:1])
    return Confidence.LIKELY if surest is Confidence.POSSIBLE and repeated else surest


def _supported(states: States, counting: Mapping[str, Group]) -> set[Mechanism]:
    """Mechanisms seen at different places against a fresh control, in roles where nothing works."""
    places: defaultdict[Mechanism, set[str]] = defaultdict(set)
    for role, group in counting.items():
        for one in _with({Status.BLOCKED}, group) if states[role] is RoleState.BLOCKED else ():
            if one.verdict.mechanisms and _has_fresh_control(one.verdict):
                places[one.verdict.mechanisms[0]].add(_place(one))
    return {mechanism for mechanism, found in places.items() if len(found) >= ALIKE}


def _has_fresh_control(verdict: Verdict) -> bool:
    return verdict.control.kind is not ControlKind.NONE and abs(verdict.control.age_s or 0.0) <= STALE


def _place(target: HostVerdict) -> str:
    """What a sighting must not share with another to be one of its own: the address of a flow, else the registered name.

    One address may still be hot from its last trigger, one zone have one lame server. The last two labels stand for
    the registered name: under suffixes of two labels this joins strangers, and supports too little rather than too much.
    """
    verdict = target.verdict
    if verdict.layer in (Layer.TCP, Layer.TLS) and verdict.detail:
        return verdict.detail.rpartition(":")[0]
    return ".".join(target.host.split(".")[-2:])


def _mechanisms(groups: Iterable[Group]) -> tuple[Mechanism, ...]:
    seen = Counter(found for group in groups for one in group for found in set(one.verdict.mechanisms))
    listed = list(Mechanism)
    return tuple(sorted(seen, key=lambda mechanism: (-seen[mechanism], listed.index(mechanism))))


def _by_outcome(groups: Iterable[Group]) -> dict[Status, tuple[str, ...]]:
    grouped: defaultdict[Status, set[str]] = defaultdict(set)
    for group in groups:
        for one in group:
            grouped[one.verdict.status].add(one.host)
    return {status: tuple(sorted(grouped[status])) for status in Status if status in grouped}

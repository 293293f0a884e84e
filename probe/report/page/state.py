"""What a cell says, from its counts: the one place where numbers become a word. The page prints these rules as well.

A false "blocked" or "reachable" is the worst a report can do: each word needs the interval of its share on its side,
and what needs more evidence than there is is called insufficient or unclear.
"""

from collections.abc import Iterable

from probe.report.page.content import Confidence, Hosts, Share, State, Tally
from probe.report.statistics.floor import FLOOR, Floor, enough
from probe.report.statistics.proportion import wilson

MOST = 0.8
"""Least share of interference for `blocked`: below it something still works, and the word is `partly`."""

HALF = 0.5
"""The interval of `blocked` lies above it."""

ACCIDENTS = 0.25
"""The interval of `partly` lies above it, that of `reachable` below: up to a fifth of all connections fail with no censor
(Sundara Raman et al., SIGCOMM 2023, count early ends of a fifth of connections). Twelve measurements without interference reach it.
"""

PROVEN = 5
"""Measurements that are proof by themselves, for `confirmed`."""

LIKELY = Floor(measurements=20, runs=5)
"""Evidence for `likely`."""

HOST = Floor(measurements=8, runs=3)
"""Evidence for what is said of one host: many hosts are looked at, and by accident alone one in 12,000 is called blocked."""


def share_of(k: int, n: int) -> Share:
    """`k` of `n` with its 95 % interval."""
    interval = wilson(k, n)
    return Share(k, n, interval.low, interval.high)


def state_of(tally: Tally, hosts: Hosts = Hosts(), floor: Floor = FLOOR) -> State:  # noqa: B008 - frozen
    """The state of what was counted; total: any tally has exactly one."""
    if 2 * tally.usable < tally.clean and tally.clean >= floor.measurements:
        down = 2 * tally.down > tally.clean and tally.down_runs >= floor.runs
        return State.DOWN if down else State.UNCLEAR
    if not enough(tally.usable, tally.runs, floor):
        return State.INSUFFICIENT
    share = share_of(tally.interfered, tally.usable)
    if share.low > HALF and share.value >= MOST:
        return State.BLOCKED
    if share.low > ACCIDENTS or hosts.blocked:
        return State.PARTLY
    return _without_interference(tally, share)


def _without_interference(tally: Tally, share: Share) -> State:
    if share.high >= ACCIDENTS:
        return State.UNCLEAR
    if 2 * tally.refused > tally.usable:
        return State.REFUSED
    return State.REACHABLE if tally.reachable >= (1 - ACCIDENTS) * tally.usable else State.UNCLEAR


def confidence_of(state: State, tally: Tally) -> Confidence:
    """How sure `state` is."""
    if state in (State.UNCLEAR, State.INSUFFICIENT):
        return Confidence.NONE
    if state in (State.BLOCKED, State.PARTLY) and tally.confirmed >= PROVEN:
        return Confidence.CONFIRMED
    n, runs = (tally.down, tally.down_runs) if state is State.DOWN else (tally.usable, tally.runs)
    return Confidence.LIKELY if enough(n, runs, LIKELY) else Confidence.POSSIBLE


def hosts_of(tallies: Iterable[Tally]) -> Hosts:
    """How many hosts are blocked, work, or cannot be told, each from its own tally."""
    states = [state_of(tally, floor=HOST) for tally in tallies]
    blocked = sum(state is State.BLOCKED for state in states)
    working = sum(state is State.REACHABLE for state in states)
    return Hosts(blocked, working, len(states) - blocked - working)

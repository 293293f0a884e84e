"""The word of a cell: total, in bounds, and never a claim that its interval does not carry."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.report.page.content import Confidence, Hosts, State, Tally
from probe.report.page.state import ACCIDENTS, HALF, MOST, confidence_of, hosts_of, share_of, state_of
from probe.report.statistics.floor import FLOOR

COUNT = st.integers(0, 400)


@st.composite
def tallies(draw: st.DrawFn) -> Tally:
    """Any counts that can be."""
    parts = {
        name: draw(COUNT) for name in ("reachable", "blocked", "throttled", "down", "refused", "inconclusive")
    }
    contaminated = draw(COUNT)
    usable = parts["reachable"] + parts["blocked"] + parts["throttled"] + parts["refused"]
    return Tally(
        n=sum(parts.values()) + contaminated,
        runs=draw(st.integers(0, usable)) if usable else 0,
        usable=usable,
        down_runs=draw(st.integers(1, parts["down"])) if parts["down"] else 0,
        confirmed=draw(st.integers(0, parts["blocked"])),
        contaminated=contaminated,
        **parts,
    )


def tally(reachable: int = 0, blocked: int = 0, runs: int = 10, **more: int) -> Tally:
    """A tally by its parts."""
    counts = {"reachable": reachable, "blocked": blocked, **more}
    usable = sum(counts.get(name, 0) for name in ("reachable", "blocked", "throttled", "refused"))
    confirmed, down_runs = (
        counts.pop("confirmed", 0),
        counts.pop("down_runs", min(runs, counts.get("down", 0))),
    )
    n = sum(counts.values())
    return Tally(n=n, runs=runs, down_runs=down_runs, usable=usable, confirmed=confirmed, **counts)


@given(tallies())
def test_every_tally_has_a_word_and_its_interval_carries_it(counted: Tally) -> None:
    """Blocked, partly and reachable lie on their side of the bound, with both ends of the interval."""
    state, share = state_of(counted), share_of(counted.interfered, counted.usable)
    if state in (State.BLOCKED, State.PARTLY, State.REACHABLE, State.REFUSED):
        assert counted.runs >= FLOOR.runs
    if state is State.DOWN:
        assert counted.down_runs >= FLOOR.runs
        assert 2 * counted.down > counted.clean
    if state is State.BLOCKED:
        assert share.low > HALF
        assert share.value >= MOST
    if state is State.PARTLY:
        assert share.low > ACCIDENTS
    if state is State.REACHABLE:
        assert share.high < ACCIDENTS
        assert counted.reachable > counted.usable / 2
    assert confidence_of(state, counted) in Confidence


@given(tallies())
def test_one_run_says_nothing(counted: Tally) -> None:
    """However many measurements it has."""
    alone = Tally(**{**{name: getattr(counted, name) for name in Tally.__slots__}, "runs": 1, "down_runs": 1})
    assert state_of(alone) in (State.INSUFFICIENT, State.UNCLEAR)


@pytest.mark.parametrize(
    ("counted", "state"),
    [
        (tally(), State.INSUFFICIENT),
        (tally(blocked=4), State.INSUFFICIENT),
        (tally(blocked=5), State.BLOCKED),
        (tally(blocked=50, runs=1), State.INSUFFICIENT),
        (tally(reachable=11), State.UNCLEAR),
        (tally(reachable=12), State.REACHABLE),
        (tally(reachable=80, blocked=20), State.UNCLEAR),
        (tally(reachable=800, blocked=200), State.REACHABLE),
        (tally(reachable=60, blocked=40), State.PARTLY),
        (tally(reachable=30, throttled=300), State.BLOCKED),
        (tally(refused=40, reachable=2), State.REFUSED),
        (tally(down=40, reachable=9, inconclusive=1), State.DOWN),
        (tally(down=24, runs=0, down_runs=24), State.DOWN),
        (tally(down=5, runs=0, down_runs=2), State.DOWN),
        (tally(down=4, runs=0, down_runs=4), State.INSUFFICIENT),
        (tally(down=24, runs=0, down_runs=1), State.UNCLEAR),
        (tally(down=12, inconclusive=12, runs=0, down_runs=12), State.UNCLEAR),
        (tally(inconclusive=40, reachable=9), State.UNCLEAR),
        (tally(inconclusive=40, blocked=30), State.UNCLEAR),
    ],
)
def test_words_at_their_bounds(counted: Tally, state: State) -> None:
    """Each word where it begins, and accidents of a fifth never called blocked."""
    assert state_of(counted) is state


def test_one_blocked_host_makes_a_platform_partly_blocked() -> None:
    """Though its measurements are a small share of the platform's."""
    counted = tally(reachable=240, blocked=10)
    assert state_of(counted) is State.REACHABLE
    assert state_of(counted, Hosts(blocked=1, working=24)) is State.PARTLY


def test_hosts_are_named_only_with_more_evidence() -> None:
    """Many are looked at, so that chance alone would call one blocked."""
    found = hosts_of(
        [tally(blocked=7, runs=7), tally(blocked=8, runs=3), tally(reachable=20), tally(reachable=3)]
    )
    assert (found.blocked, found.working, found.unsure) == (1, 1, 2)


@pytest.mark.parametrize(
    ("counted", "confidence"),
    [
        (tally(blocked=5), Confidence.POSSIBLE),
        (tally(blocked=25), Confidence.LIKELY),
        (tally(blocked=25, runs=4), Confidence.POSSIBLE),
        (tally(blocked=25, confirmed=4), Confidence.LIKELY),
        (tally(blocked=6, confirmed=5), Confidence.CONFIRMED),
        (tally(blocked=3), Confidence.NONE),
        (tally(down=24, runs=0, down_runs=24), Confidence.LIKELY),
        (tally(down=24, runs=0, down_runs=4), Confidence.POSSIBLE),
    ],
)
def test_how_sure(counted: Tally, confidence: Confidence) -> None:
    """By proof, else by how much was measured in how many runs."""
    assert confidence_of(state_of(counted), counted) is confidence

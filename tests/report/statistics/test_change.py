"""Since when: the model beside closed forms, and what it must and must not tell."""

import random
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as some
from scipy.stats import betabinom

from probe.report.statistics import change
from probe.report.statistics.change import Change, Day, Stretch, Ways, since, stretches

FIRST = date(2026, 1, 1)


def day(number: int) -> date:
    """That many days after the first."""
    return FIRST + timedelta(days=number)


def drawn(shares: list[float], n: int = 1, seed: int = 1) -> list[Day]:
    """Counts of days with these chances."""
    choose = random.Random(seed)
    return [
        (day(number), sum(choose.random() < share for _ in range(n)), n)
        for number, share in enumerate(shares)
    ]


def test_likelihoods_are_the_libraries_beta_binomial() -> None:
    """At each level, for some counts."""
    counts = [(0, 1), (1, 1), (3, 10), (100, 100), (0, 250)]
    found = change.log_likelihoods(np.array([k for k, _ in counts]), np.array([n for _, n in counts]))
    for row, (k, n) in zip(found, counts, strict=True):
        for value, level in zip(row, change.levels(), strict=True):
            expected = betabinom.logpmf(k, n, change.ALIKE * level, change.ALIKE * (1 - level))
            assert value == pytest.approx(expected, abs=1e-8)


def test_the_grid_is_jeffreys_prior() -> None:
    """Its mean of a stretch of single days is the closed form, B(k + 1/2, n - k + 1/2) / B(1/2, 1/2): Kass and Wasserman's for k of n."""
    for blocked, opened in [(0, 1), (3, 2), (7, 0), (10, 30)]:
        outcomes = np.array([1] * blocked + [0] * opened)
        sums = change.log_likelihoods(outcomes, np.ones(len(outcomes), dtype=np.int64)).sum(axis=0)
        found = float(np.exp(sums).mean())
        half, ways = Fraction(1, 2), Fraction(1)
        for number in range(blocked):
            ways *= half + number
        for number in range(opened):
            ways *= half + number
        for number in range(blocked + opened):
            ways /= 1 + number
        assert found == pytest.approx(float(ways), rel=1e-6)


def test_mackays_coin() -> None:
    """140 heads of 250: 0.48 for an unknown coin over a fair one (MacKay, Information Theory, 2003, exercise 3.15)."""
    outcomes = np.array([1] * 140 + [0] * 110)
    sums = change.log_likelihoods(outcomes, np.ones(250, dtype=np.int64)).sum(axis=0)
    uniform = np.sqrt(change.levels() * (1 - change.levels()))
    found = float((np.exp(sums + 250 * np.log(2)) * uniform).sum() / uniform.sum())
    assert found == pytest.approx(2**250 / (251 * comb(250, 140)), rel=1e-2)
    assert found == pytest.approx(0.48, abs=5e-3)


def test_a_block_is_found_on_its_day() -> None:
    """At one measurement a day, with a fifth failing by accident."""
    days = drawn([0.2] * 100 + [0.97] * 60)
    (found,) = since(days)
    assert found.turn == "blocked"
    assert abs((found.day - day(100)).days) <= 3
    assert found.low <= day(100) <= found.high
    assert found.before.share < 0.3
    assert found.after.share > 0.9
    assert found.after.state == "blocked"
    assert found.bayes_factor > change.SURE
    assert found.before.last < found.day == found.after.first


def test_on_off_on_is_three_changes() -> None:
    """In their order."""
    days = drawn([0.1] * 60 + [0.97] * 30 + [0.1] * 30 + [0.97] * 60)
    assert [found.turn for found in since(days)] == ["blocked", "opened", "blocked"]
    assert [stretch.state for stretch in stretches(days)] == ["open", "blocked", "open", "blocked"]


def test_nothing_is_invented_on_unreliable_networks() -> None:
    """A fifth failing by accident, twice as many on weekends."""
    for seed in range(40):
        shares = [0.32 if number % 7 > 4 else 0.16 for number in range(365)]
        assert since(drawn(shares, seed=seed)) == []


def test_one_bad_day_is_no_block_however_much_was_measured() -> None:
    """All of a day's measurements may share one cause."""
    assert since(drawn([0.02] * 50 + [1.0] + [0.02] * 50, n=500)) == []


def test_getting_worse_by_a_fifth_is_no_change() -> None:
    """However sure it is."""
    assert since(drawn([0.05] * 200 + [0.25] * 200, n=50)) == []


def test_what_does_not_cross_a_half_is_called_more() -> None:
    """A block that a part of the network's people meets."""
    found = since(drawn([0.02] * 60 + [0.4] * 60, n=20))
    assert [each.turn for each in found] == ["more"]


def test_blocked_from_the_first_day_is_a_stretch_and_no_change() -> None:
    """Nobody saw it begin."""
    days = drawn([0.97] * 40)
    assert since(days) == []
    (only,) = stretches(days)
    assert (only.state, only.first, only.last, only.n) == ("blocked", day(0), day(39), 40)


def test_a_gap_widens_the_interval() -> None:
    """It may have been on any day on which nobody measured."""
    days = [
        *((day(number), 0, 3) for number in range(30)),
        *((day(number), 3, 3) for number in range(60, 90)),
    ]
    (found,) = since(days)
    assert (found.low, found.day, found.high) == (day(30), day(60), day(60))


def test_three_unanimous_days_are_too_few() -> None:
    """Insufficient is no change."""
    assert (
        since(
            [
                *((day(number), 0, 1) for number in range(30)),
                *((day(number), 1, 1) for number in range(30, 33)),
            ]
        )
        == []
    )


@pytest.mark.parametrize(
    "days", [[(FIRST, 2, 1)], [(FIRST, -1, 1)], [(FIRST, 0, 1), (FIRST, 1, 1)], [(FIRST, 1, 0)]]
)
def test_days_that_cannot_be_are_refused(days: list[Day]) -> None:
    """Rather than answered."""
    with pytest.raises(ValueError, match=r"a day with more|twice"):
        since(days)


def with_ways(shares: list[float], blocked: list[bool], seed: int) -> tuple[list[Day], Ways]:
    """One measurement a day: `tls.reset` where it is blocked, accidents with these chances in one of four ways elsewhere."""
    choose = random.Random(seed)
    days: list[Day] = []
    ways: dict[str, dict[date, int]] = {}
    for number, (share, on) in enumerate(zip(shares, blocked, strict=True)):
        failed = on or choose.random() < share
        days.append((day(number), int(failed), 1))
        if failed:
            kind = choose.choice(["tls.reset", "tls.timeout", "tcp.timeout", "tls.eof"])
            ways.setdefault("tls.reset" if on else kind, {})[day(number)] = 1
    return days, ways


def test_a_block_in_one_way_is_told_from_accidents_in_many() -> None:
    """Nine days at one measurement a day are too few for a network that fails so often, if it is not known how it fails."""
    blocked = [60 <= number < 69 for number in range(120)]
    days, ways = with_ways([0.2] * 120, blocked, seed=3)
    assert since(days) == []
    found = since(days, ways)
    assert [(each.turn, each.mechanism) for each in found] == [
        ("blocked", "tls.reset"),
        ("opened", "tls.reset"),
    ]
    for each, turn in zip(found, (60, 69), strict=True):
        assert abs((each.day - day(turn)).days) <= 3
        assert each.low <= day(turn) <= each.high


def test_more_looks_invent_no_more() -> None:
    """A year with a fifth of accidents, in four ways."""
    for seed in range(40):
        days, ways = with_ways([0.2] * 365, [False] * 365, seed)
        assert since(days, ways) == []


def test_another_mechanism_alone_is_no_change_of_what_is_blocked() -> None:
    """As much is blocked as before."""
    days = [(day(number), 1, 1) for number in range(60)]
    ways = {
        "tls.reset": {day(number): 1 for number in range(30)},
        "tls.eof": {day(number): 1 for number in range(30, 60)},
    }
    assert since(days, ways) == []


@pytest.mark.parametrize("share", [0.5, 0.6, 0.7, 0.9])
@pytest.mark.parametrize(("before", "after"), [(60, 8), (60, 12), (20, 20)])
def test_another_mechanism_where_some_get_through_is_no_change_either(
    share: float, before: int, after: int
) -> None:
    """A few days always have a share that is another by chance; that a mechanism begins or ends is no evidence for it."""
    told = 0
    for seed in range(60):
        days = drawn([share] * (before + after), seed=seed)
        ways = {
            "tls.reset": {when: k for when, k, _ in days[:before]},
            "dns.bogon": {when: k for when, k, _ in days[before:]},
        }
        told += bool(since(days, ways))
    assert told == 0


def test_what_is_told_is_material_where_it_is_told() -> None:
    """Blocked all along, but for four thin days; a mechanism gives way to another later."""
    choose = random.Random(5)
    for _ in range(40):
        days, ways = [], dict[str, dict[date, int]](a={}, b={})
        for number in range(60):
            n = 1 if number < 4 else choose.choice([5, 20, 50])
            blocked = sum(choose.random() < (0.25 if number < 4 else 0.97) for _ in range(n))
            days.append((day(number), blocked, n))
            ways["a" if number < 26 else "b"][day(number)] = blocked
        for each in since(days, ways):
            assert abs(each.before.share - each.after.share) >= change.MATERIAL
            assert each.bayes_factor >= change.SURE * 0.999


def test_one_way_only_says_what_all_together_say() -> None:
    """And names it."""
    days = drawn([0.1] * 60 + [0.97] * 30)
    ways = {"dns.bogon": {when: blocked for when, blocked, _ in days}}
    (known,), (found,) = since(days), since(days, ways)
    assert (known.mechanism, found.mechanism) == (None, "dns.bogon")
    assert replace(found, mechanism=None) == known


def test_more_in_one_way_than_in_all_is_refused() -> None:
    """The two do not belong together."""
    with pytest.raises(ValueError, match="more blocked in one way than in all"):
        since([(FIRST, 1, 2)], {"tls.eof": {FIRST: 2}})


def test_nothing_measured_is_nothing_changed() -> None:
    """Also when there are days."""
    assert since([]) == since([(FIRST, 0, 0)]) == []
    assert stretches([]) == stretches([(FIRST, 0, 0)]) == []


counts = some.integers(0, 40).flatmap(lambda n: some.tuples(some.integers(0, n), some.just(n)))
series = some.lists(counts, max_size=60).map(lambda days: [(day(i), k, n) for i, (k, n) in enumerate(days)])


def assert_told_whole(found: list[Change], parts: list[Stretch], days: list[Day]) -> None:
    """The stretches hold all of it, and between them is what is told, sure and material."""
    assert sum(part.n for part in parts) == sum(n for _, _, n in days)
    assert [each.before for each in found] == parts[:-1]
    assert [each.after for each in found] == parts[1:]
    for each in found:
        assert each.low <= each.day <= each.high
        assert abs(each.before.share - each.after.share) >= change.MATERIAL
        assert each.bayes_factor >= change.SURE * 0.999


@hypothesis_settings(max_examples=150)
@given(series, some.randoms())
def test_any_series_is_told_whole_and_in_order(days: list[Day], choose: random.Random) -> None:
    """Stretches hold every measurement once; changes lie between them; the order given does not matter; open and blocked mirror."""
    found = since(days)
    assert_told_whole(found, stretches(days), days)
    shuffled = list(days)
    choose.shuffle(shuffled)
    assert since(shuffled) == found
    mirrored = since([(when, n - k, n) for when, k, n in days])
    assert [(each.day, each.low, each.high) for each in mirrored] == [
        (each.day, each.low, each.high) for each in found
    ]


@hypothesis_settings(max_examples=150)
@given(series, some.randoms())
def test_any_series_with_ways_is_told_whole_and_in_order(days: list[Day], choose: random.Random) -> None:
    """However what was blocked falls to the ways."""
    first = {when: choose.randint(0, blocked) for when, blocked, _ in days}
    ways = {"a": first, "b": {when: blocked - first[when] for when, blocked, _ in days}}
    assert_told_whole(since(days, ways), stretches(days, ways), days)


@pytest.mark.slow
def test_few_false_alarms_over_thousands_of_years() -> None:
    """2,000 network-years without a block: at most one change."""
    alarms = sum(len(since(drawn([0.2] * 365, seed=seed))) for seed in range(2000))
    assert alarms <= 1

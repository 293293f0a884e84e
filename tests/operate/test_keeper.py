"""A schedule that is kept for a year, in a world whose clock can be put anywhere."""

import gc
import logging
import sys
from datetime import UTC, datetime, timedelta
from types import BuiltinFunctionType, FunctionType, ModuleType

from hypothesis import given, settings
from hypothesis import strategies as st

from probe.operate.child import Ended
from tests.operate.almanac import START, Almanac, Told, keeper

CODE = (type, ModuleType, FunctionType, BuiltinFunctionType)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def at(hour: int, minute: int = 0, day: int = 1) -> datetime:
    """A moment of March 2027."""
    return datetime(2027, 3, day, hour, minute, tzinfo=UTC)


def test_a_day_of_hours() -> None:
    """Each hour once, on time, until SIGTERM: exit code 143."""
    world = Almanac(lasts=DAY)
    assert keeper(world, "0 * * * *").keep() == 143
    assert len(world.ran) == 24
    assert {started - tick.starts for started, tick in world.ran} == {timedelta()}


def reached_from(*roots: object) -> int:
    """Bytes of all objects that can be reached from `roots`, but for code and types.

    Not tracemalloc: the interpreter's method cache keeps some names, more or fewer by where in memory they happen to lie.
    """
    seen: dict[int, object] = {}
    left: list[object] = list(roots)
    while left:
        one = left.pop()
        if id(one) not in seen and not isinstance(one, CODE):
            seen[id(one)] = one
            left += gc.get_referents(one)
    return sum(sys.getsizeof(one) for one in seen.values())


def test_a_thousand_runs_in_flat_memory() -> None:
    """The second 500 runs leave behind nothing that the first had not: neither here nor anywhere the collector knows of."""
    world = Almanac(takes=1)
    of = keeper(world, "* * * * *", jitter=30, max_runs=500)
    of.tell = lambda *_, **__: None
    held, tracked = [], []
    for _ in range(2):
        assert of.keep() == 0
        assert len({tick.due for _, tick in world.ran}) == 500
        world.ran.clear()
        gc.collect()
        held.append(reached_from(of))
        tracked.append(len(gc.get_objects()))
    assert abs(held[1] - held[0]) < 1000
    assert tracked[1] - tracked[0] < 100
    assert len(world.saved[0].done) == 1
    assert len(world.saved[0].model_dump_json()) < 1000


def test_sleep_is_made_up_for_once() -> None:
    """Asleep from two to half past eleven at night: one run when it wakes up, nine are missed, then as ever."""
    world, told = Almanac(lasts=4.7 * HOUR, jumps={at(14, 10): at(23, 30)}), Told()
    keeper(world, "0 * * * *", told).keep()
    assert world.dues == [
        "03-01 13:00",
        "03-01 14:00",
        "03-01 23:00",
        "03-02 00:00",
        "03-02 01:00",
        "03-02 02:00",
    ]
    assert ("runs.missed", {"level": logging.WARNING, "missed": 8}) in told.events
    assert world.saved[0].missed == 8


def test_a_clock_put_back() -> None:
    """From ten past three to ten past one: what was run is not run again."""
    world, told = Almanac(lasts=7.5 * HOUR, jumps={at(15, 10): at(13, 10)}), Told()
    keeper(world, "0 * * * *", told).keep()
    assert world.dues == [f"03-01 {hour}:00" for hour in (13, 14, 15, 16, 17)]
    assert told.names().count("clock.put_back") == 1


def test_a_clock_put_forward_and_back() -> None:
    """A year ahead for ten minutes: one run there, and the right ones afterwards."""
    ahead = at(13, 20).replace(year=2028)
    world = Almanac(lasts=4.6 * HOUR, jumps={at(13, 20): ahead, ahead + HOUR / 6: at(13, 30)})
    keeper(world, "0 * * * *").keep()
    assert [tick.due.year for _, tick in world.ran].count(2028) == 1
    assert [due for due in world.dues if due.startswith("03-01")] == [
        "03-01 13:00", "03-01 13:00", "03-01 14:00", "03-01 15:00", "03-01 16:00",
    ]  # fmt: skip


@settings(max_examples=40)
@given(st.dictionaries(st.integers(0, 1440), st.integers(-1440, 1440), max_size=6))
def test_any_jumps(jumps: dict[int, int]) -> None:
    """Whatever the clock does: no tick twice, and not more late runs than jumps."""
    minute = timedelta(minutes=1)
    moments = {START + number * minute: START + (number + by) * minute for number, by in jumps.items()}
    world = Almanac(lasts=DAY, takes=1, jumps=moments)
    of = keeper(world, "0 * * * *", max_runs=200)
    of.keep()
    ticks = [tick for _, tick in world.ran]
    assert len(set(ticks)) == len(ticks)
    late = sum(started - tick.starts > minute for started, tick in world.ran)
    assert late <= len(jumps)


def test_a_restart_knows_what_was_missed() -> None:
    """Down from two to half past eight, with the state as it was: one run at once, then as ever."""
    first = Almanac(lasts=2.1 * HOUR)
    keeper(first, "0 * * * *").keep()
    again = Almanac(clock=at(20, 30), lasts=2 * HOUR)
    keeper(again, "0 * * * *", state=first.saved[0]).keep()
    assert again.dues == ["03-01 20:00", "03-01 21:00", "03-01 22:00"]
    assert again.saved[0].missed == 5


def test_a_restart_within_the_minute_repeats_nothing() -> None:
    """Killed while the run of one o'clock goes on, and up again at once: one o'clock is done."""
    first = Almanac()
    of = keeper(first, "0 * * * *", max_runs=1)
    of.keep()
    again = Almanac(clock=at(13, 0) + timedelta(seconds=1), lasts=1.5 * HOUR)
    keeper(again, "0 * * * *", state=first.saved[0]).keep()
    assert again.dues == ["03-01 14:00"]


def test_a_run_that_is_too_long() -> None:
    """Three hours each, hourly: one after the other."""
    world = Almanac(lasts=DAY, takes=3 * 3600 + 60)
    keeper(world, "0 * * * *").keep()
    assert len(world.ran) == 8
    assert len({tick for _, tick in world.ran}) == 8


def test_asked_to_end_during_a_run() -> None:
    """SIGTERM while a run goes on: no other one is begun."""
    world, told = Almanac(ends=lambda _: Ended(143, asked=15)), Told()
    assert keeper(world, "0 * * * *", told).keep() == 143
    assert len(world.ran) == 1
    assert world.saved[0].running_since is None
    assert told.names()[-1] == "schedule.ended"
    assert all(facts["level"] == logging.INFO for _, facts in told.events)


def test_the_exit_code_after_max_runs_is_the_last_ones() -> None:
    """Three runs, the last with an unusable network."""
    codes = iter((0, 1, 4))
    world = Almanac(ends=lambda _: Ended(next(codes)))
    assert keeper(world, "0 * * * *", max_runs=3).keep() == 4
    assert len(world.ran) == 3


def test_a_crash_does_not_end_the_schedule() -> None:
    """Killed, refused, too long: each is told as an error, and the next run comes."""
    ends = iter(
        (
            Ended(137),
            Ended(2, ("no list 'x'",)),
            Ended(143, cut=True),
            Ended(137, cut=True, killed=True),
            Ended(0),
        )
    )
    world, told = Almanac(ends=lambda _: next(ends)), Told()
    assert keeper(world, "0 * * * *", told, max_runs=5).keep() == 0
    errors = [event for event, facts in told.events if facts["level"] == logging.ERROR]
    assert errors == [
        "run.ended", "run.refused", "run.too_long", "run.ended", "run.too_long", "run.killed", "run.ended",
    ]  # fmt: skip
    assert ("run.refused", {"level": 40, "exit_code": 2, "seconds": 60, "said": "no list 'x'"}) in told.events


def test_a_full_disk_does_not_end_the_schedule() -> None:
    """The state cannot be saved: said each time, and every run is made."""
    world, told = Almanac(lasts=DAY, disk_full=True), Told()
    assert keeper(world, "0 * * * *", told).keep() == 143
    assert len(world.ran) == 24
    assert "state.not_saved" in told.names()


def test_waiting_costs_little() -> None:
    """Two looks at the clock a minute, and the next run is told once."""
    world, told = Almanac(lasts=DAY), Told()
    keeper(world, "0 0 * * *", told).keep()
    assert world.waits < 24 * 60 * 2 + 10
    assert told.names().count("run.next") == 2

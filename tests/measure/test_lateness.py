"""How late the loop runs its timers: the error bar of every time that is recorded."""

import asyncio
import time
from collections.abc import Iterator, Sequence

from probe.measure.lateness import KEPT, PERIOD, LatenessWatch, counting_sleep
from probe.record import Lateness
from tests.measure.running import run


def watching(lateness: Sequence[float]) -> LatenessWatch:
    """A watch whose clock said that it was woken as late as `lateness`, in seconds, one sample after another."""

    async def scenario() -> LatenessWatch:
        times, enough = _times(lateness), asyncio.Event()

        def clock() -> float:
            now = next(times, None)
            if now is None:
                enough.set()
            return now or 0.0

        watch = LatenessWatch(clock, lambda: 0.0)
        work = asyncio.create_task(watch.watch())
        await enough.wait()
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        return watch

    return run(scenario())


def _times(lateness: Sequence[float]) -> Iterator[float]:
    now = 100.0
    for late in lateness:
        yield now
        now += PERIOD + late
        yield now


def test_what_a_watch_says() -> None:
    """Median, 99th percentile and worst in milliseconds, since the moment asked for."""
    watch = watching([0.010, 0.002, 0.001])
    assert watch.since(0.0) == Lateness(p50=2.0, p99=10.0, max=10.0)
    assert watch.since(100.07) == Lateness(p50=2.0, p99=2.0, max=2.0)
    assert watch.since(1000.0) == Lateness(p50=0.0, p99=0.0, max=0.0)


def test_waking_early_is_not_late() -> None:
    """Clocks have a grain."""
    assert watching([-0.001]).since(0.0) == Lateness(p50=0.0, p99=0.0, max=0.0)


def test_one_bad_moment_in_a_hundred_is_in_the_percentile() -> None:
    """And the worst is the worst."""
    watch = LatenessWatch(lambda: 0.0, lambda: 0.0)
    watch._samples.extend((1.0, float(sample)) for sample in range(1, 101))
    assert watch.since(0.0) == Lateness(p50=51.0, p99=100.0, max=100.0)


def test_memory_is_bounded() -> None:
    """Twenty minutes are kept, however long the run is."""
    watch = LatenessWatch(lambda: 0.0, lambda: 0.0)
    watch._samples.extend((float(at), 0.0) for at in range(10 * KEPT))
    assert len(watch._samples) == KEPT
    assert KEPT * PERIOD >= 20 * 60


def test_a_loop_that_is_blocked_is_seen() -> None:
    """A tenth of a second in which nothing else runs."""

    async def scenario() -> Lateness:
        watch, begin = LatenessWatch(time.monotonic), time.monotonic()
        work = asyncio.create_task(watch.watch())
        await asyncio.sleep(PERIOD / 2)
        time.sleep(0.15)  # noqa: ASYNC251 - that is the point
        await asyncio.sleep(PERIOD)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        return watch.since(begin)

    assert run(scenario()).max > 80.0


def test_a_night_that_the_loops_clock_does_not_count() -> None:
    """A laptop that slept: one clock stood still, the other went on."""
    asleep = [0.0]

    async def scenario() -> Lateness:
        watch, begin = LatenessWatch(time.monotonic, lambda: time.monotonic() + asleep[0]), time.monotonic()
        work = asyncio.create_task(watch.watch())
        await asyncio.sleep(PERIOD / 2)
        asleep[0] = 8 * 3600.0
        await asyncio.sleep(2 * PERIOD)
        found = watch.since(begin)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        return found

    assert run(scenario()).max >= 8 * 3600.0 * 1000


def test_the_clock_that_counts_sleep_goes_on() -> None:
    """It never goes back, and is not behind the one of the loop."""
    before, begin = counting_sleep(), time.monotonic()
    time.sleep(0.01)
    assert counting_sleep() - before >= 0.009
    assert counting_sleep() - before >= time.monotonic() - begin - 0.05


def test_a_loop_that_has_not_woken_yet_is_seen_too() -> None:
    """Who asks may be awake before the watch is."""
    now = [100.0]

    async def scenario() -> Lateness:
        watch = LatenessWatch(lambda: now[0], lambda: 0.0)
        work = asyncio.create_task(watch.watch())
        await asyncio.sleep(0)
        now[0] += PERIOD + 7.0
        found = watch.since(100.0)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        assert watch.since(100.0).max == 0.0
        return found

    assert run(scenario()) == Lateness(p50=7000.0, p99=7000.0, max=7000.0)

"""The deadline of a target stands still while it waits for an endpoint that others use."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from probe.measure.patience import Patience
from tests.measure.running import run

Work = Callable[[Patience], Awaitable[None]]


async def hold_up(patience: Patience, seconds: float) -> None:
    """Wait as for an endpoint in use."""
    with patience.paused():
        await asyncio.sleep(seconds)


async def within(limit: float, work: Work) -> None:
    """Do `work` under a deadline of `limit` seconds."""
    async with asyncio.timeout(limit) as timeout:
        await work(Patience(timeout))


async def time_out(limit: float, work: Work) -> float:
    """The seconds it takes `work` to run out of its `limit`."""
    begin = time.monotonic()
    with pytest.raises(TimeoutError):
        await within(limit, work)
    return time.monotonic() - begin


def test_waiting_does_not_count() -> None:
    """A deadline of 100 ms survives waiting for 200."""
    begin = time.monotonic()
    run(within(0.1, lambda patience: hold_up(patience, 0.2)))
    assert time.monotonic() - begin >= 0.19


def test_what_comes_after_the_waiting_counts() -> None:
    """With what was left before it."""

    async def work(patience: Patience) -> None:
        await asyncio.sleep(0.1)
        await hold_up(patience, 0.1)
        await asyncio.sleep(5.0)

    assert 0.25 < run(time_out(0.2, work)) < 2.0


def test_waiting_side_by_side_counts_once() -> None:
    """The clock goes on when the last of several flows has what it waits for, not the first."""

    async def work(patience: Patience) -> None:
        await asyncio.gather(*(hold_up(patience, seconds) for seconds in (0.05, 0.1, 0.2)))
        await asyncio.sleep(5.0)

    assert 0.25 < run(time_out(0.1, work)) < 2.0


def test_waiting_again_stops_it_again() -> None:
    """Any number of times, and the time between them adds up."""
    rounds = 0

    async def work(patience: Patience) -> None:
        nonlocal rounds
        while True:
            await hold_up(patience, 0.02)
            await asyncio.sleep(0.02)
            rounds += 1

    run(time_out(0.1, work))
    assert 1 <= rounds <= 5


def test_a_target_that_is_cut_off_while_it_waits() -> None:
    """Its flows end after the deadline's block is left: cancelled, and with no other error than that."""

    async def scenario() -> list[object]:
        flows: list[asyncio.Task[None]] = []

        async def work(patience: Patience) -> None:
            flows.extend(asyncio.create_task(hold_up(patience, 5.0)) for _ in range(3))
            await asyncio.sleep(5.0)

        target = asyncio.create_task(within(5.0, work))
        await asyncio.sleep(0.01)
        target.cancel()
        await asyncio.gather(target, return_exceptions=True)
        for flow in flows:
            flow.cancel()
        return [type(one) for one in await asyncio.gather(*flows, return_exceptions=True)]

    assert run(scenario()) == [asyncio.CancelledError] * 3


def test_a_deadline_that_has_passed_stays_passed() -> None:
    """Waiting, as one of the flows that are being cancelled, revives nothing."""

    async def work(patience: Patience) -> None:
        try:
            await asyncio.sleep(5.0)
        finally:
            with patience.paused():
                pass

    assert run(time_out(0.01, work)) < 1.0

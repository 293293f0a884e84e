"""Which of several streams gets the one fetch: exactly one, the best there is, and never after waiting for long."""

import asyncio
import random
import time

import pytest

from probe.measure.selection import Contender, Selection
from tests.measure.running import run

PATIENT = 5.0


def test_the_only_one_wins_at_once() -> None:
    """Nobody else is expected: there is nothing to wait for."""

    async def scenario() -> bool:
        selection = Selection(PATIENT)
        won = await selection.compete(selection.expect(0))
        assert not selection.over.is_set()  # that is the winner's to say, after the fetch
        return won

    assert run(scenario(), limit=1.0)


def test_nobody_expected_is_over() -> None:
    """And with the last one that gives up."""

    async def scenario() -> None:
        selection = Selection(PATIENT)
        first, second = selection.expect(0), selection.expect(5)
        selection.dismiss(first)
        assert not selection.over.is_set()
        selection.dismiss(second)
        assert selection.over.is_set()
        assert not await selection.compete(Contender(0))

    run(scenario(), limit=1.0)


def test_a_worse_one_waits_for_a_better_one() -> None:
    """Which then wins, and the other hears of it."""

    async def scenario() -> list[bool]:
        selection = Selection(PATIENT)
        worse, better = selection.expect(1), selection.expect(0)
        waiting = asyncio.create_task(selection.compete(worse))
        await asyncio.sleep(0)
        assert not waiting.done()
        return [await selection.compete(better), await waiting]

    assert run(scenario(), limit=1.0) == [True, False]


def test_a_worse_one_wins_when_the_better_one_gives_up() -> None:
    """Its connection failed."""

    async def scenario() -> bool:
        selection = Selection(PATIENT)
        worse, better = selection.expect(1), selection.expect(0)
        waiting = asyncio.create_task(selection.compete(worse))
        await asyncio.sleep(0)
        selection.dismiss(better)
        return await waiting

    assert run(scenario(), limit=1.0)


def test_equals_do_not_wait_for_each_other() -> None:
    """The first that is ready is as good as any."""

    async def scenario() -> list[bool]:
        selection = Selection(PATIENT)
        one, two = selection.expect(0), selection.expect(0)
        return [await selection.compete(one), await selection.compete(two)]

    assert run(scenario(), limit=1.0) == [True, False]


def test_patience_ends() -> None:
    """A better one that does not come in time has lost, also when it comes after all."""

    async def scenario() -> tuple[list[bool], float]:
        selection = Selection(0.05)
        worse, better = selection.expect(1), selection.expect(0)
        begin = time.monotonic()
        first = await selection.compete(worse)
        waited = time.monotonic() - begin
        return [first, await selection.compete(better)], waited

    outcome, waited = run(scenario())
    assert outcome == [True, False]
    assert 0.04 < waited < 8.0


def test_patience_is_counted_from_the_first_that_is_ready() -> None:
    """Others that become ready meanwhile do not prolong it; the best of them wins."""

    async def scenario() -> tuple[list[bool], float]:
        selection = Selection(0.1)
        ranks = [selection.expect(rank) for rank in (3, 1, 2)]
        selection.expect(0)
        begin, work = time.monotonic(), []
        for contender in ranks:
            work.append(asyncio.create_task(selection.compete(contender)))
            await asyncio.sleep(0.03)
        outcome = await asyncio.gather(*work)
        return outcome, time.monotonic() - begin

    outcome, waited = run(scenario())
    assert outcome == [False, True, False]
    assert waited < 8.0


def test_a_promotion_decides() -> None:
    """The system's resolver has named the address after all: no reason to wait any longer."""

    async def scenario() -> bool:
        selection = Selection(PATIENT)
        contender, _ = selection.expect(1), selection.expect(0)
        waiting = asyncio.create_task(selection.compete(contender))
        await asyncio.sleep(0)
        selection.promote(contender, 0)
        return await waiting

    assert run(scenario(), limit=1.0)


def test_a_promotion_is_never_a_demotion() -> None:
    """Another resolver's word takes nothing away."""

    async def scenario() -> int:
        selection = Selection(PATIENT)
        contender = selection.expect(1)
        selection.promote(contender, 2)
        return contender.rank

    assert run(scenario()) == 1


def test_closing_ends_all_hopes() -> None:
    """Those that wait lose, those that come later too; twice is once."""

    async def scenario() -> list[bool]:
        selection = Selection(PATIENT)
        contender, _ = selection.expect(1), selection.expect(0)
        waiting = asyncio.create_task(selection.compete(contender))
        await asyncio.sleep(0)
        selection.close()
        selection.close()
        assert selection.over.is_set()
        return [await waiting, await selection.compete(selection.expect(0))]

    assert run(scenario(), limit=1.0) == [False, False]


async def flow(selection: Selection, contender: Contender, rng: random.Random, won: list[int]) -> None:
    """One endpoint's way: it fails, or competes and fetches, or is cut off."""
    rank = contender.rank
    await asyncio.sleep(rng.random() * 0.01)
    if rng.random() < 0.3:
        selection.dismiss(contender)
        return
    if rng.random() < 0.2:
        selection.promote(contender, rank - 1)
    if await selection.compete(contender):
        won.append(contender.rank)
        await asyncio.sleep(rng.random() * 0.005)
        selection.over.set()


@pytest.mark.parametrize("seed", range(60))
def test_any_race_ends_with_at_most_one_winner(seed: int) -> None:
    """Everybody hears what became of them, and there is a winner unless all gave up."""
    rng = random.Random(seed)

    async def scenario() -> tuple[list[int], bool]:
        selection, won = Selection(rng.choice([0.0, 0.003, 0.1])), list[int]()
        start = selection.expect(10)
        contenders = [selection.expect(rng.randrange(3)) for _ in range(rng.randrange(8))]
        work = [asyncio.create_task(flow(selection, one, rng, won)) for one in contenders]
        selection.dismiss(start)
        await selection.over.wait()
        await asyncio.gather(*work)
        return won, not selection._pending and not selection._ready

    won, empty = run(scenario(), limit=5.0)
    assert len(won) <= 1
    assert empty


def test_a_race_that_is_called_off_leaves_nothing_running() -> None:
    """All of its flows are cancelled while they wait for the decision."""

    async def scenario() -> None:
        selection = Selection(0.01)
        selection.expect(0)
        work = [asyncio.create_task(selection.compete(selection.expect(1))) for _ in range(3)]
        await asyncio.sleep(0)
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)
        await asyncio.sleep(0.03)
        assert selection.over.is_set()

    run(scenario(), debug=True)

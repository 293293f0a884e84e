"""A machine that stands still while it measures, asleep or halted: none of what it missed is a block."""

import asyncio
import time
from collections import Counter
from pathlib import Path

from probe import session
from probe.lab.lab import Lab
from probe.lab.scenarios import SCENARIOS
from probe.measure.setting import Deadlines
from probe.planned import open_new
from probe.record.x import STANDSTILL
from probe.run import End
from probe.schedule import Limits
from tests.run.labs import Silent, around, job, verdicts

SITES = tuple(f"https://www.good{number}.example/" for number in range(40))
SHORT = Deadlines(dns=1.0, linger=0.05, tcp=1.0, tls=1.0, http=1.0, preference=0.2)
STILL = STANDSTILL / 1000 + 0.1
"""Seconds: longer than any of these deadlines, as a night is longer than the real ones."""


async def stand_still(moments: tuple[float, ...]) -> None:
    """Nothing in this process runs for a while, after each of these waits; the network goes on."""
    for moment in moments:
        await asyncio.sleep(moment)
        time.sleep(STILL)  # noqa: ASYNC251 - that is the point


def test_what_a_machine_missed_is_not_blocked(tmp_path: Path) -> None:
    """It falls on every step of some target; what was measured before and after is reachable."""
    path = tmp_path / "records.jsonl"

    async def main(lab: Lab) -> End | None:
        work = job(SITES, Limits(8), SHORT)
        halts = asyncio.create_task(stand_still((0.1, 0.13, 0.17)))
        progress, _ = await session.carry_out(work, open_new(work, path, around(lab)), around(lab), Silent())
        await halts
        return progress.end

    with Lab(SCENARIOS["clean"], rtt=0.02) as lab:
        assert asyncio.run(main(lab)) is End.COMPLETE
    rules = Counter(verdict.rules[0] for verdict in verdicts(path))
    assert set(rules) <= {"reachable.valid", "inconclusive.late"}, rules
    assert rules["inconclusive.late"] > 0
    assert rules["reachable.valid"] > 0

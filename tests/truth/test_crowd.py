"""On a network that does nothing, nobody is called blocked: the row of false positives."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from probe.control.controlfile import ControlFile
from probe.judge.control_view import ControlView
from probe.judge.verdict import judge
from probe.lab.lab import Lab
from probe.nettest.control import view_of
from probe.planned import open_new
from probe.record import WebMeasurement
from probe.record.runfile import parse_moment
from probe.record.verdict import Status
from probe.session import carry_out
from tests.run.labs import KNOWLEDGE, Silent, around, job, records
from tests.truth.crowd import Crowd, crowd
from tests.truth.measuring import PATIENT

CONTROL_SEED = 7
"""Another seed gives other addresses: a content network seen from elsewhere."""


def run(lab: Lab, urls: tuple[str, ...], folder: Path) -> Path:
    """Measure all `urls` in `lab`."""
    with lab:
        work = job(urls, deadlines=PATIENT)
        results = open_new(work, folder, around(lab))
        asyncio.run(carry_out(work, results, around(lab), listener := Silent()))
    assert not listener.crashes
    return results.path


def judged(count: int, folder: Path) -> tuple[Counter[str], Counter[str]]:
    """Statuses with a control file made elsewhere, and without."""
    people: Crowd = crowd(count)
    here = records(run(Lab(people.scenario), people.urls, folder / "here"))
    file = ControlFile.load(
        run(Lab(people.scenario.elsewhere(), seed=CONTROL_SEED), people.urls, folder / "there")
    )
    helped, alone = Counter[str](), Counter[str]()
    for record in here:
        assert isinstance(record, WebMeasurement)
        now = parse_moment(record.measurement_start_time).timestamp()
        answer = file.answer(record.input or "", now)
        helped[judge(record, view_of(answer), KNOWLEDGE.fingerprints).verdict.status] += 1
        alone[judge(record, ControlView(), KNOWLEDGE.fingerprints).verdict.status] += 1
    assert helped.total() == alone.total() == count
    return helped, alone


def check(count: int, folder: Path) -> None:
    """None blocked; with a control the dead are known to be dead, and most of the rest to be reachable."""
    helped, alone = judged(count, folder)
    assert helped[Status.BLOCKED] == helped[Status.THROTTLED] == 0, helped
    assert alone[Status.BLOCKED] == alone[Status.THROTTLED] == 0, alone
    # Of 14 %: a machine that is too busy to look around leaves some inconclusive.
    assert helped[Status.DOWN] >= count * 0.1
    assert helped[Status.REACHABLE] >= count * 0.6


def test_nobody_is_blocked_on_a_free_network(tmp_path: Path) -> None:
    """A hundred sites."""
    check(100, tmp_path)


@pytest.mark.slow
def test_nobody_of_a_thousand_is_blocked_on_a_free_network(tmp_path: Path) -> None:
    """A thousand."""
    check(1000, tmp_path)

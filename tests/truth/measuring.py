"""One row of the truth table: the URL measured in its network, controls made in an open one, and the verdicts."""

import asyncio
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from probe import session
from probe.control.answer import ControlAnswer
from probe.control.client import request_of
from probe.control.controlfile import ControlFile
from probe.control.serving import assemble
from probe.job import Job
from probe.judge.control_view import ControlView
from probe.judge.knowledge import Knowledge
from probe.judge.verdict import judge
from probe.lab.catalogue import CATALOGUE
from probe.lab.lab import Lab
from probe.lab.scenario import Scenario
from probe.measure.setting import Deadlines
from probe.measure.trust import Trust
from probe.nettest.control import view_of
from probe.planned import open_new
from probe.record import WebMeasurement, read_measurement
from probe.record.runfile import parse_moment
from probe.record.verdict import Verdict
from probe.results import lines_of
from probe.schedule import Limits
from probe.testlist import parse
from tests.run.labs import Silent, around
from tests.truth.rows import Row

QUICK = Deadlines(dns=0.8, linger=0.1, tcp=0.5, tls=0.5, http=1.0, preference=0.3)
PATIENT = Deadlines(dns=3.0, linger=0.1, tcp=3.0, tls=3.0, http=3.0, preference=0.3)


@dataclass(frozen=True, slots=True)
class Seen:
    """The verdicts of one row: with a helper, with a control file, with neither."""

    helped: Verdict
    by_file: Verdict
    alone: Verdict


def written(verdict: Verdict) -> str:
    """`status mechanism confidence`, as rows have it."""
    first = verdict.mechanisms[0].value if verdict.mechanisms else "-"
    return f"{verdict.status.value} {first} {verdict.confidence.value}"


def see(row: Row, knowledge: Knowledge) -> Seen:
    """Measure and judge."""
    scenario = CATALOGUE[row.scenario]
    record = measure(scenario, row.url, QUICK)[0]
    helper, file = controls(scenario, record)
    return Seen(
        helped=verdict_of(record, helper, knowledge),
        by_file=verdict_of(record, file, knowledge),
        alone=verdict_of(record, None, knowledge),
    )


def verdict_of(record: WebMeasurement, answer: ControlAnswer | None, knowledge: Knowledge) -> Verdict:
    """The verdict on `record` with one control."""
    view = ControlView() if answer is None else view_of(answer)
    return judge(record, view, knowledge.fingerprints).verdict


def measure(scenario: Scenario, url: str, deadlines: Deadlines) -> list[WebMeasurement]:
    """The records of a run over `url` in the lab of `scenario`, without any control."""
    with _folder() as folder:
        path = run_into(folder, scenario, url, deadlines)
        found = [read_measurement(line.data) for line, _ in lines_of(path)]
    return [record for record in found if isinstance(record, WebMeasurement)]


def run_into(folder: Path, scenario: Scenario, urls: str, deadlines: Deadlines) -> Path:
    """Where the records of a run over `urls` (one a line) are."""
    entries = parse("truth", urls.encode())
    job = Job(entries.targets, Limits(), seed=1, lists=[entries], deadlines=deadlines)
    with Lab(scenario) as lab:
        surroundings = around(lab)
        results = open_new(job, folder, surroundings)
        listener = Silent()
        asyncio.run(session.carry_out(job, results, surroundings, listener))
    assert not listener.crashes
    return results.path


def controls(scenario: Scenario, record: WebMeasurement) -> tuple[ControlAnswer, ControlAnswer]:
    """What our helper says of the record's URL in an open network with the same sites, and what a file made there says."""
    url, elsewhere = record.input or "", scenario.elsewhere()
    connects = record.test_keys.tcp_connect or []
    with Lab(elsewhere) as lab:
        trust = Trust.load(lab.ca_file)
        service = assemble(lab.network(), trust, deadlines=PATIENT, log=lambda _: None)
        control = asyncio.run(service.measurer.measure(request_of(url, connects)))
        service.close()
    helped = ControlAnswer(control, "helper", "https://helper.example/", age_s=0.0, verified=True)
    with _folder() as folder:
        file = ControlFile.load(run_into(folder, elsewhere, url, PATIENT))
        return helped, file.answer(url, parse_moment(record.measurement_start_time).timestamp())


@contextmanager
def _folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix=f"truth-{os.getpid()}-{uuid.uuid4().hex[:6]}-") as name:
        yield Path(name)

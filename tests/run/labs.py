"""A job measured in the lab, as `probe run` does it on a network."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from probe import session
from probe.job import Job, Surroundings
from probe.judge.knowledge import Knowledge
from probe.lab.lab import Lab
from probe.lab.scenarios import SCENARIOS
from probe.measure.setting import Deadlines
from probe.measure.trust import Trust
from probe.planned import open_new
from probe.record import Measurement, WebMeasurement, read_measurement
from probe.record.runfile import Manifest
from probe.record.verdict import Verdict
from probe.results import ResultsFile, lines_of
from probe.run import Progress
from probe.safety.scrub import Identity
from probe.schedule import Limits
from probe.testlist import Target, load_bundled, parse

QUICK = Deadlines(dns=0.5, linger=0.05, tcp=0.4, tls=0.4, http=0.5, preference=0.2)


KNOWLEDGE = Knowledge.packaged()


class Silent:
    """A listener that keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.crashes: list[str] = []

    def started(self, target: Target) -> None:
        """Nothing to keep."""

    def finished(self, target: Target, measurement: Measurement) -> None:
        """Keep the target."""
        assert measurement.input == target.url
        self.heard.append(target.url)

    def crashed(self, target: Target, error: BaseException) -> None:
        """Keep the target and the kind of error."""
        self.crashes.append(f"{target.url} {type(error).__name__}")


def job(urls: Sequence[str] = (), limits: Limits | None = None, deadlines: Deadlines = QUICK) -> Job:
    """A job for `urls`, or for the bundled platforms."""
    entries = parse("test", "\n".join(urls).encode()) if urls else load_bundled("platforms")
    return Job(entries.targets, limits or Limits(), seed=1, lists=[entries], deadlines=deadlines)


def measure(
    lab: Lab, work: Job, results: ResultsFile, identity: Identity | None = None
) -> tuple[Progress, Manifest, Silent]:
    """Carry `work` out in `lab`."""
    listener = Silent()
    surroundings = around(lab, identity)
    progress, manifest = asyncio.run(session.carry_out(work, results, surroundings, listener))
    return progress, manifest, listener


def around(lab: Lab, identity: Identity | None = None) -> Surroundings:
    """The lab as surroundings."""
    return Surroundings(
        lab.network(), Trust.load(lab.ca_file), identity or Identity(), KNOWLEDGE, ("HTTPS_PROXY",)
    )


def begin(lab: Lab, work: Job, folder: Path) -> ResultsFile:
    """New files in `folder`."""
    return open_new(work, folder, around(lab))


def scenario(name: str, *, rtt: float = 0.0) -> Lab:
    """The lab of scenario `name`."""
    return Lab(SCENARIOS[name], rtt=rtt)


def records(path: Path) -> list[Measurement]:
    """Every record of a file, validated."""
    return [read_measurement(line.data) for line, _ in lines_of(path)]


def verdicts(path: Path) -> list[Verdict]:
    """Of all records of a file."""
    found = [record.test_keys.x_verdict for record in records(path) if isinstance(record, WebMeasurement)]
    return [verdict for verdict in found if verdict is not None]

"""What a run is to do, and in what surroundings: everything that is decided before anything is sent."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from probe.control.client import Helper
from probe.control.controlfile import ControlFile
from probe.judge.knowledge import Knowledge
from probe.measure.doh import DohResolver
from probe.measure.metered import Meter
from probe.measure.network import Network
from probe.measure.resolve import UdpResolver
from probe.measure.setting import DEFAULT_DOH, DEFAULT_UDP, Deadlines
from probe.measure.trust import Trust
from probe.record.runfile import Vantage
from probe.run import Progress
from probe.safety.scrub import Identity, Scrubber
from probe.schedule import Limits
from probe.testlist import Target, TestList

UNKNOWN = Vantage(country="ZZ", asn="AS0")
TEST_NAME = "web_connectivity"


@dataclass(frozen=True, slots=True)
class Budget:
    """Bytes that a run may use: on the network, and on the disk for its records. None for no bound.

    Nothing new is started once one more, and those in flight, would pass the bound by what the others took; no
    connection is ever cut off for it. A run may pass the bound by what its last targets take more than the mean.
    """

    network: int | None = None
    disk: int | None = None

    def is_spent(self, progress: Progress, network: int, disk: int) -> bool:
        """Whether to start nothing more, when one more target is just done, with so many bytes used so far."""
        done, flying = progress.measured + 1, max(progress.in_flight - 1, 0)
        used = ((network, self.network), (disk, self.disk))
        return any(bound is not None and size * (1 + (flying + 1) / done) > bound for size, bound in used)


@dataclass(frozen=True, slots=True)
class Job:
    """What to measure and how. `annotations` go into every record; `seed` decides the order of targets.

    `meter` goes on counting from job to job, the `budget` is of one; without a bound on it the network is not metered.
    """

    targets: Sequence[Target]
    limits: Limits
    seed: int
    lists: Sequence[TestList] = ()
    vantage: Vantage = UNKNOWN
    command: Sequence[str] = ()
    udp: Sequence[UdpResolver] = DEFAULT_UDP
    doh: Sequence[DohResolver] = DEFAULT_DOH
    deadlines: Deadlines = field(default_factory=Deadlines)
    annotations: Mapping[str, str] = field(default_factory=dict)
    controls: Sequence[ControlFile | Helper] = ()
    budget: Budget = field(default_factory=Budget)
    meter: Meter = field(default_factory=Meter)


def nameless(job: Job, identity: Identity) -> Job:
    """`job` with lists, targets and command called as records may call them: a list may be named after its owner."""
    scrubber = Scrubber(identity, (target.url for target in job.targets))
    clean = scrubber.clean_text
    if scrubber.knows_nobody:
        return job
    return replace(
        job,
        targets=[
            replace(
                target,
                list_name=clean(target.list_name),
                category_code=target.category_code and clean(target.category_code),
                platform=target.platform and clean(target.platform),
                role=target.role and clean(target.role),
            )
            for target in job.targets
        ],
        lists=[replace(each, name=clean(each.name)) for each in job.lists],
        command=[clean(part) for part in job.command],
    )


def utc_now() -> datetime:
    """The wall clock, in whole seconds as records have it."""
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a job is carried out: network, whom to trust, who must not be named, what is known, proxies ignored, the wall clock.

    The clock may be put forward and back while a run goes on: only what is written depends on it.
    """

    network: Network
    trust: Trust
    identity: Identity
    knowledge: Knowledge
    proxies: Sequence[str] = ()
    now: Callable[[], datetime] = utc_now


def stamp(moment: datetime) -> str:
    """`moment` as df-000 writes it."""
    return moment.strftime("%Y-%m-%d %H:%M:%S")

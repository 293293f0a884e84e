"""One run with all that surrounds it: who measures, what is asked, where the records go, how it is stopped.

    job → plan beside the records file → `Run` → journal → manifest

`run.py` measures and opens no file; `results` keeps files and knows no network. Here they meet.
"""

import asyncio
import platform
import secrets
import signal
import ssl
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from ipaddress import ip_address
from itertools import groupby
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from probe import __version__
from probe.control.client import Helper, HelperClient
from probe.control.controlfile import ControlFile
from probe.control.sources import ControlSources
from probe.judge.knowledge import Knowledge
from probe.measure.doh import DohResolver, DohSession
from probe.measure.lateness import LatenessWatch
from probe.measure.metered import Meter, MeteredNetwork
from probe.measure.network import Network
from probe.measure.noted import NotedNetwork
from probe.measure.resolve import UdpResolver
from probe.measure.setting import DEFAULT_DOH, DEFAULT_UDP, Deadlines, Setting
from probe.measure.trust import Trust
from probe.measure.vitals import shows_life
from probe.measure.watch import NetworkWatch
from probe.nettest import NETTESTS, Context, RunIdentity
from probe.record import UnreadableRecordError, read_measurement
from probe.record.runfile import ListUsed, Manifest, Outcome, Plan, PlannedTarget, Vantage
from probe.results import ResultsError, ResultsFile
from probe.run import End, Listener, Progress, Run, watched
from probe.safety.scrub import Identity, Scrubber
from probe.schedule import Limits, order, site_of
from probe.testlist import Target, TestList, normalise

UNKNOWN = Vantage(country="ZZ", asn="AS0")
SOFTWARE = "reachprobe"
TEST_NAME = "web_connectivity"
OUTSIDE = (UdpResolver("8.8.8.8"), UdpResolver("2001:4860:4860::8888"))
"""An address of each family that stands for all others: whoever named resolvers may have named some nearby."""

LIBRARIES = ("certifi", "dnspython", "h11", "h2", "httpcore", "httpx", "pydantic")


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


def versions() -> dict[str, str]:
    """What measured: this program, Python, OpenSSL, and the libraries that can change what is seen."""
    found = {name: version(name) for name in LIBRARIES}
    return {
        "reachprobe": __version__,
        "python": platform.python_version(),
        "openssl": ssl.OPENSSL_VERSION,
        **found,
    }


def open_new(job: Job, output: Path, surroundings: Surroundings) -> ResultsFile:
    """Make the files of a new run; raises `ResultsError`."""
    started, run_id = surroundings.now(), secrets.token_hex(16)
    country, asn = job.vantage.country, job.vantage.asn
    moment = started.strftime("%Y%m%dT%H%M%SZ")
    plan = Plan(
        run_id=run_id,
        report_id=f"{moment}_webconnectivity_{country}_{asn.removeprefix('AS')}_n1_{run_id[:16]}",
        started=stamp(started),
        command=["probe", *job.command],
        options=_options(job, surroundings),
        vantage=job.vantage,
        lists=[_list_used(each) for each in job.lists],
        annotations=dict(job.annotations),
        seed=job.seed,
        software_name=SOFTWARE,
        software_version=__version__,
        targets=[_planned(target) for target in job.targets],
    )
    return ResultsFile.create(output, plan)


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


def go_on(path: Path, job: Job, check: Callable[[Plan], None] = lambda _: None) -> tuple[ResultsFile, Job]:
    """The unfinished run at `path`, and what is missing of it: as it was planned, but for the limits of `job`.

    `check` may refuse the plan by a `ResultsError`. Raises that, before anything is changed, for a plan that cannot be
    gone on with as well, and what `ResultsFile.resume` raises.
    """

    def look_at(plan: Plan) -> None:
        check(plan)
        try:
            _planned_resolvers(plan)
            for target in plan.targets:
                _require_measurable(target)
        except ValueError as error:
            raise ResultsError(f"{path}: its plan is damaged: {error}") from error

    results = ResultsFile.resume(path, check=look_at, in_vain=tried_in_vain)
    plan = results.plan
    udp, doh = _planned_resolvers(plan)
    return results, replace(
        job,
        targets=[_target(planned) for planned in results.missing],
        seed=plan.seed or 0,
        vantage=plan.vantage,
        annotations=plan.annotations,
        udp=udp,
        doh=doh,
    )


def _planned_resolvers(plan: Plan) -> tuple[list[UdpResolver], list[DohResolver]]:
    """Raises `ValueError`."""
    for name in ("resolvers", "doh"):
        if name not in plan.options:
            raise ValueError(f"no options.{name}")
    return (
        [UdpResolver.parse(text) for text in plan.options["resolvers"].split()],
        [DohResolver.parse(text) for text in plan.options["doh"].split()],
    )


def _require_measurable(target: PlannedTarget) -> None:
    """As a list's entry is: a plan that somebody else made must not lead into one's own network. Raises `ValueError`."""
    if target.test_name != TEST_NAME or not target.input:
        raise ValueError(f"no {TEST_NAME} of a URL: {target.test_name} {target.input}")
    if normalise(target.input) != target.input:
        raise ValueError(f"not a URL as it is measured: {target.input[:80]}")


def tried_in_vain(line: bytes) -> bool:
    """Whether nothing in the record `line` came from outside of the network: of its target it says nothing."""
    try:
        return not shows_life(read_measurement(line))
    except UnreadableRecordError:
        return False


def _planned(target: Target) -> PlannedTarget:
    facts = asdict(target)
    return PlannedTarget(test_name=TEST_NAME, input=facts.pop("url"), **facts)


def _target(planned: PlannedTarget) -> Target:
    return Target(url=planned.input or "", **planned.model_dump(exclude={"test_name", "input"}))


def _options(job: Job, surroundings: Surroundings) -> dict[str, str]:
    """What a resumed run needs, and what a reader of the results must know."""
    return {
        "parallel": str(job.limits.parallel),
        "max_runtime": "" if job.limits.max_runtime is None else f"{job.limits.max_runtime:g} s",
        "resolvers": " ".join(resolver.endpoint for resolver in job.udp),
        "doh": " ".join(resolver.named for resolver in job.doh),
        "max_bytes": "" if job.budget.network is None else str(job.budget.network),
        "ca_bundle": surroundings.trust.ca_bundle,
    }


def _list_used(each: TestList) -> ListUsed:
    return ListUsed(
        name=each.name, sha256=each.sha256, targets=len(each.targets), rejected=len(each.rejected)
    )


def identify(plan: Plan, proxies: Sequence[str]) -> RunIdentity:
    """What all records of the run of `plan` say about it."""
    return RunIdentity(
        run_id=plan.run_id,
        report_id=plan.report_id,
        started=plan.started,
        asn=plan.vantage.asn,
        country=plan.vantage.country,
        platform=platform.system().lower() or "unknown",
        architecture=platform.machine() or "unknown",
        python=platform.python_version(),
        openssl=ssl.OPENSSL_VERSION,
        proxies_ignored=tuple(proxies),
        annotations=plan.annotations,
    )


async def carry_out(
    job: Job, results: ResultsFile, surroundings: Surroundings, listener: Listener
) -> tuple[Progress, Manifest]:
    """Measure `job` into `results` and end the run with its manifest; the journal is closed also when that fails."""
    run = identify(results.plan, surroundings.proxies)
    scrubber = Scrubber(surroundings.identity, (target.input or "" for target in results.plan.targets))
    with results:
        progress = await measure(job, run, surroundings, scrubber, results.journal.append, listener)
        if progress.end is End.BUDGET and progress.measured == len(job.targets):
            progress.end = End.COMPLETE  # the last targets used it up
        outcome = (progress.end or End.COMPLETE).value
        return progress, results.finish(
            cast("Outcome", outcome),
            finished=stamp(surroundings.now()),
            versions=versions(),
            clean=scrubber.clean_text,
        )


async def measure(
    job: Job,
    run: RunIdentity,
    surroundings: Surroundings,
    scrubber: Scrubber,
    sink: Callable[[bytes], None],
    listener: Listener,
) -> Progress:
    """Measure `job` and hand each record, scrubbed, to `sink`. SIGINT and SIGTERM stop it in order."""
    network, begin = _metered(NotedNetwork(surroundings.network, scrubber.learn), job), job.meter.used
    trust, clean = surroundings.trust, scrubber.clean_record
    doh = [DohSession(network, trust, resolver) for resolver in job.doh]
    setting = Setting(network, trust, udp=job.udp, doh=doh, deadlines=job.deadlines)
    lateness = LatenessWatch(setting.clock)
    network_watch = NetworkWatch(setting)
    watching = asyncio.create_task(network_watch.watch())
    targets = order(
        job.targets, seed=job.seed, key=lambda target: site_of(urlsplit(target.url).hostname or "")
    )
    progress = Progress()
    context = Context(
        setting=setting,
        run=run,
        utc_now=lambda: stamp(surroundings.now()),
        lateness=lateness.since,
        in_flight=lambda: progress.in_flight,
        new_id=lambda: str(uuid.uuid4()),
        controls=_controls(job, surroundings, setting),
        knowledge=surroundings.knowledge,
        network=network_watch,
    )
    current = Run(
        targets, NETTESTS[TEST_NAME], context, job.limits, lambda line: keep(clean(line)), listener, progress
    )
    written = 0

    def keep(line: bytes) -> None:
        nonlocal written
        sink(line)
        written += len(line)
        if job.budget.is_spent(progress, job.meter.used - begin, written):
            current.stop(End.BUDGET)

    try:
        with stopped_by_signals(current):
            return await watched(current, lateness)
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        setting.close()


def _metered(network: Network, job: Job) -> Network:
    """A meter is a detour for every byte, so there is one only where there is a bound."""
    return network if job.budget.network is None else MeteredNetwork(network, job.meter)


def _controls(job: Job, surroundings: Surroundings, setting: Setting) -> ControlSources:
    """In the order they were named; helpers that stand side by side are one source, whose answers are tried in turn."""
    sources: list[ControlFile | HelperClient] = []
    for is_file, group in groupby(job.controls, key=lambda one: isinstance(one, ControlFile)):
        if is_file:
            sources += [one for one in group if isinstance(one, ControlFile)]
        else:
            helpers = [one for one in group if isinstance(one, Helper)]
            sources.append(HelperClient(helpers, setting.network, surroundings.trust, setting.clock))
    return ControlSources(sources, setting.wall_clock)


@contextmanager
def stopped_by_signals(run: Run) -> Iterator[None]:
    """The first SIGINT or SIGTERM ends `run` in order; a second one ends the process as usual."""
    loop = asyncio.get_running_loop()
    handled: list[tuple[signal.Signals, object]] = []

    def stop(number: int, _frame: object) -> None:
        restore()
        run.progress.signal = number
        loop.call_soon_threadsafe(run.stop, End.STOPPED)

    def restore() -> None:
        while handled:
            number, before = handled.pop()
            signal.signal(number, before)  # type: ignore[arg-type]

    try:
        handled += [(number, signal.signal(number, stop)) for number in (signal.SIGINT, signal.SIGTERM)]
    except ValueError:  # not the main thread: whoever runs us there handles signals
        handled.clear()
    try:
        yield
    finally:
        restore()


async def own_addresses(network: Network, towards: Sequence[UdpResolver]) -> list[str]:
    """Addresses of this machine that packets to the outside carry; connecting a UDP socket sends nothing."""
    found = set[str]()
    noted = NotedNetwork(network, found.add)
    for resolver in (*towards, *OUTSIDE):
        try:
            (await noted.open_udp(resolver.ip, resolver.port)).close()
        except OSError:
            continue
    return sorted(address for address in found if not ip_address(address.partition("%")[0]).is_loopback)

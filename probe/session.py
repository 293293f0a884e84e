"""One run with all that surrounds it: who measures, what is asked, where the records go, how it is stopped.

    job → plan beside the records file → `Run` → journal → manifest

`run.py` measures and opens no file; `results` keeps files and knows no network. Here they meet.
"""

import asyncio
import platform
import signal
import ssl
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from ipaddress import ip_address
from itertools import groupby
from typing import cast
from urllib.parse import urlsplit

from probe import __version__
from probe.control.client import Helper, HelperClient
from probe.control.controlfile import ControlFile
from probe.control.sources import ControlSources
from probe.job import TEST_NAME, Job, Surroundings, stamp
from probe.measure.doh import DohSession
from probe.measure.lateness import LatenessWatch
from probe.measure.metered import MeteredNetwork
from probe.measure.network import Network
from probe.measure.noted import NotedNetwork
from probe.measure.resolve import UdpResolver
from probe.measure.setting import Setting
from probe.measure.watch import NetworkWatch
from probe.nettest import NETTESTS, Context, RunIdentity
from probe.planned import identify
from probe.record.runfile import Manifest, Outcome
from probe.results import ResultsFile
from probe.run import End, Listener, Progress, Run, watched
from probe.safety.scrub import Scrubber
from probe.schedule import order, site_of

OUTSIDE = (UdpResolver("8.8.8.8"), UdpResolver("2001:4860:4860::8888"))
"""An address of each family that stands for all others: whoever named resolvers may have named some nearby."""

LIBRARIES = ("certifi", "dnspython", "h11", "h2", "httpcore", "httpx", "pydantic")


def versions() -> dict[str, str]:
    """What measured: this program, Python, OpenSSL, and the libraries that can change what is seen."""
    found = {name: version(name) for name in LIBRARIES}
    return {
        "reachprobe": __version__,
        "python": platform.python_version(),
        "openssl": ssl.OPENSSL_VERSION,
        **found,
    }


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
        """Write, and stop when the budget is used up."""
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
        """As a signal handler."""
        restore()
        run.progress.signal = number
        loop.call_soon_threadsafe(run.stop, End.STOPPED)

    def restore() -> None:
        """Whoever handled the signals before."""
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

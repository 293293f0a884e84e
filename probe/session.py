"""One run with all that surrounds it: who measures, what is asked, where the records go, how it is stopped.

    job → plan beside the records file → `Run` → journal → manifest

`run.py` measures and opens no file; `results` keeps files and knows no network. Here they meet.
"""

import asyncio
import platform
import random
import secrets
import signal
import ssl
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType

from probe import __version__
from probe.measure.doh import DohResolver, DohSession
from probe.measure.lateness import LatenessWatch
from probe.measure.network import Network
from probe.measure.resolve import UdpResolver
from probe.measure.setting import DEFAULT_DOH, DEFAULT_UDP, Deadlines, Setting
from probe.measure.trust import Trust
from probe.nettest import NETTESTS, Context, RunIdentity
from probe.run import End, Listener, Progress, Run, watched
from probe.safety.scrub import Scrubber
from probe.schedule import Limits, order
from probe.testlist import Target

UNKNOWN_COUNTRY, UNKNOWN_ASN = "ZZ", "AS0"
TEST_NAME = "web_connectivity"
LIBRARIES = ("certifi", "dnspython", "h2", "httpcore", "httpx", "pydantic")


@dataclass(frozen=True, slots=True)
class Vantage:
    """Where the measuring network is, as declared: ISO 3166 country, and AS number as AS137."""

    country: str = UNKNOWN_COUNTRY
    asn: str = UNKNOWN_ASN


@dataclass(frozen=True, slots=True)
class Job:
    """What to measure and how. `annotations` go into every record; `seed` decides the order of targets."""

    targets: Sequence[Target]
    limits: Limits
    seed: int
    vantage: Vantage = field(default_factory=Vantage)
    udp: Sequence[UdpResolver] = DEFAULT_UDP
    doh: Sequence[DohResolver] = DEFAULT_DOH
    deadlines: Deadlines = field(default_factory=Deadlines)
    annotations: Mapping[str, str] = MappingProxyType({})


def utc_now() -> datetime:
    """The wall clock, in whole seconds as records have it."""
    return datetime.now(UTC).replace(microsecond=0)


def stamp(moment: datetime) -> str:
    """`moment` as df-000 writes it."""
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def versions() -> dict[str, str]:
    """What measured: this program, Python, OpenSSL, and the libraries that can change what is seen."""
    found = {name: version(name) for name in LIBRARIES}
    return {"reachprobe": __version__, "python": platform.python_version(), "openssl": ssl.OPENSSL_VERSION, **found}


def identify(vantage: Vantage, started: datetime, run_id: str, proxies: Sequence[str], annotations: Mapping[str, str]) -> RunIdentity:
    """The identity of a run that starts at `started`; the report id has OONI's form."""
    moment = started.strftime("%Y%m%dT%H%M%SZ")
    report_id = f"{moment}_webconnectivity_{vantage.country}_{vantage.asn.removeprefix('AS')}_n1_{run_id[:16]}"
    return RunIdentity(
        run_id=run_id,
        report_id=report_id,
        started=stamp(started),
        asn=vantage.asn,
        country=vantage.country,
        platform=platform.system().lower() or "unknown",
        architecture=platform.machine() or "unknown",
        python=platform.python_version(),
        openssl=ssl.OPENSSL_VERSION,
        proxies_ignored=tuple(proxies),
        annotations=annotations,
    )


def new_run_id() -> str:
    """32 random hex digits: nothing about the machine or the moment is in it."""
    return secrets.token_hex(16)


async def measure(
    job: Job, run: RunIdentity, network: Network, trust: Trust, scrubber: Scrubber, sink: Callable[[bytes], None], listener: Listener
) -> Progress:
    """Measure `job` and hand each record, scrubbed, to `sink`. SIGINT and SIGTERM stop it in order."""
    rng = random.Random(job.seed)  # noqa: S311 - the order of targets is no secret
    doh = [DohSession(network, trust, resolver) for resolver in job.doh]
    setting = Setting(network, trust, udp=job.udp, doh=doh, deadlines=job.deadlines)
    lateness = LatenessWatch(setting.clock)
    targets = order(job.targets, seed=rng.getrandbits(32), key=site_of)
    progress = Progress()
    context = Context(
        setting=setting,
        run=run,
        utc_now=lambda: stamp(utc_now()),
        lateness=lateness.since,
        in_flight=lambda: progress.in_flight,
        new_id=lambda: str(uuid.uuid4()),
    )
    nettest, clean = NETTESTS[TEST_NAME], scrubber.clean_bytes
    current = Run(targets, nettest, context, job.limits, lambda line: sink(clean(line)), listener, progress)
    try:
        with stopped_by_signals(current):
            return await watched(current, lateness)
    finally:
        setting.close()


def site_of(target: Target) -> str:
    """The last two labels of the target's host: names of one operator, which often share addresses."""
    host = target.url.split("/", 3)[2].rsplit(":", 1)[0]
    return ".".join(host.split(".")[-2:])


@contextmanager
def stopped_by_signals(run: Run) -> Iterator[None]:
    """The first SIGINT or SIGTERM ends `run` in order; a second one ends the process as usual."""
    loop = asyncio.get_running_loop()
    handled: list[tuple[signal.Signals, object]] = []

    def stop(_number: int, _frame: object) -> None:
        restore()
        loop.call_soon_threadsafe(run.stop, End.STOPPED)

    def restore() -> None:
        while handled:
            number, before = handled.pop()
            signal.signal(number, before)  # type: ignore[arg-type]

    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            handled.append((number, signal.signal(number, stop)))
    except ValueError:  # not the main thread: whoever runs us there handles signals
        pass
    try:
        yield
    finally:
        restore()


async def own_addresses(network: Network, towards: Sequence[UdpResolver]) -> list[str]:
    """Addresses of this machine that packets to the outside carry; connecting a UDP socket sends nothing."""
    found = []
    for resolver in (*towards, UdpResolver("2001:4860:4860::8888")):
        try:
            with await network.open_udp(resolver.ip, resolver.port) as sock:
                found.append(str(sock.getsockname()[0]))
        except OSError:
            continue
    return sorted(set(found) - {"127.0.0.1", "::1"})

"""From what was typed to a job, from a job to files, and what people see of it: the work behind `probe run`.

Imported by the command when it runs, so that `probe --help` need not load the measuring core.
"""

import asyncio
import os
import secrets
import signal
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from getpass import getuser
from pathlib import Path

import typer
from rich.console import Console

from probe import session
from probe.cli.narrate import JsonLines
from probe.cli.stop import CONSENT, DONE, UNUSABLE, stop
from probe.cli.table import LiveTable
from probe.cli.units import parse_duration
from probe.cli.values import (
    BadValueError,
    parse_asn,
    parse_country,
    parse_doh,
    parse_parallel,
    parse_resolver,
)
from probe.cli.words import run as words
from probe.measure.network import Network, SystemNetwork
from probe.measure.setting import DEFAULT_DOH, DEFAULT_UDP
from probe.measure.trust import Trust, TrustError
from probe.record.runfile import Counts, Vantage
from probe.results import JournalError, NothingToResumeError, ResultsError, ResultsFile
from probe.run import End, Progress
from probe.safety.consent import CONSENT_VERSION, consent_path, granted
from probe.safety.scrub import Scrubber, proxies_set
from probe.schedule import Limits
from probe.testlist import ListNotFoundError, Rejected, Target, TestList, combine, from_url, load
from probe.testlist.combine import COMMAND_LINE

INTERRUPTED = 128
DEFAULT_LISTS = ("platforms",)
EXIT_CODES = {End.COMPLETE: DONE, End.DEADLINE: DONE, End.NETWORK_UNUSABLE: UNUSABLE}


@dataclass(frozen=True, slots=True)
class Wishes:
    """The options of `run` as typed."""

    lists: tuple[str, ...]
    urls: tuple[str, ...]
    output: Path
    resolvers: tuple[str, ...]
    dohs: tuple[str, ...]
    no_doh: bool
    ca_bundle: Path | None
    country: str
    asn: str
    parallel: int
    max_runtime: str | None
    seed: int | None
    resume: Path | None
    as_json: bool


def console() -> Console:
    """Where people read: standard error. NO_COLOR and narrow terminals are rich's to respect."""
    return Console(stderr=True, highlight=False)


def measure(wishes: Wishes) -> int:
    """`probe run`: returns the exit code."""
    require_consent()
    out = console()
    job = plan_job(wishes)
    proxies = proxies_set(os.environ)
    if proxies:
        typer.echo(words.PROXIES.format(names=", ".join(proxies)), err=True)
    if not job.targets and wishes.resume is None:
        stop(words.NOTHING)
    network = SystemNetwork()
    surroundings = session.Surroundings(
        network, load_trust(wishes.ca_bundle), own_identity(network, job), proxies
    )
    return carry_out(job, surroundings, wishes, out)


def carry_out(job: session.Job, surroundings: session.Surroundings, wishes: Wishes, out: Console) -> int:
    """Measure `job`, show it, name the file; returns the exit code."""
    try:
        results = _open(job, surroundings, wishes)
        job = session.rejoin(results, job) if wishes.resume else job
        table = LiveTable(out, len(job.targets))
        listener = JsonLines(sys.stdout, table) if wishes.as_json else table
        with table:
            progress, manifest = asyncio.run(session.carry_out(job, results, surroundings, listener))
    except (ResultsError, JournalError) as error:
        stop(str(error))
    if isinstance(listener, JsonLines):
        facts = {"outcome": manifest.outcome, "records": str(results.path), **manifest.counts.model_dump()}
        listener.summarise(**facts)
    else:
        _show_summary(out, table, results.path)
    return _conclude(progress, manifest.counts, results.path)


def _open(job: session.Job, surroundings: session.Surroundings, wishes: Wishes) -> ResultsFile:
    if wishes.resume is None:
        return session.open_new(job, wishes.output, surroundings)
    try:
        return ResultsFile.resume(wishes.resume)
    except NothingToResumeError as error:
        stop(str(error), DONE)


def _show_summary(out: Console, table: LiveTable, path: Path) -> None:
    """The table by platform for people, and on standard output the path alone, for whatever comes next."""
    out.print(table.summary())
    out.print(words.ANSWERED_IS_NOT_OPEN, style="dim", markup=False)
    out.print(words.RECORDS, markup=False, end="")
    sys.stderr.flush()
    typer.echo(str(path))


def _conclude(progress: Progress, counts: Counts, path: Path) -> int:
    sentences = {
        End.STOPPED: words.STOPPED,
        End.DEADLINE: words.OUT_OF_TIME,
        End.NETWORK_UNUSABLE: words.UNUSABLE,
    }
    end = progress.end or End.COMPLETE
    if end in sentences:
        typer.echo(
            sentences[end].format(measured=counts.measured, planned=counts.planned, path=path), err=True
        )
    if end is End.STOPPED:
        return INTERRUPTED + (progress.signal or signal.SIGINT)
    return EXIT_CODES[end]


def require_consent() -> None:
    """End with 3 when there is no consent to the current text."""
    if not granted(os.environ, consent_path(os.environ, sys.platform, Path.home())):
        stop(words.CONSENT_MISSING.format(version=CONSENT_VERSION), CONSENT)


def load_trust(bundle: Path | None) -> Trust:
    """The roots to trust."""
    try:
        return Trust.load(bundle)
    except TrustError as error:
        raise BadValueError(f"--ca-bundle {error}") from error


def own_identity(network: Network, job: session.Job) -> Scrubber:
    """What must never be written: this machine's addresses and name, and the user's."""
    addresses = asyncio.run(session.own_addresses(network, job.udp))
    try:
        user = getuser()
    except (OSError, KeyError):  # no such user, in some containers
        user = ""
    return Scrubber(addresses, socket.gethostname(), user)


def plan_job(wishes: Wishes) -> session.Job:
    """The job that `wishes` describe; tells people about lines that are not measured. Raises `BadValueError`."""
    lists = _lists(wishes)
    entries = combine(lists)
    _tell_rejected(entries.rejected)
    runtime = _duration(wishes.max_runtime)
    udp = tuple(map(parse_resolver, wishes.resolvers)) or DEFAULT_UDP
    doh = () if wishes.no_doh else tuple(map(parse_doh, wishes.dohs)) or DEFAULT_DOH
    return session.Job(
        targets=entries.targets,
        lists=lists,
        limits=Limits(parse_parallel(wishes.parallel), runtime),
        seed=wishes.seed if wishes.seed is not None else secrets.randbits(32),
        vantage=Vantage(country=parse_country(wishes.country), asn=parse_asn(wishes.asn)),
        udp=udp,
        doh=doh,
        command=_command(wishes),
    )


def _command(wishes: Wishes) -> list[str]:
    """What was asked for, without the names of folders, which may be a person's."""
    names = [Path(name).name if name != "-" else name for name in wishes.lists]
    return ["run", *names, *(part for url in wishes.urls for part in ("--url", url))]


def _duration(text: str | None) -> float | None:
    try:
        return None if text is None else parse_duration(text)
    except ValueError as error:
        raise BadValueError(words.BAD_DURATION.format(value=text, reason=error)) from error


def _lists(wishes: Wishes) -> list[TestList]:
    if wishes.resume is not None:
        if wishes.lists or wishes.urls:
            raise BadValueError(words.RESUME_ALONE)
        return []
    names = wishes.lists or (() if wishes.urls else DEFAULT_LISTS)
    try:
        lists = [load(name, sys.stdin.buffer) for name in names]
    except ListNotFoundError as error:
        raise BadValueError(str(error)) from error
    return [*lists, _typed(wishes.urls)] if wishes.urls else lists


def _typed(urls: Sequence[str]) -> TestList:
    entries = [from_url(url) for url in urls]
    targets = tuple(entry for entry in entries if isinstance(entry, Target))
    rejected = tuple(entry for entry in entries if isinstance(entry, Rejected))
    return TestList(COMMAND_LINE, targets[0].list_sha256 if targets else "", targets, rejected)


def _tell_rejected(rejected: Sequence[Rejected]) -> None:
    for entry in rejected:
        line = words.REJECTED.format(
            name=entry.list_name, line=entry.line, reason=entry.reason, text=entry.text
        )
        typer.echo(line, err=True)

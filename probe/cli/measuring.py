"""From a job to files, and what people see of it: the work behind `probe run`.

Imported by the command when it runs, so that `probe --help` need not load the measuring core.
"""

import asyncio
import gc
import os
import signal
import socket
import sys
from getpass import getuser
from pathlib import Path

import typer
from rich.console import Console

from probe import session
from probe.cli.narrate import JsonLines
from probe.cli.stop import CONSENT, DIFFERENT, DONE, INTERRUPTED, UNUSABLE, stop
from probe.cli.table import LiveTable
from probe.cli.values import BadValueError
from probe.cli.verdicts import tell
from probe.cli.wishes import Wishes, plan_job
from probe.cli.words import run as words
from probe.judge.foreign import FingerprintFileError
from probe.judge.knowledge import Knowledge
from probe.judge.netinfo import NetInfoError
from probe.measure.network import Network, SystemNetwork
from probe.measure.trust import Trust, TrustError
from probe.record.runfile import Counts, Manifest
from probe.results import JournalError, NothingToResumeError, ResultsError, ResultsFile
from probe.run import End, Progress
from probe.safety.consent import CONSENT_VERSION, consent_path, granted
from probe.safety.scrub import Scrubber, proxies_set

COLLECT_AFTER = 20_000
"""New objects between two rounds of the collector; Python's own 700 is for programs that make few."""

DEFAULT_OUTPUT = Path("results")
EXIT_CODES = {End.COMPLETE: DONE, End.DEADLINE: DONE, End.NETWORK_UNUSABLE: UNUSABLE}


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
    network = SystemNetwork()
    surroundings = session.Surroundings(
        network, load_trust(wishes.ca_bundle), own_identity(network, job), load_knowledge(wishes), proxies
    )
    return measure_in(surroundings, job, wishes, out)


def measure_in(surroundings: session.Surroundings, job: session.Job, wishes: Wishes, out: Console) -> int:
    """Measure `job` in `surroundings`, show it, name the file; returns the exit code."""
    results = _open(job, surroundings, wishes)
    job = session.rejoin(results, job) if wishes.resume else job
    table = LiveTable(out, len(job.targets))
    listener = JsonLines(sys.stdout, table) if wishes.as_json else table
    progress, manifest = carry_out(job, results, surroundings, table, listener)
    if isinstance(listener, JsonLines):
        listener.summarise(**facts_of(manifest, results.path))
    else:
        _show_summary(out, table, results.path)
    return _conclude(progress, manifest.counts, results.path)


def carry_out(
    job: session.Job,
    results: ResultsFile,
    surroundings: session.Surroundings,
    table: LiveTable,
    listener: LiveTable | JsonLines,
) -> tuple[Progress, Manifest]:
    """Measure `job` into `results`, with `table` on the screen; ends the command when that cannot be finished."""
    settle_memory()
    try:
        with table:
            return asyncio.run(session.carry_out(job, results, surroundings, listener))
    except (ResultsError, JournalError) as error:
        stop(str(error))
    except BrokenPipeError:
        typer.echo(words.NOBODY_READS.format(path=results.path), err=True)
        raise


def settle_memory() -> None:
    """Spare the collector what stays for the whole run, and most of its rounds: a tenth of a measurement's CPU.

    The process is a run's own; records hold no cycles, so that little is left for the collector to find.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 50)


def facts_of(manifest: Manifest, path: Path) -> dict[str, object]:
    """What the last line of JSON says of a run."""
    return {"outcome": manifest.outcome, "records": str(path), **manifest.counts.model_dump()}


def _open(job: session.Job, surroundings: session.Surroundings, wishes: Wishes) -> ResultsFile:
    if wishes.resume is None:
        return open_new(job, wishes.output or DEFAULT_OUTPUT, surroundings)
    try:
        results = ResultsFile.resume(wishes.resume)
    except NothingToResumeError as error:
        stop(str(error), DONE)
    except ResultsError as error:
        stop(f"--resume {error}")
    if results.plan.annotations.get("network_type") == "lab":
        results.journal.close()
        stop(words.OF_THE_LAB.format(path=results.path))
    return results


def open_new(job: session.Job, output: Path, surroundings: session.Surroundings) -> ResultsFile:
    """The files of a new run in `output`; ends the command when there can be none."""
    try:
        return session.open_new(job, output, surroundings)
    except ResultsError as error:
        stop(f"--output {error}")


def _show_summary(out: Console, table: LiveTable, path: Path) -> None:
    """The table by platform for people, and on standard output the path alone, for whatever comes next."""
    out.print(table.summary())
    out.print()
    tell(out, table.judged)
    out.print(words.HOW_TO_KNOW_MORE.format(path=path), style="dim", markup=False)
    if table.shortened:
        out.print(words.STAR, style="dim", markup=False)
    name_files(out, path)


def name_files(out: Console, *paths: Path) -> None:
    """The paths on standard output, one a line; where a person reads both outputs, with what they are."""
    if out.is_terminal and sys.stdout.isatty():
        out.print(words.RECORDS, markup=False, end="\n" if len(paths) > 1 else "")
    for path in paths:
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
    if end is End.COMPLETE and counts.missing:
        typer.echo(
            words.INCOMPLETE.format(missing=counts.missing, planned=counts.planned, path=path), err=True
        )
        return DIFFERENT
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


def load_knowledge(wishes: Wishes) -> Knowledge:
    """What verdicts rest on; tells of rows of the user's tables that are not used."""
    try:
        knowledge = Knowledge.load(wishes.fingerprints, wishes.netinfo)
    except FingerprintFileError as error:
        raise BadValueError(words.BAD_FINGERPRINTS.format(reason=error)) from error
    except NetInfoError as error:
        raise BadValueError(words.BAD_NETINFO.format(reason=error)) from error
    for row in knowledge.fingerprints.rejected:
        typer.echo(words.REJECTED_FINGERPRINT.format(row=row), err=True)
    return knowledge


def own_identity(network: Network, job: session.Job) -> Scrubber:
    """What must never be written: this machine's addresses and name, and the user's."""
    addresses = asyncio.run(session.own_addresses(network, job.udp))
    try:
        user = getuser()
    except (OSError, KeyError):  # no such user, in some containers
        user = ""
    return Scrubber(addresses, socket.gethostname(), user)

"""From a job to files, and what people see of it: the work behind `probe run`.

Imported by the command when it runs, so that `probe --help` need not load the measuring core.
"""

import asyncio
import gc
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from getpass import getuser
from pathlib import Path

import typer
from rich.console import Console

from probe import planned, session
from probe.cli.folder import FolderError, Place, prepared, room_in
from probe.cli.narrate import JsonLines, SummaryLine
from probe.cli.noting import noted
from probe.cli.say import say
from probe.cli.stop import CONSENT, DIFFERENT, DONE, INTERRUPTED, UNUSABLE, USAGE, stop
from probe.cli.table import LiveTable
from probe.cli.values import BadValueError
from probe.cli.verdicts import tell
from probe.cli.wishes import DEFAULT_OUTPUT, Wishes, plan_job
from probe.cli.words import run as words
from probe.job import Budget, Job, Surroundings, nameless
from probe.judge.foreign import FingerprintFileError
from probe.judge.knowledge import Knowledge
from probe.judge.netinfo import NetInfoError
from probe.measure.network import Network, SystemNetwork
from probe.measure.trust import Trust, TrustError
from probe.operate.descriptors import raise_limit, targets_within
from probe.operate.interrupted import LAB
from probe.record.runfile import Counts, Manifest, Plan
from probe.results import JournalError, NothingToResumeError, ResultsError, ResultsFile
from probe.run import End, Progress
from probe.safety.consent import CONSENT_VERSION, consent_path, granted, home
from probe.safety.scrub import Identity, proxies_set

COLLECT_AFTER = 20_000
"""New objects between two rounds of the collector; Python's own 700 is for programs that make few."""

LEAST_TIME = 2.0
"""Seconds that a run needs to be worth beginning."""

EXIT_CODES = {End.COMPLETE: DONE, End.DEADLINE: DONE, End.BUDGET: DONE, End.NETWORK_UNUSABLE: UNUSABLE}


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
        say(words.PROXIES.format(names=", ".join(proxies)))
    _make_room(job)
    network = SystemNetwork()
    surroundings = Surroundings(
        network, load_trust(wishes.ca_bundle), own_identity(network, job), load_knowledge(wishes), proxies
    )
    return measure_in(surroundings, job, wishes, out)


def _make_room(job: Job) -> None:
    """Take all the open files that the system lets us have, and say so where they are too few."""
    limit, parallel = raise_limit(), min(job.limits.parallel, len(job.targets))
    if limit is not None and targets_within(limit) < parallel:
        warning = words.FEW_FILES.format(limit=limit, fitting=targets_within(limit), parallel=parallel)
        say(warning)


def measure_in(surroundings: Surroundings, job: Job, wishes: Wishes, out: Console) -> int:
    """Measure `job` in `surroundings`, show it, name the file; returns the exit code."""
    if sys.stdout is None and (wishes.as_json or wishes.summary_line):
        stop(words.NO_OUTPUT)
    start, job = time.monotonic(), nameless(job, surroundings.identity)
    try:
        noting = noted(wishes.folder, wishes.metrics_file, name_targets=wishes.metrics_targets)
        with prepared(job, wishes, surroundings.now()) as place, noting as note:
            job = replace(job, budget=replace(job.budget, disk=place.room))
            before = _go_on(surroundings, job, wishes, out, place)
            if before is None:
                return note.end(_tell(_begin(surroundings, job, wishes, out), out, deleted=place.deleted))
            rest = _rest(job, wishes, time.monotonic() - start) if before.whole else None
            if rest is None:
                return note.end(_tell(before, out, deleted=place.deleted))
            code = DONE if wishes.as_json or wishes.summary_line else _tell(before, out)
            last = _begin(surroundings, rest, wishes, out)
            facts = facts_of(before.manifest, before.path)
            return note.end(_tell(last, out, deleted=place.deleted, before=facts) or code)
    except FolderError as error:
        return _end_early(wishes, error)


@dataclass(frozen=True, slots=True)
class Ended:
    """One run that has ended, and what was seen of it on the way."""

    progress: Progress
    manifest: Manifest
    path: Path
    table: LiveTable
    listener: LiveTable | JsonLines
    network_bytes: int | None

    @property
    def whole(self) -> bool:
        """Whether every target was tried, and nothing stands against measuring more."""
        return self.progress.end in (None, End.COMPLETE)


def _begin(surroundings: Surroundings, job: Job, wishes: Wishes, out: Console) -> Ended:
    """A new run, or the one that `--resume` names."""
    results, job = _open(job, surroundings, wishes)
    return _measure(surroundings, job, results, wishes, out)


def _go_on(surroundings: Surroundings, job: Job, wishes: Wishes, out: Console, place: Place) -> Ended | None:
    """The interrupted run of `place`, if there is one that can be gone on with, to its end."""
    if place.interrupted is None:
        return None
    try:
        results, job = _taken_up(place.interrupted, job)
    except (ResultsError, JournalError) as error:
        say(words.NOT_FINISHING.format(reason=error))
        return None
    say(words.FINISHING.format(name=results.path.name))
    return _measure(surroundings, job, results, wishes, out)


def _rest(job: Job, wishes: Wishes, elapsed: float) -> Job | None:
    """`job` with what an interrupted run left of its bounds; None, and a sentence, when that is nothing."""
    runtime, network = job.limits.max_runtime, job.budget.network
    runtime = None if runtime is None else runtime - elapsed
    network = None if network is None else network - job.meter.used
    disk = room_in(wishes.folder, wishes)
    if any(
        left is not None and left <= least for left, least in ((runtime, LEAST_TIME), (network, 0), (disk, 0))
    ):
        say(words.NOTHING_LEFT)
        return None
    return replace(job, limits=replace(job.limits, max_runtime=runtime), budget=Budget(network, disk))


def _measure(
    surroundings: Surroundings, job: Job, results: ResultsFile, wishes: Wishes, out: Console
) -> Ended:
    table = LiveTable(out, len(job.targets))
    listener: LiveTable | JsonLines = table
    if wishes.as_json or wishes.summary_line:
        listener = JsonLines(sys.stdout, table) if wishes.as_json else SummaryLine(sys.stdout, table)
    begin = job.meter.used
    progress, manifest = carry_out(job, results, surroundings, table, listener)
    used = None if job.budget.network is None else job.meter.used - begin
    return Ended(progress, manifest, results.path, table, listener, used)


def _tell(ended: Ended, out: Console, *, deleted: Sequence[str] = (), **more: object) -> int:
    """Show how it went; returns the exit code."""
    if isinstance(ended.listener, JsonLines):
        if ended.network_bytes is not None:
            more["network_bytes"] = ended.network_bytes
        if deleted:
            more["deleted"] = list(deleted)
        ended.listener.summarise(**facts_of(ended.manifest, ended.path), **more)
    else:
        _show_summary(out, ended)
    return _conclude(ended.progress, ended.manifest.counts, ended.path)


def _end_early(wishes: Wishes, error: FolderError) -> int:
    """Nothing was measured: said to people, and to programs in the one line that they wait for."""
    say(str(error))
    if wishes.as_json or wishes.summary_line:
        typer.echo(json.dumps({"summary": {"outcome": error.outcome, "folder": str(wishes.folder)}}))
    return USAGE


def carry_out(
    job: Job,
    results: ResultsFile,
    surroundings: Surroundings,
    table: LiveTable,
    listener: LiveTable | JsonLines,
) -> tuple[Progress, Manifest]:
    """Measure `job` into `results`, with `table` on the screen; ends the command when that cannot be finished."""
    settle_memory()
    try:
        with table:
            progress, manifest = asyncio.run(session.carry_out(job, results, surroundings, listener))
    except (ResultsError, JournalError) as error:
        if isinstance(listener, JsonLines):
            listener.summarise(outcome="unwritable", records=str(results.path), **_kept(results))
        stop(str(error), DIFFERENT)
    if progress.unheard:
        say(words.NOBODY_READS.format(path=results.path))
        raise progress.unheard
    return progress, manifest


def _kept(results: ResultsFile) -> dict[str, int]:
    """Counts of a run whose manifest could not be written."""
    planned, missing = len(results.plan.targets), len(results.missing)
    measured = planned - missing + results.journal.written.lines
    return {"planned": planned, "measured": measured, "missing": planned - measured}


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


def _open(job: Job, surroundings: Surroundings, wishes: Wishes) -> tuple[ResultsFile, Job]:
    if wishes.resume is None:
        return open_new(job, wishes.output or DEFAULT_OUTPUT, surroundings), job
    try:
        return _taken_up(wishes.resume, job)
    except NothingToResumeError as error:
        stop(str(error), DONE)
    except ResultsError as error:
        stop(f"--resume {error}")


def _taken_up(path: Path, job: Job) -> tuple[ResultsFile, Job]:
    """The unfinished run at `path`, unless it is one of the lab's: its sites must not be measured as if they were its."""

    def refuse_lab(plan: Plan) -> None:
        """Raises `ResultsError`."""
        if LAB in plan.annotations.items():
            raise ResultsError(words.OF_THE_LAB.format(path=path))

    return planned.go_on(path, job, refuse_lab)


def open_new(job: Job, output: Path, surroundings: Surroundings) -> ResultsFile:
    """The files of a new run in `output`; ends the command when there can be none."""
    try:
        return planned.open_new(job, output, surroundings)
    except ResultsError as error:
        stop(f"--output {error}")


def _show_summary(out: Console, ended: Ended) -> None:
    """The table by platform for people, and on standard output the path alone, for whatever comes next."""
    table = ended.table
    out.print(table.summary())
    out.print()
    tell(out, table.judged, dead=ended.progress.end is End.NETWORK_UNUSABLE)
    out.print(words.HOW_TO_KNOW_MORE.format(path=ended.path), style="dim", markup=False)
    if table.shortened:
        out.print(words.STAR, style="dim", markup=False)
    name_files(out, ended.path)


def name_files(out: Console, *paths: Path) -> None:
    """The paths on standard output, one a line; where a person reads both outputs, with what they are."""
    if out.is_terminal and sys.stdout is not None and sys.stdout.isatty():
        out.print(words.RECORDS, markup=False, end="\n" if len(paths) > 1 else "")
    for path in paths:
        typer.echo(str(path))


def _conclude(progress: Progress, counts: Counts, path: Path) -> int:
    sentences = {
        End.STOPPED: words.STOPPED,
        End.DEADLINE: words.OUT_OF_TIME,
        End.BUDGET: words.OUT_OF_BYTES,
        End.NETWORK_UNUSABLE: words.UNUSABLE,
    }
    end = progress.end or End.COMPLETE
    in_vain = end is End.DEADLINE and not progress.measured
    if end in sentences:
        say(
            (words.NONE_IN_TIME if in_vain else sentences[end]).format(
                measured=counts.measured, planned=counts.planned, path=path
            )
        )
    if end is End.STOPPED:
        return INTERRUPTED + (progress.signal or signal.SIGINT)
    if in_vain:
        return DIFFERENT
    if end is End.COMPLETE and counts.missing:
        say(words.INCOMPLETE.format(missing=counts.missing, planned=counts.planned, path=path))
        return DIFFERENT
    return EXIT_CODES[end]


def require_consent() -> None:
    """End with 3 when there is no consent to the current text."""
    if not granted(os.environ, consent_path(os.environ, sys.platform, home())):
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
        say(words.REJECTED_FINGERPRINT.format(row=row))
    return knowledge


def own_identity(network: Network, job: Job) -> Identity:
    """This machine's addresses and name, and the user's."""
    addresses = asyncio.run(session.own_addresses(network, job.udp))
    try:
        user = getuser()
    except (OSError, KeyError):  # no such user, in some containers
        user = ""
    return Identity(tuple(addresses), socket.gethostname(), user)

"""From what was typed to a job: the options of `probe run`, the lists they name, and what is wrong with them."""

import secrets
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import typer

from probe.cli.sizes import parse_size
from probe.cli.units import parse_duration
from probe.cli.values import (
    BadValueError,
    parse_asn,
    parse_control,
    parse_country,
    parse_doh,
    parse_parallel,
    parse_resolver,
    parse_seed,
)
from probe.cli.words import run as words
from probe.control.client import Helper
from probe.control.controlfile import ControlFile
from probe.job import UNKNOWN, Budget, Job
from probe.measure.setting import DEFAULT_DOH, DEFAULT_UDP
from probe.operate.retention import Bounds
from probe.record.runfile import Vantage
from probe.results.runfiles import names_a_file
from probe.schedule import Limits
from probe.testlist import ListNotFoundError, Rejected, Target, TestList, combine, from_url, load
from probe.testlist.combine import COMMAND_LINE

Number = TypeVar("Number", int, float)

DEFAULT_LISTS = ("platforms",)
DEFAULT_OUTPUT = Path("results")

TYPED = 3
"""Rank of what stands on the command line; see `probe.cli.configuring.ranks_of`."""

RIVALS = (("lists", "urls"), ("dohs", "no_doh"))
"""Options that answer one question: those typed now take the place of all that are set elsewhere."""

PLANNED = ("lists", "urls", "output", "resolvers", "dohs", "no_doh", "country", "asn", "seed")
SEVERAL = ("lists", "urls", "resolvers", "dohs", "controls", "fingerprints")
OF_A_FOLDER = ("keep", "max_disk", "resume_interrupted")

CAREFUL_BYTES = 1_000_000
"""What a target in flight may take of a bound on bytes: several pages and handshakes, seldom reached."""

LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """The options of `run` as typed."""

    lists: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    output: Path | None = None
    resolvers: tuple[str, ...] = ()
    dohs: tuple[str, ...] = ()
    no_doh: bool = False
    ca_bundle: Path | None = None
    country: str = "ZZ"
    asn: str = "AS0"
    parallel: str = "40"
    max_runtime: str | None = None
    seed: str | None = None
    resume: Path | None = None
    as_json: bool = False
    controls: tuple[str, ...] = ()
    fingerprints: tuple[Path, ...] = ()
    netinfo: Path | None = None
    max_bytes: str | None = None
    control_token: str | None = None
    keep: str | None = None
    max_disk: str | None = None
    resume_interrupted: bool = False
    summary_line: bool = False
    metrics_file: Path | None = None
    metrics_targets: bool = False

    @property
    def plan_anew(self) -> bool:
        """Whether anything was asked for that a run has in its plan."""
        asked = (self.lists, self.urls, self.output, self.resolvers, self.dohs, self.no_doh, self.seed)
        of_a_folder = (self.keep, self.max_disk, self.resume_interrupted)
        return any(asked) or any(of_a_folder) or (self.country, self.asn) != (UNKNOWN.country, UNKNOWN.asn)

    @property
    def folder(self) -> Path | None:
        """The folder in which a new run makes its file; None for a named file, and for `--resume`."""
        output = self.output or DEFAULT_OUTPUT
        return None if self.resume or names_a_file(output) else output


def collect(options: Mapping[str, Any]) -> Wishes:
    """The wishes among `options`, by the names of the parameters of `run`; a list that was not given is empty."""
    names = {each.name for each in fields(Wishes)} & set(options)
    found: dict[str, Any] = {name: options[name] for name in names}
    found |= {name: tuple(found[name] or ()) for name in names & set(SEVERAL)}
    return Wishes(**found)


def settle(wishes: Wishes, ranks: Mapping[str, int]) -> Wishes:
    """`wishes` without those that are `excluded`."""
    dropped = excluded(wishes, ranks)
    defaults: dict[str, Any] = {each.name: each.default for each in fields(Wishes) if each.name in dropped}
    return replace(wishes, **defaults)


def excluded(wishes: Wishes, ranks: Mapping[str, int]) -> frozenset[str]:
    """Names of wishes that stronger ones exclude; `ranks` tells by field how strong each is.

    A configuration is of one's usual runs: what is typed for this one must not be refused because of it.
    """
    dropped = set[str]()
    for rivals in RIVALS:
        best = (
            max(ranks.get(name, 0) for name in rivals if getattr(wishes, name)) if _any(wishes, rivals) else 0
        )
        dropped |= {name for name in rivals if ranks.get(name, 0) < best}
    if wishes.resume:
        dropped |= {name for name in (*PLANNED, *OF_A_FOLDER) if ranks.get(name, 0) < TYPED}
    elif wishes.folder is None:
        dropped |= {name for name in OF_A_FOLDER if ranks.get(name, 0) < ranks.get("output", 0)}
    return frozenset(dropped)


def _any(wishes: Wishes, names: Sequence[str]) -> bool:
    return any(getattr(wishes, name) for name in names)


def bounds_of(wishes: Wishes) -> Bounds:
    """How long and how much the folder keeps. Raises `BadValueError`."""
    if wishes.folder is None and not wishes.resume and _any(wishes, OF_A_FOLDER):
        raise BadValueError(words.NEEDS_FOLDER.format(output=wishes.output))
    keep = _parsed("--keep", wishes.keep, parse_duration)
    return Bounds(
        None if keep is None else timedelta(seconds=keep), _parsed("--max-disk", wishes.max_disk, parse_size)
    )


def plan_job(wishes: Wishes) -> Job:
    """The job that `wishes` describe; tells people about lines that are not measured. Raises `BadValueError`."""
    bounds_of(wishes)  # what is wrong with them is told before anything is done
    lists = _lists(wishes)
    entries = combine(lists)
    _tell_rejected(entries.rejected)
    if lists and not entries.targets:
        raise BadValueError(words.NOTHING)
    runtime = _parsed("--max-runtime", wishes.max_runtime, parse_duration)
    network = _parsed("--max-bytes", wishes.max_bytes, parse_size)
    parallel = parse_parallel(wishes.parallel)
    udp = tuple(map(parse_resolver, wishes.resolvers)) or DEFAULT_UDP
    if wishes.no_doh and wishes.dohs:
        raise BadValueError(words.DOH_OR_NOT)
    doh = () if wishes.no_doh else tuple(map(parse_doh, wishes.dohs)) or DEFAULT_DOH
    return Job(
        targets=entries.targets,
        lists=lists,
        limits=Limits(_fewer(parallel, network), runtime),
        seed=secrets.randbits(32) if wishes.seed is None else parse_seed(wishes.seed),
        vantage=Vantage(country=parse_country(wishes.country), asn=parse_asn(wishes.asn)),
        udp=udp,
        doh=doh,
        command=_command(wishes),
        controls=_controls(wishes),
        budget=Budget(network),
    )


def _command(wishes: Wishes) -> list[str]:
    """What was asked for, without the names of folders, which may be a person's."""
    names = [Path(name).name if name != "-" else name for name in wishes.lists]
    return ["run", *names, *(part for url in wishes.urls for part in ("--url", url))]


def _parsed(flag: str, text: str | None, parse: Callable[[str], Number]) -> Number | None:
    try:
        return None if text is None else parse(text)
    except ValueError as error:
        raise BadValueError(words.BAD_VALUE.format(flag=flag, value=text, reason=error)) from error


def _fewer(parallel: int, network: int | None) -> int:
    """Targets in flight are past stopping: so few that all of them together cannot pass the bound by much."""
    return parallel if network is None else max(1, min(parallel, network // CAREFUL_BYTES))


def _controls(wishes: Wishes) -> tuple[ControlFile | Helper, ...]:
    """A token is for one helper, and not to be read on the way to it."""
    controls = tuple(map(parse_control, wishes.controls))
    if not wishes.control_token:
        return controls
    helpers = [control for control in controls if isinstance(control, Helper)]
    if len(helpers) != 1:
        raise BadValueError(words.TOKEN_FOR_ONE.format(count=len(helpers)))
    parts = urlsplit(helpers[0].url)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise BadValueError(words.TOKEN_IN_THE_CLEAR.format(url=helpers[0].url))
    return tuple(
        replace(one, token=wishes.control_token) if isinstance(one, Helper) else one for one in controls
    )


def _lists(wishes: Wishes) -> list[TestList]:
    if wishes.resume is not None:
        if wishes.plan_anew:
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

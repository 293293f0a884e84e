"""From what was typed to a job: the options of `probe run`, the lists they name, and what is wrong with them."""

import secrets
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from probe import session
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
from probe.measure.setting import DEFAULT_DOH, DEFAULT_UDP
from probe.record.runfile import Vantage
from probe.schedule import Limits
from probe.testlist import ListNotFoundError, Rejected, Target, TestList, combine, from_url, load
from probe.testlist.combine import COMMAND_LINE

DEFAULT_LISTS = ("platforms",)


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

    @property
    def plan_anew(self) -> bool:
        """Whether anything was asked for that a run has in its plan."""
        asked = (self.lists, self.urls, self.output, self.resolvers, self.dohs, self.no_doh, self.seed)
        return any(asked) or (self.country, self.asn) != (session.UNKNOWN.country, session.UNKNOWN.asn)


def plan_job(wishes: Wishes) -> session.Job:
    """The job that `wishes` describe; tells people about lines that are not measured. Raises `BadValueError`."""
    lists = _lists(wishes)
    entries = combine(lists)
    _tell_rejected(entries.rejected)
    if lists and not entries.targets:
        raise BadValueError(words.NOTHING)
    runtime = _duration(wishes.max_runtime)
    udp = tuple(map(parse_resolver, wishes.resolvers)) or DEFAULT_UDP
    if wishes.no_doh and wishes.dohs:
        raise BadValueError(words.DOH_OR_NOT)
    doh = () if wishes.no_doh else tuple(map(parse_doh, wishes.dohs)) or DEFAULT_DOH
    return session.Job(
        targets=entries.targets,
        lists=lists,
        limits=Limits(parse_parallel(wishes.parallel), runtime),
        seed=secrets.randbits(32) if wishes.seed is None else parse_seed(wishes.seed),
        vantage=Vantage(country=parse_country(wishes.country), asn=parse_asn(wishes.asn)),
        udp=udp,
        doh=doh,
        command=_command(wishes),
        controls=tuple(map(parse_control, wishes.controls)),
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

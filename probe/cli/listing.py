"""Lists shown and linted: the work behind `probe lists`."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

import typer

from probe.cli.stop import DIFFERENT, DONE, stop
from probe.cli.words import lists as words
from probe.testlist import ListNotFoundError, TestList, bundled_names, load, load_bundled
from probe.testlist.lint import lint


def show_names(*, as_json: bool) -> None:
    """`name  number of targets` of every bundled list."""
    sizes = {name: len(load_bundled(name).targets) for name in bundled_names()}
    typer.echo(
        json.dumps(sizes) if as_json else "\n".join(f"{name:14} {size:4}" for name, size in sizes.items())
    )


def show_entries(source: str, *, as_json: bool) -> None:
    """Each target: category, platform, role, URL; rejected lines on standard error."""
    entries = _load(source)
    for target in entries.targets:
        fields = (target.category_code or "-", target.platform or "-", target.role or "-", target.url)
        typer.echo(
            json.dumps(asdict(target), ensure_ascii=False)
            if as_json
            else "{:6} {:20} {:12} {}".format(*fields)
        )
    for line in entries.rejected:
        typer.echo(
            words.REJECTED.format(name=line.list_name, line=line.line, reason=line.reason, text=line.text),
            err=True,
        )


def lint_all(sources: Sequence[str], *, as_json: bool) -> int:
    """Everything that is wrong with the lists; returns the exit code."""
    found = total = 0
    for source in sources:
        entries = _load(source)
        total += len(entries.targets)
        for finding in lint(entries):
            found += 1
            facts = {"name": entries.name, **asdict(finding)}
            typer.echo(json.dumps(facts, ensure_ascii=False) if as_json else words.FOUND.format(**facts))
    if not found:
        typer.echo(words.CLEAN.format(count=total), err=True)
    return DIFFERENT if found else DONE


def _load(source: str) -> TestList:
    try:
        return load(source, sys.stdin.buffer)
    except ListNotFoundError as error:
        stop(str(error))

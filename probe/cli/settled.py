"""What is set, read off the very commands that use it, so that what is shown cannot differ from what is done."""

import json
import os
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table as Grid

from probe.cli import run, schedule
from probe.cli.configuring import META, QUIET, own_place, parameter_of, places, ranks_of
from probe.cli.configuring import origin_of as origin
from probe.cli.stop import stop
from probe.cli.wishes import collect, excluded
from probe.cli.words import config as words
from probe.safety.consent import home
from probe.settings import TABLES, Document, Option, Table, masked

COMMANDS: dict[str, Callable[..., None]] = {"run": run.run, "schedule": schedule.schedule}
"""The commands whose options stand in the file."""

LINE = 100
"""Letters in a line of help in the file."""

UNFOLDED = 10_000


@dataclass(frozen=True, slots=True)
class Row:
    """One option as it is in force. `value` has no secrets in it; None: not set."""

    table: str
    key: str
    value: object
    origin: str


def show_settled(arguments: Sequence[str], *, as_json: bool) -> None:
    """Print every option of every table; `arguments` are typed options of `run`."""
    first = context_of("run", arguments)
    document: Document = first.meta[META]
    same_file = ("--config", document.name) if document.name else ()
    contexts = {"run": first} | {
        name: context_of(name, same_file, quiet=True) for name in COMMANDS if name != "run"
    }
    rows = [
        row for table in TABLES if table.command in contexts for row in _rows(contexts[table.command], table)
    ]
    if as_json:
        facts = {"file": document.name or None, "options": [_plain(row) for row in rows]}
        typer.echo(json.dumps(facts, ensure_ascii=False))
        return
    _print(rows)
    typer.echo(_about(document), err=True)


def context_of(name: str, arguments: Sequence[str], *, quiet: bool = False) -> typer.Context:
    """What Click makes of `arguments`, the environment and the file; ends the command when they are wrong."""
    made: typer.Context = _command(name).make_context(name, list(arguments), obj=QUIET if quiet else None)
    return made


def _command(name: str) -> Any:  # noqa: ANN401 - Typer keeps Click's classes to itself
    single = typer.Typer(add_completion=False, rich_markup_mode=None)
    single.command(name)(COMMANDS[name])
    return typer.main.get_command(single)


def _rows(context: typer.Context, table: Table) -> Iterator[Row]:
    unused = excluded(collect(context.params), ranks_of(context)) if table.command == "run" else frozenset()
    for option in table.options:
        name = parameter_of(context, option)
        if name is not None:
            value, where = _masked(context.params.get(name), option), origin(context, table, option)
            where = words.NOT_USED.format(origin=where) if name in unused and value else where
            yield Row(table.name, option.key, value, where)


def _masked(value: object, option: Option) -> object:
    if isinstance(value, list | tuple):
        return [masked(str(each), secret=option.secret) for each in value] or None
    if value is None or isinstance(value, bool):
        return value
    return masked(str(value), secret=option.secret)


def _plain(row: Row) -> dict[str, object]:
    return {"table": row.table, "key": row.key, "value": row.value, "from": row.origin}


def _print(rows: Sequence[Row]) -> None:
    """As wide as it needs to be where nobody watches: a cut value helps nobody."""
    out = Console(highlight=False, width=None if sys.stdout.isatty() else UNFOLDED)
    grid = Grid(box=None, pad_edge=False, header_style="bold")
    for title in (words.COLUMN_OPTION, words.COLUMN_VALUE, words.COLUMN_ORIGIN):
        grid.add_column(title, overflow="fold")
    for row in rows:
        grid.add_row(f"{row.table}.{row.key}", _spelled(row.value), row.origin)
    out.print(grid)


def _spelled(value: object) -> str:
    if value is None:
        return words.NOT_SET
    return json.dumps(value, ensure_ascii=False)


def _about(document: Document) -> str:
    looked = ", ".join(map(str, places(os.environ, sys.platform, home())))
    file = (
        words.READ_FILE.format(path=document.name) if document.name else words.NO_FILE.format(places=looked)
    )
    return f"{file}\n{words.PRECEDENCE}"


def write_template(output: Path | None) -> None:
    """A file that explains every option and sets none; `-` is standard output."""
    text = template()
    if output == Path("-"):
        typer.echo(text, nl=False)
        return
    path = output or own_place()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            stop(words.EXISTS.format(path=path))
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        stop(words.UNWRITABLE.format(path=path, reason=error.strerror))
    typer.echo(words.WRITTEN.format(path=path), err=True)


def template() -> str:
    """Each option with its help, its variable and an example, all of it commented out."""
    parts = [words.TOP]
    for table in TABLES:
        if table.options and table.command in COMMANDS:
            parts += [f"\n[{table.name}]\n", *(_explained(table, option) for option in table.options)]
    return "".join(parts)


def _explained(table: Table, option: Option) -> str:
    command: Any = _command(table.command)
    found = (each for each in command.params if option.flag in (*each.opts, each.name))
    help_text = getattr(next(found, None), "help", None) or ""
    lines = [*textwrap.wrap(help_text, LINE), words.VARIABLE.format(name=option.env)]
    return "\n" + "".join(f"# {line}\n" for line in lines) + f"#{option.key} = {option.example}\n"

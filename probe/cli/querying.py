"""`probe aggregate query` and `changes`: what is typed becomes a question, an engine answers, the answer is shown."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from difflib import get_close_matches
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Any

import typer

from probe.cli.stop import DONE, leaving, stop
from probe.cli.words import query as words

if TYPE_CHECKING:
    from probe.store.query import Question

FORMATS = ("table", "json", "csv")
LEAST_MEMORY = 100
"""Megabytes; DuckDB needs some to work at all."""

StoreDir = Annotated[str, typer.Option("--store", metavar="DIR", help=words.STORE)]
Engine = Annotated[str, typer.Option(metavar="ENGINE", help=words.ENGINE)]
By = Annotated[str, typer.Option("--by", metavar="NAMES", help=words.BY)]
Places = Annotated[str, typer.Option("--by", metavar="NAMES", help=words.BY_PLACES)]
Since = Annotated[str | None, typer.Option(metavar="DAY", help=words.SINCE)]
Until = Annotated[str | None, typer.Option(metavar="DAY", help=words.UNTIL)]
Where = Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help=words.WHERE)]
Format = Annotated[str, typer.Option("--format", metavar="FORMAT", help=words.FORMAT)]
Memory = Annotated[str, typer.Option(metavar="SIZE", help=words.MEMORY)]
Worldwide = Annotated[bool, typer.Option("--worldwide", help=words.WORLDWIDE)]


def query(
    store: StoreDir,
    by: By = "country,platform",
    engine: Engine = "duckdb",
    since: Since = None,
    until: Until = None,
    where: Where = None,
    form: Format = "table",
    memory: Memory = "1GB",
    worldwide: Worldwide = False,  # noqa: FBT002
) -> None:
    """Counts by group."""
    from probe.cli import answering

    question = question_of(by, since, until, where or (), worldwide=worldwide)
    form = form_of(form)
    (rows,) = answers(store, engine, memory, question.ask)
    (whole,) = ([],) if rows else answers(store, engine, memory, question.whole.ask)
    answering.show_counts(question, rows, form, sum(row["usable"] for row in whole))
    raise typer.Exit(DONE)


def changes(
    store: StoreDir,
    by: Places = "country,asn,platform",
    engine: Engine = "duckdb",
    since: Since = None,
    until: Until = None,
    where: Where = None,
    form: Format = "table",
    memory: Memory = "1GB",
) -> None:
    """Changes by place."""
    from probe.cli import answering

    need("numpy", "scipy")
    question = question_of(_with_day(by), since, until, where or (), worldwide=False)
    form = form_of(form)
    rows, ways = answers(store, engine, memory, question.ask, question.ask_ways)
    answering.show_changes(question, rows, ways, form)
    raise typer.Exit(DONE)


def need(*packages: str) -> None:
    """Ends the command with one sentence when one is missing, before minutes are spent."""
    for package in packages:
        if find_spec(package) is None:
            stop(words.NEEDS_EXTRA.format(package=package))


def names_of(by: str) -> tuple[str, ...]:
    """The names in a value of --by."""
    return tuple(name for part in by.split(",") if (name := part.strip().lower()))


def question_of(
    by: str, since: str | None, until: str | None, chosen: Sequence[str], *, worldwide: bool
) -> "Question":
    """What was typed as a question; ends the command when it cannot be put."""
    from probe.store.query import Question, QuestionError, value_of

    names = names_of(by)
    kept = dict[str, list[str]]()
    for text in chosen:
        name, equal, value = text.partition("=")
        if not equal:
            stop(words.BAD_WHERE.format(value=text))
        kept.setdefault(name.strip().lower(), []).append(value.strip())
    first, last = days_of(since, until)
    option = "--by"
    try:
        Question(names)
        option = "--where"
        for name, values in kept.items():
            for value in values:
                value_of(name, value)
        question = Question(names, first, last, kept, worldwide)
    except QuestionError as error:
        stop(_refusal(option, error))
    return question


def _refusal(option: str, error: Any) -> str:  # noqa: ANN401 - a QuestionError, which is imported late
    from probe.store.query import NAMES

    if error.near:
        return words.UNKNOWN_NAME.format(option=option, reason=error, near=error.near)
    if str(error).startswith("there is no"):
        return words.UNKNOWN_NAME_ALL.format(option=option, reason=error, names=", ".join(NAMES))
    return f"{option}: {error}"


def day_of(option: str, text: str | None) -> date | None:
    """A day; None when nothing was typed; ends the command when it is none."""
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        stop(words.BAD_DAY.format(option=option, value=text))
    return day


def days_of(since: str | None, until: str | None) -> tuple[date | None, date | None]:
    """First and last day; ends the command when there is none between them."""
    first, last = day_of("--since", since), day_of("--until", until)
    if first is not None and last is not None and first > last:
        stop(words.NO_DAYS.format(since=first, until=last))
    return first, last


def _with_day(by: str) -> str:
    names = [part.strip().lower() for part in by.split(",")]
    for name in ("day", "month", "layer", "mechanism"):
        if name in names:
            stop(words.NO_CHANGES_OF.format(name=name))
    return f"day,{by}"


def form_of(text: str) -> str:
    """One of `FORMATS`; ends the command for any other."""
    if text not in FORMATS:
        near = get_close_matches(text.lower(), FORMATS, n=1)
        hint = words.NEAR.format(near=near[0]) if near else ""
        stop(words.BAD_FORMAT.format(value=text, known=", ".join(FORMATS), near=hint))
    return text


def answers(
    store: str, engine: str, memory: str, *asks: Callable[[Any], Any]
) -> tuple[list[dict[str, Any]], ...]:
    """The rows of each answer. `asks`: from the table of measurements to an expression.

    Ends the command with what is wrong with the store or the engine.
    """
    size = re.fullmatch(r"(\d{1,5})\s*([MG])i?B", memory, re.IGNORECASE)
    if size is None or int(size[1]) * (1000 if size[2].upper() == "G" else 1) < LEAST_MEMORY:
        stop(words.BAD_MEMORY.format(value=memory))
    try:
        from probe.store.engines import open_engine
        from probe.store.errors import StoreError
    except ModuleNotFoundError as error:
        stop(words.NEEDS_EXTRA.format(package=error.name))
    try:
        with leaving(), _busy(), open_engine(engine, store, memory=memory) as tables:
            rows = tuple(tables.run(ask(tables.measurements)).to_pylist() for ask in asks)
    except StoreError as error:
        stop(str(error))
    return rows


@contextmanager
def _busy() -> Iterator[None]:
    """Something that moves, on a terminal."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    with console.status(words.WORKING):
        yield

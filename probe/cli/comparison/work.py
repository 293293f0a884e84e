"""From what was typed to a comparison on the screen or in a file: the work behind `probe compare`."""

import io
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import typer
from rich.console import Console

from probe.cli.comparison.data import to_csv, to_json
from probe.cli.comparison.reading import Progress, Reader, Reading, by_run
from probe.cli.comparison.terminal import show
from probe.cli.comparison.told import Wish, tell
from probe.cli.judging import Bench
from probe.cli.stop import DIFFERENT, DONE, stop
from probe.cli.telling import shown
from probe.cli.words import compare as words
from probe.report.compare.change import NO_DIFFERENCE, PAIR, Class
from probe.report.compare.comparison import By, Comparison, Side, compare
from probe.report.compare.page import page

RUN = "run"
CHANGES = "changes"
FORMATS = ("table", "json", "csv", "html")
ENDINGS = {"": "table", ".txt": "table", ".json": "json", ".csv": "csv", ".html": "html"}
"""What a file is called that is to be written, and the format that is meant."""

LABELS = ("A", "B")
MOST_ON_SCREEN, MOST_ON_PAGE = 60, 5_000
"""Targets of one class that are listed."""

MAX_RUNS = 1_000
NON_JOINER = "\u200c"
TEXT_WIDTH = 100
"""Columns of a table in a file."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """The command line as typed, but for what records are judged with."""

    paths: tuple[str, ...]
    by: str = By.PLATFORM.value
    form: str | None = None
    only: tuple[str, ...] = ()
    output: Path | None = None
    across: bool = False


def compare_results(wishes: Wishes, controls: Sequence[str] = (), fingerprints: Sequence[Path] = ()) -> int:
    """Compare and show; the exit code: 1 when something differs, or a line could not be read."""
    form, only = _form(wishes), _classes(wishes.only)
    if wishes.by != RUN and len(wishes.paths) != PAIR:
        stop(words.NOT_TWO.format(count=len(wishes.paths)))
    if wishes.output is not None and wishes.output.exists():
        stop(words.EXISTS.format(path=wishes.output))
    bench = Bench.open(controls, fingerprints, None)
    with Progress() as progress:
        reader = Reader(bench, always=bool(controls or fingerprints), told=progress)
        readings = [reader.read(path) for path in wishes.paths]
    comparison = compare(_sides(wishes, readings), across=wishes.across)
    by = By.PLATFORM if wishes.by == RUN else By(wishes.by)
    _give(comparison, readings, Wish(by, only), form, wishes.output)
    differs = comparison.differences or comparison.nothing_compared or any(one.bad for one in readings)
    return DIFFERENT if differs else DONE


def _form(wishes: Wishes) -> str:
    """As typed, or what the file is called; ends the command when it is none."""
    if wishes.form is not None:
        if wishes.form not in FORMATS:
            stop(words.NOT_A_FORMAT.format(value=wishes.form))
        return wishes.form
    suffix = wishes.output.suffix.lower() if wishes.output else ""
    if suffix not in ENDINGS:
        stop(words.NOT_AN_ENDING.format(path=wishes.output))
    return ENDINGS[suffix]


def _classes(only: Sequence[str]) -> frozenset[Class]:
    found = set[Class]()
    for value in only:
        if value == CHANGES:
            found |= set(Class) - NO_DIFFERENCE
            continue
        try:
            found.add(Class(value.replace("-", "_")))
        except ValueError:
            stop(words.NOT_A_CLASS.format(value=value, names=", ".join(Class)))
    return frozenset(found)


def _sides(wishes: Wishes, readings: Sequence[Reading]) -> list[Side]:
    empty = [reading.name for reading in readings if not reading.rows]
    if empty:
        stop(words.NOTHING_READ.format(paths=", ".join(empty)))
    if wishes.by != RUN:
        return [Side(label, one.rows, one.name) for label, one in zip(LABELS, readings, strict=True)]
    sides = list(by_run(readings))
    if len(sides) < PAIR:
        stop(words.ONE_RUN.format(count=len(sides)))
    if len(sides) > MAX_RUNS:
        stop(words.MANY_RUNS.format(count=len(sides), limit=MAX_RUNS))
    return sides


def _give(
    comparison: Comparison, readings: Sequence[Reading], wish: Wish, form: str, output: Path | None
) -> None:
    """To standard output or into the file; with a file, the summary to people all the same."""
    if form == "table" and output is None:
        out = Console(highlight=False, soft_wrap=False)
        show(tell(comparison, readings, Wish(wish.by, wish.only, MOST_ON_SCREEN)), out)
        return
    pieces = _pieces(comparison, readings, wish, form)
    if output is None:
        sys.stdout.writelines(pieces)
        return
    try:
        with output.open("x", encoding="utf-8", newline="") as file:
            file.writelines(pieces)
    except FileExistsError:
        stop(words.EXISTS.format(path=output))
    except OSError as error:
        stop(words.UNWRITABLE.format(path=output, reason=error.strerror))
    for line in tell(comparison, readings, Wish(wish.by, wish.only, 0)).summary:
        typer.echo(line, err=True)
    typer.echo(words.WRITTEN.format(path=output), err=True)


def _pieces(comparison: Comparison, readings: Sequence[Reading], wish: Wish, form: str) -> Iterable[str]:
    if form == "json":
        return to_json(comparison, readings, wish.by, wish.only)
    if form == "csv":
        return to_csv(comparison, wish.only)
    told = tell(comparison, readings, Wish(wish.by, wish.only, MOST_ON_PAGE))
    if form == "html":
        return [page(told, readable)]
    out = Console(file=io.StringIO(), width=TEXT_WIDTH, no_color=True, highlight=False)
    with out.capture() as captured:
        show(told, out)
    return [captured.get()]


def readable(text: str) -> str:
    """`text` as a page can show it: as `shown` does, but for the letter that Persian joins and parts words with."""
    return NON_JOINER.join(map(shown, text.split(NON_JOINER)))

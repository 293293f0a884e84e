"""Answers of a store as people and programs read them: a table that fits the terminal, JSON, CSV. Nothing is asked here."""

import csv
import json
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from shutil import get_terminal_size
from textwrap import fill
from typing import TYPE_CHECKING, Any

import typer

from probe.cli.say import say
from probe.cli.telling import shown
from probe.cli.words import query as words
from probe.report.statistics.floor import FLOOR, INSUFFICIENT
from probe.report.statistics.shares import with_shares

if TYPE_CHECKING:
    from probe.report.statistics.change import Change
    from probe.store.query import Question

Row = Mapping[str, Any]
GAP = 2
LEAST_WIDTH = 40
RISKY = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a cell for a formula."""

EVIDENCE = ("evidence", "share", "low", "high")


def show_counts(question: "Question", rows: Sequence[Row], form: str, usable: int = 0) -> None:
    """The answer of `query.counts` or `query.mechanisms`; `usable`: where it has no rows, how many can tell that there are none."""
    from probe.store.query import OUTCOMES

    nothing = words.NOTHING_INTERFERES.format(measured=f"{usable:,}")
    if not usable or any(name in question.where for name in OUTCOMES):
        nothing = words.NOTHING
    full = [_named(question, row) for row in with_shares(rows)]
    if form == "json":
        write_json({"by": question.by, "floor": floor(), "rows": full})
    elif form == "csv":
        write_csv(full, question.by, list(full[0]) if full else ())
    if not rows and form != "json":
        say(nothing)
    elif form == "table":
        numbers = [name for name in words.COLUMNS if name == "share" or name in rows[0]]
        if not any(row.get("throttled") for row in rows):
            numbers.remove("throttled")
        cells = [{**texts(question.by, row), **_counts(row)} for row in full]
        table(cells, question.by, {name: words.COLUMNS[name] for name in numbers})
        parts = any(name in question.by for name in OUTCOMES)
        note = words.NOTE_PARTS if parts else words.NOTE
        total = sum(row["n"] for row in rows)
        say(note.format(rows=len(rows), n=total, **floor()))


def show_changes(question: "Question", rows: Sequence[Row], ways: Sequence[Row], form: str) -> None:
    """What changed, by place; `rows` are daily counts, `ways` the same by mechanism."""
    from probe.report.statistics.contrast import names_all, split
    from probe.report.statistics.series import changes, leading, series
    from probe.store.query import NAMES, TARGETS

    columns, by = question.columns[1:], question.by[1:]
    targets = [name for name in by if name in TARGETS]
    named = [NAMES[name] for name in targets]
    rows, unnamed = split(rows, lambda row: names_all(row, named))
    found = changes(rows, columns, ways)
    days: dict[tuple[object, ...], list[Row]] = {place: [] for place in found}
    for row in rows:
        days.get(tuple(row[name] for name in columns), []).append(row)
    full = [
        _change(dict(zip(by, place, strict=True)), change, leading(days[place], change))
        for place in sorted(found, key=str)
        for change in found[place]
    ]
    places = len(series(rows, columns))
    if form == "json":
        write_json({"by": by, "places": places, "unnamed": unnamed, "changes": full})
    elif form == "csv":
        write_csv(full, by, (*by, *CHANGE_FIELDS))
    else:
        note = words.NO_CHANGES.format(places=places, n=sum(row["usable"] for row in rows))
        if full:
            table([{**texts(by, row), **_turns(row)} for row in full], by, words.CHANGE_COLUMNS)
            note = words.CHANGES_NOTE.format(changes=len(full), changed=len(found), places=places)
        say(note + unnamed_note(unnamed, targets))


def _named(question: "Question", row: Row) -> dict[str, Any]:
    """The row with the groups by their short names, first."""
    groups = dict(zip(question.by, question.columns, strict=True))
    rest = {name: value for name, value in row.items() if name not in groups.values()}
    return {short: row[column] for short, column in groups.items()} | rest


def _change(place: Row, change: "Change", status: str) -> dict[str, Any]:
    return {
        **place,
        "turn": change.turn,
        "status": status,
        "day": change.day,
        "low": change.low,
        "high": change.high,
        "before": change.before.share,
        "after": change.after.share,
        "before_n": change.before.n,
        "after_n": change.after.n,
        "bayes_factor": change.bayes_factor,
        "mechanism": change.mechanism,
    }


CHANGE_FIELDS = (
    "turn", "status", "day", "low", "high", "before", "after", "before_n", "after_n", "bayes_factor", "mechanism"
)  # fmt: skip


def floor() -> dict[str, int]:
    """The least evidence."""
    return {"measurements": FLOOR.measurements, "runs": FLOOR.runs}


def write_json(answer: Mapping[str, Any]) -> None:
    """One document."""
    typer.echo(json.dumps(answer, default=str, indent=1))


def unnamed_note(n: int, targets: Sequence[str]) -> str:
    """What is said of `n` measurements that lack one of `targets`; nothing of none."""
    return words.UNNAMED.format(n=f"{n:,}", names=words.OR.join(targets)) if n else ""


def write_csv(rows: Sequence[Row], groups: Sequence[str], columns: Sequence[str]) -> None:
    """A header and a line a row; texts of `groups` are no formulas, and steer nothing. Nothing without columns."""
    if not columns:
        return
    writer = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        texts = {name: _tame(row[name]) for name in groups if isinstance(row[name], str)}
        writer.writerow({**row, **texts})


def _tame(text: str) -> str:
    harmless = shown(text)
    return f"'{harmless}" if text.startswith(RISKY) else harmless


def texts(groups: Sequence[str], row: Row) -> dict[str, str]:
    """The groups as people read them."""
    return {name: _text(name, row[name]) for name in groups}


def _text(name: str, value: object) -> str:
    if name == "asn":
        return f"AS{value}" if value else words.NO_VALUE
    if name == "month" and isinstance(value, date):
        return f"{value:%Y-%m}"
    return shown(str(value)) or words.NO_VALUE


def _counts(row: Row) -> dict[str, str]:
    cells = {name: str(row[name]) for name in words.COLUMNS if name in row}
    if row["evidence"] == INSUFFICIENT:
        return {**cells, "share": words.INSUFFICIENT}
    return {
        **cells,
        "share": words.SHARE.format(**{name: percent(row[name]) for name in ("share", "low", "high")}),
    }


def _turns(row: Row) -> dict[str, str]:
    return {
        "turn": words.TURNS[row["status"]][row["turn"]],
        "day": str(row["day"]),
        "between": _days(row["low"], row["high"]),
        "shares": words.SHARES.format(before=percent(row["before"]), after=percent(row["after"])),
        "n": str(row["before_n"] + row["after_n"]),
    }


def percent(share: float) -> str:
    """Whole percents; never 0 for something, nor 100 for less than all."""
    rounded = round(share * 100)
    if rounded == 0 and share > 0:
        return words.LITTLE
    return words.NEARLY if rounded == 100 and share < 1 else words.PERCENT.format(share=share)  # noqa: PLR2004 - percent


def _days(low: date, high: date) -> str:
    if low == high:
        return str(low)
    last = f"{high:%m-%d}" if low.year == high.year else str(high)
    return words.BETWEEN.format(low=low, high=last)


def table(rows: Sequence[Mapping[str, str]], groups: Sequence[str], numbers: Mapping[str, str]) -> None:
    """Print `rows`; `numbers`: further columns and their titles. Groups that the width has no room for become headings, the first ones first."""
    room = max(get_terminal_size().columns, LEAST_WIDTH)
    titles = {**{name: name for name in groups}, **numbers}
    widths = {name: max(len(title), *(len(row[name]) for row in rows)) for name, title in titles.items()}
    headings = list[str]()
    columns = list(titles)
    while len(columns) > len(numbers) and _width(columns, widths) > room:
        headings.append(columns.pop(0))
    right = {name for name in numbers if all(row[name].isdigit() for row in rows)}
    typer.echo(_line(titles, columns, widths, right))
    before: tuple[str, ...] | None = None
    for row in rows:
        heading = tuple(row[name] for name in headings)
        if headings and heading != before:
            typer.echo(_heading(headings, heading, room))
        before = heading
        typer.echo(_line(row, columns, widths, right))


def _heading(names: Iterable[str], values: Iterable[str], room: int) -> str:
    parts = (words.HEADING.format(name=name, value=value) for name, value in zip(names, values, strict=True))
    return fill(", ".join(parts), room, subsequent_indent="  ", break_on_hyphens=False)


def _width(columns: Sequence[str], widths: Mapping[str, int]) -> int:
    return sum(widths[name] for name in columns) + GAP * (len(columns) - 1)


def _line(
    row: Mapping[str, str], columns: Sequence[str], widths: Mapping[str, int], right: Collection[str]
) -> str:
    cells = (f"{row[name]:{'>' if name in right else '<'}{widths[name]}}" for name in columns)
    return (" " * GAP).join(cells).rstrip()

"""A comparison on a terminal, of any width: a table where it fits, lines where it does not. Shows, and decides nothing."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from probe.cli.telling import shown
from probe.report.compare.told import Line, Notices, Section, Told
from probe.report.compare.told import Table as Counts

STYLES = {"bad": "bold red", "good": "bold green", "doubt": "yellow", "plain": "bold"}
GAP = 2
INDENT = 2


def show(told: Told, out: Console) -> None:
    """All of `told` on `out`: details first, so that what matters most stands last, where the eye is."""
    for text in told.sides:
        _print(Text(shown(text)), out)
    for notices in told.notices:
        out.print()
        _notices(notices, told.labels, out)
    for section in told.sections:
        out.print()
        _section(section, out)
    out.print()
    _counts(told.table, out)
    out.print()
    for text in (*told.statistics, told.footer):
        _print(Text(text, "dim"), out)
    out.print()
    for line in told.platforms:
        _print(Text.assemble((shown(line.target), "bold"), f": {shown(line.text)}"), out)
    for text in told.summary:
        _print(Text(shown(text), "bold"), out)


def _print(text: Text, out: Console, indent: int = 0) -> None:
    """Wrapped at words; what is wrapped hangs below."""
    for number, piece in enumerate(text.wrap(out, out.width - indent - INDENT)):
        piece.rstrip()
        out.print(Text(" " * (indent + INDENT * (number > 0))) + piece, soft_wrap=True)


def _notices(notices: Notices, labels: tuple[str, ...], out: Console) -> None:
    _print(Text(f"{notices.title}:", "yellow"), out)
    for notice in notices.found:
        values = zip(labels, notice.values, strict=True)
        same = len(set(notice.values)) == 1
        told = notice.values[0] if same else "; ".join(f"{label}: {value}" for label, value in values)
        text = Text.assemble((notice.name, "bold"), f" — {shown(told)} ", (f"({notice.meaning})", "dim"))
        _print(text, out, INDENT)


def _section(section: Section, out: Console) -> None:
    _print(Text(f"{section.title}: {section.count}", STYLES[section.tone]), out)
    for line in section.lines:
        _print(_line(line), out, INDENT)
    if section.more:
        _print(Text(section.more, "dim"), out, INDENT)


def _line(line: Line) -> Text:
    codes = (f" {line.codes}", "dim") if line.codes else ""
    return Text.assemble((shown(line.target), "bold"), f": {shown(line.text)}", codes)


def _counts(counts: Counts, out: Console) -> None:
    if _width(counts) > out.width:
        for text in _as_lines(counts):
            _print(text, out)
        return
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold")
    table.add_column(counts.headings[0], overflow="fold")
    for heading in counts.headings[1:]:
        table.add_column(heading, justify="right")
    for row in counts.rows:
        table.add_row(*map(shown, row))
    out.print(table)


def _width(counts: Counts) -> int:
    """Columns that the table needs at least: each its longest word or number, but the first, which is not broken."""
    columns = list(zip(counts.headings, *counts.rows, strict=True))
    first = max(map(len, columns[0]))
    rest = [max(len(word) for cell in column for word in cell.split()) for column in columns[1:]]
    return first + sum(width + GAP for width in rest)


def _as_lines(counts: Counts) -> Iterator[Text]:
    """`Instagram: targets 17, newly blocked 15, same 2, p 0.0001`."""
    for row in counts.rows:
        pairs = zip(counts.headings[1:], row[1:], strict=True)
        told = ", ".join(f"{heading} {cell}" for heading, cell in pairs if cell != "-")
        yield Text.assemble((shown(row[0]), "bold"), f": {told}")

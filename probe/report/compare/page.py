"""A comparison as one page of HTML that needs nothing else: no script, no font, no picture, no network.

Light and dark, any width, printable, left to right or right to left. Every text is escaped, and texts from records are
kept apart from the sentence around them (`bdi`), so that they cannot turn its direction.
"""

from collections.abc import Callable, Iterable, Iterator
from html import escape

from probe.report.compare.told import Line, Notices, Section, Table, Told

STYLE = """
:root { color-scheme: light dark; --ink: #1c1c1a; --soft: #5c5c58; --paper: #fdfdfb; --line: #d9d9d2; --bad: #a3161b; --good: #1c6b2a; --doubt: #7a5200; --tint: #f3f3ee; }
@media (prefers-color-scheme: dark) { :root { --ink: #ebebe6; --soft: #a9a9a2; --paper: #191918; --line: #3d3d39; --bad: #ff8a85; --good: #86d492; --doubt: #f0c060; --tint: #242422; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-inline-size: 70rem; padding: 1rem; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-block: 2rem .5rem; }
h1, .summary { margin-block: .25rem; } .summary { font-weight: 600; font-size: 1.1rem; }
.sides, .soft { color: var(--soft); font-size: .9rem; } .sides { list-style: none; padding: 0; }
.bad { color: var(--bad); } .good { color: var(--good); } .doubt { color: var(--doubt); }
.notices { border-inline-start: .25rem solid var(--doubt); background: var(--tint); padding: .5rem 1rem; margin-block: 1rem; }
.notices h2 { margin: 0; font-size: 1rem; color: var(--doubt); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; inline-size: 100%; font-size: .95rem; }
caption { text-align: start; font-weight: 600; padding-block: .5rem; }
th, td { text-align: start; vertical-align: top; padding-block: .3rem; padding-inline: 0 .8rem; border-block-end: 1px solid var(--line); }
.counts td, .counts th + th { text-align: end; font-variant-numeric: tabular-nums; }
.counts tbody tr:last-child { font-weight: 600; } .counts th, .counts td { overflow-wrap: normal; } .counts td { white-space: nowrap; }
.notices th { overflow-wrap: break-word; } .notices td { min-inline-size: 4.5rem; } .notices tr:last-child > * { border: 0; }
code { font: .85em ui-monospace, monospace; color: var(--soft); }
details > summary { cursor: pointer; } summary h2 { display: inline; }
.lines { table-layout: fixed; } .lines th:first-child { inline-size: 27%; } .lines th:last-child { inline-size: 18%; }
@media (max-width: 40rem) { .counts { font-size: .85rem; } .counts th, .counts td { padding-inline-end: .5rem; } .lines thead { display: none; } .lines tr, .lines th, .lines td { display: block; inline-size: auto !important; border: 0; padding-block: 0; } .lines tr { border-block-end: 1px solid var(--line); padding-block: .4rem; } }
@media print { body { max-inline-size: none; } details > * { display: block; } tr { break-inside: avoid; } }
"""

Clean = Callable[[str], str]


def page(told: Told, clean: Clean) -> str:
    """The whole document. `clean`: what replaces letters of records that steer whoever shows them."""
    parts = [
        f"<h1>{_own(told.title, clean)}</h1>",
        *(f'<p class="summary">{_own(text, clean)}</p>' for text in told.summary),
        _list(told.sides, clean, "sides"),
        *(_notices(notices, told.labels, clean) for notices in told.notices),
        _list((f"{line.target}: {line.text}" for line in told.platforms), clean, "platforms"),
        f'<section><div class="scroll" tabindex="0">{_counts(told.table, clean)}</div></section>',
        *(f'<p class="soft">{_own(text, clean)}</p>' for text in told.statistics),
        *(_section(section, told.columns, clean) for section in told.sections),
        f'<p class="soft">{_own(told.footer, clean)}</p>',
    ]
    return "".join([*_head(told, clean), "<main>\n", "\n".join(parts), "\n</main></body></html>\n"])


def _head(told: Told, clean: Clean) -> Iterator[str]:
    yield f'<!doctype html>\n<html lang="{escape(told.language)}" dir="{escape(told.direction)}"><head><meta charset="utf-8">'
    yield "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    yield '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">'
    yield f"<title>{escape(clean(told.title))}</title><style>{STYLE}</style></head><body>"


def _own(text: str, clean: Clean) -> str:
    """A sentence of ours, which may have words of a record in it."""
    return f'<bdi dir="auto">{escape(clean(text))}</bdi>'


def _foreign(text: str, clean: Clean) -> str:
    """A name, address or code: written from left to right in every language."""
    return f'<bdi dir="ltr">{escape(clean(text))}</bdi>'


def _list(texts: Iterable[str], clean: Clean, name: str) -> str:
    lines = "".join(f"<li>{_own(text, clean)}</li>" for text in texts)
    return f'<ul class="{name}">{lines}</ul>' if lines else ""


def _notices(notices: Notices, labels: tuple[str, ...], clean: Clean) -> str:
    heads = "".join(f'<th scope="col">{_own(label, clean)}</th>' for label in ("", *labels, ""))
    rows = [
        f'<tr><th scope="row">{_own(notice.name, clean)}</th>'
        + "".join(f"<td>{_foreign(value, clean)}</td>" for value in notice.values)
        + f'<td class="soft">{_own(notice.meaning, clean)}</td></tr>'
        for notice in notices.found
    ]
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    return f'<section class="notices"><h2>{_own(notices.title, clean)}</h2><div class="scroll" tabindex="0">{table}</div></section>'


def _counts(table: Table, clean: Clean) -> str:
    heads = "".join(f'<th scope="col">{_own(text, clean)}</th>' for text in table.headings)
    rows = (
        f'<tr><th scope="row">{_own(row[0], clean)}</th>'
        + "".join(f"<td>{_own(cell, clean)}</td>" for cell in row[1:])
        + "</tr>"
        for row in table.rows
    )
    return f'<table class="counts"><thead><tr>{heads}</tr></thead><tbody>{"".join(rows)}</tbody></table>'


def _section(section: Section, columns: tuple[str, str, str], clean: Clean) -> str:
    """Open from the start: whoever prints a page, or looks for a name in it, must find all of it."""
    heads = "".join(f'<th scope="col">{_own(text, clean)}</th>' for text in columns)
    title = (
        f'<summary><h2 class="{section.tone}">{_own(section.title, clean)}: {section.count}</h2></summary>'
    )
    rows = "".join(_row(line, clean) for line in section.lines)
    table = f'<table class="lines"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
    more = f'<p class="soft">{_own(section.more, clean)}</p>' if section.more else ""
    return f"<details open>{title}{table}{more}</details>"


def _row(line: Line, clean: Clean) -> str:
    codes = f"<code>{_foreign(line.codes, clean)}</code>" if line.codes else ""
    return (
        f'<tr><th scope="row">{_foreign(line.target, clean)}</th>'
        f"<td>{_own(line.text, clean)}</td><td>{codes}</td></tr>"
    )

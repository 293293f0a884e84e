"""A comparison in somebody's words: what a page or a terminal shows, and nothing that still has to be decided.

All texts are plain text, in one language; records' own words in them may be hostile, and whoever shows them escapes them.
"""

from dataclasses import dataclass
from typing import Literal

Tone = Literal["bad", "good", "doubt", "plain"]


@dataclass(frozen=True, slots=True)
class Line:
    """One target, what became of it, and the codes for whoever looks them up."""

    target: str
    text: str
    codes: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Targets of one class; `count`: how many there are, also where not all are listed."""

    title: str
    tone: Tone
    count: int
    lines: tuple[Line, ...]
    more: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """What may explain the differences: its name, what it means, and the values side by side."""

    name: str
    meaning: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Notices:
    """Notices under one title."""

    title: str
    found: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Texts in rows; the first column names the row."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Told:
    """All of it, in the order in which it is read; `labels`: the sides' short names; `columns`: headings of the sections."""

    language: str
    direction: str
    title: str
    labels: tuple[str, ...]
    sides: tuple[str, ...]
    summary: tuple[str, ...]
    notices: tuple[Notices, ...]
    platforms: tuple[Line, ...]
    table: Table
    statistics: tuple[str, ...]
    sections: tuple[Section, ...]
    columns: tuple[str, str, str]
    footer: str

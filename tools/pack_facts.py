"""Fill in what is computed in the packaged tables of pages: `anchors` and `reach`. Run it after changing a pattern.

    .venv/bin/python tools/pack_facts.py [--check]

An anchor is a literal piece; a text that matches the regular expression holds at least one of its anchors.
The reach is the most characters that the expression can match, if it has no wide gap. With `--check` nothing is written, and the
exit code says whether something would be.
"""

import csv
import io
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

# Private, but the only parser of regular expressions in the standard library; nothing else depends on it.
from re import _constants as op
from re import _parser as parser

from probe.judge.fingerprints import ANCHOR_SEPARATOR
from probe.judge.pattern import GAP
from probe.judge.signature import telling_word

DATA = Path(__file__).parents[1] / "probe" / "data"
TABLES = ("block_pages.csv", "server_refusals.csv")
SPELLINGS = (1, 4, 8, 16, 64)
"""Most ways to write out the alternatives of one expression; beyond that an alternative counts as unknown."""

MOST_CLASS = 3
"""Characters of a class that is written out: `[её]`."""

MOST_OPTIONAL = 12
"""Characters of an optional piece that is written out: `(?:</a> )?`."""

EVERYWHERE = {
    b"title",
    b"html",
    b"body",
    b"head",
    b"https",
    b"http",
    b"href",
    b"meta",
    b"name",
    b"com",
    b"www",
}
"""Words that tell nothing about a page."""

MIN_WORD = 3
"""Shorter words stand in every other page."""

Spelling = list[str | None]
"""Characters in a row; None: anything may stand here, nothing as well."""


def spellings(pattern: Iterable[tuple[object, object]], most: int) -> list[Spelling]:
    """The ways in which the literal characters of `pattern` can follow each other, at most `most`."""
    ways: list[Spelling] = [[]]
    for kind, value in pattern:
        choices = list(_choices(kind, value, most))
        if len(ways) * len(choices) > most:
            choices = [[None]]
        ways = [way + choice for way in ways for choice in choices]
    return ways


def _choices(kind: object, value: object, most: int) -> Iterator[Spelling]:
    if kind is op.LITERAL:
        yield [chr(value)]
    elif kind is op.SUBPATTERN:
        yield from spellings(value[3], most)
    elif kind is op.BRANCH:
        for branch in value[1]:
            yield from spellings(branch, most)
    elif kind is op.IN and len(value) <= MOST_CLASS and all(item is op.LITERAL for item, _ in value):
        yield from ([chr(code)] for _, code in value)
    elif kind in (op.MAX_REPEAT, op.MIN_REPEAT) and value[:2] == (0, 1) and _is_short(value[2]):
        yield from ([], *spellings(value[2], most))
    else:
        yield [] if kind is op.AT else [None]


def _is_short(pattern: object) -> bool:
    ways = spellings(pattern, 1)
    return len(ways) == 1 and len(ways[0]) <= MOST_OPTIONAL and None not in ways[0]


def _pieces(way: Spelling) -> list[str]:
    return [piece for piece in "".join("\0" if part is None else part for part in way).split("\0") if piece]


def _worth(piece: str) -> tuple[bool, int]:
    word = telling_word(piece)
    return word not in EVERYWHERE and len(word) >= MIN_WORD, 2 * min(len(word.decode()), 8) + min(
        len(piece), 40
    )


def anchors(source: str) -> list[str]:
    """One literal piece for each spelling, the most telling, of as few spellings as will do; none when that fails."""
    tree, found = parser.parse(source), []
    for most in SPELLINGS:
        best = [max(_pieces(way), key=_worth, default="") for way in spellings(tree, most)]
        if not all(best):
            continue
        telling = {piece for piece in best if _worth(piece)[0]}
        found = sorted(piece for piece in set(best) if not any(part in piece for part in telling - {piece}))
        if telling.issuperset(found):
            return found
    return found


def filled_in(row: dict[str, str]) -> dict[str, str]:
    """The row with its computed columns."""
    if row["match"] == "literal":
        return row | {"anchors": "", "reach": ""}
    _, width = parser.parse(row["pattern"]).getwidth()
    reach = "" if GAP.search(row["pattern"]) else str(width)
    return row | {"anchors": ANCHOR_SEPARATOR.join(anchors(row["pattern"])), "reach": reach}


def repacked(text: str) -> str:
    """The whole table with its computed columns."""
    reader = csv.DictReader(io.StringIO(text, newline=""))
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(reader.fieldnames or ()), lineterminator="\n")
    writer.writeheader()
    writer.writerows(map(filled_in, reader))
    return out.getvalue()


def main(arguments: list[str]) -> int:
    """Returns 1 when `--check` found something to do, else 0."""
    stale = False
    for path in (DATA / name for name in TABLES):
        before = path.read_bytes().decode()
        after = repacked(before)
        if after == before:
            continue
        stale = True
        print(f"{path.name}: anchors or reach differ")
        if "--check" not in arguments:
            path.write_bytes(after.encode())
    return int(stale and "--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

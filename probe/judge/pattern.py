"""How a pattern is looked for in a text, in a time that the text cannot stretch.

A `Literal` is found by Python's own substring search. Regular expressions of our own tables are tried only near
their anchors, literal pieces without which they cannot match, on no more characters than they can span
(`Expression`), or piece by piece when they have wide gaps (`Spaced`). Of regular expressions in other people's
lists we take what can be found without ever going back (`Gapped`).
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal as OneOf
from typing import Protocol

MARGIN = 16
"""Characters that the look-ahead of an expression may see beyond its match."""

MIN_STRIDE = 1_024
"""Characters of a text that are tried together: starting anew costs more than trying a few more."""

GAP = re.compile(r"\[\\s\\S\]\{0,(\d+)\}\??")
"""How our tables write "at most so many characters of any kind"; only outside of groups."""

SYNTAX = re.compile(
    r"""
    (?P<gap>    \. [*+] \?? )
  | (?P<any>    \. )
  | (?P<class>  \\ [dDsSwW] | \[ \^? \]? (?: \\. | (?! -- | && | ~~ | \|\| ) [^\]\\[] )* \] )
  | (?P<escape> \\ [^a-zA-Z0-9] )
  | (?P<start>  \A \^ )
  | (?P<end>    \$ \Z )
  | (?P<other>  [\\^$*+?()|\[] | \{ (?= \d* , \d* \} | \d+ \} ) )
  | (?P<plain>  . )
    """,
    re.VERBOSE | re.DOTALL,
)
"""The regular expressions that `Gapped` knows; `other` is all that could make matching slow, or means something else."""


How = OneOf["contains", "prefix", "full"]


class PatternError(ValueError):
    """A pattern that is not understood; the message is the reason."""


class Pattern(Protocol):
    """Something that a text holds or does not hold."""

    @property
    def anchors(self) -> tuple[str, ...]:
        """Pieces of which every text that matches holds at least one; empty: none is known."""

    def found_in(self, text: str, present: Sequence[str]) -> bool:
        """Whether `text` matches; `present`: those of the anchors that it holds, at least one if there are any."""


@dataclass(frozen=True, slots=True)
class Literal:
    """The very characters: anywhere, at the beginning, or nothing else."""

    text: str
    how: How = "contains"

    @property
    def anchors(self) -> tuple[str, ...]:
        """The text itself."""
        return (self.text,)

    def found_in(self, text: str, present: Sequence[str]) -> bool:
        """Whether `text` holds it."""
        if self.how == "contains":
            return bool(present)
        return text.startswith(self.text) if self.how == "prefix" else text == self.text


@dataclass(frozen=True, slots=True)
class Expression:
    """A regular expression without flags that matches at most `reach` characters.

    Without anchors it is tried on the whole text. Compiled when needed: `re` remembers it, and of hundreds a
    page needs a handful.
    """

    source: str
    anchors: tuple[str, ...] = ()
    reach: int = 0

    def found_in(self, text: str, present: Sequence[str]) -> bool:
        """Whether it matches anywhere in `text`."""
        compiled = re.compile(self.source)
        if not self.anchors:
            return compiled.search(text) is not None
        for start, end in self._windows(text, present):
            near = compiled.search(text, start, end)
            # The end of a window is no end of the text, though the expression takes it for one.
            if near is not None and compiled.match(text, near.start()) is not None:
                return True
        return False

    def _windows(self, text: str, present: Sequence[str]) -> Iterator[tuple[int, int]]:
        """Pieces of `text` that together hold everything that can match."""
        reach = self.reach + MARGIN
        stride = max(reach, MIN_STRIDE)
        for anchor in present:
            at = text.find(anchor)
            while at >= 0:
                yield max(0, at - reach), at + len(anchor) + stride + reach
                at = text.find(anchor, at + stride)


@dataclass(frozen=True, slots=True)
class Spaced:
    """Expressions that follow each other with at most `gaps[n]` characters of any kind between n and n + 1.

    Each is looked for on its own: as one expression, a page full of the first would have the gap searched
    again and again.
    """

    parts: tuple[str, ...]
    gaps: tuple[int, ...]
    anchors: tuple[str, ...]

    def found_in(self, text: str, present: Sequence[str]) -> bool:
        """Whether all parts stand in `text`, near enough to each other."""
        ends: list[int] = []
        for part, gap in zip(self.parts, (0, *self.gaps), strict=True):
            spans = [match.span() for match in re.finditer(part, text)]
            ends = [end for start, end in spans if part is self.parts[0] or _is_near(ends, start, gap)]
            if not present or not ends:
                return False
        return True


def _is_near(ends: Sequence[int], start: int, gap: int) -> bool:
    """Whether one of `ends`, which rise, is at `start` or at most `gap` before it."""
    before = bisect_right(ends, start)
    return before > 0 and start - ends[before - 1] <= gap


def expression(source: str, anchors: tuple[str, ...], reach: int) -> Expression | Spaced:
    """The pattern for one of our own regular expressions: `Spaced` when it has a gap outside of groups."""
    first, *rest = GAP.split(source)
    if not rest:
        return Expression(source, anchors, reach)
    return Spaced((first, *rest[1::2]), tuple(map(int, rest[::2])), anchors)


@dataclass(frozen=True, slots=True)
class Gapped:
    """Pieces that follow each other with anything, or at least `gaps[n]` characters, before piece n.

    A piece matches a fixed number of characters, so that the first place where it is found is also where it
    ends first, and going on from there misses nothing.
    """

    pieces: tuple[str | re.Pattern[str], ...]
    gaps: tuple[int, ...]
    anchors: tuple[str, ...]

    @classmethod
    def parse(cls, source: str) -> "Gapped":
        """`source`: a regular expression of literals, `.`, `.*`, `.+`, classes, and ^ and $ at its ends.

        Raises `PatternError` for anything more: groups, alternatives and repeats can take for ever on a page
        that is made for it.
        """
        pieces: list[list[tuple[str, str]]] = [[]]
        gaps = [0]
        for token in SYNTAX.finditer(source):
            kind, text = token.lastgroup or "", token[0]
            if kind == "other":
                raise PatternError(
                    f"{text!r} at {token.start() + 1}: only . .* .+ [...] and escapes are understood"
                )
            if kind != "gap":
                pieces[-1].append((kind, text))
            elif pieces[-1]:
                pieces.append([])
                gaps.append(int(text[1] == "+"))
            else:
                gaps[-1] += int(text[1] == "+")
        literals = (run for piece in pieces for run in _literal_runs(piece))
        anchor = max(literals, key=len, default="")
        return cls(tuple(map(_compile, pieces)), tuple(gaps), (anchor,) if anchor else ())

    def found_in(self, text: str, present: Sequence[str]) -> bool:  # noqa: ARG002 - the pieces say more
        """Whether all pieces stand in `text`, in their order."""
        at = 0
        for piece, gap in zip(self.pieces, self.gaps, strict=True):
            at += gap
            if at > len(text):  # `re` would take it for the end of the text
                return False
            if isinstance(piece, str):
                found = text.find(piece, at)
                at = found if found < 0 else found + len(piece)
            else:
                match = piece.search(text, at)
                at = -1 if match is None else match.end()
            if at < 0:
                return False
        return True


def _literal_runs(piece: list[tuple[str, str]]) -> Iterator[str]:
    run = ""
    for kind, text in piece:
        if kind in ("plain", "escape"):
            run += text[-1]
        elif run:
            yield run
            run = ""
    if run:
        yield run


def _compile(piece: list[tuple[str, str]]) -> str | re.Pattern[str]:
    """The piece as a substring when it is one, else as an expression of fixed width."""
    if all(kind in ("plain", "escape") for kind, _ in piece):
        return "".join(text[-1] for _, text in piece)
    forms = {"start": r"\A", "end": r"\Z"}
    source = "".join(
        re.escape(text[-1]) if kind in ("plain", "escape") else forms.get(kind, text) for kind, text in piece
    )
    try:
        return re.compile(source, re.DOTALL)
    except re.error as error:
        raise PatternError(f"{source!r}: {error}") from error

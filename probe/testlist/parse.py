"""The bytes of a list → its targets and its rejected lines.

Two forms: CSV with a header that has a column `url` (Citizen Lab's columns, ours beside them), and one URL a line.
Blank lines and lines that begin with # are no entries.
"""

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from probe.testlist.entry import Rejected, Target, TestList
from probe.testlist.url import BadUrlError, normalise

MAX_BYTES = 64 << 20
MAX_LINES = 200_000
MAX_LINE = 8192
MAX_ROW_LINES = 20
"""Physical lines one quoted field may span; beyond that the quote was never meant to be open."""

SHOWN = 120

NOT_UTF8 = "not UTF-8"
TOO_LONG = f"longer than {MAX_LINE} characters"
TOO_MANY = f"beyond the first {MAX_LINES} lines"
TOO_BIG = f"the list is larger than {MAX_BYTES >> 20} MiB"
OPEN_QUOTE = "a quote is opened and never closed"
BAD_QUOTE = "text behind a closing quote"
NO_URL = "the column url is empty"
NUL = "NUL character"


@dataclass(frozen=True, slots=True)
class Line:
    """A logical line: the number of its first physical line, and its text."""

    number: int
    text: str


def parse(name: str, data: bytes) -> TestList:
    """Read `data`; never raises. Every line that is not blank or a comment is a target or rejected."""
    sha256 = hashlib.sha256(data).hexdigest()
    if len(data) > MAX_BYTES:
        return TestList(name, sha256, (), (Rejected(name, 1, "", TOO_BIG),))
    reader = _Reader(name, sha256)
    lines = _physical(data)
    columns = _columns(lines)
    if columns is None:
        for line in lines:
            reader.add_plain(line)
    else:
        header = next(index for index, line in enumerate(lines) if _counts(line.text))
        reader.add_rows(lines[header + 1 :], columns)
    return TestList(
        name, sha256, tuple(reader.targets), tuple(sorted(reader.rejected, key=lambda entry: entry.line))
    )


def shorten(text: str) -> str:
    """`text` as it can be shown: printable, at most 120 characters."""
    clean = "".join(character if character.isprintable() else "�" for character in text[: SHOWN + 1])
    return clean if len(clean) <= SHOWN else clean[: SHOWN - 1] + "…"


def _physical(data: bytes) -> list[Line]:
    text = _decode(data).replace("\r\n", "\n").replace("\r", "\n")
    return [Line(number, line) for number, line in enumerate(text.split("\n"), 1)]


def _decode(data: bytes) -> str:
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8"),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
    ):
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "surrogateescape" if encoding == "utf-8" else "replace")
    return data.decode("utf-8", "surrogateescape")


def _counts(text: str) -> bool:
    return bool(text.strip()) and not text.startswith("#")


def _columns(lines: Sequence[Line]) -> dict[str, int] | None:
    """Column numbers by name, when the first line that counts is a header with `url`."""
    first = next((line.text for line in lines if _counts(line.text)), "")
    cells = _cells(first[:MAX_LINE])
    names = [cell.strip().lower() for cell in cells or ()]
    return {name: index for index, name in reversed(list(enumerate(names)))} if "url" in names else None


def _cells(text: str) -> list[str] | None:
    try:
        return next(csv.reader(io.StringIO(text, newline=""), strict=True), [])
    except csv.Error:
        return None


def _is_open(text: str) -> bool:
    """Whether the last field of `text` is quoted and the quote not closed; quotes inside a bare field mean nothing."""
    if '"' not in text or len(text) > MAX_LINE:
        return False
    return _cells(text) is None and _cells(text + '"') is not None


class _Reader:
    """Collects targets and rejections; knows the URLs that came before."""

    def __init__(self, name: str, sha256: str) -> None:
        self.targets: list[Target] = []
        self.rejected: list[Rejected] = []
        self._name, self._sha256 = name, sha256
        self._seen: dict[str, int] = {}

    def add_plain(self, line: Line) -> None:
        """A line that is a URL."""
        if _counts(line.text) and self._is_sound(line):
            self._add(line, line.text.strip(), {})

    def add_rows(self, lines: Sequence[Line], columns: dict[str, int]) -> None:
        """Rows of a CSV file."""
        for line, cells in self._rows(lines):
            fields = {name: cells[index].strip() for name, index in columns.items() if index < len(cells)}
            if fields.get("url"):
                self._add(line, fields["url"], fields)
            else:
                self._reject(line, NO_URL)

    def _rows(self, lines: Sequence[Line]) -> Iterator[tuple[Line, list[str]]]:
        index = 0
        while index < len(lines):
            line, used = self._join(lines, index)
            index += used
            if _counts(line.text) and self._is_sound(line):
                cells = _cells(line.text)
                if cells is None:
                    self._reject(line, OPEN_QUOTE if _is_open(line.text) else BAD_QUOTE)
                else:
                    yield line, cells

    @staticmethod
    def _join(lines: Sequence[Line], index: int) -> tuple[Line, int]:
        """The row that begins at `index`, with the lines that an open quote takes in; itself alone if none closes it."""
        first = lines[index]
        if not _counts(first.text) or not _is_open(first.text):
            return first, 1
        text = first.text
        for used, line in enumerate(lines[index + 1 : index + MAX_ROW_LINES], 2):
            text = f"{text}\n{line.text}"
            if not _is_open(text):
                return (first, 1) if _cells(text) is None else (Line(first.number, text), used)
        return first, 1

    def _is_sound(self, line: Line) -> bool:
        reason = _unsound(line)
        if reason is not None:
            self._reject(line, reason)
        return reason is None

    def _add(self, line: Line, url: str, fields: dict[str, str]) -> None:
        try:
            url = normalise(url)
        except BadUrlError as error:
            self._reject(line, str(error))
            return
        if url in self._seen:
            self._reject(line, f"duplicate of line {self._seen[url]}")
            return
        self._seen[url] = line.number
        self.targets.append(
            Target(
                url=url,
                category_code=fields.get("category_code") or None,
                platform=fields.get("platform") or None,
                role=fields.get("role") or None,
                list_name=self._name,
                list_sha256=self._sha256,
                line=line.number,
            )
        )

    def _reject(self, line: Line, reason: str) -> None:
        self.rejected.append(Rejected(self._name, line.number, shorten(line.text), reason))


def _unsound(line: Line) -> str | None:
    if line.number > MAX_LINES:
        return TOO_MANY
    if len(line.text) > MAX_LINE:
        return TOO_LONG
    if "\0" in line.text:
        return NUL
    if any("\ud800" <= character <= "\udfff" for character in line.text):
        return NOT_UTF8
    return None

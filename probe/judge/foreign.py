"""Fingerprints from other people's lists: OONI's two CSV files and Censored Planet's signature files.

Their patterns mean what their authors meant: the text as it came, upper and lower case apart. What cannot be
used is reported with file, line and field, and the rest of the file is used.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from probe.judge.addresses import parse_address
from probe.judge.forged import Confidence, Forged, Forgery
from probe.judge.pattern import Gapped, How, Literal, Pattern, PatternError
from probe.judge.signature import Kind, Match, Scope, Signature

MAX_FILE = 32 << 20
MAX_ROWS = 50_000
MAX_PATTERN = 4_096
MIN_LITERAL = 4
"""Characters in a row that must stand in a text, unless they are all of it: `a` or `.*` would be found everywhere."""

COLUMNS = ("name", "location_found", "pattern_type", "pattern")
"""Those of OONI's columns that a file must have."""

SCOPES = {
    "nat": Scope.NATIONAL,
    "isp": Scope.ISP,
    "prod": Scope.PRODUCT,
    "inst": Scope.INSTITUTION,
    "corp": Scope.INSTITUTION,
}
"""OONI's scopes and the same words in Censored Planet's names. Others (vague words, unknown) are weak."""

SURE = 5
"""OONI's `confidence_no_fp`, 1 to 10, from which on a pattern is not weak; most rows have 5 or 10."""

HOW: dict[str, How] = {"full": "full", "prefix": "prefix", "contains": "contains"}
"""OONI's pattern types, but for regexp."""

LETTERS = {"a": "prod", "b": "nat", "c": "isp", "d": "corp"}
"""First letters of Censored Planet's names since 2021: `b_nat_ir_national_1`. e and f are unknown and general."""


class FingerprintFileError(Exception):
    """A file of fingerprints that cannot be used at all; the message names it and says why."""


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that is not used: file, line (1-based, the last of a row of several), field, and why."""

    file: str
    line: int
    field: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.field}: {self.reason}"


@dataclass(slots=True)
class ForeignList:
    """What was read from one file."""

    file: str
    signatures: list[Signature] = field(default_factory=list)
    forged: list[Forged] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)

    def reject(self, line: int, name: str, reason: str) -> None:
        """Note that the row at `line` is not used because of its field `name`."""
        self.rejected.append(RejectedRow(self.file, line, name, reason))


class _BadFieldError(ValueError):
    """Field and reason."""


def load(path: Path) -> tuple[ForeignList, bytes]:
    """Read the file at `path`; the list and the file's bytes. Raises `FingerprintFileError`."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE + 1)
    except OSError as error:
        raise FingerprintFileError(f"{path}: cannot be read: {error.strerror}") from error
    return parse(path.name, data), data


def parse(name: str, data: bytes) -> ForeignList:
    """The list in `data`: JSON lines when it begins with a brace, else CSV. Raises `FingerprintFileError`."""
    if len(data) > MAX_FILE:
        raise FingerprintFileError(f"{name}: larger than {MAX_FILE >> 20} MiB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FingerprintFileError(f"{name}:{line}: not UTF-8") from error
    if text.lstrip().startswith("{"):
        return _read(name, _json_rows(text), _add_signature)
    return _read(name, _csv_rows(name, text), _add_fingerprint)


Row = dict[str, str]
Rows = Iterator[tuple[int, Row | str]]
"""Line, and the row or what is wrong with it."""


def _read(name: str, rows: Rows, add: Callable[[ForeignList, Row], None]) -> ForeignList:
    read = ForeignList(name)
    for number, (line, row) in enumerate(rows):
        if number == MAX_ROWS:
            read.reject(line, "row", f"beyond the first {MAX_ROWS} rows")
            break
        if isinstance(row, str):
            read.reject(line, "row", row)
            continue
        try:
            add(read, row)
        except _BadFieldError as error:
            read.reject(line, *error.args)
    return read


def _json_rows(text: str) -> Rows:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            yield number, "not JSON"
            continue
        if isinstance(row, dict) and all(isinstance(row.get(key), str) for key in ("fingerprint", "pattern")):
            yield number, {"fingerprint": row["fingerprint"], "pattern": row["pattern"]}
        else:
            yield number, "not an object with the texts fingerprint and pattern"


def _csv_rows(name: str, text: str) -> Rows:
    reader = csv.DictReader(io.StringIO(text, newline=""), restkey="", restval="")
    try:
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise FingerprintFileError(
                f"{name}:1: neither JSON lines nor a table with the columns {', '.join(missing)}"
            )
        for row in reader:
            yield reader.line_num, "more cells than columns" if "" in row else row
    except csv.Error as error:
        yield reader.line_num, f"not CSV: {error}; nothing after it is read"


def _add_fingerprint(read: ForeignList, row: Row) -> None:
    """A row of OONI's: https://github.com/ooni/blocking-fingerprints, Readme.md."""
    if not row["name"]:
        raise _BadFieldError("name", "empty")
    place = row["location_found"].replace("header.", "header:", 1).lower()
    if place == "dns":
        read.forged.append(_forged(read.file, row))
        return
    if place != "body" and not re.fullmatch(r"header:[!-~]{1,100}", place):
        raise _BadFieldError("location_found", f"{place[:40]!r} is not body, dns or header.NAME")
    scope = row.get("scope", "").strip()
    match = _match(read.file, row["name"], scope, _country(row), weak=_doubt(row))
    place = "location" if place == "header:location" else place
    pattern = _pattern(row["pattern"], row["pattern_type"])
    read.signatures.append(Signature(match, place, pattern, raw=True))


def _add_signature(read: ForeignList, row: Row) -> None:
    """A line of Censored Planet's: an expression that is looked for in the whole answer, head and body."""
    name = row["fingerprint"]
    if not name:
        raise _BadFieldError("fingerprint", "empty")
    first, _, rest = name.partition("_")
    scope = LETTERS.get(first) or first
    if first == "x" or "false_positive" in read.file or "_fp_" in f"_{rest}":
        scope = "fp"
    pattern = _pattern(row["pattern"], "regexp")
    read.signatures.append(Signature(_match(read.file, name, scope, None), "response", pattern, raw=True))


def _match(file: str, name: str, scope: str, country: str | None, *, weak: bool = False) -> Match:
    kind = {"fp": Kind.HARMLESS, "prov": Kind.REFUSAL}.get(scope, Kind.BLOCK_PAGE)
    known = SCOPES.get(scope)
    return Match(
        kind=kind,
        id=f"{Path(file).stem}:{name}",
        title=name,
        source=file,
        country=country,
        scope=(known or Scope.UNKNOWN) if kind is Kind.BLOCK_PAGE else None,
        weak=weak or (kind is Kind.BLOCK_PAGE and known is None),
        foreign=True,
    )


def _forged(file: str, row: Row) -> Forged:
    answer = row["pattern"].strip().lower().rstrip(".")
    if row["pattern_type"] != "full":
        raise _BadFieldError("pattern_type", "an answer is compared as a whole: full")
    if parse_address(answer) is None and not re.fullmatch(
        r"(?=.{3,253}\Z)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})+", answer
    ):
        raise _BadFieldError("pattern", f"{answer[:40]!r} is neither an address nor a name")
    vague = row.get("scope", "") in ("vbw", "fp") or _doubt(row)
    return Forged(
        answer=answer,
        meaning=Forgery.BLOCK_PAGE,
        confidence=Confidence.WEAK if vague else Confidence.LIKELY,
        country=_country(row),
        first_seen=None,
        source=f"{file} {row['name']}",
    )


def _pattern(text: str, kind: str) -> Pattern:
    if not text:
        raise _BadFieldError("pattern", "empty")
    if len(text) > MAX_PATTERN:
        raise _BadFieldError("pattern", f"longer than {MAX_PATTERN} characters")
    if kind not in HOW and kind != "regexp":
        raise _BadFieldError("pattern_type", f"{kind[:40]!r} is not full, prefix, contains or regexp")
    try:
        pattern: Pattern = Literal(text, HOW[kind]) if kind in HOW else Gapped.parse(text)
    except PatternError as error:
        raise _BadFieldError("pattern", str(error)) from error
    if kind != "full" and max(map(len, pattern.anchors), default=0) < MIN_LITERAL:
        raise _BadFieldError(
            "pattern", f"fewer than {MIN_LITERAL} characters in a row that must stand in a page"
        )
    return pattern


def _country(row: Row) -> str | None:
    """The country, when the row names exactly one."""
    named = {part.strip() for part in row.get("expected_countries", "").split(",")} - {"", "ZZ"}
    country = named.pop() if len(named) == 1 else ""
    return country if re.fullmatch("[A-Z]{2}", country) else None


def _doubt(row: Row) -> bool:
    """Whether its authors doubt the row."""
    stated = row.get("confidence_no_fp", "").strip()
    return stated.isdecimal() and len(stated) <= 2 and int(stated) < SURE  # noqa: PLR2004 - it goes to 10

"""A configuration file: TOML text to checked values with their lines, or one error that says where and what to do."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from probe.settings.options import TABLES, Kind, Option, Table
from probe.settings.suggestion import nearest

MAX_BYTES = 1 << 20
"""A configuration is a page or two."""

NEVER = {
    "consent": "consent is given by a person, not by a file: set PROBE_CONSENT or run `probe consent give`",
    "resume": "--resume names one run; to finish whatever was interrupted set resume_interrupted = true",
    "dry_run": "--dry-run is asked for each time: use `probe plan`",
    "config": "a file does not name another one",
}
"""Keys that somebody may look for, and why there are none."""

WANTED = {
    Kind.TEXT: "text in quotes, or a whole number, like {example}",
    Kind.TEXTS: "a list of texts, like {example}",
    Kind.SWITCH: "true or false",
}
HEADER = re.compile(r"\s*\[\s*([\w\"'.-]+)\s*\]\s*(?:#.*)?$")
PLACE = re.compile(r"(?s)(.*) \(at (?:line (\d+), column \d+|end of document)\)")

Value = str | bool | list[str]


class SettingsError(ValueError):
    """A configuration that cannot be used; the message has file, line, key, and what to do."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of the file and its line, 0 when that is not known."""

    value: Value
    line: int


@dataclass(frozen=True, slots=True)
class Document:
    """What a file called `name` sets: by table, then by key. Empty when there is no file."""

    name: str = ""
    tables: Mapping[str, Mapping[str, Entry]] = field(default_factory=dict)

    def entry(self, table: str, key: str) -> Entry | None:
        """What the file says of `key`, if anything."""
        return self.tables.get(table, {}).get(key)


def read(data: bytes, name: str, tables: Sequence[Table] = TABLES) -> Document:
    """Check the TOML in `data`, a file called `name`. Raises `SettingsError` at the first thing that is wrong."""
    text = _text(data, name)
    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(_syntax(name, error)) from error
    reader = _Reader(name, text, {table.name: table for table in tables})
    return Document(name, {key: reader.table(key, value) for key, value in content.items()})


def _text(data: bytes, name: str) -> str:
    if len(data) > MAX_BYTES:
        raise SettingsError(f"{name}: larger than {MAX_BYTES} bytes, which is no configuration")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SettingsError(f"{name}:{line}: not UTF-8; save the file as UTF-8") from error


def _syntax(name: str, error: Exception) -> str:
    match = PLACE.fullmatch(str(error))
    if match is None:
        return f"{name}: not TOML: {error or 'nested too deeply'}"
    return (
        f"{name}:{match[2]}: not TOML: {match[1]}"
        if match[2]
        else f"{name}: not TOML: {match[1]}, at its end"
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    name: str
    text: str
    tables: Mapping[str, Table]

    def table(self, key: str, value: object) -> dict[str, Entry]:
        """The entries of table `key`. Raises `SettingsError`."""
        if key not in self.tables:
            raise self._error("", key, self._stray(key))
        if not isinstance(value, dict):
            raise self._error("", key, f"is a table: begin it with a line [{key}]")
        table = self.tables[key]
        return {each: self._entry(table, each, inner) for each, inner in value.items()}

    def _stray(self, key: str) -> str:
        plain = key.replace("-", "_")
        home = next((table.name for table in self.tables.values() if table.find(plain)), None)
        if home:
            return f"belongs below a line [{home}]"
        if plain in NEVER:
            return NEVER[plain]
        if near := nearest(key, self.tables):
            return f"no such table; did you mean [{near}]?"
        homes = {option.key: table.name for table in self.tables.values() for option in table.options}
        if near := nearest(key, homes):
            return f"no such table; did you mean {near}, below a line [{homes[near]}]?"
        return f"no such table; there are {_listed(self.tables)}"

    def _entry(self, table: Table, key: str, value: object) -> Entry:
        option = table.find(key)
        if option is None:
            raise self._error(table.name, key, self._unknown(table, key))
        return Entry(self._value(table, option, value), line_of(self.text, table.name, key))

    def _unknown(self, table: Table, key: str) -> str:
        plain = key.replace("-", "_")
        if plain in NEVER:
            return NEVER[plain]
        home = next((other.name for other in self.tables.values() if other.find(plain)), None)
        if home and home != table.name:
            return f"belongs below a line [{home}]"
        near = nearest(key, (option.key for option in table.options))
        return (
            f"no such key; did you mean {near}?"
            if near
            else f"no such key in [{table.name}]; see `probe config init`"
        )

    def _value(self, table: Table, option: Option, value: object) -> Value:
        match option.kind, value:
            case (Kind.SWITCH, bool()):
                return bool(value)
            case (Kind.TEXT, str()):
                return str(value)
            case (Kind.TEXT, int()) if not isinstance(value, bool):
                return str(value)
            case (Kind.TEXTS, str()):
                return [str(value)]
            case (Kind.TEXTS, list()) if all(isinstance(each, str) for each in value):
                return [str(each) for each in value]
        wanted = WANTED[option.kind].format(example=option.example)
        raise self._error(table.name, option.key, f"must be {wanted}")

    def _error(self, table: str, key: str, reason: str) -> SettingsError:
        line = line_of(self.text, table, key)
        place = f"{self.name}:{line}" if line else self.name
        return SettingsError(f"{place}: {key[:80]}: {reason}")


def _listed(names: Mapping[str, object]) -> str:
    return ", ".join(f"[{name}]" for name in names)


def line_of(text: str, table: str, key: str) -> int:
    """The line, from 1, where `key` of `table` ("" for the top) is set, 0 when it was not found.

    `tomllib` tells no lines. Odd spellings, like escapes in a key, are not found; they cost the number, not the error.
    """
    spelled = "|".join(map(re.escape, (key, f'"{key}"', f"'{key}'")))
    inside = re.compile(rf"\s*(?:{spelled})\s*[=.]")
    dotted = re.compile(rf"\s*{re.escape(table)}\s*(?:\.\s*(?:{spelled})\s*=|=\s*\{{.*(?:{spelled})\s*=)")
    for number, (current, line) in enumerate(_with_tables(text), 1):
        header = HEADER.match(line)
        if not table and header and current.split(".")[0] == key:
            return number
        if (current == table and inside.match(line)) or (table and not current and dotted.match(line)):
            return number
    return 0


def _with_tables(text: str) -> Iterator[tuple[str, str]]:
    """Each line with the table it belongs to, its header included."""
    current = ""
    for line in text.split("\n"):
        if header := HEADER.match(line):
            current = header[1].strip("\"'")
        yield current, line

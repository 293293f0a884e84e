"""Configuration files: what is taken, what is refused, and how the mistake is named."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.settings import RUN, TABLES, Document, Kind, SettingsError, read
from probe.settings.document import MAX_BYTES, line_of


def refusal(text: str) -> str:
    """What is said of `text` as `c.toml`."""
    with pytest.raises(SettingsError) as told:
        read(text.encode(), "c.toml")
    return str(told.value)


def test_values_and_their_lines() -> None:
    """Texts, numbers where a text is meant, lists, one text for a list, switches."""
    text = '# mine\n[run]\nparallel = 7\nmax_runtime = "20m"\nlists = ["news",\n  "platforms"]\nurl = "x.com"\nno_doh = true\n'
    document = read(text.encode(), "c.toml")
    found = {key: (entry.value, entry.line) for key, entry in document.tables["run"].items()}
    assert found == {
        "parallel": ("7", 3),
        "max_runtime": ("20m", 4),
        "lists": (["news", "platforms"], 5),
        "url": (["x.com"], 7),
        "no_doh": (True, 8),
    }


def test_nothing_is_set_by_nothing() -> None:
    """An empty file, one of comments, and no file at all."""
    assert read(b"", "c.toml").tables == read(b"# [run]\n", "c.toml").tables == Document().tables == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[run]\nparalel = 3", "c.toml:2: paralel: no such key; did you mean parallel?"),
        ("[run]\nmax-runtim = 3", "c.toml:2: max-runtim: no such key; did you mean max_runtime?"),
        ("\n[rum]\n", "c.toml:2: rum: no such table; did you mean [run]?"),
        ("paralel = 3", "c.toml:1: paralel: no such table; did you mean parallel, below a line [run]?"),
        ("parallel = 3", "c.toml:1: parallel: belongs below a line [run]"),
        ("[run]\nzzzzqq = 3", "c.toml:2: zzzzqq: no such key in [run]; see `probe config init`"),
        ("[zzzzqq]", "c.toml:1: zzzzqq: no such table; there are [run], "),
        ("run = 3", "c.toml:1: run: is a table: begin it with a line [run]"),
        ("[run]\n\nconsent = '1'", "c.toml:3: consent: consent is given by a person, not by a file"),
        ("consent = '1'", "c.toml:1: consent: consent is given by a person, not by a file"),
        ("[run]\ndry-run = true", "c.toml:2: dry-run: --dry-run is asked for each time"),
        ("[run]\nresume = 'x.jsonl'", "c.toml:2: resume: --resume names one run"),
        ("[run]\nno_doh = 'yes'", "c.toml:2: no_doh: must be true or false"),
        ("[run]\nno_doh = 1", "c.toml:2: no_doh: must be true or false"),
        ("[run]\nparallel = true", "c.toml:2: parallel: must be text in quotes, or a whole number, like 40"),
        ("[run]\nparallel = 1.5", "c.toml:2: parallel: must be text in quotes"),
        ("[run]\nmax_runtime = 2026-01-01", "c.toml:2: max_runtime: must be text in quotes"),
        ("[run]\nlists = [1]", "c.toml:2: lists: must be a list of texts, like ["),
        ("[run]\nlists = {a = 1}", "c.toml:2: lists: must be a list of texts, like ["),
        ("run.paralel = 3", "c.toml:1: paralel: no such key; did you mean parallel?"),
        ("run = { paralel = 3 }", "c.toml:1: paralel: no such key; did you mean parallel?"),
        ("[run]\n'paralel' = 3", "c.toml:2: paralel: no such key; did you mean parallel?"),
        ("a = 1\nb = [", "c.toml: not TOML: Invalid value, at its end"),
        ("[run]\nb = x", "c.toml:2: not TOML: Invalid value"),
        ("[run]\n[run]", "c.toml:2: not TOML: "),
        ("a = " + "[" * 100_000, "c.toml: not TOML: "),
        ("#" * (MAX_BYTES + 1), "c.toml: larger than 1048576 bytes, which is no configuration"),
    ],
)
def test_mistakes(text: str, said: str) -> None:
    """Each with file, line, key and what to do."""
    assert refusal(text).startswith(said)


def test_not_utf_8() -> None:
    """With the line it is on."""
    with pytest.raises(SettingsError, match=r"c\.toml:2: not UTF-8"):
        read(b"# one\n# tw\xf6\n", "c.toml")


def test_a_byte_order_mark_is_no_mistake() -> None:
    """Some editors write one."""
    assert read(b"\xef\xbb\xbf[run]\nparallel = 3\n", "c.toml").entry("run", "parallel") is not None


def test_hostile_names_do_not_fill_the_screen() -> None:
    """A key may have a megabyte; the message has not."""
    assert len(refusal(f"[run]\n{'k' * 500_000} = 1")) < 300


@given(st.binary(max_size=200))
def test_any_bytes_are_a_document_or_a_settings_error(data: bytes) -> None:
    """Nothing else is raised."""
    outcome: object
    try:
        outcome = read(data, "c.toml").name
    except SettingsError as error:
        outcome = str(error)
    assert str(outcome).startswith("c.toml")


LINES = [f"{option.key} = {option.example}" for option in RUN.options] + [
    "oops = 1",
    "[run]",
    "[rum]",
    "x =",
    "# no",
]


@given(st.lists(st.sampled_from(LINES), max_size=8))
def test_what_toml_refuses_is_refused_and_what_is_taken_is_what_toml_reads(lines: list[str]) -> None:
    """The parser is Python's own; here only names and types are checked, and no value is changed but in type."""
    text = "[run]\n" + "\n".join(lines)
    try:
        document = read(text.encode(), "c.toml")
    except SettingsError:
        return
    plain = tomllib.loads(text)["run"]
    assert {key: entry.value for key, entry in document.tables["run"].items()} == {
        key: str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        for key, value in plain.items()
    }


@pytest.mark.parametrize(
    "option", [option for table in TABLES for option in table.options], ids=lambda o: o.flag
)
def test_every_example_can_be_used(option: object) -> None:
    """As it stands in the table of options."""
    table = next(table for table in TABLES if option in table.options)
    row = next(each for each in table.options if each == option)
    document = read(f"[{table.name}]\n{row.key} = {row.example}\n".encode(), "c.toml")
    entry = document.entry(table.name, row.key)
    assert entry is not None
    kinds = {Kind.TEXT: str, Kind.TEXTS: list, Kind.SWITCH: bool}
    assert isinstance(entry.value, kinds[row.kind])
    assert entry.line == 2


def test_a_line_is_looked_for_in_its_own_table() -> None:
    """Two tables may have a key of one name."""
    text = "[a]\nkey = 1\n[b] # there\nkey = 2\n"
    assert (line_of(text, "a", "key"), line_of(text, "b", "key"), line_of(text, "c", "key")) == (2, 4, 0)
    assert line_of(text, "", "b") == 3

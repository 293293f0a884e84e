"""Bytes of a list to targets and rejected lines, whatever the bytes."""

import csv
import io
import time
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.testlist import TestList, normalise, parse
from probe.testlist.parse import MAX_BYTES, MAX_LINES, MAX_ROW_LINES

HEADER = "url,category_code,category_description,date_added,source,notes"
CORPUS = Path(__file__).parent.parent / "corpus" / "lists"


def urls(entries: TestList) -> list[str]:
    """The URLs of a list."""
    return [target.url for target in entries.targets]


def lines_of(entries: TestList) -> list[int]:
    """The numbers of the lines at which entries begin."""
    return [target.line for target in entries.targets] + [entry.line for entry in entries.rejected]


def reasons(entries: TestList) -> dict[int, str]:
    """Reasons of rejection by line."""
    return {line.line: line.reason for line in entries.rejected}


def test_citizen_lab_columns() -> None:
    """Citizen Lab's columns in their order; the line is the one where the entry stands."""
    text = f'{HEADER}\nhttps://a.com/,NEWS,News Media,2014-04-15,citizenlab,\nhttp://b.com/,GRP,x,y,z,"note, quoted"\n'
    entries = parse("global.csv", text.encode())
    assert [(t.url, t.category_code, t.line) for t in entries.targets] == [
        ("https://a.com/", "NEWS", 2),
        ("http://b.com/", "GRP", 3),
    ]
    assert entries.rejected == ()


def test_our_columns_in_any_order() -> None:
    """`platform` and `role` are optional, and columns are found by name."""
    entries = parse("x.csv", b"role,platform,url\nweb,Instagram,instagram.com\n")
    (target,) = entries.targets
    assert (target.url, target.platform, target.role, target.category_code) == (
        "https://instagram.com/", "Instagram", "web", None,
    )  # fmt: skip


def test_plain_list_with_comments_blank_lines_and_all_line_ends() -> None:
    """One URL a line; comments and blank lines are no entries; CR, LF and CRLF all end a line."""
    entries = parse("x.txt", b"\xef\xbb\xbf# mine\r\nhttps://a.com/\r\rb.com\n\n  \nhttps://c.com/x,y\n")
    assert urls(entries) == ["https://a.com/", "https://b.com/", "https://c.com/x,y"]
    assert [target.line for target in entries.targets] == [2, 4, 7]
    assert entries.rejected == ()


def test_utf16_is_read() -> None:
    """What Windows editors write is a list as well."""
    assert urls(parse("x", "https://a.com/\n".encode("utf-16"))) == ["https://a.com/"]


def test_duplicates_are_reported_with_the_first_line() -> None:
    """The second of two lines that mean the same URL is no target, and says of which it is a duplicate."""
    entries = parse("x", b"https://a.com\nHTTPS://A.com:443/#top\n")
    assert urls(entries) == ["https://a.com/"]
    assert reasons(entries) == {2: "duplicate of line 1"}


def test_open_quote_costs_one_line_only() -> None:
    """A quote that is never closed must not swallow what stands behind it."""
    rest = "".join(f"https://{n}.com/,NEWS,,,,\n" for n in range(MAX_ROW_LINES + 5))
    entries = parse("x.csv", f'{HEADER}\nhttps://bad.com/,"NEWS,,,,\n{rest}'.encode())
    assert len(entries.targets) == MAX_ROW_LINES + 5
    assert reasons(entries) == {2: "a quote is opened and never closed"}


def test_quotes_inside_a_bare_field_mean_nothing() -> None:
    """A screen of 5" and one of 3" are two rows, not one that swallows the other."""
    entries = parse(
        "x.csv", b'url,notes\nhttps://a.com/,5" screen\nhttps://b.com/,3" screen\nhttps://c.com/,\n'
    )
    assert urls(entries) == ["https://a.com/", "https://b.com/", "https://c.com/"]
    assert entries.rejected == ()


def test_a_quote_may_open_behind_one_that_means_nothing() -> None:
    """It takes in the next line, although the quotes of its own line are even."""
    entries = parse("x.csv", b'notes,more,url\n5" screen,"two\nlines",https://a.com/\nx,y,https://b.com/\n')
    assert [(target.url, target.line) for target in entries.targets] == [
        ("https://a.com/", 2),
        ("https://b.com/", 4),
    ]


def test_text_behind_a_closing_quote_costs_one_line_only() -> None:
    """Wherever the quote was opened."""
    text = f'{HEADER}\n"https://a.com/"x,NEWS\nhttps://b.com/,"NEWS\nEND"x\nhttps://c.com/,NEWS\n'
    entries = parse("x.csv", text.encode())
    assert urls(entries) == ["https://c.com/"]
    assert reasons(entries) == {
        2: "text behind a closing quote",
        3: "a quote is opened and never closed",
        4: 'no host name: end"x',
    }


def test_quoted_field_over_lines() -> None:
    """A note may have line ends inside quotes; the next entry keeps its number."""
    entries = parse(
        "x.csv", f'{HEADER}\nhttps://a.com/,NEWS,,,,"one\ntwo"\nhttps://b.com/,NEWS,,,,\n'.encode()
    )
    assert [(target.url, target.line) for target in entries.targets] == [
        ("https://a.com/", 2),
        ("https://b.com/", 4),
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"https://\xff.com/", "not UTF-8"),
        (b"https://a.com/\0", "NUL character"),
        (b"https://a.com/" + b"x" * 9000, "longer than 8192 characters"),
        (b"ftp://a.com/", "scheme 'ftp': only http and https are measured"),
        (b"http://192.168.1.1/", "not a public address"),
    ],
)
def test_rejected_line(line: bytes, reason: str) -> None:
    """A bad line is reported with number, reason and what can be shown of it; the others are measured."""
    entries = parse("x", b"https://ok.com/\n" + line + b"\nhttps://ok.org/\n")
    assert urls(entries) == ["https://ok.com/", "https://ok.org/"]
    (rejected,) = entries.rejected
    assert (rejected.line, rejected.reason) == (2, reason)
    assert rejected.text.isprintable()
    assert len(rejected.text) <= 120


def test_row_without_url() -> None:
    """A row whose URL is empty is reported."""
    assert reasons(parse("x.csv", f"{HEADER}\n,NEWS,,,,\n".encode())) == {2: "the column url is empty"}


def test_limits_of_size() -> None:
    """Lines beyond the limit are reported one by one; a file beyond the limit is refused as a whole."""
    many = parse("x", b"#\n" * MAX_LINES + b"https://a.com/\n")
    assert many.targets == ()
    assert reasons(many) == {MAX_LINES + 1: f"beyond the first {MAX_LINES} lines"}
    huge = parse("x", b"a" * (MAX_BYTES + 1))
    assert huge.targets == ()
    assert huge.rejected[0].reason == "the list is larger than 64 MiB"


@given(st.binary(max_size=400) | st.binary(max_size=300).map(lambda tail: b"url,notes\n" + tail))
def test_never_raises(data: bytes) -> None:
    """Any bytes make a list; its targets are as they are measured, each once, and all of it can be shown."""
    entries = parse("x", data)
    assert all(normalise(url) == url for url in urls(entries))
    assert len(set(urls(entries))) == len(entries.targets)
    assert all(line.text.isprintable() and line.reason for line in entries.rejected)
    assert len(set(lines_of(entries))) == len(lines_of(entries))


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=40), max_size=12))
def test_no_line_is_dropped_in_silence(lines: list[str]) -> None:
    """In a plain list every line that is not blank or a comment is a target or is rejected."""
    lines = ["https://first.example/", *lines]
    entries = parse("x", "\n".join(lines).encode())
    numbers = {target.line for target in entries.targets} | {line.line for line in entries.rejected}
    expected = {n for n, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")}
    assert numbers == expected


PIECES = st.sampled_from(["https://a.com/", "b.com", ",", ",", '"', '"', '""', "#", " ", "x", "\x0b", "é"])
ROWS = st.lists(st.lists(PIECES, max_size=7).map("".join), max_size=9)


@given(ROWS)
def test_every_line_of_a_csv_is_in_one_entry(rows: list[str]) -> None:
    """It begins one, or an open quote of the entry before takes it in; none is dropped, none counted twice."""
    lines = ["url,notes", *rows]
    entries = lines_of(parse("x", "\n".join(lines).encode()))
    assert len(set(entries)) == len(entries)
    for number, line in enumerate(lines[1:], 2):
        if line.strip() and not line.startswith("#") and number not in entries:
            first = max(begun for begun in entries if begun < number)
            assert number - first < MAX_ROW_LINES
            assert is_open("\n".join(lines[first - 1 : number - 1]))


def is_open(text: str) -> bool:
    """Whether the csv module misses the end of a quote."""
    try:
        list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        return "unexpected end of data" in str(error)
    return False


FIELDS = st.text(st.sampled_from("ab ,;\"'é\u05d0"), max_size=5)


@given(
    st.lists(
        st.tuples(st.sampled_from(["https://a.com/", "b.com", "ftp://c.com/"]), FIELDS, FIELDS), max_size=6
    ),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_the_spelling_of_a_file_changes_nothing(
    rows: list[tuple[str, str, str]], quoting: Literal[0, 1, 2], end: str, encoding: str
) -> None:
    """Quotes, line ends and byte order marks as any program writes them: the same targets, the same rejections."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=quoting, lineterminator=end)
    writer.writerows([("url", "platform", "role"), *rows])
    entries = parse("x", out.getvalue().encode(encoding))
    seen: dict[str, tuple[str, str | None, str | None]] = {}
    for url, platform, role in rows:
        seen.setdefault(url, (url, platform.strip() or None, role.strip() or None))
    seen.pop("ftp://c.com/", None)
    assert [(target.platform, target.role) for target in entries.targets] == [
        row[1:] for row in seen.values()
    ]
    assert urls(entries) == [normalise(url) for url in seen]
    assert len(entries.targets) + len(entries.rejected) == len(rows)


def test_a_list_without_an_end_of_quotes_is_read_in_time() -> None:
    """Thousands of quotes that are never closed, each before lines that might belong to it."""
    block = 'https://a.com/,"x\n' + '""y\n' * (MAX_ROW_LINES - 1)
    start = time.process_time()
    entries = parse("x", ("url,notes\n" + block * 1000).encode())
    assert len(entries.rejected) == 1000 * MAX_ROW_LINES
    assert time.process_time() - start < 5


@given(
    st.lists(st.from_regex(r"\Ahttps://[a-z]{1,9}\.(com|org)/[a-z0-9,\"]{0,9}\Z"), unique=True, max_size=20)
)
def test_csv_written_is_read_back(listed: list[str]) -> None:
    """Whatever the csv module writes, quotes and commas included, comes back in order."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER.split(","))
    writer.writerows([url, "NEWS", "", "", "", 'a "note"\nhere'] for url in listed)
    entries = parse("x.csv", out.getvalue().encode())
    assert urls(entries) == [url.replace('"', "%22") for url in listed]
    assert entries.rejected == ()


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*")), ids=lambda path: path.name)
def test_corpus(path: Path) -> None:
    """Nasty files: none raises, and `NAME.N-M` has N targets and M rejected lines."""
    expected = path.suffix.removeprefix(".").split("-")
    entries = parse(path.name, path.read_bytes())
    assert [str(len(entries.targets)), str(len(entries.rejected))] == expected

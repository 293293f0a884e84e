"""What lint finds in a list, and what it leaves in peace."""

import time

import pytest

from probe.testlist import Target, TestList, parse
from probe.testlist.lint import CATEGORIES, MOVED, Code, lint


def found(*rows: str, columns: str = "url,category_code,platform") -> list[tuple[int, Code, str]]:
    """The findings of a CSV of `rows`; the first row is line 2."""
    entries = parse("x.csv", "\n".join([columns, *rows]).encode())
    return [(finding.line, finding.code, finding.message) for finding in lint(entries)]


@pytest.mark.parametrize(
    ("row", "code", "message"),
    [
        ("https://mobile.twitter.com/home,GRP,", Code.MOVED, "mobile.twitter.com is at x.com now"),
        ("http://www.orkut.com/,GRP,", Code.MOVED, "www.orkut.com is closed"),
        ("http://www.instagram.com/p/1,GRP,Instagram", Code.HTTP, "https://www.instagram.com/ exists"),
        ("https://a.com/,NEW,", Code.CATEGORY, "no category 'NEW'"),
        ("https://a.com/,news,", Code.CATEGORY, "no category 'news'"),
        ("https://www.youtube.com/c/x,MMED,", Code.PLATFORM, "www.youtube.com belongs to YouTube"),
        ("ftp://a.com/,NEWS,", Code.REJECTED, "scheme 'ftp': only http and https are measured: ftp://a.com/,NEWS,"),
        (",NEWS,", Code.REJECTED, "the column url is empty: ,NEWS,"),
        ('https://a.com/,"NEWS,', Code.REJECTED, 'a quote is opened and never closed: https://a.com/,"NEWS,'),
    ],
)  # fmt: skip
def test_finding(row: str, code: Code, message: str) -> None:
    """One of each kind, with the reason in words."""
    assert found("https://first.example/,NEWS,", row) == [(3, code, message)]


@pytest.mark.parametrize(
    "row",
    [
        "https://a.com/,NEWS,",
        "https://a.com/,,",
        "http://a.com/,NEWS,",
        "http://example.com/,CTRL,",
        "https://x.com/home,GRP,X",
        "https://twitter.com/,GRP,X",
        "http://www.instagram.com:8080/,GRP,Instagram",
    ],
)
def test_nothing_to_find(row: str) -> None:
    """What has no better form; a control over http; a moved host that a platform's list has on purpose."""
    assert found(row) == []


def test_http_beside_https_of_the_same_list() -> None:
    """The list itself says that the host has https."""
    assert found("http://a.com/x,NEWS,", "https://a.com/y,NEWS,") == [(2, Code.HTTP, "https://a.com/ exists")]


def test_duplicates_are_found() -> None:
    """With the line of the first."""
    assert found("https://a.com/,NEWS,", "https://A.com,NEWS,") == [
        (3, Code.REJECTED, "duplicate of line 2: https://A.com,NEWS,")
    ]


def test_findings_are_in_the_order_of_lines() -> None:
    """Several of one line together."""
    rows = ("http://twitter.com/,XXXX,", "nonsense,NEWS,", "https://youtube.com/,MMED,")
    assert [(line, code) for line, code, _ in found(*rows)] == [
        (2, Code.CATEGORY), (2, Code.HTTP), (2, Code.MOVED), (2, Code.PLATFORM),
        (3, Code.REJECTED),
        (4, Code.MOVED),
    ]  # fmt: skip


def test_lists_without_categories_have_none_to_judge() -> None:
    """One URL a line."""
    assert lint(parse("x", b"https://a.com/\nhttps://b.com/\n")) == []


def test_tables_hold_together() -> None:
    """Four letters or so a category; nobody is sent to a host that has moved itself."""
    assert len(CATEGORIES) == 31
    assert all(code.isalpha() and code.isupper() and 3 <= len(code) <= 5 for code in CATEGORIES)
    assert not set(MOVED.values()) & set(MOVED)


def test_a_large_list_is_linted_in_time() -> None:
    """All of Citizen Lab's lists together are 40,000 lines."""
    targets = tuple(
        Target(f"https://host{number}.example/", "NEWS", None, None, "x", "", number)
        for number in range(40_000)
    )
    start = time.process_time()
    assert lint(TestList("x", "", targets, ())) == []
    assert time.process_time() - start < 5

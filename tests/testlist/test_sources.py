"""Where lists come from, several as one, and what lint finds."""

import io
from pathlib import Path

import pytest

from probe.testlist import (
    ListNotFoundError,
    Rejected,
    Target,
    bundled_names,
    combine,
    from_url,
    load,
    load_bundled,
    parse,
)
from probe.testlist.lint import CATEGORIES, Code, lint

PLATFORMS = {"Instagram", "X", "YouTube", "Telegram"}


def test_bundled_names() -> None:
    """The six lists that are shipped."""
    assert bundled_names() == ("canaries", "circumvention", "messengers", "news", "platforms", "social")


@pytest.mark.parametrize("name", bundled_names())
def test_bundled_list_is_clean(name: str) -> None:
    """A shipped list has no rejected line, only known categories, and nothing for lint to find."""
    entries = load_bundled(name)
    assert entries.targets
    assert entries.rejected == ()
    assert {target.category_code for target in entries.targets} <= CATEGORIES
    assert lint(entries) == []


def test_platforms_covers_the_four_with_more_than_their_web_pages() -> None:
    """An app that loads its feed from elsewhere is not reachable because its web page is."""
    targets = load_bundled("platforms").targets
    assert {target.platform for target in targets} == PLATFORMS
    for platform in PLATFORMS:
        assert {"web", "api", "media"} <= {target.role for target in targets if target.platform == platform}


def test_load_file_and_stdin(tmp_path: Path) -> None:
    """A path is read as a file, - as standard input; the name of a file carries no folder."""
    file = tmp_path / "mine.txt"
    file.write_text("https://a.com/\n")
    assert load(str(file)).name == "mine.txt"
    assert [target.url for target in load("-", io.BytesIO(b"b.com")).targets] == ["https://b.com/"]


@pytest.mark.parametrize("source", ["nothing", "no\0name", "-"])
def test_not_found_says_what_there_is(source: str) -> None:
    """A wrong name is answered with the right ones."""
    with pytest.raises(ListNotFoundError, match="platforms"):
        load(source)


def test_a_folder_is_no_list(tmp_path: Path) -> None:
    """What cannot be read is said so."""
    with pytest.raises(ListNotFoundError, match="cannot be read"):
        load(str(tmp_path))


def test_combine_reports_duplicates_across_lists() -> None:
    """An entry of two lists is measured once, as the first has it; the other is reported."""
    both = combine([parse("a", b"https://x.com/\n"), parse("b", b"\nhttps://x.com\nhttps://y.com\n")])
    assert [(target.url, target.list_name) for target in both.targets] == [
        ("https://x.com/", "a"),
        ("https://y.com/", "b"),
    ]
    assert [(line.list_name, line.line, line.reason) for line in both.rejected] == [
        ("b", 2, "duplicate of a:1")
    ]
    assert both.name == "a, b"


def test_from_url() -> None:
    """A typed URL is a target or a rejection, never an exception."""
    good, bad = from_url(" instagram.com "), from_url("http://10.0.0.1/")
    assert isinstance(good, Target)
    assert good.url == "https://instagram.com/"
    assert isinstance(bad, Rejected)
    assert bad.reason == "not a public address"


def test_lint_finds() -> None:
    """One finding of each kind, at its line."""
    text = (
        "url,category_code\nhttps://twitter.com/home,GRP\nhttp://www.instagram.com/,MMED\nhttps://a.com/,XXXX\n"
        "http://a.com/,NEWS\nhttps://a.com,NEWS\nhttps://vine.co/,MMED\n"
    )
    found = [(finding.line, finding.code) for finding in lint(parse("x.csv", text.encode()))]
    assert found == [
        (2, Code.MOVED), (2, Code.PLATFORM),
        (3, Code.HTTP), (3, Code.PLATFORM),
        (4, Code.CATEGORY),
        (5, Code.HTTP),
        (6, Code.REJECTED),
        (7, Code.MOVED),
    ]  # fmt: skip

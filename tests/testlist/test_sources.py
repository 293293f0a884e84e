"""Where lists come from, and several as one."""

import io
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.testlist import (
    ListNotFoundError,
    Rejected,
    Target,
    TestList,
    bundled_names,
    combine,
    from_url,
    load,
    load_bundled,
    parse,
)
from probe.testlist.lint import CATEGORIES, lint

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


@pytest.mark.parametrize(
    ("platform", "role", "hosts"),
    [
        ("Instagram", "web", "www.instagram.com help.instagram.com"),
        ("Instagram", "api", "i.instagram.com b.i.instagram.com graph.instagram.com api.instagram.com"),
        ("Instagram", "media", "scontent.cdninstagram.com video.cdninstagram.com lookaside.instagram.com"),
        ("Instagram", "static", "static.cdninstagram.com"),
        ("Instagram", "realtime", "edge-chat.instagram.com gateway.instagram.com"),
        ("Instagram", "short_link", "ig.me instagr.am"),
        ("X", "web", "x.com twitter.com mobile.x.com"),
        ("X", "api", "api.x.com api.twitter.com"),
        ("X", "media", "pbs.twimg.com video.twimg.com upload.x.com"),
        ("X", "static", "abs.twimg.com"),
        ("X", "short_link", "t.co"),
        ("YouTube", "web", "www.youtube.com m.youtube.com music.youtube.com"),
        ("YouTube", "api", "youtubei.googleapis.com"),
        ("YouTube", "media", "redirector.googlevideo.com yt3.ggpht.com"),
        ("YouTube", "static", "i.ytimg.com"),
        ("YouTube", "short_link", "youtu.be"),
        ("Telegram", "web", "telegram.org web.telegram.org my.telegram.org"),
        ("Telegram", "api", "api.telegram.org"),
        ("Telegram", "media", "cdn4.telesco.pe cdn4.cdn-telegram.org"),
        ("Telegram", "realtime", "venus.web.telegram.org pluto.web.telegram.org"),
        ("Telegram", "short_link", "t.me telegram.me"),
        ("Telegram", "download", "td.telegram.org"),
    ],
)
def test_platforms_has_the_hosts_that_users_depend_on(platform: str, role: str, hosts: str) -> None:
    """By platform and role."""
    targets = load_bundled("platforms").targets
    found = {urlsplit(row.url).netloc for row in targets if (row.platform, row.role) == (platform, role)}
    assert set(hosts.split()) <= found


def test_load_file_and_stdin(tmp_path: Path) -> None:
    """A path is read as a file, - as standard input; the name of a file carries no folder."""
    file = tmp_path / "mine.txt"
    file.write_text("https://a.com/\n")
    assert load(str(file)).name == "mine.txt"
    assert [target.url for target in load("-", io.BytesIO(b"b.com")).targets] == ["https://b.com/"]


def test_load_by_name_is_the_shipped_list() -> None:
    """Also when a file of that name would be nearer."""
    assert load("platforms") == load_bundled("platforms")


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


def places(entries: TestList) -> list[tuple[str, int]]:
    """Where each entry stands."""
    good = [(target.list_name, target.line) for target in entries.targets]
    return good + [(entry.list_name, entry.line) for entry in entries.rejected]


LISTS = st.lists(
    st.lists(st.sampled_from(["a.com", "https://a.com/", "b.com", "#", "", "ftp://c.com", "d"]), max_size=6),
    max_size=4,
)


@given(LISTS)
def test_combine_loses_nothing(lists: list[list[str]]) -> None:
    """Every entry of every list is a target or rejected, and each URL is measured once."""
    parts = [parse(str(number), "\n".join(lines).encode()) for number, lines in enumerate(lists)]
    both = combine(parts)
    assert sorted(places(both)) == sorted(place for part in parts for place in places(part))
    assert len({target.url for target in both.targets}) == len(both.targets)


def test_from_url() -> None:
    """A typed URL is a target or a rejection, never an exception."""
    good, bad = from_url(" instagram.com "), from_url("http://10.0.0.1/")
    assert isinstance(good, Target)
    assert good.url == "https://instagram.com/"
    assert isinstance(bad, Rejected)
    assert bad.reason == "not a public address"

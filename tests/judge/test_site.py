"""Whether two hosts are of one site, by their names alone."""

import pytest

from probe.judge.site import same_site

SAME = [
    ("example.com", "example.com"),
    ("EXAMPLE.com.", "example.COM"),
    ("example.com", "www.example.com"),
    ("blog.example.com", "www.example.com"),
    ("example.co.uk", "www.example.co.uk"),
    ("news.example.com.tr", "www.example.com.tr"),
    ("ok.ru", "m.ok.ru"),
    ("t.me", "web.t.me"),
    ("me.github.io", "www.me.github.io"),
    ("10.1.2.3", "10.1.2.3"),
    ("localhost", "localhost"),
]
OTHERS = [
    ("example.com", "example.org"),
    ("example.com", "badexample.com"),
    ("one.co.uk", "two.co.uk"),
    ("one.gov.ir", "two.gov.ir"),
    ("one.gouv.fr", "two.gouv.fr"),
    ("one.blogspot.com", "two.blogspot.com"),
    ("one.blogspot.com.tr", "two.blogspot.com.tr"),
    ("one.github.io", "github.io"),
    ("one.blogspot.com", "blogspot.com"),
    ("example.com", "com"),
    ("a", "b"),
    ("1.2.3.4", "2.2.3.4"),
    ("1.2.3.4", "x.1.2.3.4"),
    ("2001:4860::1", "2001:4860::2"),
    ("", ""),
    ("", "example.com"),
]


@pytest.mark.parametrize(("one", "two"), SAME)
def test_one_site(one: str, two: str) -> None:
    """Equal, below, or of one registered name."""
    assert same_site(one, two)
    assert same_site(two, one)


@pytest.mark.parametrize(("one", "two"), OTHERS)
def test_two_sites(one: str, two: str) -> None:
    """Strangers under one suffix, addresses, and nothing at all."""
    assert not same_site(one, two)
    assert not same_site(two, one)

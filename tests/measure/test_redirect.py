"""Where an answer sends us: every Location a server may think of, and never an exception."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probe.measure.fetch import Answer
from probe.measure.place import is_public, locate
from probe.measure.redirect import LOCATION_CAP, follow
from probe.testlist import normalise

HERE = locate("https://www.example.org/a/b?c=d")


def to(location: bytes | str, status: int = 302) -> tuple[str | None, str | None]:
    """The URL that `location` leads to from `HERE`, and the problem with it."""
    raw = location if isinstance(location, bytes) else location.encode("utf-8", "surrogatepass")
    step = follow(Answer(status=status, headers=[(b"Location", raw)]), HERE)
    assert step is not None
    return step.place.url if step.place else None, step.problem


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/x", "https://www.example.org/x"),
        ("x", "https://www.example.org/a/x"),
        ("./x", "https://www.example.org/a/x"),
        ("..", "https://www.example.org/"),
        ("../../../x", "https://www.example.org/x"),
        ("?x", "https://www.example.org/a/b?x"),
        ("#x", "https://www.example.org/a/b?c=d"),
        ("//other.example", "https://other.example/"),
        ("//other.example:8443/x", "https://other.example:8443/x"),
        ("///x", "https://www.example.org/x"),
        ("http://www.example.org/a/b", "http://www.example.org/a/b"),
        ("HTTPS://WWW.Example.ORG:443/X", "https://www.example.org/X"),
        ("http://www.example.org:443/", "http://www.example.org:443/"),
        ("http://other.example:080", "http://other.example/"),
        ("http://other.example:65535/", "http://other.example:65535/"),
        ("http://other.example?x", "http://other.example/?x"),
        ("http://other.example#x", "http://other.example/"),
        ("http://other.example./x", "http://other.example/x"),
        (" \t http://other.example/ ", "http://other.example/"),
        ("http://other.example/a b", "http://other.example/a%20b"),
        ("http://other.example/%zz%", "http://other.example/%zz%"),
        ("http://other.example/x?a=[1]|2", "http://other.example/x?a=[1]%7C2"),
        ("/\u043f\u0443\u0442\u044c", "https://www.example.org/%D0%BF%D1%83%D1%82%D1%8C"),
        ("http://\u042f\u043d\u0434\u0435\u043a\u0441.\u0440\u0444/", "http://xn--d1acpjx3f.xn--p1ai/"),
        ("http://b\u00fccher.example/", "http://xn--bcher-kva.example/"),
        ("http://xn--bcher-kva.example/", "http://xn--bcher-kva.example/"),
        ("http://93.184.216.34:8080/", "http://93.184.216.34:8080/"),
        ("http://[2606:4700::1111]/", "http://[2606:4700::1111]/"),
        ("x/y:z", "https://www.example.org/a/x/y:z"),
        (b"/\xe9", "https://www.example.org/%EF%BF%BD"),
        ("/" + "x" * 4000, "https://www.example.org/" + "x" * 4000),
    ],
)
def test_where_a_location_leads(location: bytes | str, url: str) -> None:
    """Absolute, relative, to another scheme or port, in any script; the fragment is nobody's business."""
    assert to(location) == (url, None)


@pytest.mark.parametrize(
    ("location", "problem"),
    [
        ("", "empty Location"),
        (" \t ", "empty Location"),
        ("/" + "x" * LOCATION_CAP, f"Location of {LOCATION_CAP + 1} characters"),
        ("http:///x", "Location with a scheme and no host"),
        ("http:", "Location with a scheme and no host"),
        ("http:other.example", "Location with a scheme and no host"),
        ("www.example.org:80", "Location with a scheme and no host"),
        ("javascript:alert(1)", "Location with a scheme and no host"),
        ("data:text/html,x", "Location with a scheme and no host"),
        ("about:blank", "Location with a scheme and no host"),
        ("ftp://other.example/", "scheme 'ftp': only http and https are measured"),
        ("intent://other.example/", "scheme 'intent': only http and https are measured"),
        ("http://user:secret@other.example/", "user name in a URL"),
        ("http://www.example.org@other.example/", "user name in a URL"),
        ("http://@other.example/", "user name in a URL"),
        ("http://other.example:0/", "port 0"),
        ("http://a..example/", "no host name: empty label"),
        ("http://-a.example/", "no host name: -a"),
        ("http://a%2eb.example/", "no host name: a%2eb"),
        ("http://a\\b.example/", "no host name: a\\b"),
        ("http://" + "a" * 64 + ".example/", "a label of the host name is longer than 63 characters"),
        ("http://localhost/", "a name of a local network"),
        ("http://intranet/", "a name of a local network"),
        ("http://router.local./", "a name of a local network"),
        ("http://127.0.0.1/", "not a public address"),
        ("http://10.10.34.36/", "not a public address"),
        ("http://169.254.169.254/latest", "not a public address"),
        ("http://[::1]/", "not a public address"),
        ("http://[::ffff:10.0.0.1]/", "not a public address"),
        ("http://[fe80::1%25eth0]/", "not a public address"),
        ("http://2130706433/", "not an address: 2130706433"),
        ("http://127.1/", "not an address: 127.1"),
        ("http://0177.0.0.1/", "not an address: 0177.0.0.1"),
        ("http://[v1.x]/", "not an address: v1.x"),
        ("http://other.example/\x7f", "control character"),
    ],
)
def test_a_location_that_leads_nowhere_says_why(location: str, problem: str) -> None:
    """No place, and one reason."""
    assert to(location) == (None, problem)


@pytest.mark.parametrize(
    "location",
    [
        "http://other.example:99999/",
        "http://other.example:-1/",
        "http://other.example:+80/",
        "http://other.example:8O/",
        "http://other.example:\uff18\uff10/",
        "http://other.example:" + "9" * 5000 + "/",
        "http://[::bad/",
        "http://::1/",
        "http://]/",
        "http://a b\x7f/\xff",
        "http://\u2100.example/",
        "http://" + "\u0660" * 8000,
        "http://" + "\u0301" * 4000 + ".example",
        "http://" + "a." * 2000 + "example/",
        "http://" + "\ufdfa" * 2600 + ".example",
        "http://xn--\u00fc.example/",
        "http://\ud800.example/",
    ],
)
def test_a_location_that_is_no_url_is_refused_in_little_time(location: str) -> None:
    """Whatever the libraries say of it, in at most 200 characters."""
    begin = time.process_time()
    url, problem = to(location)
    assert url is None
    assert problem
    assert len(problem) <= 200
    assert time.process_time() - begin < 0.2


def test_only_five_statuses_are_redirects() -> None:
    """RFC 9110 §15.4: 300, 304 and 305 send nobody anywhere, nor does a 201 with its Location."""
    for status in [None, *range(100, 1000)]:
        answer = Answer(status=status, headers=[(b"Location", b"/x")])
        assert (follow(answer, HERE) is not None) == (status in {301, 302, 303, 307, 308}), status
        assert follow(Answer(status=status), HERE) is None


def test_the_first_location_counts_in_any_spelling() -> None:
    """A second one is not looked at."""
    headers = [(b"x", b"/no"), (b"LOCATION", b"/first"), (b"location", b"/second")]
    step = follow(Answer(status=301, headers=headers), HERE)
    assert step is not None
    assert step.place == locate("https://www.example.org/first")


URLISH = st.text(
    "htps:/\\@?#[]%.-_~ \t\r\n\0\x7f0123456789abcxnABC\u00fc\u0660\u3002\uff0e\ud800\u2028", max_size=40
)


@settings(max_examples=1500, deadline=None, derandomize=True)
@given(
    st.one_of(
        st.binary(max_size=60),
        URLISH,
        URLISH.map(lambda text: "http://" + text),
        URLISH.map(lambda text: "//" + text),
        st.text(max_size=30).map(lambda text: f"http://{text}.example/"),
    )
)
def test_any_location_is_a_place_or_a_problem(location: bytes | str) -> None:
    """Exactly one of the two; a place is one that could have stood in a list, and never a private address."""
    url, problem = to(location)
    assert (url is None) != (problem is None)
    if url is not None:
        place = locate(url)
        assert normalise(url) == url
        assert place.address is None or is_public(place.address)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(st.one_of(URLISH, URLISH.map(lambda text: "/" + text)), min_size=1, max_size=6))
def test_a_chain_of_locations_always_stands_somewhere(locations: list[str]) -> None:
    """Each place that was reached is one to go on from."""
    here = HERE
    for location in locations:
        answer = Answer(status=302, headers=[(b"Location", location.encode("utf-8", "surrogatepass"))])
        step = follow(answer, here)
        assert step is not None
        here = step.place or here
    assert here.scheme in {"http", "https"}

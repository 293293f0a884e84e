"""What the lab's web servers answer, without any connection."""

import gzip

from hypothesis import given
from hypothesis import strategies as st

from probe.lab.names import Names
from probe.lab.scenario import Site
from probe.lab.web import BLOCK_ADDRESSES, BLOCK_PAGE, MAX_PAGES, Request, Response, Web

SITES = {
    "down.example": Site("down.example", status=503, headers={"Retry-After": "60"}, body=b"later"),
    "plain.example": Site("plain.example"),
}


def web(seed: int = 0) -> Web:
    """The web of `seed`, whose resolvers answer `?` with `!`."""
    return Web(Names(seed, list(SITES.values())), SITES, lambda wire, _: b"!" if wire == b"?" else None)


def ask(
    host: str, path: str = "/", *, encrypted: bool = True, ip: str = "104.40.1.1", seed: int = 0
) -> Response:
    """One GET."""
    return web(seed).answer(Request("GET", host, path, {}), ip, encrypted=encrypted)


def test_every_host_has_a_page_of_its_own() -> None:
    """Its name in the title, 5 to 60 kB, the same every time; another seed has others."""
    pages = [ask(f"{number}.example.org") for number in range(100)]
    assert {page.status for page in pages} == {200}
    assert all(4_000 < len(page.body) < 60_000 for page in pages)
    assert len({page.body for page in pages}) == 100
    assert b"<title>Welcome to 7.example.org</title>" in pages[7].body
    assert ask("7.example.org") == pages[7]
    assert ask("7.example.org", seed=1).body != pages[7].body


def test_most_hosts_send_the_clear_on_to_https() -> None:
    """To the same path; the others answer in the clear."""
    answers = [ask(f"{number}.example.org", "/a?b", encrypted=False) for number in range(200)]
    moved = [answer.headers["Location"] for answer in answers if answer.status == 301]
    assert 100 < len(moved) < 180
    assert all(place.startswith("https://") and place.endswith(".example.org/a?b") for place in moved)
    assert {answer.status for answer in answers} == {200, 301}


def test_pages_are_compressed_for_those_who_take_it() -> None:
    """And only for those."""
    taking = web().answer(
        Request("GET", "a.example", "/", {"accept-encoding": "gzip, br"}), "104.40.1.1", encrypted=True
    )
    plain = ask("a.example")
    assert taking.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(taking.body) == plain.body
    assert len(taking.body) < len(plain.body)


def test_some_hosts_set_cookies() -> None:
    """The same for everybody: the lab has no memory of clients."""
    cookies = [ask(f"{number}.example.org").headers.get("Set-Cookie") for number in range(60)]
    assert 5 < sum(cookie is not None for cookie in cookies) < 40
    assert all(cookie is None or cookie.startswith("session=") for cookie in cookies)


def test_a_site_answers_as_it_is_told() -> None:
    """Status, headers and body; without a body of its own the page of its name."""
    assert ask("down.example") == Response(503, {"Content-Type": "text/html", "Retry-After": "60"}, b"later")
    assert b"plain.example" in ask("plain.example", encrypted=False).body


def test_block_addresses_serve_the_block_page() -> None:
    """Whatever host is asked for."""
    for ip in BLOCK_ADDRESSES:
        answer = ask("www.instagram.com", encrypted=False, ip=ip)
        assert (answer.status, answer.body) == (200, BLOCK_PAGE)


def test_dns_over_https() -> None:
    """A message for a message; 400 for what is none; never in the clear."""
    query = Request("POST", "dns.google", "/dns-query", {}, b"?")
    answer = web().answer(query, "8.8.8.8", encrypted=True)
    assert (answer.status, answer.body, answer.headers["Content-Type"]) == (
        200,
        b"!",
        "application/dns-message",
    )
    junk = Request("POST", "dns.google", "/dns-query", {}, b"junk")
    assert web().answer(junk, "8.8.8.8", encrypted=True).status == 400
    assert web().answer(query, "8.8.8.8", encrypted=False).body != b"!"


def test_pages_kept_are_bounded() -> None:
    """A list of any length, or a client that makes names up, fills no memory; what is made again is the same."""
    here = web()
    first = here.answer(Request("GET", "0.example.org", "/", {}), "104.40.1.1", encrypted=True)
    for number in range(MAX_PAGES + 10):
        here.answer(Request("GET", f"{number}.example.org", "/", {}), "104.40.1.1", encrypted=True)
    assert len(here._pages) == MAX_PAGES
    assert here.answer(Request("GET", "0.example.org", "/", {}), "104.40.1.1", encrypted=True) == first


@given(st.text(max_size=50), st.text(max_size=50), st.booleans())
def test_any_host_and_path(host: str, path: str, encrypted: bool) -> None:  # noqa: FBT001
    """Never an exception."""
    assert ask(host, path, encrypted=encrypted).status in {200, 301, 503}

"""Values of options."""

import pytest

from probe.cli.units import parse_duration
from probe.cli.values import (
    BadValueError,
    parse_asn,
    parse_country,
    parse_doh,
    parse_parallel,
    parse_resolver,
)


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("8.8.8.8", "8.8.8.8:53"),
        ("8.8.8.8:5353", "8.8.8.8:5353"),
        ("2001:db8::1", "[2001:db8::1]:53"),
        ("[2001:db8::1]:54", "[2001:db8::1]:54"),
        ("[2001:db8::1]", "[2001:db8::1]:53"),
    ],
)
def test_resolver(text: str, endpoint: str) -> None:
    """Addresses of both families, with and without port."""
    assert parse_resolver(text).endpoint == endpoint


@pytest.mark.parametrize("text", ["dns.google", "8.8.8.8:0", "8.8.8.8:99999", "", "8.8.8", "[::1"])
def test_bad_resolver(text: str) -> None:
    """A name is no address: asking for it would be a look-up before consent is given to one."""
    with pytest.raises(BadValueError, match="--resolver"):
        parse_resolver(text)


def test_doh() -> None:
    """A URL and the address to reach it at."""
    resolver = parse_doh("https://dns.google/dns-query@8.8.8.8")
    assert (resolver.url, resolver.ip) == ("https://dns.google/dns-query", "8.8.8.8")
    assert parse_doh("https://x.example/q@[2001:db8::1]").ip == "2001:db8::1"


@pytest.mark.parametrize(
    "text", ["https://dns.google/dns-query", "http://dns.google/@8.8.8.8", "@8.8.8.8", "https://x:0/@8.8.8.8"]
)
def test_bad_doh(text: str) -> None:
    """Without address, without TLS, without host."""
    with pytest.raises(BadValueError, match="--doh"):
        parse_doh(text)


def test_vantage() -> None:
    """Country and network in the form that records have."""
    assert parse_country("ir") == "IR"
    assert parse_asn("58224") == parse_asn("as58224") == "AS58224"


@pytest.mark.parametrize("text", ["IRN", "1R", ""])
def test_bad_country(text: str) -> None:
    """Anything but two letters."""
    with pytest.raises(BadValueError, match="--country"):
        parse_country(text)


@pytest.mark.parametrize("text", ["AS", "ASx", "AS4294967296", "AS-1"])
def test_bad_asn(text: str) -> None:
    """Anything but a number of 32 bits."""
    with pytest.raises(BadValueError, match="--asn"):
        parse_asn(text)


@pytest.mark.parametrize("number", [0, -1, 1001])
def test_bad_parallel(number: int) -> None:
    """Nobody measures nothing at a time."""
    with pytest.raises(BadValueError, match="--parallel"):
        parse_parallel(number)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("45", 45), ("90s", 90), ("10m", 600), ("1h30m", 5400), ("1.5h", 5400), (" 2D ", 172800)],
)
def test_duration(text: str, seconds: float) -> None:
    """As people type them."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "x", "10 m", "-5", "0", "5y"])
def test_bad_duration(text: str) -> None:
    """The answer says what is understood."""
    with pytest.raises(ValueError, match=r"not a duration|longer than nothing"):
        parse_duration(text)

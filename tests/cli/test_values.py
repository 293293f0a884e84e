"""Values of options."""

import pytest

from probe.cli.values import (
    BadValueError,
    parse_asn,
    parse_country,
    parse_doh,
    parse_parallel,
    parse_resolver,
    parse_seed,
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


@pytest.mark.parametrize("text", ["0", "-1", "1001", "x", "", "4.5", "1" * 5000])
def test_bad_parallel(text: str) -> None:
    """Nobody measures nothing at a time."""
    with pytest.raises(BadValueError, match=r"--parallel .*: not a number from 1 to 1000"):
        parse_parallel(text)


@pytest.mark.parametrize("text", ["-1", "x", "", "4294967296", "1e3"])
def test_bad_seed(text: str) -> None:
    """Whole numbers of 32 bits."""
    with pytest.raises(BadValueError, match=r"--seed .*: not a whole number"):
        parse_seed(text)


def test_numbers() -> None:
    """As typed, in any script's digits."""
    assert parse_parallel("40") == parse_parallel("۴۰") == 40
    assert parse_seed("4294967295") == 4294967295

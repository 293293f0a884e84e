"""Where URLs point, and which addresses a measurement touches."""

import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probe.measure.place import Place, endpoint, is_public, literal_address, locate, may_contact


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("http://example.org/", ("http", "example.org", 80, None)),
        ("https://example.org/x?y", ("https", "example.org", 443, None)),
        ("https://example.org:8443/", ("https", "example.org", 8443, None)),
        ("http://example.org:443/", ("http", "example.org", 443, None)),
        ("http://Example.ORG/", ("http", "example.org", 80, None)),
        ("http://93.184.216.34/", ("http", "93.184.216.34", 80, "93.184.216.34")),
        ("https://[2606:4700::1111]:1/", ("https", "2606:4700::1111", 1, "2606:4700::1111")),
        ("https://[2606:4700:0:0::1111]/", ("https", "2606:4700:0:0::1111", 443, "2606:4700::1111")),
    ],
)
def test_a_url_taken_apart(url: str, place: tuple[str, str, int, str | None]) -> None:
    """Scheme, host without brackets, the port to connect to, and the address if the host is one."""
    found = locate(url)
    assert (found.scheme, found.host, found.port, found.address) == place
    assert found == Place(url, found.scheme, found.host, found.port)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "//example.org/",
        "ftp://example.org/",
        "http://",
        "http:///x",
        "http://:80/",
        "http://x:0/",
        "http://x:99999/",
        "http://x:y/",
        "http://[::1/",
    ],
)
def test_what_is_no_place(url: str) -> None:
    """A `ValueError`, whatever the library says."""
    with pytest.raises(ValueError):  # noqa: PT011 - urlsplit's own among them
        locate(url)


@pytest.mark.parametrize(
    "host", ["", "example.org", "1.2.3", "1.2.3.4.5", "0177.0.0.1", "::g", "[::1]", "1.2.3.4\n"]
)
def test_names_are_no_addresses(host: str) -> None:
    """Only what is an address in its usual form."""
    assert literal_address(host) is None


def test_an_endpoint_as_ooni_writes_it() -> None:
    """Brackets around IPv6."""
    assert endpoint("192.0.2.1", 80) == "192.0.2.1:80"
    assert endpoint("2001:db8::1", 443) == "[2001:db8::1]:443"


REACH = {
    # address: whether a public host may have it, whether we connect to it
    "8.8.8.8": (True, True),
    "2606:4700::1111": (True, True),
    "::ffff:8.8.8.8": (True, True),
    "10.10.34.36": (False, True),
    "172.16.0.1": (False, True),
    "192.168.1.1": (False, True),
    "100.64.0.1": (False, True),
    "198.18.0.1": (False, True),
    "192.0.2.1": (False, True),
    "fc00::1": (False, True),
    "2001:db8::1": (False, True),
    "::ffff:10.0.0.1": (False, True),
    "127.0.0.1": (False, False),
    "127.255.0.1": (False, False),
    "::1": (False, False),
    "::ffff:127.0.0.1": (False, False),
    "0.0.0.0": (False, False),
    "::": (False, False),
    "169.254.169.254": (False, False),
    "::ffff:169.254.169.254": (False, False),
    "fe80::1": (False, False),
    "fe80::1%eth0": (False, False),
    "255.255.255.255": (False, False),
}


@pytest.mark.parametrize("ip", REACH)
def test_which_addresses_are_touched(ip: str) -> None:
    """Private ones are, since censors serve their pages there; this machine, its link and groups are not."""
    assert (is_public(ip), may_contact(ip)) == REACH[ip]


@pytest.mark.parametrize("ip", ["224.0.0.1", "239.255.255.250", "ff02::1", "ff0e::1", "::ffff:224.0.0.1"])
def test_groups_are_never_touched(ip: str) -> None:
    """A datagram to a group is a broadcast in the volunteer's home."""
    assert not may_contact(ip)


@settings(max_examples=500, deadline=None, derandomize=True)
@given(st.ip_addresses())
def test_every_address_is_judged(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    """Without an exception, and the same in every spelling; loopback is never touched."""
    ip = str(address)
    spellings = [ip, address.exploded, ip.upper()]
    assert len({(is_public(one), may_contact(one)) for one in spellings}) == 1
    assert {literal_address(one) for one in spellings} == {ip}
    assert not (address.is_loopback and may_contact(ip))

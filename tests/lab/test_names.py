"""Names and addresses of the lab: any name has some, and always the same."""

import ipaddress
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.lab.names import RESOLVER_NAMES, Names
from probe.lab.scenario import Site
from probe.measure.place import is_public
from probe.testlist import bundled_names, load_bundled

HOSTS = [
    urlsplit(target.url).hostname or "" for name in bundled_names() for target in load_bundled(name).targets
]


def test_every_host_of_every_list_is_served() -> None:
    """Bundled lists run in the lab whole: each name has public addresses, IPv4 first."""
    names = Names(0, [])
    for host in HOSTS:
        found = names.addresses(host)
        assert found or host.count(".") == 1, host
        assert all(is_public(ip) for ip in found or ())
        assert not found or ipaddress.ip_address(found[0]).version == 4


@given(st.text(min_size=1, max_size=80), st.integers(0, 9))
def test_the_same_in_every_lab_of_one_seed(host: str, seed: int) -> None:
    """Whatever was asked before; any text is a name."""
    first, second = Names(seed, []), Names(seed, [])
    second.addresses("something.else.example")
    assert first.addresses(host) == second.addresses(host) == first.addresses(host)


def test_another_seed_is_another_internet() -> None:
    """Most names live elsewhere."""
    moved = [host for host in HOSTS if Names(1, []).addresses(host) != Names(2, []).addresses(host)]
    assert len(moved) > len(HOSTS) * 0.9


def test_it_is_as_mixed_as_the_internet() -> None:
    """Some names have two addresses, some IPv6, some share one, some do not exist."""
    names = Names(0, [])
    found = [names.addresses(f"www.{number}.example.org") or [] for number in range(500)]
    assert 100 < sum(len(ips) > 1 for ips in found) < 400
    assert 50 < sum(any(":" in ip for ip in ips) for ips in found) < 250
    assert any(len(names.owners(ip)) > 1 for ips in found for ip in ips)
    dead = [number for number in range(1000) if names.addresses(f"{number}.org") is None]
    assert 5 < len(dead) < 60
    assert names.addresses("anything.invalid") is None


def test_owners_are_those_who_were_asked_for() -> None:
    """The way back from an address, as a censor learns it."""
    names = Names(0, [])
    assert names.owners("192.0.2.1") == set()
    found = names.addresses("www.example.org") or []
    assert found
    assert all("www.example.org" in names.owners(ip) for ip in found)


def test_a_site_says_where_it_lives() -> None:
    """Its own addresses, none when it does not exist; without any it lives where the lab puts it."""
    sites = [Site("a.example", ("104.40.1.1",)), Site("b.example", exists=False), Site("c.example")]
    names = Names(0, sites)
    assert names.addresses("a.example") == ["104.40.1.1"]
    assert names.addresses("b.example") is None
    assert names.addresses("c.example")


@pytest.mark.parametrize("host", RESOLVER_NAMES)
def test_resolvers_live_where_they_do(host: str) -> None:
    """Their addresses are typed into options."""
    assert Names(5, []).addresses(host) == list(RESOLVER_NAMES[host])

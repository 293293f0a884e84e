"""Order: every item once, the same for the same seed, one site's names far apart."""

from collections import Counter, defaultdict
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.schedule import order, site_of

SITES = st.lists(st.sampled_from("aaaaabbbcdefghij"), max_size=60)


def named(sites: list[str]) -> list[tuple[str, int]]:
    """Items that can be told apart, of these sites."""
    return [(site, number) for number, site in enumerate(sites)]


def site(item: tuple[str, int]) -> str:
    """The key of an item."""
    return item[0]


def least_distances(items: list[tuple[str, int]]) -> dict[str, int]:
    """For each site that is there more than once, the least distance of two of its items in a row."""
    places = defaultdict(list)
    for place, item in enumerate(items):
        places[item[0]].append(place)
    return {key: min(b - a for a, b in pairwise(found)) for key, found in places.items() if len(found) > 1}


@given(SITES, st.integers())
def test_gives_every_item_once(sites: list[str], seed: int) -> None:
    """A permutation, also of equal items."""
    assert Counter(order(named(sites), seed, site)) == Counter(named(sites))
    assert Counter(order(sites, seed, str)) == Counter(sites)


@given(SITES, st.integers())
def test_is_decided_by_the_seed(sites: list[str], seed: int) -> None:
    """The same items in the same order and the same seed: the same result."""
    assert order(named(sites), seed, site) == order(named(sites), seed, site)


@given(SITES, st.integers())
def test_keeps_a_site_apart(sites: list[str], seed: int) -> None:
    """The next of k among n comes after n / k places, or earlier by less than one for each other group size."""
    counts = Counter(sites)
    sizes = len(set(counts.values()))
    for key, distance in least_distances(order(named(sites), seed, site)).items():
        assert distance > len(sites) / counts[key] - sizes


def test_seeds_give_different_orders() -> None:
    """Of a list where every site is there once, the order is a shuffle."""
    items = named([str(number) for number in range(30)])
    orders = {tuple(order(items, seed, site)) for seed in range(20)}
    assert len(orders) == 20
    assert len({found[0] for found in orders}) > 5


@pytest.mark.parametrize("sites", ["aab", "aabb", "aaabb", "aaabc", "aaaabbc", "aaaaabbbb", "abcdeeeee"])
def test_no_two_neighbours_of_one_site(sites: str) -> None:
    """In small lists where that is possible."""
    for seed in range(50):
        assert min(least_distances(order(named(list(sites)), seed, site)).values()) >= 2


def test_spreads_a_real_mixture() -> None:
    """Ten sites of 40 names among a thousand others: never closer than a run has in flight, or nearly."""
    sites = [f"big{number % 10}" for number in range(400)] + [f"small{number}" for number in range(1000)]
    assert min(least_distances(order(named(sites), 7, site)).values()) >= 1400 // 40 - 1


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("www.example.com", "example.com"),
        ("Example.COM.", "example.com"),
        ("localhost", "localhost"),
        ("192.0.2.7", "192.0.2.7"),
        ("[2001:DB8::1]", "2001:db8::1"),
        ("2001:db8:0::1", "2001:db8::1"),
        ("", ""),
    ],
)
def test_names_the_site_of_a_host(host: str, expected: str) -> None:
    """Two labels of a name, the whole of an address."""
    assert site_of(host) == expected

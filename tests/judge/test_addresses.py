"""Addresses no public host answers from, and answers known to be forged."""

import csv
import io
import time
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.judge.addresses import PrefixTable, Special, SpecialNetworks, parse_address
from probe.judge.forged import Confidence, Forged, ForgedAnswers, Forgery
from probe.judge.tables import packaged_bytes, packaged_rows

NETWORKS = SpecialNetworks.packaged()
FORGED = ForgedAnswers.packaged()


@pytest.mark.parametrize(
    ("address", "meaning"),
    [
        ("10.10.34.36", Special.PRIVATE),
        ("172.31.31.2", Special.PRIVATE),
        ("192.168.1.1", Special.PRIVATE),
        ("127.0.0.1", Special.LOOPBACK),
        ("127.0.53.53", Special.NAME_COLLISION),
        ("0.0.0.0", Special.THIS_NETWORK),
        ("100.64.0.1", Special.CARRIER_NAT),
        ("169.254.169.254", Special.LINK_LOCAL),
        ("192.0.0.8", Special.PROTOCOL),
        ("198.18.0.5", Special.FAKE_IP),
        ("198.51.100.53", Special.DOCUMENTATION),
        ("224.0.0.251", Special.MULTICAST),
        ("243.185.187.39", Special.RESERVED),
        ("255.255.255.255", Special.BROADCAST),
        ("::", Special.THIS_NETWORK),
        ("::1", Special.LOOPBACK),
        ("d0::11", Special.RESERVED),
        ("fd00::1", Special.UNIQUE_LOCAL),
        ("fc00::12", Special.FAKE_IP),
        ("fe80::1", Special.LINK_LOCAL),
        ("fe80::1%eth0", Special.LINK_LOCAL),
        ("2001::1", Special.TEREDO),
        ("2001:db8::1", Special.DOCUMENTATION),
        ("ff02::1", Special.MULTICAST),
    ],
)
def test_bogons(address: str, meaning: Special) -> None:
    """Each special range is known by what it is for; the narrowest range decides."""
    assert NETWORKS.bogon(address) is meaning


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "172.32.0.1",
        "100.128.0.1",
        "198.20.0.1",
        "2606:4700::1111",
        "2a00:1450:4001:82a::200e",
        "2001:200::1",
    ],
)
def test_public_addresses(address: str) -> None:
    """An address outside of every special range is no bogon."""
    assert NETWORKS.bogon(address) is None


@pytest.mark.parametrize(
    "address", ["192.0.0.9", "192.31.196.1", "192.175.48.1", "2001:1::1", "2001:4:112::1", "2620:4f:8000::1"]
)
def test_reachable_exceptions(address: str) -> None:
    """A globally reachable range inside a special one is an exception."""
    assert NETWORKS.bogon(address) is None


@pytest.mark.parametrize("form", ["::ffff:{}", "64:ff9b::{}", "::{}", "64:ff9b:1::{}"])
def test_embedded_addresses(form: str) -> None:
    """An IPv6 address that carries an IPv4 address is as public as that one."""
    assert NETWORKS.bogon(form.format("8.8.8.8")) is None
    assert NETWORKS.bogon(form.format("10.10.34.36")) is Special.PRIVATE


def test_embedded_after_a_prefix() -> None:
    """6to4 and a NAT64 /48 carry it behind the prefix."""
    assert NETWORKS.bogon("2002:0808:0808::1") is None
    assert NETWORKS.bogon("2002:7f00:0001::1") is Special.LOOPBACK
    assert NETWORKS.bogon("64:ff9b:1:0808:8:800::") is None
    assert NETWORKS.bogon("64:ff9b:1:0a0a:22:2400::") is Special.PRIVATE


@given(
    st.one_of(st.text(max_size=40), st.ip_addresses().map(str), st.from_regex(r"\A[0-9a-f:.%/\[\]]{0,45}\Z"))
)
def test_total_on_any_text(text: str) -> None:
    """Whatever stands in a record, the answer is a meaning or none; never one of the two that are for the table only."""
    assert NETWORKS.bogon(text) not in (Special.GLOBAL, Special.EMBEDS_IPV4)
    FORGED.by_address(text)
    FORGED.by_name(text)


def test_fast() -> None:
    """A look-up costs microseconds: 20,000 of each kind in far less than the two seconds allowed here."""
    start = time.thread_time()
    for _ in range(10_000):
        for address in ("93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"):
            NETWORKS.bogon(address)
            FORGED.by_address(address)
    assert time.thread_time() - start < 2


@given(st.lists(st.ip_addresses(v=4), min_size=1, max_size=6), st.integers(0, 32), st.data())
def test_narrowest_first(addresses: list[object], length: int, data: st.DataObject) -> None:
    """Every network that holds the address is found, the longest prefix first."""
    chosen = data.draw(st.sampled_from(addresses))
    rows = [(str(ip_network(f"{address}/{length}", strict=False)), length) for address in addresses]
    table = PrefixTable([*rows, ("0.0.0.0/0", -1), (f"{chosen}/32", 99)])
    address = parse_address(str(chosen))
    assert address is not None
    found = list(table.covering(address))
    assert found[-1] == -1 or length == 0
    assert found[0] == 99 or length == 32
    assert length in found


def test_network_table_is_sound() -> None:
    """Networks are unique and exact, and each meaning is known."""
    rows = list(packaged_rows("public_networks.csv"))
    assert len({ip_network(row["cidr"]) for row in rows}) == len(rows) == 57
    assert {Special(row["meaning"]) for row in rows} == set(Special)
    assert all(row["source"] for row in rows)


@pytest.mark.parametrize(
    ("address", "country", "meaning", "confidence"),
    [
        ("10.10.34.34", "IR", Forgery.BLOCK_PAGE, Confidence.CONFIRMED),
        ("10.10.34.35", "IR", Forgery.BLOCK_PAGE, Confidence.CONFIRMED),
        ("10.10.34.36", "IR", Forgery.BLOCK_PAGE, Confidence.CONFIRMED),
        ("10.10.34.77", "IR", Forgery.BLOCK_PAGE, Confidence.LIKELY),
        ("d0::11", "IR", Forgery.BLOCK_PAGE, Confidence.CONFIRMED),
        ("00d0:0:0::11", "IR", Forgery.BLOCK_PAGE, Confidence.CONFIRMED),
        ("2001::68f4:2e3e", "CN", Forgery.BOGON, Confidence.CONFIRMED),
        ("8.7.198.45", "CN", Forgery.BOGON, Confidence.WEAK),
        ("195.175.254.2", "TR", Forgery.BLOCK_PAGE, Confidence.CONFIRMED),
        ("75.2.41.216", "ID", Forgery.BLOCK_PAGE, Confidence.WEAK),
        ("146.112.61.106", None, Forgery.BLOCK_PAGE, Confidence.CONFIRMED),
    ],
)
def test_known_answers(address: str, country: str | None, meaning: Forgery, confidence: Confidence) -> None:
    """Known forged answers, with their country, meaning and how well they are known."""
    known = FORGED.by_address(address)
    assert known is not None
    assert (known.country, known.meaning, known.confidence) == (country, meaning, confidence)


@pytest.mark.parametrize(
    "address", ["216.239.38.120", "2001:4860:4802:32::78", "204.79.197.220", "213.180.193.56", "52.250.41.2"]
)
def test_safe_search_is_rewritten(address: str) -> None:
    """Addresses of safe search are true ones: rewritten, no block."""
    known = FORGED.by_address(address)
    assert known is not None
    assert known.meaning is Forgery.REWRITTEN


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "142.250.185.78", "2606:4700::1111", "10.10.35.34", "nonsense", "", "10.10.34.34:80"],
)
def test_unknown_answers(address: str) -> None:
    """Other addresses, and texts that are none, are not known."""
    assert FORGED.by_address(address) is None


def test_country_is_preferred() -> None:
    """Several countries forge 127.0.0.1: the asked one, else the row of no country."""
    found = [FORGED.by_address("127.0.0.1", country) for country in ("TM", "VN", "DE", None)]
    assert [one.country if one else "?" for one in found] == ["TM", "VN", None, None]


def test_names_are_compared_as_names_are() -> None:
    """A CNAME's target is known whatever its case and last dot."""
    row = Forged("blockpage.example.net", Forgery.BLOCK_PAGE, Confidence.LIKELY, "ID", None, "a list")
    extended = FORGED.extended([row])
    assert extended.by_name("BlockPage.Example.NET.") is row
    assert FORGED.by_name("blockpage.example.net") is None
    assert extended.by_address("10.10.34.36") == FORGED.by_address("10.10.34.36")


def test_answer_table_is_sound() -> None:
    """Each answer is an address or an exact network, once for a country; countries are ISO 3166 codes; a source in each row."""
    rows = list(packaged_rows("injected_dns.csv"))
    assert len(rows) > 200
    keys = {(row["country"], ip_network(row["answer"])) for row in rows}
    assert len(keys) == len(rows)
    for row in rows:
        assert row["country"] == "" or (len(row["country"]) == 2 and row["country"].isupper())
        assert Forgery(row["meaning"])
        assert Confidence(row["confidence"])
        assert row["source"]


@pytest.mark.parametrize(
    "name", ["injected_dns.csv", "public_networks.csv", "block_pages.csv", "server_refusals.csv"]
)
def test_tables_are_plain_csv(name: str) -> None:
    """UTF-8 without a mark, line feeds only, as many cells in each row as in the first."""
    data = packaged_bytes(name)
    assert not data.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in data
    rows = list(csv.reader(io.StringIO(data.decode("utf-8"), newline=""), strict=True))
    assert {len(row) for row in rows} == {len(rows[0])}

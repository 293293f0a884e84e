"""Whose an address is: known ones, ends of ranges, addresses inside addresses, damaged tables."""

import json
import subprocess
import sys
from datetime import date
from importlib.util import module_from_spec, spec_from_file_location
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.judge.netinfo import NetInfo, NetInfoError, Origin
from probe.judge.tables import packaged_bytes

TOOL = Path(__file__).parents[2] / "tools" / "pack_netinfo.py"
NAMES = {1: "One", 2: "Two", 3: "Three GmbH & Sons", 4: "Ἕν"}
ABOUT = {"date": "2026-01-31", "source": "made up"}
Rows = list[tuple[int, int, int]]


def load_tool() -> ModuleType:
    """The script that packs, which is no part of the package."""
    spec = spec_from_file_location("pack_netinfo", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TOOLS = load_tool()


def packed(systems: dict[int, Rows], countries: dict[int, Rows], chunk: int = 2, unit: int = 0) -> bytes:
    """A small table, packed as the shipped one is; country 1 is AA, 2 is BB, and so on."""
    ranges = {}
    for version in (4, 6):
        codes = [TOOLS.Row(first, last, "_ABCD"[code] * 2) for first, last, code in countries[version]]
        begins = TOOLS.merge([TOOLS.Row(*row) for row in systems[version]], version)
        ranges[version] = TOOLS.origins(begins, TOOLS.merge(codes, version, unit), NAMES)
    data: bytes = TOOLS.pack(ABOUT, ranges, chunk, chunk)
    return data


def small() -> bytes:
    """Three ranges side by side, one apart, one at the end of the addresses."""
    ends = [(2**32 - 10, 2**32 - 1, 4)]
    rows = [(100, 199, 1), (200, 299, 1), (300, 300, 2), (400, 499, 3), *ends]
    return packed({4: rows, 6: [(0x2A << 120, (0x2B << 120) - 1, 2)]}, {4: [(150, 450, 1)], 6: []})


@pytest.fixture(scope="module")
def info() -> NetInfo:
    """The table that is shipped."""
    return NetInfo.packaged()


@pytest.mark.parametrize(
    ("ip", "asn"),
    [
        ("8.8.8.8", 15169),
        ("1.1.1.1", 13335),
        ("9.9.9.9", 19281),
        ("77.88.8.8", 13238),
        ("149.154.167.51", 62041),
        ("31.13.71.36", 32934),
        ("157.240.1.35", 32934),
        ("104.244.42.1", 13414),
        ("5.160.0.1", 42337),
        ("2001:4860:4860::8888", 15169),
        ("2606:4700:4700::1111", 13335),
        ("2a03:2880:f12f:83:face:b00c:0:25de", 32934),
        ("2001:67c:4e8:f002::a", 62041),
    ],
)
def test_well_known_addresses(ip: str, asn: int, info: NetInfo) -> None:
    """Addresses of which everybody knows whose they are."""
    origin = info.lookup(ip)
    assert origin is not None
    assert origin.asn == asn


@pytest.mark.parametrize(
    ("ip", "name", "country"),
    [
        ("8.8.8.8", "Google LLC", "US"),
        ("77.88.8.8", "YANDEX LLC", "RU"),
        ("5.160.0.1", "Respina Networks & Beyond PJSC", "IR"),
        ("2001:4860:4860::8888", "Google LLC", "US"),
        ("2a02:6b8::feed:ff", "YANDEX LLC", "RU"),
    ],
)
def test_names_and_countries(ip: str, name: str, country: str, info: NetInfo) -> None:
    """The organisation's name as it writes it, and the country of the address."""
    origin = info.lookup(ip)
    assert origin is not None
    assert origin[1:] == (name, country)


@pytest.mark.parametrize(
    "ip",
    [
        *("0.0.0.0", "10.10.34.36", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1"),
        *("192.0.2.1", "192.168.1.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "2001:db8::1", "100::1"),
        *("::ffff:10.0.0.1", "2002:a00:1::1", "64:ff9b::7f00:1", f"{IPv6Address(2**128 - 1)}"),
    ],
)
def test_nobody_announces_special_addresses(ip: str, info: NetInfo) -> None:
    """Private, documentation, multicast, reserved, and the same inside of others."""
    assert info.lookup(ip) is None


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "\0", "example.org", "8.8.8", "08.8.8.8", "8.8.8.8 ", "8.8.8.8/32", "8.8.8.8:53"),
        *("256.1.1.1", "134744072", "\u0668.8.8.8", "2001:::1", "[2001:4860:4860::8888]", "8" * 10_000),
    ],
)
def test_what_is_no_address_has_no_origin(text: str, info: NetInfo) -> None:
    """Close to an address is none."""
    assert info.lookup(text) is None


def test_every_text_has_an_answer(info: NetInfo) -> None:
    """Total: no exception, and an origin is a whole one."""

    @given(st.text() | st.ip_addresses().map(str))
    def answer(text: str) -> None:
        origin = info.lookup(text)
        assert origin is None or (origin.asn > 0 and origin.name.isprintable())

    answer()


@pytest.mark.parametrize(
    "ip", ["::ffff:8.8.8.8", "::FFFF:808:808", "2002:808:808::1", "64:ff9b::8.8.8.8", "64:FF9B::808:808"]
)
def test_an_address_inside_an_address_decides(ip: str, info: NetInfo) -> None:
    """Mapped, 6to4 and NAT64: the host is the IPv4 host."""
    origin = info.lookup(ip)
    assert origin is not None
    assert origin.asn == 15169


def test_near_the_nat64_prefix_nothing_is_inside(info: NetInfo) -> None:
    """Only the 96 bits of RFC 6052; the local prefixes of RFC 8215 have their address elsewhere."""
    assert info.lookup("64:ff9b::1:808:808") is None
    assert info.lookup("64:ff9b:1::808:808") is None


@pytest.mark.parametrize(
    ("number", "origin"),
    [
        (0, None),
        (99, None),
        (100, (1, "One", None)),
        (149, (1, "One", None)),
        (150, (1, "One", "AA")),
        (299, (1, "One", "AA")),
        (300, (2, "Two", "AA")),
        (301, None),
        (399, None),
        (400, (3, "Three GmbH & Sons", "AA")),
        (451, (3, "Three GmbH & Sons", None)),
        (499, (3, "Three GmbH & Sons", None)),
        (500, None),
        (2**32 - 11, None),
        (2**32 - 10, (4, "Ἕν", None)),
        (2**32 - 1, (4, "Ἕν", None)),
    ],
)
def test_ends_of_ranges(number: int, origin: Origin | None) -> None:
    """Both ends belong to a range, and what lies between two belongs to nobody."""
    assert NetInfo.unpacked(small()).lookup(str(IPv4Address(number))) == origin


def test_neighbours_alike_are_one_range() -> None:
    """What the merging is for."""
    rows = [TOOLS.Row(0, 9, 1), TOOLS.Row(10, 19, 1), TOOLS.Row(20, 29, 2)]
    assert TOOLS.merge(rows, 4) == [(0, 1), (20, 2), (30, None)]


def rows(numbers: st.SearchStrategy[int]) -> st.SearchStrategy[Rows]:
    """Rows of all kinds: single addresses, side by side, overlapping, one inside the other."""
    row = st.builds(
        lambda ends, value: (*sorted(ends), value), st.tuples(numbers, numbers), st.integers(1, 4)
    )
    return st.lists(row, max_size=8)


def first_to_begin(rows: Rows, number: int) -> int:
    """The table as it is meant: a search through all rows; 0 when none has the address."""
    ordered = sorted(rows, key=lambda row: row[0])
    return next((value for first, last, value in ordered if first <= number <= last), 0)


def origin_of(asn: int, code: int) -> Origin | None:
    """What is packed for a system and a country by number."""
    return Origin(asn, NAMES[asn], "_ABCD"[code] * 2 if code else None) if asn else None


LOW = st.integers(0, 40)
HIGH = st.integers(2**32 - 40, 2**32 - 1)
QUARTERS = st.integers(1, 31).map(lambda quarter: 2**128 - quarter * 2**62)


@given(systems=rows(LOW | HIGH), countries=rows(LOW | HIGH), chunk=st.integers(1, 5), unit=st.integers(0, 3))
def test_ipv4_is_found_as_by_a_search_through_all_rows(
    systems: Rows, countries: Rows, chunk: int, unit: int
) -> None:
    """Every address of a small table, whatever the size of the chunks; countries in steps of 2^unit addresses."""
    info = NetInfo.unpacked(packed({4: systems, 6: []}, {4: countries, 6: []}, chunk, unit))
    for number in [*range(42), *range(2**32 - 42, 2**32)]:
        code = first_to_begin(countries, number >> unit << unit)
        expected = origin_of(first_to_begin(systems, number), code)
        assert info.lookup(str(IPv4Address(number))) == expected


@given(systems=rows(QUARTERS), countries=rows(QUARTERS), chunk=st.integers(1, 5))
def test_ipv6_is_found_by_its_first_64_bits(systems: Rows, countries: Rows, chunk: int) -> None:
    """A block of 64 bits belongs to whom its first address belongs, in the middle too."""
    info = NetInfo.unpacked(packed({4: [], 6: systems}, {4: [], 6: countries}, chunk))
    for block in range(2**64 - 9, 2**64):
        expected = origin_of(first_to_begin(systems, block << 64), first_to_begin(countries, block << 64))
        assert info.lookup(str(IPv6Address(block << 64))) == expected
        assert info.lookup(str(IPv6Address((block << 64) + 2**63))) == expected


def test_a_table_of_nothing_knows_nothing() -> None:
    """No rows at all."""
    info = NetInfo.unpacked(packed({4: [], 6: []}, {4: [], 6: []}))
    assert [info.lookup(ip) for ip in ("0.0.0.0", "8.8.8.8", "::", "2001::1")] == [None] * 4


def test_a_cut_table_is_refused() -> None:
    """At every byte."""
    data = small()
    for length in range(len(data)):
        with pytest.raises(NetInfoError):
            NetInfo.unpacked(data[:length])


def test_a_damaged_table_is_refused() -> None:
    """Any bit of any byte, and anything after the end."""
    data = small()
    NetInfo.unpacked(data)
    for place in range(len(data)):
        damaged = bytearray(data)
        damaged[place] ^= 1 << place % 8
        with pytest.raises(NetInfoError):
            NetInfo.unpacked(bytes(damaged))
    with pytest.raises(NetInfoError, match="damaged or cut short"):
        NetInfo.unpacked(data + b"\0")


def test_a_table_of_another_version_is_told_from_a_damaged_one() -> None:
    """People do different things about the two."""
    with pytest.raises(NetInfoError, match="another version"):
        NetInfo.unpacked(b"netinfo9" + small()[8:])


def test_the_shipped_table_says_what_it_is(info: NetInfo) -> None:
    """Date and source go into records, and the licence wants the names of those who made the data."""
    assert date(2026, 1, 1) < date.fromisoformat(info.date)
    assert all(maker in info.source for maker in ("RouteViews", "DB-IP", "NRO", "CC BY 4.0"))


def test_the_shipped_table_is_small() -> None:
    """It is in every wheel."""
    assert 1_000_000 < len(packaged_bytes("netinfo.bin")) < 2_400_000


def test_packing_again_makes_the_same_file() -> None:
    """So that a change of the file is a change of the data."""
    assert small() == small()


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("  Realnet \t Telecom\nltda&#8207;", "Realnet Telecom ltda"),
        ("R&amp;D\u202egnp.exe", "R&Dgnp.exe"),
        ("Soft\u00adhyphen\u00a0AG", "Softhyphen AG"),
    ],
)
def test_names_are_one_clean_line(name: str, line: str) -> None:
    """Names are shown in terminals: nothing invisible, nothing that turns the text around."""
    assert TOOLS.one_line(name) == line


@pytest.mark.parametrize(
    ("asn", "real"),
    [
        *((1, True), (23455, True), (64495, True), (131072, True), (401_000, True)),
        *((0, False), (23456, False), (64512, False), (65535, False), (131071, False)),
        *((1_294_067_294, False), (4_200_000_000, False), (4_294_967_295, False)),
    ],
)
def test_reserved_numbers_name_nobody(asn: int, real: bool) -> None:  # noqa: FBT001 - a column of the table above
    """Two addresses of one private number are not of one system."""
    assert TOOLS.names_somebody(asn) is real


def unpacked_package(folder: Path, kind: str, version: str, ipv4: str, ipv6: str) -> Path:
    """A package of ip-location-db as npm unpacks it."""
    package = folder / kind
    package.mkdir()
    manifest = {"name": f"@ip-location-db/{kind}", "version": version}
    (package / "package.json").write_text(json.dumps(manifest), encoding="utf-8")
    (package / f"{kind}-ipv4-num.csv").write_text(ipv4, encoding="utf-8")
    (package / f"{kind}-ipv6-num.csv").write_text(ipv6, encoding="utf-8")
    return package


def test_the_script_packs_what_npm_unpacks(tmp_path: Path) -> None:
    """From CSV files to look-ups; the date is that of the oldest package."""
    net6 = f"{0x2A << 120},{(0x2B << 120) - 1}"
    systems = '16777216,16777471,7,"Seven, Inc."\n16777472,16777727,64512,Private\n', f"{net6},8,Eight\n"
    asn = unpacked_package(tmp_path, "asn", "2.3.2026061719", *systems)
    used = unpacked_package(tmp_path, "geo-whois-asn-country", "2.3.2026061819", "0,4294967295,AU\n", "")
    registered = unpacked_package(tmp_path, "asn-country", "2.3.2026021907", "", f"{net6},FR\n")
    output = tmp_path / "packed"
    subprocess.run([sys.executable, TOOL, asn, used, registered, output], check=True, capture_output=True)
    info = NetInfo.unpacked(output.read_bytes())
    assert info.lookup("1.0.0.255") == (7, "Seven, Inc.", "AU")
    assert info.lookup("1.0.1.0") is None
    assert info.lookup("2a00::1") == (8, "Eight", "FR")
    assert info.date == "2026-02-19"

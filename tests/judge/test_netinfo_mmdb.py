"""Files in MaxMind's format: whose keys are read, and what is said of files that do not serve."""

import sys
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probe.judge.netinfo import NetInfo, NetInfoError, Origin

MAXMIND = {"autonomous_system_number": 15169, "autonomous_system_organization": "GOOGLE"}
OONI = MAXMIND | {"country": {"iso_code": "US", "names": {"en": "United States"}}}
IPINFO = {"asn": "AS15169", "as_name": "Google LLC", "country": "United States", "country_code": "US"}


UINT16, UINT32, UINT64 = 5, 6, 9


def encoded(value: object, kind: int = UINT32) -> bytes:
    """A value in the data section (MaxMind DB 2.0); `kind` is the type of integers."""
    if isinstance(value, Mapping):
        pairs = [encoded(key) + encoded(part, KINDS.get(key, UINT32)) for key, part in value.items()]
        return control(7, len(value)) + b"".join(pairs)
    if isinstance(value, list):
        return control(11, len(value)) + b"".join(map(encoded, value))
    if isinstance(value, int):
        raw = value.to_bytes((value.bit_length() + 7) // 8, "big")
        return control(kind, len(raw)) + raw
    raw = str(value).encode()
    return control(2, len(raw)) + raw


def control(kind: int, size: int) -> bytes:
    """Type and size of a value; sizes up to 284, which is enough here."""
    short, more = (size, b"") if size < 29 else (29, bytes([size - 29]))
    return (bytes([kind << 5 | short]) if kind < 8 else bytes([short, kind - 7])) + more


KINDS = {
    "binary_format_major_version": UINT16,
    "binary_format_minor_version": UINT16,
    "build_epoch": UINT64,
    "ip_version": UINT16,
    "record_size": UINT16,
}
"""Types that the format wants, where it wants another than 32 bits."""


def mmdb(entries: Mapping[str, object], kind: str = "Test-ASN", built: int = 1_767_225_600) -> bytes:
    """A file: a tree of 24-bit records, 16 zero bytes, the entries, and what the file is."""
    nodes: list[list[int | None]] = [[None, None]]
    data = b""
    leaves: dict[int, int] = {}
    for network, entry in entries.items():
        leaves[len(leaves) + 1] = len(data)
        plant(nodes, network, -len(leaves))
        data += encoded(entry)
    tree = b"".join(record(value, len(nodes), leaves).to_bytes(3, "big") for node in nodes for value in node)
    about = {
        "binary_format_major_version": 2,
        "binary_format_minor_version": 0,
        "build_epoch": built,
        "database_type": kind,
        "description": {"en": "made by a test"},
        "ip_version": 6,
        "languages": ["en"],
        "node_count": len(nodes),
        "record_size": 24,
    }
    return tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + encoded(about)


def plant(nodes: list[list[int | None]], network: str, leaf: int) -> None:
    """Add the way to a network; IPv4 lies in ::/96."""
    net = ip_network(network)
    length = net.prefixlen + (96 if net.version == 4 else 0)
    bits = f"{int(net.network_address):0128b}"[:length]
    node = nodes[0]
    for bit in map(int, bits[:-1]):
        following = node[bit]
        if following is None:
            node[bit] = following = len(nodes)
            nodes.append([None, None])
        node = nodes[following]
    node[int(bits[-1])] = leaf


def record(value: int | None, count: int, leaves: Mapping[int, int]) -> int:
    """A number in the tree: another node, nothing, or a place among the entries."""
    if value is None:
        return count
    return value if value > 0 else count + 16 + leaves[-value]


def opened(folder: Path, data: bytes) -> NetInfo:
    """`data` as a file, opened."""
    path = folder / "file.mmdb"
    path.write_bytes(data)
    return NetInfo.from_mmdb(path)


@pytest.mark.parametrize(
    ("entry", "origin"),
    [
        (MAXMIND, (15169, "GOOGLE", None)),
        (OONI, (15169, "GOOGLE", "US")),
        (IPINFO, (15169, "Google LLC", "US")),
        ({"asn": "AS15169", "country": "US"}, (15169, "", "US")),
        ({"asn": 15169, "as_name": 7, "country_code": "usa"}, (15169, "", None)),
    ],
)
def test_keys_of_those_who_publish_such_files(
    entry: Mapping[str, object], origin: Origin, tmp_path: Path
) -> None:
    """Each publisher has its own."""
    info = opened(tmp_path, mmdb({"8.8.8.0/24": entry, "2001:4860::/32": entry}))
    assert info.lookup("8.8.8.8") == info.lookup("2001:4860:4860::8888") == origin
    assert info.lookup("::ffff:8.8.8.8") == info.lookup("64:ff9b::808:808") == origin
    assert [info.lookup(ip) for ip in ("8.8.9.0", "10.0.0.1", "2001:4861::1", "no address")] == [None] * 4


@pytest.mark.parametrize(
    "entry",
    [
        "text",
        ["list"],
        {},
        *({"asn": asn} for asn in ("AS0", "", "AS", "15169x", "AS-1", "ASAS7", "9" * 200, ["7"], 0)),
    ],
)
def test_an_entry_without_a_system_is_no_origin(entry: object, tmp_path: Path) -> None:
    """Whatever it is instead."""
    info = opened(tmp_path, mmdb({"8.8.8.0/24": MAXMIND, "9.9.9.0/24": entry}))
    assert info.lookup("9.9.9.9") is None
    assert info.lookup("8.8.8.8") is not None


def test_date_and_source_say_what_the_file_is(tmp_path: Path) -> None:
    """Its own date and type, and nothing of the path, which would be the user's."""
    info = opened(tmp_path, mmdb({"8.8.8.0/24": MAXMIND}, kind="GeoLite2-ASN"))
    assert (info.date, info.source) == ("2026-01-01", "mmdb GeoLite2-ASN")


def test_a_file_of_countries_is_refused(tmp_path: Path) -> None:
    """It would answer nothing, and nobody would see why."""
    with pytest.raises(NetInfoError, match="names no autonomous systems, type GeoLite2-Country"):
        opened(tmp_path, mmdb({"8.8.8.0/24": {"country": {"iso_code": "US"}}}, kind="GeoLite2-Country"))


def test_a_missing_file_is_an_error_of_ours(tmp_path: Path) -> None:
    """With the path, and the reason of the system."""
    with pytest.raises(NetInfoError, match=r"nothing\.mmdb: cannot be read: No such file"):
        NetInfo.from_mmdb(tmp_path / "nothing.mmdb")
    with pytest.raises(NetInfoError):
        NetInfo.from_mmdb(tmp_path)


@pytest.mark.parametrize("data", [b"", b"text", b"\xab\xcd\xefMaxMind.com", mmdb({})[:-9]])
def test_another_file_is_an_error_of_ours(data: bytes, tmp_path: Path) -> None:
    """Not in this format at all, or cut."""
    with pytest.raises(NetInfoError):
        opened(tmp_path, data)


def test_a_date_beyond_all_dates_is_an_error_of_ours(tmp_path: Path) -> None:
    """The file says it was built in the year 584 billion."""
    with pytest.raises(NetInfoError, match="damaged"):
        opened(tmp_path, mmdb({"8.8.8.0/24": MAXMIND}, built=2**64 - 1))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), value=st.integers(0, 255))
def test_a_damaged_file_is_an_error_or_knows_less(place: float, value: int, tmp_path: Path) -> None:
    """One byte changed anywhere: refused when it is opened, or every look-up still has an answer."""
    data = bytearray(mmdb({"8.8.8.0/24": OONI, "2001:4860::/32": IPINFO, "1.0.0.0/8": MAXMIND}))
    data[int(place * len(data))] = value
    try:
        info = opened(tmp_path, bytes(data))
    except NetInfoError:
        return
    for ip in ("8.8.8.8", "2001:4860:4860::8888", "1.1.1.1", "9.9.9.9"):
        origin = info.lookup(ip)
        assert origin is None or isinstance(origin, Origin)


def test_without_the_library_the_error_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most people never need it."""
    monkeypatch.setitem(sys.modules, "maxminddb", None)
    with pytest.raises(NetInfoError, match=r"reachprobe\[netinfo\]"):
        opened(tmp_path, mmdb({"8.8.8.0/24": MAXMIND}))

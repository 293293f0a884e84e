"""Write `probe/data/netinfo.bin` from unpacked npm packages of ip-location-db.

    npm pack @ip-location-db/asn @ip-location-db/geo-whois-asn-country @ip-location-db/asn-country    # unpack each
    python tools/pack_netinfo.py asn geo-whois-asn-country asn-country probe/data/netinfo.bin

No network is needed here. The layout of the file is told in `probe/judge/netinfo.py`, which reads it; what is taken
from which package and why, in `docs/decisions/0007-netinfo.md`.
"""

import argparse
import csv
import html
import json
import lzma
import sys
import zlib
from argparse import RawDescriptionHelpFormatter
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from probe.judge.netinfo import (
    CHECKED,
    CHUNKS,
    COUNTRY,
    IPV6_SHIFT,
    MAGIC,
    PREAMBLE,
    RANGE_CODES,
    NetInfo,
    Origin,
)

RANGES = 16384
ORIGINS = 8192
"""How many are in a chunk: some milliseconds to open. Half as many make the file 4 % larger, twice as many 3 % smaller."""

COUNTRY_UNITS = {4: 8, 6: IPV6_SHIFT}
"""Bits of an address that countries do not look at: single IPv4 addresses with a country of their own cost a tenth of the file."""

SOURCE = "ip-location-db (RouteViews, DB-IP, NRO), CC BY 4.0"

BITS = {4: 32, 6: 128}
SHIFTS = {4: 0, 6: IPV6_SHIFT}

RESERVED_ASNS = ((0, 0), (23456, 23456), (64496, 131071), (1_000_000, 2**32 - 1))
"""Numbers that name nobody: IANA's special-purpose AS numbers, and those far beyond what it ever assigned."""

INTEGERS = (0, 2, 2)
TEXT = (3, 0, 0)
"""lc, lp and pb of LZMA, found by trial: in an integer the place tells more than the byte before, in text it does not."""

Value = TypeVar("Value")
Part = TypeVar("Part")
Begins: TypeAlias = list[tuple[int, Value | None]]
"""Where each range begins, from 0 and without a gap, and what it belongs to; neighbours differ."""


class Row(NamedTuple, Generic[Value]):
    """The addresses from `first` to `last`, both included, as numbers, and what they belong to."""

    first: int
    last: int
    value: Value


def merge(rows: Iterable[Row[Value]], version: int, unit: int = 0) -> Begins[Value]:
    """The ranges that `rows` make; where rows overlap, the one that begins first has the addresses.

    Only the first 64 bits of an IPv6 address count, and of each address not the last `unit` bits: such a block
    belongs to whom its first address belongs.
    """
    shift, free = SHIFTS[version], 0
    block = max(unit, shift)
    found: Begins[Value] = [(0, None)]
    for row in sorted(rows, key=lambda row: row.first):
        first = max(-(-row.first >> block) << block - shift, free)
        end = -(-(row.last + 1) >> block) << block - shift
        if first < end:
            _begin(found, first, row.value)
            _begin(found, end, None)
            free = end
    top = 1 << BITS[version] - shift
    return [(start, value) for start, value in found if start < top]


def _begin(found: Begins[Value], start: int, value: Value | None) -> None:
    if found and found[-1][0] == start:
        found.pop()
    if not found or found[-1][1] != value:
        found.append((start, value))


def origins(systems: Begins[int], countries: Begins[str], names: Mapping[int, str]) -> Begins[Origin]:
    """Both at once: who announces each range, in which country; a range that nobody announces has no country."""
    found: Begins[Origin] = []
    for start in sorted({start for start, _ in systems} | {start for start, _ in countries}):
        asn = _value_at(systems, start)
        _begin(found, start, None if asn is None else Origin(asn, names[asn], _value_at(countries, start)))
    return found


def _value_at(begins: Begins[Value], number: int) -> Value | None:
    return begins[bisect_right(begins, number, key=lambda begin: begin[0]) - 1][1]


def pack(
    about: Mapping[str, object],
    ranges: Mapping[int, Begins[Origin]],
    ranges_a_chunk: int = RANGES,
    origins_a_chunk: int = ORIGINS,
) -> bytes:
    """The whole file. `about`: date, source, and whatever else shall be told of it. `ranges`: by IP version."""
    known = sorted({origin for begins in ranges.values() for _, origin in begins if origin}, key=_order)
    numbers: dict[Origin | None, int] = {origin: place for place, origin in enumerate([None, *known])}
    countries = sorted({origin.country or "" for origin in known})
    chunks = {
        f"ranges{version}": [
            (part[0][0], _range_chunk(part, code, numbers))
            for part in _parts(ranges[version], ranges_a_chunk)
        ]
        for version, code in RANGE_CODES.items()
    }
    parts = _parts(known, origins_a_chunk)
    chunks["origins"] = [(len(part), _origin_chunk(part, countries)) for part in parts]
    facts = {**about, "chunk": origins_a_chunk, "countries": [code or None for code in countries]}
    return _assemble(facts, chunks)


def _assemble(facts: Mapping[str, object], chunks: Mapping[str, Sequence[tuple[int, bytes]]]) -> bytes:
    directory = {name: [(key, len(data)) for key, data in chunks[name]] for name in CHUNKS}
    head = json.dumps({**facts, **directory}).encode()
    body = head + b"".join(data for name in CHUNKS for _, data in chunks[name])
    unchecked = PREAMBLE.pack(MAGIC, 0, len(head)) + body
    return PREAMBLE.pack(MAGIC, zlib.crc32(unchecked[CHECKED:]), len(head)) + body


def _order(origin: Origin) -> tuple[int, str, str]:
    return origin.asn, origin.name, origin.country or ""


def _parts(whole: Sequence[Part], size: int) -> Iterator[Sequence[Part]]:
    return (whole[start : start + size] for start in range(0, len(whole), size))


def _range_chunk(
    part: Sequence[tuple[int, Origin | None]], code: str, number: Mapping[Origin | None, int]
) -> bytes:
    steps = _steps(code, [start for start, _ in part])
    return _compressed(steps + _integers("I", [number[origin] for _, origin in part]), INTEGERS)


def _origin_chunk(part: Sequence[Origin], countries: Sequence[str]) -> bytes:
    steps = _steps("I", [origin.asn for origin in part])
    codes = bytes(countries.index(origin.country or "") for origin in part)
    return _compressed(steps + codes + "\n".join(origin.name for origin in part).encode(), TEXT)


def _steps(code: str, numbers: Sequence[int]) -> bytes:
    return _integers(code, [after - before for before, after in zip([0, *numbers], numbers, strict=False)])


def _integers(code: str, numbers: Iterable[int]) -> bytes:
    column = array(code, numbers)
    if sys.byteorder == "big":
        column.byteswap()
    return column.tobytes()


def _compressed(raw: bytes, bits: tuple[int, int, int]) -> bytes:
    lc, lp, pb = bits
    window = 1 << max(12, len(raw).bit_length())
    tuned = {"id": lzma.FILTER_LZMA1, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": window}
    return lzma.compress(raw, lzma.FORMAT_ALONE, filters=[tuned | {"lc": lc, "lp": lp, "pb": pb}])


def one_line(name: str) -> str:
    """`name` without the entities, blanks and invisible characters that registries let through."""
    words = html.unescape(name).split()
    return "".join(letter for letter in " ".join(words) if letter.isprintable())


def names_somebody(asn: int) -> bool:
    """Whether `asn` is a number that some organisation can have."""
    return not any(first <= asn <= last for first, last in RESERVED_ASNS)


def read_systems(package: Path, version: int) -> tuple[list[Row[int]], dict[int, str]]:
    """The rows of a package of systems, and the name of each system in them."""
    rows, names = [], {}
    for first, last, asn, name in _csv_rows(package, version):
        if names_somebody(int(asn)):
            rows.append(Row(int(first), int(last), int(asn)))
            names[int(asn)] = one_line(name)
    return rows, names


def read_countries(package: Path, version: int) -> list[Row[str]]:
    """The rows of a package of countries."""
    rows = _csv_rows(package, version)
    return [Row(int(first), int(last), code) for first, last, code in rows if COUNTRY.fullmatch(code)]


def _csv_rows(package: Path, version: int) -> Iterator[list[str]]:
    kind = _manifest(package)["name"].rpartition("/")[2]
    with (package / f"{kind}-ipv{version}-num.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.reader(file)


def _manifest(package: Path) -> dict[str, str]:
    manifest: dict[str, str] = json.loads((package / "package.json").read_text(encoding="utf-8"))
    return manifest


def read_about(packages: Iterable[Path]) -> dict[str, object]:
    """What is told of the file; the date is the oldest of the packages', whose versions end in YYYYMMDDHH."""
    versions = {manifest["name"]: manifest["version"] for manifest in map(_manifest, packages)}
    stamp = min(version.rpartition(".")[2] for version in versions.values())
    date = datetime.strptime(stamp, "%Y%m%d%H").replace(tzinfo=UTC).date().isoformat()
    return {"date": date, "source": SOURCE, "packages": versions}


def main() -> None:
    """Read, pack, see that it can be read back, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    for name in ("asn", "country4", "country6", "output"):
        parser.add_argument(name, type=Path)
    given = parser.parse_args()
    ranges: dict[int, Begins[Origin]] = {}
    for version, package in ((4, given.country4), (6, given.country6)):
        rows, names = read_systems(given.asn, version)
        countries = merge(read_countries(package, version), version, COUNTRY_UNITS[version])
        ranges[version] = origins(merge(rows, version), countries, names)
    data = pack(read_about((given.asn, given.country4, given.country6)), ranges)
    info = NetInfo.unpacked(data)
    given.output.write_bytes(data)
    print(f"{given.output}: {len(data)} bytes, {info.date}, {info.source}")


if __name__ == "__main__":
    main()

"""Address → autonomous system, organisation and country, offline: from the packaged table, or from a file of the user's.

What an address is for (private, documentation, …) is known in `addresses.py`. The packaged table is written by
`tools/pack_netinfo.py` and read here alone. All integers in it are unsigned and little-endian:

    preamble: magic, CRC-32 of all that follows these two, length of the facts in bytes (`PREAMBLE`)
    facts: JSON with `date`, `source`, `chunk`, `countries`, and what chunks follow: `ranges4`, `ranges6`, `origins`
    chunks of ranges, LZMA: how far each begins after the one before, then of each the number of its origin
    chunks of origins, LZMA: how far each AS number is after the one before, the countries, the names as lines

A range ends where the next begins, and 0 is the origin of those that nobody announces. A chunk begins anew from 0, and
is opened when an address in it is first looked up: it takes some milliseconds, and most runs need a few.
"""

import io
import json
import lzma
import re
import struct
import sys
import zlib
from array import array
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from itertools import accumulate, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from probe.judge.addresses import parse_address
from probe.judge.tables import packaged_bytes
from probe.record.address import Address, innermost

if TYPE_CHECKING:
    from maxminddb import Reader

MAGIC = b"netinfo1"
PREAMBLE = struct.Struct("<8sII")
CHECKED = 12
"""Where in the file begins what its CRC-32 covers."""

PACKAGED = "netinfo.bin"

RANGE_CODES = {4: "I", 6: "Q"}
"""How `array` calls the integers that begin a range, by IP version; all others are "I"."""

CHUNKS = ("ranges4", "ranges6", "origins")
"""The kinds of chunks, in their order."""

IPV6_SHIFT = 64
"""The last 64 bits of an IPv6 address tell hosts apart, not networks (RFC 4291 §2.5.4), and are not looked at."""

SAMPLE = 1000
"""Records of an mmdb file that are looked through for one that names a system."""

ASN = re.compile("[1-9][0-9]{0,9}")
COUNTRY = re.compile("[A-Z]{2}")

DAMAGE = (ValueError, TypeError, LookupError, RuntimeError, ArithmeticError, MemoryError)
"""What reading a damaged mmdb file raises, depending on which bytes are damaged."""


class NetInfoError(ValueError):
    """A table that cannot be read or does not say which system an address belongs to."""


class Origin(NamedTuple):
    """Who announces an address.

    `asn`: number of the autonomous system, never 0. `name`: its organisation, empty when not known. `country`:
    ISO 3166, None when not known; in the packaged table where an IPv4 address is said to be used, in steps of
    256 addresses, and where an IPv6 address is registered. Neither need be where the machine stands.
    """

    asn: int
    name: str
    country: str | None


class NetInfo:
    """Look-ups of addresses; `packaged` and `from_mmdb` make one.

    `date`: of the data, YYYY-MM-DD. `source`: what the data are, without any path of the user's.
    """

    def __init__(self, find: Callable[[Address], Origin | None], date: str, source: str) -> None:
        self._find = find
        self.date = date
        self.source = source

    @classmethod
    def packaged(cls) -> Self:
        """The table that is shipped."""
        return cls.unpacked(packaged_bytes(PACKAGED))

    @classmethod
    def unpacked(cls, data: bytes) -> Self:
        """The table in `data`, whole or not at all; raises `NetInfoError`."""
        facts, chunks = _read(data)
        return cls(_Packed(facts, chunks).find, facts["date"], facts["source"])

    @classmethod
    def from_mmdb(cls, path: Path) -> Self:
        """A file in MaxMind's format with the keys of MaxMind, DB-IP, OONI or IPinfo; raises `NetInfoError`.

        Wants the extra `netinfo`. An entry that cannot be read is an address of which nothing is known.
        """
        reader, date = _open_mmdb(path)
        source = f"mmdb {reader.metadata().database_type}"
        return cls(lambda address: _find_in_mmdb(reader, address), date, source)

    def lookup(self, ip: str) -> Origin | None:
        """Who announces `ip`; None for what nobody does, and for text that is no address.

        An IPv6 address that carries an IPv4 address (mapped, 6to4, NAT64) is looked up as that one: the host
        behind it is the IPv4 host, and the gateway on the way, whose system the tables name, is anybody's.
        """
        address = parse_address(ip)
        return None if address is None else self._find(innermost(address))


class _Ranges:
    def __init__(self, firsts: Sequence[int], chunks: Sequence[bytes], code: str) -> None:
        self._firsts = array(code, firsts)
        self._opened = cache(lambda place: _open_ranges(chunks[place], code))

    def origin(self, number: int) -> int:
        """Whose the range with this number is."""
        starts, origins = self._opened(bisect_right(self._firsts, number) - 1)
        return origins[bisect_right(starts, number) - 1]


class _Packed:
    def __init__(self, facts: Mapping[str, Any], chunks: Mapping[str, Sequence[bytes]]) -> None:
        self._ranges = {}
        for version, code in RANGE_CODES.items():
            firsts = [first for first, _ in facts[f"ranges{version}"]]
            self._ranges[version] = _Ranges(firsts, chunks[f"ranges{version}"], code)
        self._chunk, self._countries = facts["chunk"], facts["countries"]
        counts = [count for count, _ in facts["origins"]]
        self._opened = cache(lambda place: _open_origins(chunks["origins"][place], counts[place]))

    def find(self, address: Address) -> Origin | None:
        """Whose `address` is."""
        shift = IPV6_SHIFT if address.version == 6 else 0  # noqa: PLR2004 - of IP
        number = self._ranges[address.version].origin(int(address) >> shift)
        if not number:
            return None
        chunk, place = divmod(number - 1, self._chunk)
        asns, countries, names = self._opened(chunk)
        return Origin(asns[place], names[place], self._countries[countries[place]])


def _read(data: bytes) -> tuple[dict[str, Any], dict[str, list[bytes]]]:
    if len(data) < PREAMBLE.size or not data.startswith(MAGIC):
        raise NetInfoError("not a table of addresses and their origins, or one of another version")
    _, checksum, length = PREAMBLE.unpack_from(data)
    if zlib.crc32(memoryview(data)[CHECKED:]) != checksum:
        raise NetInfoError("the table of addresses and their origins is damaged or cut short")
    stream = io.BytesIO(data)
    stream.seek(PREAMBLE.size)
    facts = json.loads(stream.read(length))
    return facts, {name: [stream.read(size) for _, size in facts[name]] for name in CHUNKS}


def _open_ranges(chunk: bytes, code: str) -> "tuple[array[int], array[int]]":
    raw = lzma.decompress(chunk, lzma.FORMAT_ALONE)
    step, origin = array(code).itemsize, array("I").itemsize
    middle = len(raw) // (step + origin) * step
    return _sums(code, raw[:middle]), _integers("I", raw[middle:])


def _open_origins(chunk: bytes, count: int) -> "tuple[array[int], bytes, list[str]]":
    raw = lzma.decompress(chunk, lzma.FORMAT_ALONE)
    middle = count * array("I").itemsize
    names = raw[middle + count :].decode().split("\n")
    return _sums("I", raw[:middle]), raw[middle : middle + count], names


def _integers(code: str, raw: bytes) -> "array[int]":
    column = array(code, raw)
    if sys.byteorder == "big":
        column.byteswap()
    return column


def _sums(code: str, raw: bytes) -> "array[int]":
    return array(code, accumulate(_integers(code, raw)))


def _open_mmdb(path: Path) -> "tuple[Reader, str]":
    try:
        maxminddb = import_module("maxminddb")
    except ImportError as error:
        raise NetInfoError("files in MaxMind's format want: pip install 'reachprobe[netinfo]'") from error
    try:
        # The library's reader in C aborts the process on some damaged files; the one in Python raises.
        reader: Reader = maxminddb.open_database(path, maxminddb.MODE_MEMORY)
        date = datetime.fromtimestamp(reader.metadata().build_epoch, UTC).date().isoformat()
        names_systems = any(_entry_origin(entry) for _, entry in islice(reader, SAMPLE))
    except OSError as error:
        raise NetInfoError(f"{path}: cannot be read: {error.strerror or error}") from error
    except DAMAGE as error:
        raise NetInfoError(f"{path}: not in MaxMind's format, or damaged") from error
    if not names_systems:
        raise NetInfoError(f"{path}: names no autonomous systems, type {reader.metadata().database_type}")
    return reader, date


def _find_in_mmdb(reader: "Reader", address: Address) -> Origin | None:
    try:
        return _entry_origin(reader.get(address))
    except DAMAGE:
        return None


def _entry_origin(entry: object) -> Origin | None:
    if not isinstance(entry, dict):
        return None
    asn = str(entry.get("autonomous_system_number", entry.get("asn"))).removeprefix("AS")
    name = entry.get("autonomous_system_organization", entry.get("as_name"))
    if not ASN.fullmatch(asn):
        return None
    return Origin(int(asn), name if isinstance(name, str) else "", _entry_country(entry))


def _entry_country(entry: Mapping[str, object]) -> str | None:
    country = entry.get("country_code", entry.get("country"))
    code = country.get("iso_code") if isinstance(country, dict) else country
    return code if isinstance(code, str) and COUNTRY.fullmatch(code) else None

"""Addresses that no public host answers from, by the registries of IANA. What was forged is known in `forged.py`.

An address of this kind for a public name is no proof of anything by itself: every name answered from
`fake_ip` means a local tunnel, every name answered with one private address a captive portal. The rules
weigh that; here is only what the address is.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Generic, Self, TypeVar

from probe.judge.tables import packaged_rows
from probe.record.address import Address

Value = TypeVar("Value")


LONGEST = 64
"""Characters of an address with its zone: what is longer is none, and is not remembered."""

REMEMBERED = 4096
"""Addresses whose answers are kept: the same few come again in most records of a run."""


def parse_address(text: str) -> Address | None:
    """`text` as an address; None when it is none."""
    return _parse(text) if len(text) <= LONGEST else None


@lru_cache(maxsize=REMEMBERED)
def _parse(text: str) -> Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


class PrefixTable(Generic[Value]):
    """Values by network; every network that covers an address is found, the narrowest first."""

    def __init__(self, rows: Iterable[tuple[str, Value]]) -> None:
        """`rows`: network or address as text, and the value; the order is kept within a network."""
        tables: dict[int, dict[int, dict[int, list[Value]]]] = {4: {}, 6: {}}
        for text, value in rows:
            network: IPv4Network | IPv6Network = ip_network(text)
            shift = network.max_prefixlen - network.prefixlen
            prefix = int(network.network_address) >> shift
            tables[network.version].setdefault(shift, {}).setdefault(prefix, []).append(value)
        self._tables = {version: sorted(table.items()) for version, table in tables.items()}

    def covering(self, address: Address) -> Iterator[Value]:
        """The values of all networks that hold `address`, the narrowest network first."""
        number = int(address)
        for shift, values in self._tables[address.version]:
            yield from values.get(number >> shift, ())


class Special(StrEnum):
    """What a special-purpose range is for. `bogon` never answers with the last two."""

    THIS_NETWORK = "this_network"
    PRIVATE = "private"
    CARRIER_NAT = "carrier_nat"
    LOOPBACK = "loopback"
    LINK_LOCAL = "link_local"
    UNIQUE_LOCAL = "unique_local"
    FAKE_IP = "fake_ip"
    NAME_COLLISION = "name_collision"
    DOCUMENTATION = "documentation"
    PROTOCOL = "protocol"
    TEREDO = "teredo"
    DISCARD = "discard"
    MULTICAST = "multicast"
    BROADCAST = "broadcast"
    RESERVED = "reserved"
    GLOBAL = "global"
    EMBEDS_IPV4 = "embeds_ipv4"


class SpecialNetworks:
    """The special-purpose registries; `packaged()` makes one."""

    def __init__(self, rows: Iterable[tuple[str, Special]]) -> None:
        self._table = PrefixTable(rows)
        self._known = lru_cache(maxsize=REMEMBERED)(self._look)

    @classmethod
    def packaged(cls) -> Self:
        """The table that is shipped (IANA, October 2025)."""
        return cls((row["cidr"], Special(row["meaning"])) for row in packaged_rows("public_networks.csv"))

    def bogon(self, address: str) -> Special | None:
        """Why no public host answers from `address`; None when one may, or when the text is no address.

        The narrowest range decides, and a range that is reachable from everywhere is an exception inside a
        wider one. An IPv6 address that carries an IPv4 address is judged by that one: 64:ff9b::/96 is normal
        in mobile networks without IPv4.
        """
        return self._known(address) if len(address) <= LONGEST else None

    def _look(self, address: str) -> Special | None:
        parsed = parse_address(address)
        return None if parsed is None else self._meaning(parsed)

    def _meaning(self, address: Address) -> Special | None:
        meaning = next(self._table.covering(address), None)
        if meaning is Special.EMBEDS_IPV4 and isinstance(address, IPv6Address):
            return self._meaning(_embedded(address))
        return None if meaning is Special.GLOBAL else meaning


LOCAL_NAT64 = 0x64_FF9B_0001
"""The first 48 bits of 64:ff9b:1::/48 (RFC 8215)."""


def _embedded(address: IPv6Address) -> IPv4Address:
    """The IPv4 address inside: after the prefix for 6to4 (RFC 3056) and a NAT64 /48 (RFC 6052 §2.2), else the last 32 bits."""
    number = int(address)
    last = number & 0xFFFF_FFFF
    if address.sixtofour is not None:
        return address.sixtofour
    if number >> 80 == LOCAL_NAT64 and not last:
        return IPv4Address((number >> 64 & 0xFFFF) << 16 | number >> 40 & 0xFFFF)
    return IPv4Address(last)

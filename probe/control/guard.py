"""What a helper never contacts, whoever asks: the one gate through which all its connections to targets go.

A helper connects where strangers tell it to. Every connection is opened by a literal address, through
`GuardedNetwork`, which checks that very address: what a name resolved to a moment ago does not count, so that
neither a redirect nor a second answer of a name server gets around it. The lists are written out here, since what
Python's `ipaddress` calls global changes between versions.
"""

import errno
import ipaddress
import os
import socket
from collections.abc import Callable, Iterable

from probe.measure.network import Network

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Block = ipaddress.IPv4Network | ipaddress.IPv6Network

REFUSED_V4 = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
        ),
    )
)
"""IANA's IPv4 special-purpose registry (RFC 6890 and later), multicast and the reserved block."""

GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
"""All that IANA has given out for hosts. Outside are ::1, ::ffff:0:0/96 (IPv4 in disguise), 64:ff9b::/96 and
64:ff9b:1::/48 (NAT64, IPv4 behind a translator), fc00::/7, fe80::/10, ff00::/8."""

REFUSED_V6 = tuple(map(ipaddress.IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))
"""IANA's special block with Teredo in it, documentation, 6to4: the first and the third carry IPv4 addresses."""

BAD_PORTS = frozenset(
    {1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109,
     110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530,
     531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045,
     4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080}
)  # fmt: skip
"""Ports that no browser opens for a URL (Fetch standard, "bad ports"): behind them are no web servers."""


def is_bogon(ip: str) -> bool:
    """Whether no host on the internet can have the address `ip`; raises `ValueError` for what is no address."""
    address = ipaddress.ip_address(ip)
    if isinstance(address, ipaddress.IPv4Address):
        return any(address in block for block in REFUSED_V4)
    return (
        address.scope_id is not None
        or address not in GLOBAL_V6
        or any(address in block for block in REFUSED_V6)
    )


class Guard:
    """Says what may be contacted: hosts of the internet, but not the helper's `own` addresses nor `refused` blocks."""

    def __init__(self, own: Iterable[str] = (), refused: Iterable[Block] = ()) -> None:
        self._own = frozenset(ipaddress.ip_address(ip) for ip in own)
        self._refused = tuple(refused)

    def allows(self, ip: str) -> bool:
        """Whether the literal address `ip` may be contacted."""
        if is_bogon(ip):
            return False
        address = ipaddress.ip_address(ip)
        return address not in self._own and not any(address in block for block in self._refused)


class GuardedNetwork:
    """A `Network` for contacting targets: TCP to what the guard allows, and nothing else."""

    def __init__(self, network: Network, guard: Guard) -> None:
        self._network, self._guard = network, guard

    async def open_tcp(self, ip: str, port: int) -> socket.socket:
        """Connect, unless the guard refuses; then `PermissionError`, and nothing was sent."""
        if port in BAD_PORTS or not self._guard.allows(ip):
            raise _refusal()
        return await self._network.open_tcp(ip, port)

    async def open_udp(self, ip: str, port: int) -> socket.socket:  # noqa: ARG002 - the protocol's signature
        """Never: targets are not contacted over UDP."""
        raise _refusal()

    async def system_lookup(self, hostname: str, begun: Callable[[], None]) -> list[str]:  # noqa: ARG002
        """Never: the system's resolver may know names of the helper's own network."""
        raise _refusal()


def _refusal() -> PermissionError:
    return PermissionError(errno.EACCES, os.strerror(errno.EACCES))

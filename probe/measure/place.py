"""Where a URL points: scheme, host, port; and which addresses a measurement may touch."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from probe.record.address import innermost

DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Place:
    """A URL taken apart. `host` is ASCII and lower case, without brackets; `port` is the one to connect to."""

    url: str
    scheme: str
    host: str
    port: int

    @property
    def address(self) -> str | None:
        """The address, when the host is one."""
        return literal_address(self.host)


def locate(url: str) -> Place:
    """Take a normalised http(s) URL apart; raises `ValueError` for anything else."""
    parts = urlsplit(url)
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise ValueError(f"not an http or https URL: {url[:80]!r}")
    port = parts.port
    if port == 0:
        raise ValueError("port 0")
    return Place(url, parts.scheme, parts.hostname, port or DEFAULT_PORTS[parts.scheme])


def literal_address(host: str) -> str | None:
    """`host` as an address in its usual form, None when it is a name."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return None


def endpoint(ip: str, port: int) -> str:
    """`ip:port`, `[v6]:port`: how OONI's records write an endpoint."""
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


def is_public(ip: str) -> bool:
    """Whether a public host may answer from `ip` (IANA's special-purpose registries, as the library knows them).

    An IPv6 address that carries an IPv4 address leads to that one, and is as public as it.
    """
    return innermost(ipaddress.ip_address(ip)).is_global


def may_contact(ip: str) -> bool:
    """Whether we connect to `ip` at all.

    Private addresses are contacted, since censors serve their pages there (Iran: 10.10.34.36); this machine
    itself, its link and groups are not: whoever answers there says nothing about the network.
    """
    address = innermost(ipaddress.ip_address(ip))
    return not (
        address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or address in LIMITED_BROADCAST
    )


LIMITED_BROADCAST = frozenset({ipaddress.ip_address("255.255.255.255")})

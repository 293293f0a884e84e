"""What an IPv6 address that carries an IPv4 address leads to."""

from ipaddress import IPv4Address, IPv6Address

Address = IPv4Address | IPv6Address

NAT64 = 0x0064_FF9B << 64
"""64:ff9b::/96 without its last 32 bits (RFC 6052 §2.1)."""

COMPATIBLE = 0
"""::/96, the same (RFC 4291 §2.5.5.1, which took it out of use); but for :: and ::1."""


def innermost(address: Address) -> Address:
    """The IPv4 address inside a mapped, compatible, 6to4 (RFC 3056) or NAT64 one; any other as it is."""
    if isinstance(address, IPv4Address):
        return address
    number = int(address)
    if number >> 32 in (NAT64, COMPATIBLE) and number > 1:
        return IPv4Address(number & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or address

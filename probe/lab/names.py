"""Any name to the addresses it has in the lab, the same in every lab of one seed; and back."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence

from probe.lab.scenario import Site

FIRST_OCTETS = (23, 31, 45, 52, 63, 81, 93, 104, 142, 151, 157, 185, 199)
"""All of what begins with these, the second octet from 32 on, is global address space (IANA registry)."""

SHARED_ADDRESSES = 64
SHARE_ONE_IN = 10
DEAD_ONE_IN = 50

RESOLVER_NAMES: Mapping[str, Sequence[str]] = {
    "dns.google": ("8.8.8.8", "8.8.4.4"),
    "cloudflare-dns.com": ("1.1.1.1", "1.0.0.1"),
    "one.one.one.one": ("1.1.1.1", "1.0.0.1"),
    "dns.quad9.net": ("9.9.9.9", "149.112.112.112"),
    "dns10.quad9.net": ("9.9.9.10", "149.112.112.10"),
}


class Names:
    """The lab's name space. `owners` knows which names were asked for that have an address."""

    def __init__(self, seed: int, sites: Sequence[Site]) -> None:
        self._seed = seed
        self._sites = {site.host: site for site in sites}
        self._owners: dict[str, set[str]] = defaultdict(set)

    def addresses(self, host: str) -> list[str] | None:
        """All addresses of `host`, IPv4 first; None when there is no such name."""
        found = self._find(host)
        for ip in found or ():
            self._owners[ip].add(host)
        return found

    def owners(self, ip: str) -> set[str]:
        """Names asked for so far that live at `ip`."""
        return self._owners.get(ip, set())

    def _find(self, host: str) -> list[str] | None:
        site = self._sites.get(host)
        if site is not None and (site.addresses or not site.exists):
            return list(site.addresses) if site.exists else None
        if host in RESOLVER_NAMES:
            return list(RESOLVER_NAMES[host])
        draw = self.draw(host)
        if host.endswith(".invalid") or (
            site is None and draw[0] % DEAD_ONE_IN == 0 and host.count(".") == 1
        ):
            return None
        if draw[1] % SHARE_ONE_IN == 0:
            draw = self.draw(f"shared-{draw[2] % SHARED_ADDRESSES}")
        found = [_ipv4(draw[3:7])]
        if draw[7] % 2:
            found.append(_ipv4(draw[8:12]))
        if draw[12] % 4 == 0:
            found.append(f"2606:4700:{draw[13]:x}{draw[14]:02x}::{draw[15] + 1:x}")
        return found

    def draw(self, text: str) -> bytes:
        """32 bytes that depend on the seed and `text` alone."""
        return hashlib.sha256(f"{self._seed}:{text}".encode("utf-8", "surrogatepass")).digest()


def _ipv4(draw: bytes) -> str:
    return f"{FIRST_OCTETS[draw[0] % len(FIRST_OCTETS)]}.{32 + draw[1] % 200}.{draw[2]}.{1 + draw[3] % 250}"
